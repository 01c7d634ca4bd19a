"""Changes of datapoints as facts: a store writes them, the plant does not.

A fact keeps what was true when it happened. The two ``Present`` facts are the exception:
their content is read when they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from oagw.model.dptypes import DpType, ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.plant.element import Element

#: Number of an element, name of a config, and its attributes: none if it was deleted.
ConfigRow: TypeAlias = tuple[int, str, Mapping[str, Value]]


class DatapointRow(NamedTuple):
    """A datapoint by its number.

    :ivar dp_id: its number in the project that it was imported from; 0 is unknown.
    """

    number: int
    name: str
    dp_type: str
    dp_id: int


class DeletedRow(NamedTuple):
    """A deleted element by its number, with its last name and type."""

    number: int
    name: str
    type: ElementType


@dataclass(frozen=True, slots=True)
class TypeDefined:
    """A type was created, or replaced the type of that name.

    :ivar new_numbers: how many element numbers the change has used.
    """

    dp_type: DpType
    new_numbers: int = 0


@dataclass(frozen=True, slots=True)
class TypeDeleted:
    """A type was deleted."""

    name: str


@dataclass(frozen=True, slots=True)
class DatapointsCreated:
    """Datapoints were created."""

    datapoints: Sequence[DatapointRow]


@dataclass(frozen=True, slots=True)
class DatapointDeleted:
    """A datapoint was deleted; :class:`ElementsDeleted` has its elements."""

    number: int


@dataclass(frozen=True, slots=True)
class DatapointRenamed:
    """A datapoint got another name."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class ElementsDeleted:
    """Elements were deleted with their values and configs. Their history stays."""

    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class HistoryKept:
    """Deleted elements have a history, which can still be read by their names."""

    elements: Sequence[DeletedRow]


@dataclass(frozen=True, slots=True)
class ConfigsChanged:
    """Configs of elements were changed or deleted; each config is named once."""

    configs: Sequence[ConfigRow]


@dataclass(frozen=True, slots=True)
class UserNumbered:
    """A user got a number."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class SectionKept:
    """A section of a DPL file is kept, so that an export can write it back."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class PresentValues:
    """The present values of elements, for which the journal has no older one.

    An import has too many of them for the journal.
    """

    elements: Sequence[Element]


@dataclass(frozen=True, slots=True)
class PresentConfigs:
    """The present attributes of configs, by element and name of the config."""

    configs: Sequence[tuple[Element, str]]


#: The new sample of an element, by the element's number; or any other fact.
PlantFact: TypeAlias = (
    tuple[int, Sample]
    | TypeDefined
    | TypeDeleted
    | DatapointsCreated
    | DatapointDeleted
    | DatapointRenamed
    | ElementsDeleted
    | HistoryKept
    | ConfigsChanged
    | UserNumbered
    | SectionKept
    | PresentValues
    | PresentConfigs
)
