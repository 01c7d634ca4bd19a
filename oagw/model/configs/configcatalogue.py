"""The catalogue of configs: whatever reads or writes an attribute looks it up here."""

from __future__ import annotations

from typing import Final

from oagw.errors import ConfigNotFoundError
from oagw.model.configs.alerts import ALERT_CLASS, ALERT_HDL
from oagw.model.configs.common import AUTH, COMMON, GENERAL, LOCK
from oagw.model.configs.declarations import (
    Attribute,
    Config,
)
from oagw.model.configs.periphery import ADDRESS, CMD_CONV, DISTRIB, MSG_CONV
from oagw.model.configs.processing import (
    ARCHIVE,
    DEFAULT,
    DP_FCT,
    PV_RANGE,
    SMOOTH,
    USER_RANGE_CONFIG,
)
from oagw.model.configs.valueconfigs import (
    OFFLINE,
    ONLINE,
    ORIGINAL,
)

CONFIGS: Final[dict[str, Config]] = {
    config.name: config
    for config in (
        ORIGINAL,
        ONLINE,
        OFFLINE,
        ARCHIVE,
        SMOOTH,
        PV_RANGE,
        USER_RANGE_CONFIG,
        DEFAULT,
        DP_FCT,
        COMMON,
        ADDRESS,
        DISTRIB,
        MSG_CONV,
        CMD_CONV,
        AUTH,
        LOCK,
        GENERAL,
        ALERT_HDL,
        ALERT_CLASS,
    )
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
    return config, config.find(detail, attribute_name, context)
