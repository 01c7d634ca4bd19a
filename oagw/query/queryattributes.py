"""Attributes as queries write them: ``_online.._value``, ``.Status:_online.._value``."""

from __future__ import annotations

import re

from oagw.errors import AddressError
from oagw.model.configs.configcatalogue import find_attribute
from oagw.model.identifiers import parse_attribute
from oagw.query.tree import Column

#: What a named element without an attribute means.
_DEFAULT = "_online.._value"
#: What is an attribute, where a text in single quotes could stand as well.
_ATTRIBUTE = re.compile(r"(?:[^:]*:)?\s*_\w+\.\w*\._\w+", re.ASCII)
#: What alerts have is not among the attributes of an element.
_ALERTS = "_alert_hdl"


def is_attribute(text: str) -> bool:
    """Whether a text in single quotes is meant as an attribute, and not as a text."""
    return _ATTRIBUTE.fullmatch(text.strip()) is not None


def read_attribute(text: str, is_alert: bool) -> Column:
    """Read an attribute, with the named element that may stand before it.

    :param is_alert: it is one of alerts, of which ``_alert_hdl`` has more than elements.
    :raises AddressError: it is none.
    :raises ConfigNotFoundError: there is no such config.
    :raises AttributeNotFoundError: there is no such attribute.
    """
    text = text.strip()
    element, colon, path = text.rpartition(":")
    if not colon and text.startswith("."):
        element, colon, path = text, ":", _DEFAULT
    if ":" in element:
        raise AddressError(
            f"'{text}' names more than an element and an attribute, as in "
            "'.Status:_online.._value'"
        )
    config, detail, attribute = parse_attribute(path.strip(), text)
    if not is_alert or config != _ALERTS:
        find_attribute(config, detail, attribute, text)
    named = element.strip().removeprefix(".") if colon and element.strip() else None
    return Column(config, detail, attribute, named)
