"""What DPL files ask for, checked and converted, before anything of it takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from oagw.model.dptypes import DpType, TypeNode
from oagw.model.samples import Sample
from oagw.model.values import Value


class ExistingPlant(Protocol):
    """The system that the files are read for."""

    @property
    def types(self) -> Mapping[str, DpType]:
        """The types that it has, by name."""
        ...

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint, if there is such a datapoint."""
        ...

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Datapoint and path of the element that has an alias, if one has."""
        ...


@dataclass(frozen=True, slots=True)
class DplSource:
    """A file: what it is called, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that cannot be imported."""

    file: str
    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.reason}"


class NewDatapoint(NamedTuple):
    """A datapoint to make; ``dp_id`` is its ID in the project, 0 if it has none."""

    name: str
    dp_type: str
    dp_id: int


#: A value to take over: datapoint, place of the element, sample. A plain tuple: the
#: garbage collector need not look at millions of them.
NewValue: TypeAlias = tuple[str, int, Sample]
#: Counts of what is not imported.
_NO_ROWS = frozenset({"datapoints left out", "more warnings"})
#: Warnings of one import that are kept; of more there is no use.
_MOST_WARNINGS = 1000


@dataclass(slots=True)
class Plan:
    """What an import will do.

    :ivar new_types: definitions of types that the system does not have.
    :ivar changed_types: definitions that differ from those that it has.
    :ivar configs: attributes to set, by datapoint, place of the element, and config.
    :ivar kept: name and text of sections that mean nothing here, to be written back.
    :ivar counts: what was found, in the order of the files: how many, by what.
    :ivar ended: there were so many problems that the reading ended before the end.
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
        """Whether nothing in the files was read, not even what is there already."""
        return not (self.kept or any(map(self.counts.get, self.counts.keys() - _NO_ROWS)))

    def warn(self, text: str) -> None:
        """Note something that whoever imports should know, once."""
        if len(self.warnings) >= _MOST_WARNINGS:
            self.count("more warnings")
        elif text not in self._warned:
            self._warned.add(text)
            self.warnings.append(text)

    def warn_of_column(self, file: str, line: int, column: str) -> None:
        """Warn of a column that nobody reads.

        :param line: that of the section's name; the columns' names come next.
        """
        self.warn(
            f"{file}, line {line + 1}: the column '{column}' is not known and is left out"
        )

    def count(self, what: str, number: int = 1) -> None:
        """Count what was found."""
        self.counts[what] = self.counts.get(what, 0) + number
