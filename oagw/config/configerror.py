"""The error of a configuration that cannot be used."""


class ConfigError(Exception):
    """The configuration cannot be used; one line says where, why and the way out."""
