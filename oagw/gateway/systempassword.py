"""The password with which the gateway and another system know each other."""

from __future__ import annotations

from oagw.config.configerror import ConfigError
from oagw.config.secret import Hidden
from oagw.config.systemsettings import RemoteSystemSettings
from oagw.storage.textfile import read_text_file


def password_of(section: str, one: RemoteSystemSettings) -> Hidden:
    """The password of a section, from ``password`` or from ``password_file``.

    :param section: such as ``[system:System2]``, for errors.
    :raises ConfigError: the user is missing, or the section has no password or two.
    """
    if one.password and one.password_file is not None:
        raise ConfigError(f"{section} password and password_file: set only one of them")
    if one.password_file is None:
        if not one.user or not one.password:
            raise ConfigError(f"{section} user and password, or password_file, are needed")
        return one.password
    try:
        text = read_text_file(one.password_file).strip()
    except OSError as error:
        raise ConfigError(
            f"{section} password_file = {one.password_file}: {error.strerror}"
        ) from error
    if not one.user or not text:
        raise ConfigError(
            f"{section} user, and a password in {one.password_file}, are needed"
        )
    return Hidden(text)
