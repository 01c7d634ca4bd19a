"""Looking for names, aliases and types in slices; the plant may change between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oagw.model.patterns import Alternative, Pattern
from oagw.model.sorting import Sorting
from oagw.plant.nameindex import (
    PIECE,
    bits,
)
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)

#: Names that are written, and aliases or types that are looked at, in a millisecond.
_SLICE = 500
_LOOKED_AT = 2000


class NameSearch:
    """The complete names that a pattern means, structures included.

    A pattern without an element part names datapoints, so do the names. What is gone or
    has another name when its turn comes is left out.

    :ivar names: what was found: in the order in which datapoints were made, those of a
        pattern without wildcards in the order of the pattern.
    """

    def __init__(
        self, plant: Plant, system: str, pattern: Pattern, dp_type: str | None
    ) -> None:
        self._plant = plant
        self._system = system
        self._pattern = pattern
        self._dp_type = dp_type
        #: The groups of alternatives that mean a datapoint, a bit for each.
        self._fitting: dict[str, int] = {}
        self._groups = pattern.by_datapoint()
        self._found: list[tuple[str, Datapoint]] = []
        self.names: list[str] = []

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work."""
        yield from self._match()
        yield from self._find()
        if any(one.literal is None for one in self._pattern.alternatives):
            sorting = Sorting(self._found, lambda pair: pair[1].number)
            yield from sorting.steps()
            self._found = sorting.items
        yield from self._write()

    def _match(self) -> Iterator[None]:
        work = 0
        for number, group in enumerate(self._groups):
            for piece in self._plant.names.matching_pieces(group[0]):
                for name in piece.meant:
                    self._fitting[name] = self._fitting.get(name, 0) | 1 << number
                work += 1 + piece.size
                if work >= PIECE:
                    work = 0
                    yield

    def _find(self) -> Iterator[None]:
        datapoints, wanted = self._plant.datapoints, self._dp_type
        for number, name in enumerate(self._fitting, 1):
            datapoint = datapoints.get(name)
            if datapoint is not None and wanted in (None, datapoint.dp_type.name):
                self._found.append((name, datapoint))
            if number % _LOOKED_AT == 0:
                yield

    def _write(self) -> Iterator[None]:
        is_named = self._pattern.has_element
        work = 0
        known: dict[tuple[int, int], tuple[object, list[str]]] = {}
        for name, datapoint in self._found:
            if work >= _SLICE:
                work = 0
                yield
            if self._plant.datapoints.get(name) is not datapoint:
                continue
            begin = f"{self._system}:{name}"
            if not is_named:
                self.names.append(begin)
                work += 1
                continue
            dp_type, fitting = datapoint.dp_type, self._fitting[name]
            key = (id(dp_type), fitting)
            # A type that was changed is another object; what is kept has no id of another.
            if key not in known:
                known[key] = (dp_type, self._paths(datapoint, fitting))
                work += len(dp_type.elements)
            paths = known[key][1]
            self.names += [begin + path for path in paths]
            work += 1 + len(paths)

    def _paths(self, datapoint: Datapoint, fitting: int) -> list[str]:
        alternatives = [one for number in bits(fitting) for one in self._groups[number]]
        return [
            f".{node.path}"
            for node in datapoint.dp_type.elements
            if any(one.matches_element(node.path) for one in alternatives)
        ]


class AliasSearch:
    """Aliases by complete name, of the elements that a pattern means.

    :param matches: whether an alias is wanted.
    :ivar aliases: what was found, in the order of the aliases.
    """

    def __init__(
        self, plant: Plant, system: str, pattern: Pattern, matches: Callable[[str], bool]
    ) -> None:
        self._plant = plant
        self._system = system
        self._pattern = pattern
        self._matches = matches
        self.aliases: dict[str, str] = {}

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work."""
        found: list[tuple[str, Element]] = []
        every = list(self._plant.aliases.items())
        cost = max(len(self._pattern.alternatives), 1)
        for number, (alias, element) in enumerate(every, 1):
            datapoint, path = element.datapoint.name, element.node.path
            if self._matches(alias) and self._pattern.matches(datapoint, path):
                found.append((alias, element))
            if number % max(_LOOKED_AT // cost, 1) == 0:
                yield
        sorting = Sorting(found, lambda pair: pair[0])
        yield from sorting.steps()
        for number, (alias, element) in enumerate(sorting.items, 1):
            # It may have gone to another element meanwhile.
            if self._plant.aliases.get(alias) is element:
                self.aliases[f"{self._system}:{element.name}"] = alias
            if number % _LOOKED_AT == 0:
                yield


class TypeSearch:
    """The types whose names match a pattern.

    :param empty: also those without datapoints.
    :ivar types: what was found, in the order of the names.
    """

    def __init__(self, plant: Plant, pattern: Pattern, empty: bool) -> None:
        self._plant = plant
        self._alternatives: tuple[Alternative, ...] = pattern.alternatives
        self._empty = empty
        self.types: list[str] = []

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work."""
        each = max(_LOOKED_AT // max(len(self._alternatives), 1), 1)
        for number, name in enumerate(sorted(self._plant.types), 1):
            if any(one.matches_datapoint(name) for one in self._alternatives) and (
                self._empty or self._plant.count_of_type(name)
            ):
                self.types.append(name)
            if number % each == 0:
                yield
