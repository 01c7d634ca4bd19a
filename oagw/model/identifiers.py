"""Names: ``System:Datapoint.element:_config.detail._attribute``.

The rules are those of WinCC OA (reference, "Names"). A *complete* name has all
six parts; between the core and the systems only complete names travel, as text,
because a dictionary of texts is the fastest index there is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oagw.errors import AddressError, DatapointNotFoundError

#: What a datapoint name must not contain.
FORBIDDEN = frozenset(".:,;*?[]{}$@")
#: Characters that the name of a datapoint or of one element has at most; an alias too.
MAX_LENGTH = 255

ORIGINAL_VALUE = "_original.._value"
ONLINE_VALUE = "_online.._value"
OFFLINE_VALUE = "_offline.._value"
ALIAS = "_common.._alias"

_INDEX = re.compile(r"\[\d{1,9}\]", re.ASCII)
_FIRST = re.compile(r"\[[^\]]*\]?|[^.\[]*")
_ATTRIBUTE_PATH = re.compile(r"(_\w+)\.(\w*)\.(_\w+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a complete name; ``element`` and ``detail`` are often empty."""

    system: str
    datapoint: str
    element: str
    config: str
    detail: str
    attribute: str

    @property
    def element_name(self) -> str:
        """``System:Datapoint.element``, with the trailing dot of a root element."""
        return f"{self.system}:{self.datapoint}.{self.element}"

    @property
    def attribute_path(self) -> str:
        """``_config.detail._attribute``."""
        return f"{self.config}.{self.detail}.{self.attribute}"

    @property
    def name(self) -> str:
        """The complete name."""
        return f"{self.element_name}:{self.attribute_path}"


def parse(text: str, own_system: str, default: str) -> Address:
    """Read a name as a client writes it.

    :param own_system: the system that is meant where the name has none.
    :param default: the attribute that is meant where the name has none,
        such as ``_original.._value``.
    :raises DatapointNotFoundError: the datapoint part cannot be a name.
    :raises AddressError: the attribute part is not ``_config.detail._attribute``.
    """
    system, element_name, attribute_path = _split(text)
    config, detail, attribute = parse_attribute(attribute_path or default, text)
    datapoint, _, element = element_name.partition(".")
    check_datapoint(datapoint, text)
    return Address(system or own_system, datapoint, element, config, detail, attribute)


def parse_attribute(path: str, context: str) -> tuple[str, str, str]:
    """Split ``_config.detail._attribute``; ``context`` is the name to blame.

    :raises AddressError: if it has another form.
    """
    found = _ATTRIBUTE_PATH.fullmatch(path)
    if found is None:
        raise AddressError(
            f"'{context}': '{path}' is not an attribute; write it as in '_online.._value'"
        )
    config, detail, attribute = found.groups()
    return config, detail, attribute


def is_name(text: str) -> bool:
    """Whether a text can name a datapoint, a type's element or a type.

    It has no forbidden and no control character, no white space at its ends, and at most
    :data:`MAX_LENGTH` characters.
    """
    return (
        0 < len(text) <= MAX_LENGTH
        and text.isprintable()
        and text == text.strip()
        and FORBIDDEN.isdisjoint(text)
    )


def is_index(text: str) -> bool:
    """Whether a text names a member of an array: ``[1]``."""
    return _INDEX.fullmatch(text) is not None


def path_below(path: str, name: str) -> str:
    """The path of an element below another: ``a.b``, of a member of an array ``a[1]``."""
    return f"{path}.{name}" if path and not is_index(name) else f"{path}{name}"


def first_of_path(path: str) -> tuple[str, str]:
    """The first name of a path, and the rest: ``a`` and ``[1].b`` of ``a[1].b``."""
    found = _FIRST.match(path)
    assert found is not None
    return found[0], path[found.end() :].removeprefix(".")


def is_path(path: str) -> bool:
    """Whether a text can be the path of an element; empty is the root's."""
    while path:
        first, rest = first_of_path(path)
        if not (is_name(first) or is_index(first)):
            return False
        path = rest
    return True


def check_datapoint(name: str, context: str) -> None:
    """Refuse what cannot be the name of a datapoint.

    :raises DatapointNotFoundError: if it is empty, too long or has a forbidden character.
    """
    if not name:
        raise DatapointNotFoundError(f"'{context}' names no datapoint")
    if not is_name(name):
        raise DatapointNotFoundError(
            f"'{context}': '{name}' cannot be the name of a datapoint"
        )


def _split(text: str) -> tuple[str, str, str]:
    """Return system, element name and attribute path; the first and last may be empty."""
    parts = text.split(":")
    if len(parts) == 1:
        return "", text, ""
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if len(parts) == 2:
        first, second = parts
        # "System1:_Internal.x" and "Dp.:_online.._value" look alike: a system has
        # no dot, and a datapoint never has the two dots of an empty detail.
        if second.startswith("_") and ("." in first or ".." in second):
            return "", first, second
        if "." in first:
            raise AddressError(
                f"'{text}': '{second}' is not an attribute: it must start with '_'"
            )
        return first, second, ""
    raise AddressError(f"'{text}' has too many colons")
