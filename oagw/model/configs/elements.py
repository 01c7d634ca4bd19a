"""What the attributes of an element are read from and written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value


class ElementState(Protocol):
    """An element as the catalogue sees it: its present sample and its stored configs."""

    sample: Sample

    def stored(self, config: str) -> Mapping[str, Value]:
        """The attributes of a stored config that differ from their defaults."""
        ...


@dataclass(slots=True)
class Edit:
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
    stored: dict[str, dict[str, Value]] = field(default_factory=dict)

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

    :ivar type: its type; ``None`` is the type of the element itself.
    :ivar read: its value.
    :ivar write: notes the change in an :class:`Edit`; ``None`` if it cannot be set.
    """

    name: str
    type: ElementType | None
    read: Callable[[ElementState], Value]
    write: Callable[[Edit, Value], None] | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A config: its attributes by name.

    :ivar live: it changes with the value, so it can be connected and queried.
    :ivar historical: it has a history, so it answers period queries.
    :ivar needs_archive: it exists only for archived elements.
    """

    name: str
    attributes: Mapping[str, Attribute]
    live: bool = False
    historical: bool = False
    needs_archive: bool = False
