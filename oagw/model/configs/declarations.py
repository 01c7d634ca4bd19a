"""What the attributes of an element are read from and written to."""

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
    """Types of attributes that follow from the element's own type."""

    VALUE = "value"
    LIST = "list"


#: The type of an attribute.
AttributeKind: TypeAlias = ElementType | Own


def kind_of(kind: AttributeKind, element: ElementType) -> ElementType:
    """The type that an attribute has at an element of that type."""
    if kind is Own.VALUE:
        return element
    if kind is Own.LIST:
        return element.dyn
    return kind


class ElementState(Protocol):
    """An element as the catalogue sees it: its present sample and its stored configs."""

    sample: Sample

    @property
    def type(self) -> ElementType:
        """What the element holds."""
        ...

    @property
    def online(self) -> Value:
        """The online value: a substitute value where one is active."""
        ...

    def stored(self, config: str) -> Mapping[str, Value]:
        """What is set of a stored config, by ``detail._attribute`` (``_attribute``)."""
        ...


class Edit(msgspec.Struct):
    """What one command changes of one element; filled by attributes' ``write``.

    :ivar value: the new value, if ``has_value``.
    :ivar set_bits: status bits to set.
    :ivar clear_bits: status bits to clear.
    :ivar stime: the source time in ns, if the command gives it for this element.
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
        """Whether the element gets a new sample (and its hotlinks a change)."""
        return (
            self.has_value
            or self.stime is not None
            or bool(self.set_bits | self.clear_bits)
        )


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a config: the one entry that get, set, connect and query use.

    :ivar kind: its type, which may be that of the element itself.
    :ivar read: its value; ``None`` where nothing is set.
    :ivar write: notes the change in an :class:`Edit`; ``None`` if it cannot be set.
    """

    name: str
    kind: AttributeKind
    read: Callable[[ElementState], Value | None]
    write: Callable[[Edit, Value], None] | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """The details of a config, such as the alert ranges 1 to 255.

    :ivar pattern: matches a detail's name.
    :ivar attribute: makes the attribute of a detail by the names of both, if there is one.
    """

    pattern: re.Pattern[str]
    attribute: Callable[[str, str], Attribute | None]


@dataclass(frozen=True, slots=True)
class Config:
    """A config: its attributes by name.

    :ivar creates: the ``_type`` that a stored config has once anything of it is set; 0
        for what is not stored.
    :ivar details: what it has besides the attributes of the empty detail.
    :ivar live: it can be connected and queried.
    :ivar historical: it has a history, so it answers period queries.
    :ivar needs_archive: it exists only for archived elements.
    :ivar on_structs: elements without a value have it too.
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
        """Look up an attribute; ``context`` is the name to blame.

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
