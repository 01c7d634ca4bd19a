"""The catalogue of configs: whatever reads or writes an attribute looks it up here."""

from __future__ import annotations

from typing import Final

from oagw.errors import AttributeNotFoundError, ConfigNotFoundError
from oagw.model.configs.archive import ARCHIVE
from oagw.model.configs.elements import Attribute, Config
from oagw.model.configs.values import OFFLINE, ONLINE, ORIGINAL

CONFIGS: Final[dict[str, Config]] = {
    config.name: config for config in (ORIGINAL, ONLINE, OFFLINE, ARCHIVE)
}


def find_attribute(
    config_name: str, detail: str, attribute_name: str, context: str
) -> tuple[Config, Attribute]:
    """Look up an attribute; ``context`` is the name to blame.

    :raises ConfigNotFoundError: there is no such config, or it has no such detail.
    :raises AttributeNotFoundError: the config has no such attribute.
    """
    config = CONFIGS.get(config_name)
    if config is None:
        raise ConfigNotFoundError(f"'{context}': there is no config '{config_name}'")
    if detail:
        raise ConfigNotFoundError(
            f"'{context}': config '{config_name}' has no detail '{detail}'"
        )
    attribute = config.attributes.get(attribute_name)
    if attribute is None:
        raise AttributeNotFoundError(
            f"'{context}': config '{config_name}' has no attribute '{attribute_name}'"
        )
    return config, attribute
