"""What the numbers in an archive mean, read past the gateway that uses the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from oagw.errors import DatapointNotFoundError
from oagw.model.dptypes import MAX_ELEMENTS, DpType, ElementType
from oagw.model.patterns import Pattern, compile_pattern, every_element
from oagw.plant.rowchecks import (
    faults,
    has_checks,
    install,
)
from oagw.storage.damage import StorageError, explained, way_out
from oagw.storage.sqlite import connect_to_read, moment
from oagw.systems.embedded.loading import load_former, load_types


@dataclass(frozen=True, slots=True)
class KnownElement:
    """An element, or one that is no more.

    :ivar number: its series in the archive.
    :ivar name: ``Dp.element`` without the system.
    """

    number: int
    name: str
    type: ElementType


class Known:
    """The elements and users of a system at one moment, by their numbers.

    :param path: the system's file.
    :ivar users: names by number.
    :raises FileNotFoundError: it is not there.
    """

    def __init__(self, path: Path, system: str) -> None:
        self._system = system
        with explained(path), moment(connect_to_read(path)) as connection:
            _check(path, connection)
            types = {one.name: one for one in load_types(connection)}
            self._datapoints: dict[int, tuple[str, DpType]] = {
                number: (name, types[dp_type])
                for number, name, dp_type in connection.execute(
                    "SELECT id, name, dp_type FROM datapoint"
                )
            }
            self._former = {
                number: KnownElement(number, name, kind)
                for number, name, kind in load_former(connection)
            }
            self.users: dict[int, str] = dict(
                connection.execute("SELECT number, name FROM user")
            )

    def element(self, number: int) -> KnownElement | None:
        """The element of a number, or ``None`` if nobody knows any more what it was."""
        found = self._datapoints.get(number // MAX_ELEMENTS)
        node = found and found[1].by_number.get(number % MAX_ELEMENTS)
        if not found or not node:
            return self._former.get(number)
        return KnownElement(number, f"{found[0]}.{node.path}", node.type)

    def patterns(self, texts: Sequence[str]) -> list[Pattern]:
        """Patterns of elements; a datapoint alone is all of its elements.

        :raises ParameterError: one is no pattern.
        :raises DatapointNotFoundError: one names another system.
        """
        patterns = [every_element(compile_pattern(text)) for text in texts]
        for one in patterns:
            if one.system not in ("", self._system):
                raise DatapointNotFoundError(
                    f"'{one.text}': there is no system '{one.system}' here; this one is "
                    f"'{self._system}'"
                )
        return patterns

    def unmatched(self, patterns: Sequence[Pattern]) -> list[str]:
        """Those of some patterns that mean no element, neither present nor former."""
        return [one.text for one in patterns if not self._means_any(one)]

    def _means_any(self, pattern: Pattern) -> bool:
        return any(
            pattern.matches(name, node.path)
            for name, dp_type in self._datapoints.values()
            for node in dp_type.elements
            if node.type.holds_value
        ) or any(_matches(one.name, (pattern,)) for one in self._former.values())

    def chosen(
        self, numbers: Iterable[int], patterns: Sequence[Pattern]
    ) -> tuple[list[KnownElement], set[int]]:
        """The elements that patterns mean (none: all), by name; those of one name by age.

        Gives also the numbers that are not known.
        """
        elements = {number: self.element(number) for number in numbers}
        found = [one for one in elements.values() if one is not None]
        if patterns:
            found = [one for one in found if _matches(one.name, patterns)]
        unknown = {number for number, one in elements.items() if one is None}
        return sorted(found, key=lambda one: (one.name, one.number)), unknown


def _check(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse names that may be wrong.

    :raises StorageError: a row is damaged.
    """
    # A file of an earlier version, which no gateway has opened since, has no checksums.
    if has_checks(connection):
        install(connection)
        tables = ("dp_type", "datapoint", "former_element", "user")
        if damage := "; ".join(faults(connection, tables)):
            raise StorageError(f"{path}, {damage}; {way_out(path)}")


def _matches(name: str, patterns: Sequence[Pattern]) -> bool:
    datapoint, _, path = name.partition(".")
    return any(one.matches(datapoint, path) for one in patterns)
