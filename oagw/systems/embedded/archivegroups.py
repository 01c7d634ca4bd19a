"""What an archive asks of elements by their numbers: the archive group, and the name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from oagw.model.dptypes import MAX_ELEMENTS
from oagw.model.patterns import compile_pattern, every_element
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)


class ArchiveGroups:
    """Finds the groups of elements.

    The group is that whose name the datapoint in ``_archive.1._class`` has (its class), or
    else the first of which a pattern means the element.

    :param system: whose elements they are; a pattern may name another one.
    :param groups: the patterns of each group, by its name.
    :param names: whether names are asked for, too.
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
        self.note(plant.datapoints, ())

    def note(self, changed: Collection[str], gone: Collection[str]) -> None:
        """Datapoints are new or have changed; of those gone values may still come."""
        if self._is_asked:
            for name in changed:
                datapoint = self._plant.datapoints[name]
                self._datapoints[datapoint.number] = datapoint

    def of(self, number: int) -> str:
        """The group of an element by its number; empty if it has none. In any thread."""
        element = self._element(number)
        return "" if element is None else self._of_element(element)

    def name_of(self, number: int) -> str:
        """The name of an element by its number; empty if there is none. In any thread."""
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
