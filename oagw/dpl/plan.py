"""The plan of an import: everything is checked and converted before it takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from oagw.model.dptypes import DpType, TypeNode
from oagw.model.samples import Sample
from oagw.model.values import Value


class ExistingPlant(Protocol):
    """The system into which the files are imported."""

    @property
    def types(self) -> Mapping[str, DpType]:
        """The types of the system, by name."""
        ...

    def type_of(self, datapoint: str) -> DpType | None:
        """Return the type of a datapoint; ``None`` if the datapoint does not exist."""
        ...

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Return datapoint and path of the element with an alias, or ``None``."""
        ...


@dataclass(frozen=True, slots=True)
class DplSource:
    """A DPL file: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that cannot be imported."""

    file: str
    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.reason}"


class NewDatapoint(NamedTuple):
    """A datapoint to create; ``dp_id`` is its ID in the project, or 0."""

    name: str
    dp_type: str
    dp_id: int


#: Datapoint, position of the element, and its new sample. A plain tuple, because the
#: garbage collector need not track millions of tuples.
NewValue: TypeAlias = tuple[str, int, Sample]
#: Names of counts of data that is not imported.
_NO_ROWS = frozenset({"datapoints left out", "more warnings"})
#: Maximum number of warnings that one import keeps.
_MOST_WARNINGS = 1000


@dataclass(slots=True)
class Plan:
    """The changes that an import will make.

    :ivar new_types: definitions of types that the system does not have.
    :ivar changed_types: definitions that differ from those of the system.
    :ivar configs: attributes to set, by datapoint, position of the element, and config.
    :ivar kept: name and text of sections that are only kept for an export.
    :ivar counts: how much was found, by kind, in the order of the files.
    :ivar ended: reading stopped early because of too many problems.
    """

    new_types: dict[str, TypeNode] = field(default_factory=dict)
    changed_types: dict[str, TypeNode] = field(default_factory=dict)
    datapoints: list[NewDatapoint] = field(default_factory=list)
    values: list[NewValue] = field(default_factory=list)
    configs: dict[tuple[str, int, str], dict[str, Value]] = field(default_factory=dict)
    kept: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ended: bool = False
    _warned: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether the files contain no data at all, not even existing data."""
        return not (self.kept or any(map(self.counts.get, self.counts.keys() - _NO_ROWS)))

    def warn(self, text: str) -> None:
        """Add a warning; duplicates are ignored."""
        if len(self.warnings) >= _MOST_WARNINGS:
            self.count("more warnings")
        elif text not in self._warned:
            self._warned.add(text)
            self.warnings.append(text)

    def warn_of_column(self, file: str, line: int, column: str) -> None:
        """Warn of a column that is ignored.

        :param line: the line of the section's name; the next line has the column names.
        """
        self.warn(
            f"{file}, line {line + 1}: the column '{column}' is unknown and is left out"
        )

    def count(self, what: str, number: int = 1) -> None:
        """Increase a count."""
        self.counts[what] = self.counts.get(what, 0) + number
