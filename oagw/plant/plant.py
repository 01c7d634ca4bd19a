"""The datapoints of the embedded system, in memory: pure, and found fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    TypeNotFoundError,
)
from oagw.model.behaviour import Behaviour, behaviour_of, online_value
from oagw.model.configs.stored import merged
from oagw.model.dptypes import MAX_ELEMENTS, DpType, ElementType, TypeElement, TypeNode
from oagw.model.patterns import Alternative, Pattern
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value
from oagw.plant.nameindex import NameIndex

if TYPE_CHECKING:
    from oagw.plant.calculated import Calculated
    from oagw.plant.cells import Cell
    from oagw.plant.queries.livetables import LiveTable


_NOTHING: Mapping[str, Value] = {}
#: The configs that :func:`behaviour_of` reads.
_BEHAVING = frozenset({"_archive", "_default", "_pv_range", "_smooth", "_u_range"})


class Element:
    """An element of a datapoint; those of structures hold no value, but may have configs.

    :ivar node: its place in the type.
    :ivar sample: the present value with its time, status and user.
    :ivar configs: what is set of the stored configs, by name.
    :ivar behaviour: what the configs make of its values, if they do anything.
    :ivar archived: whether its values go to the archive.
    :ivar kept: the last sample that passed the smoothing of the archive.
    :ivar watched: attributes that the core wants to be told of, by complete name.
    :ivar tables: live queries that are told of its changes.
    :ivar feeds: calculated elements that have it as a parameter.
    """

    __slots__ = (
        "archived",
        "behaviour",
        "configs",
        "datapoint",
        "feeds",
        "kept",
        "node",
        "sample",
        "tables",
        "watched",
    )

    def __init__(self, datapoint: Datapoint, node: TypeElement) -> None:
        self.datapoint = datapoint
        self.node = node
        self.sample: Sample = initial_sample(node.type)
        self.configs: dict[str, Mapping[str, Value]] | None = None
        self.behaviour: Behaviour | None = None
        self.archived = False
        self.kept: Sample | None = None
        self.watched: dict[str, Cell] | None = None
        self.tables: tuple[LiveTable, ...] | None = None
        self.feeds: dict[Calculated, None] | None = None

    @property
    def number(self) -> int:
        """What the element is called on disk; never used again for another one."""
        return self.datapoint.number * MAX_ELEMENTS + self.node.number

    @property
    def name(self) -> str:
        """``Dp.element`` without the system."""
        return f"{self.datapoint.name}.{self.node.path}"

    @property
    def type(self) -> ElementType:
        """What the element holds."""
        return self.node.type

    @property
    def online(self) -> Value:
        """The online value: a substitute value where one is active."""
        if self.behaviour is None:
            return self.sample.value  # type: ignore[return-value]
        return online_value(self.sample, self.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """What is set of a stored config, by ``detail._attribute`` (``_attribute``)."""
        return _NOTHING if self.configs is None else self.configs.get(config, _NOTHING)

    def store(self, config: str, changes: Mapping[str, Value]) -> None:
        """Change a stored config; without anything set it is no more."""
        self.restore(config, merged(self.stored(config), changes))
        self.judge()

    def restore(self, config: str, attributes: Mapping[str, Value]) -> None:
        """Have exactly this set of a stored config; :meth:`judge` must follow."""
        if attributes:
            if self.configs is None:
                self.configs = {}
            self.configs[config] = attributes
        elif self.configs is not None:
            self.configs.pop(config, None)
            self.configs = self.configs or None

    def judge(self) -> None:
        """Read the configs anew: what becomes of values from now on."""
        self.archived = bool(self.stored("_archive").get("_archive", False))
        # Most elements have none of these, and to find that out this way is faster.
        behaves = self.configs is not None and not _BEHAVING.isdisjoint(self.configs)
        self.behaviour = behaviour_of(self.stored) if behaves else None


class Datapoint:
    """A datapoint: its elements stand in the order of its type.

    :ivar number: what it is called on disk; never used again for another one.
    :ivar dp_id: its number in the project that it was imported from; 0 is unknown.
    """

    __slots__ = ("dp_id", "dp_type", "elements", "name", "number")

    def __init__(self, name: str, dp_type: DpType, number: int, dp_id: int = 0) -> None:
        self.name = name
        self.dp_type = dp_type
        self.number = number
        self.dp_id = dp_id
        self.elements = [Element(self, node) for node in dp_type.elements]


def former_element(name: str, number: int, kind: ElementType) -> Element:
    """An element that is no more, alone in a datapoint of its own."""
    datapoint, path = name.split(".", 1)
    own = number % MAX_ELEMENTS
    node = TypeElement(path, kind, own, 0)
    dp_type = DpType("", TypeNode("", kind), [node], own + 1)
    [element] = Datapoint(datapoint, dp_type, number // MAX_ELEMENTS).elements
    return element


class Plant:
    """All types and datapoints of one system."""

    def __init__(self) -> None:
        self.types: dict[str, DpType] = {}
        self.datapoints: dict[str, Datapoint] = {}
        self.aliases: dict[str, Element] = {}
        #: Archived elements that are no more, by name; of one name the oldest first.
        #: Each is its number on disk and what it held.
        self.former: dict[str, list[tuple[int, ElementType]]] = {}
        self.names = NameIndex()
        self._by_type: dict[str, dict[str, Datapoint]] = {}

    @property
    def definitions(self) -> dict[str, TypeNode]:
        """The definition of each type, by name."""
        return {name: dp_type.root for name, dp_type in self.types.items()}

    def add_type(self, dp_type: DpType) -> None:
        """Add a type under its name, or put it in the place of one of that name."""
        self.types[dp_type.name] = dp_type
        self._by_type.setdefault(dp_type.name, {})

    def remove_type(self, name: str) -> None:
        """Remove a type that has no datapoints."""
        del self.types[name]
        del self._by_type[name]

    def add_datapoint(
        self, name: str, dp_type: DpType, number: int, dp_id: int = 0
    ) -> Datapoint:
        """Add a datapoint with the elements that its type gives it."""
        datapoint = Datapoint(name, dp_type, number, dp_id)
        self.datapoints[name] = datapoint
        self.names.add(name)
        self._by_type[dp_type.name][name] = datapoint
        return datapoint

    def load(self, datapoints: Iterable[Datapoint]) -> None:
        """Add many datapoints to an empty plant."""
        for datapoint in datapoints:
            self.datapoints[datapoint.name] = datapoint
            self._by_type[datapoint.dp_type.name][datapoint.name] = datapoint
        self.names.load(self.datapoints)

    def remove_datapoint(self, datapoint: Datapoint) -> None:
        """Remove a datapoint and its aliases."""
        del self.datapoints[datapoint.name]
        del self._by_type[datapoint.dp_type.name][datapoint.name]
        self.names.remove(datapoint.name)
        for element in datapoint.elements:
            self.note_alias(element, "")

    def rename_datapoint(self, datapoint: Datapoint, name: str) -> None:
        """Give a datapoint another name."""
        of_type = self._by_type[datapoint.dp_type.name]
        del self.datapoints[datapoint.name], of_type[datapoint.name]
        self.names.remove(datapoint.name)
        datapoint.name = name
        self.datapoints[name] = of_type[name] = datapoint
        self.names.add(name)

    def note_former(self, name: str, number: int, kind: ElementType) -> None:
        """An archived element is no more: its history can be read by its name."""
        self.former.setdefault(name, []).append((number, kind))

    def of_type(self, name: str) -> list[Datapoint]:
        """All datapoints of a type."""
        return list(self._by_type.get(name, {}).values())

    def count_of_type(self, name: str) -> int:
        """How many datapoints of a type there are."""
        return len(self._by_type.get(name, ()))

    def note_alias(self, element: Element, alias: str) -> None:
        """Let the element be found under its new alias, and no longer under the present."""
        present = str(element.stored("_common").get("_alias", ""))
        if present and self.aliases.get(present) is element:
            del self.aliases[present]
        if alias:
            self.aliases[alias] = element

    def datapoint(self, name: str, context: str) -> Datapoint:
        """Find a datapoint; ``context`` is the name to blame.

        :raises DatapointNotFoundError: there is none.
        """
        found = self.datapoints.get(name)
        if found is None:
            raise DatapointNotFoundError(f"'{context}': there is no datapoint '{name}'")
        return found

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint, if there is such a datapoint."""
        found = self.datapoints.get(datapoint)
        return None if found is None else found.dp_type

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Datapoint and path of the element that has an alias, if one has."""
        found = self.aliases.get(alias)
        return None if found is None else (found.datapoint.name, found.node.path)

    def dp_type(self, name: str) -> DpType:
        """Find a type.

        :raises TypeNotFoundError: there is none.
        """
        found = self.types.get(name)
        if found is None:
            raise TypeNotFoundError(f"there is no datapoint type '{name}'")
        return found

    def element(self, datapoint_name: str, path: str, context: str) -> Element:
        """Find an element; ``context`` is the name to blame.

        :raises DatapointNotFoundError: there is no such datapoint.
        :raises ElementNotFoundError: its type has no such element.
        """
        datapoint = self.datapoint(datapoint_name, context)
        node = datapoint.dp_type.by_path.get(path)
        if node is None:
            raise ElementNotFoundError(
                f"'{context}': datapoint '{datapoint_name}' of type "
                f"{datapoint.dp_type.name} has no element '{path}'"
            )
        return datapoint.elements[node.index]

    def matching(
        self, pattern: Pattern, dp_type: str | None = None
    ) -> Iterator[tuple[Datapoint, tuple[Alternative, ...]]]:
        """The datapoints that a pattern means, with what it means of them.

        They come in the order in which they were made, those of a pattern without
        wildcards in the order of the pattern.
        """
        found = [
            (self.datapoints[name], alternatives)
            for name, alternatives in self.names.matching(pattern)
        ]
        if any(one.literal is None for one in pattern.alternatives):
            found.sort(key=lambda pair: pair[0].number)
        for datapoint, alternatives in found:
            if dp_type is None or datapoint.dp_type.name == dp_type:
                yield datapoint, alternatives

    def elements(
        self, pattern: Pattern, dp_type: str | None = None, *, structures: bool = True
    ) -> Iterator[Element]:
        """The elements that a pattern means, each once.

        :param structures: also those that hold no value.
        """
        # Names that fit the same alternatives share the tuple; to hash it is slow.
        known: dict[tuple[str, int], tuple[list[int], tuple[Alternative, ...]]] = {}
        for datapoint, fitting in self.matching(pattern, dp_type):
            key = (datapoint.dp_type.name, id(fitting))
            found = known.get(key)
            if found is None:
                indices = [
                    node.index
                    for node in datapoint.dp_type.elements
                    if (structures or node.type.holds_value)
                    and any(one.matches_element(node.path) for one in fitting)
                ]
                found = known[key] = (indices, fitting)
            for index in found[0]:
                yield datapoint.elements[index]

    def select(self, pattern: Pattern, dp_type: str | None = None) -> Iterator[Element]:
        """The elements with a value that a pattern means, each once."""
        return self.elements(pattern, dp_type, structures=False)
