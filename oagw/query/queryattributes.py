"""Attributes in queries: ``_online.._value``, ``.Status:_online.._value``."""

from __future__ import annotations

import re

from oagw.errors import AddressError
from oagw.model.configs.configcatalogue import find_attribute
from oagw.model.identifiers import parse_attribute
from oagw.query.tree import Column

#: The attribute of a named element without one.
_DEFAULT = "_online.._value"
#: Matches an attribute where a text in single quotes is allowed too.
_ATTRIBUTE = re.compile(r"(?:[^:]*:)?\s*_\w+\.\w*\._\w+", re.ASCII)
#: The attributes of alerts, which are not attributes of an element.
_ALERTS = "_alert_hdl"


def is_attribute(text: str) -> bool:
    """Return whether a text in single quotes is an attribute rather than a plain text."""
    return _ATTRIBUTE.fullmatch(text.strip()) is not None


def read_attribute(text: str, is_alert: bool) -> Column:
    """Read an attribute, with an optional element name before it.

    :param is_alert: read an alert attribute; ``_alert_hdl`` has more of them than elements
        do.
    :raises AddressError: the text is not an attribute.
    :raises ConfigNotFoundError: there is no such config.
    :raises AttributeNotFoundError: there is no such attribute.
    """
    text = text.strip()
    element, colon, path = text.rpartition(":")
    if not colon and text.startswith("."):
        element, colon, path = text, ":", _DEFAULT
    if ":" in element:
        raise AddressError(
            f"'{text}' may have only an element and an attribute, as in "
            "'.Status:_online.._value'"
        )
    config, detail, attribute = parse_attribute(path.strip(), text)
    if not is_alert or config != _ALERTS:
        find_attribute(config, detail, attribute, text)
    named = element.strip().removeprefix(".") if colon and element.strip() else None
    return Column(config, detail, attribute, named)
