"""The declarations of configs and attributes: type, reader and writer of each attribute."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

import msgspec

from oagw.errors import AttributeNotFoundError, ConfigNotFoundError
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value


class Own(Enum):
    """Attribute types that depend on the type of the element."""

    VALUE = "value"
    LIST = "list"


#: The type of an attribute: fixed, or depending on the element.
AttributeKind: TypeAlias = ElementType | Own


def kind_of(kind: AttributeKind, element: ElementType) -> ElementType:
    """Return the type that an attribute has for an element of the given type."""
    if kind is Own.VALUE:
        return element
    if kind is Own.LIST:
        return element.dyn
    return kind


class ElementState(Protocol):
    """What attributes read from an element: its current sample and its stored configs."""

    sample: Sample

    @property
    def type(self) -> ElementType:
        """The type of the element."""
        ...

    @property
    def online(self) -> Value:
        """The online value: the substitute value if it is active."""
        ...

    def stored(self, config: str) -> Mapping[str, Value]:
        """Return a stored config, by ``_attribute`` or ``detail._attribute``."""
        ...


class Edit(msgspec.Struct):
    """The changes of one command to one element; each attribute's ``write`` adds to it.

    :ivar value: the new value, valid if ``has_value``.
    :ivar set_bits: status bits to set.
    :ivar clear_bits: status bits to clear.
    :ivar stime: the source time in ns; ``None`` if the command does not set it.
    :ivar stored: new attributes of stored configs, by config and attribute.
    """

    value: Value = False
    has_value: bool = False
    set_bits: int = 0
    clear_bits: int = 0
    stime: int | None = None
    stored: dict[str, dict[str, Value]] = {}

    @property
    def makes_sample(self) -> bool:
        """Whether the edit creates a new sample, and so an update for its hotlinks."""
        return (
            self.has_value
            or self.stime is not None
            or bool(self.set_bits | self.clear_bits)
        )


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a config; get, set, connect and query all use this entry.

    :ivar kind: its type, which may depend on the type of the element.
    :ivar read: returns the value, or ``None`` if it is not set.
    :ivar write: adds the change to an :class:`Edit`; ``None`` if the attribute is
        read-only.
    """

    name: str
    kind: AttributeKind
    read: Callable[[ElementState], Value | None]
    write: Callable[[Edit, Value], None] | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """The details of a config, such as the alert ranges 1 to 255.

    :ivar pattern: matches the name of a detail.
    :ivar attribute: returns the attribute for the names of detail and attribute, or
        ``None``.
    """

    pattern: re.Pattern[str]
    attribute: Callable[[str, str], Attribute | None]


@dataclass(frozen=True, slots=True)
class Config:
    """A config and its attributes by name.

    :ivar creates: the ``_type`` that a stored config gets when its first attribute is set;
        0 for a config that is not stored.
    :ivar details: the details; attributes outside them belong to the empty detail.
    :ivar live: the config can be connected and queried.
    :ivar historical: the config has a history, so it can be read with period queries.
    :ivar needs_archive: only archived elements have the config.
    :ivar on_structs: elements without a value have the config too.
    """

    name: str
    attributes: Mapping[str, Attribute]
    creates: int = 0
    details: Details | None = None
    live: bool = False
    historical: bool = False
    needs_archive: bool = False
    on_structs: bool = False

    def find(self, detail: str, name: str, context: str) -> Attribute:
        """Return an attribute.

        :param context: the name to quote in the error message.
        :raises ConfigNotFoundError: there is no such detail.
        :raises AttributeNotFoundError: there is no such attribute.
        """
        if not detail:
            found = self.attributes.get(name)
        elif self.details is not None and self.details.pattern.fullmatch(detail):
            found = self.details.attribute(detail, name)
        else:
            raise ConfigNotFoundError(
                f"'{context}': config '{self.name}' has no detail '{detail}'"
            )
        if found is None:
            raise AttributeNotFoundError(
                f"'{context}': config '{self.name}' has no attribute '{name}'"
            )
        return found
