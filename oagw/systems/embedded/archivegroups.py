"""The archive group and the name of elements by number, which an archive asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from oagw.model.dptypes import MAX_ELEMENTS
from oagw.model.patterns import compile_pattern, every_element
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.plant import Plant


class ArchiveGroups:
    """Finds the archive groups of elements.

    An element belongs to the group with the name of the datapoint in ``_archive.1._class``
    (its class); otherwise to the first group with a pattern that it matches.

    :param system: the system of the elements; patterns for other systems are ignored.
    :param groups: the patterns of each group, by name.
    :param names: whether the archive asks for names, too.
    """

    def __init__(
        self,
        plant: Plant,
        system: str,
        groups: Mapping[str, Sequence[str]],
        names: bool,
    ) -> None:
        self._plant = plant
        self._groups = {
            name: [
                every_element(pattern)
                for pattern in map(compile_pattern, texts)
                if pattern.system in ("", system)
            ]
            for name, texts in groups.items()
        }
        self._is_asked = names or bool(groups)
        self._datapoints: dict[int, Datapoint] = {}
        self.follow(plant.datapoints, ())

    def follow(self, changed: Collection[str], deleted: Collection[str]) -> None:
        """Add new and changed datapoints; values of deleted ones may still arrive."""
        if self._is_asked:
            for name in changed:
                datapoint = self._plant.datapoints[name]
                self._datapoints[datapoint.number] = datapoint

    def group_of(self, number: int) -> str:
        """The group of an element by number; empty if it has none. Thread-safe."""
        element = self._element(number)
        return "" if element is None else self._of_element(element)

    def name_of(self, number: int) -> str:
        """The name of an element by number; empty if it is unknown. Thread-safe."""
        element = self._element(number)
        return "" if element is None else element.name

    def _element(self, number: int) -> Element | None:
        datapoint = self._datapoints.get(number // MAX_ELEMENTS)
        if datapoint is None:
            return None
        return next((one for one in datapoint.elements if one.number == number), None)

    def _of_element(self, element: Element) -> str:
        named = element.stored("_archive").get("1._class", "")
        name = str(named).rpartition(":")[2].rstrip(".")
        if name in self._groups:
            return name
        datapoint, path = element.datapoint.name, element.node.path
        for group, patterns in self._groups.items():
            if any(pattern.matches(datapoint, path) for pattern in patterns):
                return group
        return ""
