"""What a query covers in a plant: its datapoints, their elements, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeAlias

from oagw.errors import ElementNotFoundError
from oagw.model.dptypes import DpType, ElementType, TypeElement
from oagw.model.patterns import Alternative
from oagw.model.values import WireValue
from oagw.plant.nameindex import bits
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)
from oagw.plant.queries import routes
from oagw.query.demands import demands_of
from oagw.query.evaluation import Decision, Impossible, Test, Undecided, decide, raising
from oagw.query.finishing import Row
from oagw.query.scope import conjuncts
from oagw.query.subject import Place, Subject, column_reader
from oagw.query.tree import All, Column, Condition, Keyword, Query, operands

#: With more datapoints than this it is worth a look at every type.
_MANY = 1000
#: A name is matched with so many patterns in the time that an element takes.
_PATTERNS = 10

#: What reads the columns of an element's row; ``None`` where there is nothing to read.
Readers: TypeAlias = Sequence[Callable[[Subject], WireValue] | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a type whose elements may have rows.

    :ivar test: whether an element has one; ``None`` if each has.
    """

    node: TypeElement
    test: Test | None
    columns: Readers

    def values(self, subject: Subject) -> Row:
        """The columns of a row."""
        return [None if read is None else read(subject) for read in self.columns]


@dataclass(frozen=True, slots=True)
class Cover:
    """What is covered of each datapoint of a type whose name fits in the same way.

    :ivar slots: the places of rows.
    :ivar named: the places of named elements, on which all rows of a datapoint depend.
    """

    dp_type: DpType
    slots: Sequence[Slot]
    named: frozenset[int]

    @property
    def watched(self) -> frozenset[int]:
        """The places whose changes can change a row."""
        return self.named.union(slot.node.index for slot in self.slots)


class Selection:
    """A query made ready for a plant.

    :ivar place: the place of a datapoint among those that are covered, to sort them by.
    :param zone: what a time without a zone is in; ``None`` is the server's local time.
    :raises ElementNotFoundError: a named element is in no type that the query is about.
    """

    def __init__(
        self, query: Query, plant: Plant, system: str, zone: tzinfo | None
    ) -> None:
        self.query = query
        self.system = system
        self._plant = plant
        self._zone = zone
        self._where = _of_elements(query)
        self._demands = demands_of(self._where)
        self._named = tuple(
            dict.fromkeys(
                one.element
                for one in query.operands
                if isinstance(one, Column) and one.element is not None
            )
        )
        # Asked for each row.
        self._is_named = query.is_named
        self._groups = query.source.by_datapoint()
        # Which groups fit a name, a bit for each: by the name itself, and by patterns.
        self._by_name: dict[str, int] = {}
        self._by_pattern: list[tuple[Alternative, int]] = []
        for number, (one, *_) in enumerate(self._groups):
            if one.literal is None:
                self._by_pattern.append((one, 1 << number))
            else:
                self._by_name[one.literal] = 1 << number
        self._covers: dict[tuple[str, int], Cover] = {}
        self._slots: dict[int, Slot] = {}
        self._shown = () if query.is_alert else (*query.attributes, *query.group)
        #: What reads the columns at elements of a type, where nothing else matters.
        self._readers: dict[ElementType, Readers] | None = None
        if all(isinstance(one, Column) and one.element is None for one in self._shown):
            self._readers = {}
        self.place = routes.order_of(query.source)
        self.check()

    @property
    def is_direct(self) -> bool:
        """Whether a row depends on nothing but its own element."""
        return not self._named

    @property
    def aliases(self) -> frozenset[str]:
        """The aliases of which a row's element must have one; empty is any, or none."""
        return self._demands.aliases or frozenset()

    @property
    def cost(self) -> int:
        """What it costs to look at a datapoint, where an element's row costs 1."""
        return 1 + len(self._by_pattern) // _PATTERNS

    def check(self) -> None:
        """Refuse a named element that none of the types has, or has any more.

        :raises ElementNotFoundError: there is one.
        """
        types = [
            self._plant.types[name]
            for name in self._demands.types or ()
            if name in self._plant.types
        ]
        for path in self._named if types else ():
            if not any(path in dp_type.by_path for dp_type in types):
                names = ", ".join(dp_type.name for dp_type in types)
                raise ElementNotFoundError(f"type {names} has no element '{path}'")

    def find(self) -> tuple[str, list[Datapoint]]:
        """The datapoints that may be covered now, in order, and what has led to them."""
        route = self._shortest()
        return route.title, sorted(route.find(), key=self.place)

    def _shortest(self) -> routes.Route:
        plant = self._plant
        route = routes.shortest(
            [
                routes.by_source(plant, self.query.source),
                *routes.by_demands(plant, self._demands),
            ]
        )
        if route.count <= _MANY:
            return route
        everything = (1 << len(self._groups)) - 1
        types = [
            name
            for name, dp_type in plant.types.items()
            if self._allows(name) and self._cover(dp_type, everything).slots
        ]
        by_element = routes.by_types(plant, "types with such elements", types)
        return routes.shortest([route, by_element])

    def _allows(self, dp_type: str) -> bool:
        return self._demands.types is None or dp_type in self._demands.types

    def cover(self, datapoint: Datapoint) -> Cover | None:
        """What is covered of a datapoint; ``None`` is nothing."""
        dp_type = datapoint.dp_type
        if not self._allows(dp_type.name):
            return None
        fitting = self._fitting(datapoint.name)
        if not fitting:
            return None
        cover = self._cover(dp_type, fitting)
        return cover if cover.slots else None

    def _fitting(self, name: str) -> int:
        """Which groups of alternatives fit a name, a bit for each."""
        found = self._by_name.get(name, 0)
        for one, bit in self._by_pattern:
            if one.matches_datapoint(name):
                found |= bit
        return found

    def _cover(self, dp_type: DpType, fitting: int) -> Cover:
        key = (dp_type.name, fitting)
        cover = self._covers.get(key)
        # A type that was changed is another object.
        if cover is None or cover.dp_type is not dp_type:
            cover = self._covers[key] = self._make_cover(dp_type, fitting)
        return cover

    def _make_cover(self, dp_type: DpType, fitting: int) -> Cover:
        slots = [
            slot
            for node in self._nodes(dp_type, fitting)
            if (slot := self._slot(dp_type, node)) is not None
        ]
        named = (dp_type.by_path.get(path) for path in self._named)
        indices = frozenset(node.index for node in named if node is not None)
        return Cover(dp_type, slots, indices)

    def _nodes(self, dp_type: DpType, fitting: int) -> Sequence[TypeElement]:
        alternatives = [
            one
            for number in bits(fitting)
            for one in self._groups[number]
            if one.dp_type in ("", dp_type.name)
        ]
        if self._is_named:
            return dp_type.elements[:1] if alternatives else ()
        return [
            node
            for node in dp_type.elements
            if (node.type.holds_value or self.query.is_alert)
            and any(one.matches_element(node.path) for one in alternatives)
        ]

    def slot(self, element: Element) -> Slot:
        """The slot of an element that has one."""
        return self._slots[id(element.node)]

    def _slot(self, dp_type: DpType, node: TypeElement) -> Slot | None:
        known = self._slots.get(id(node))
        if known is not None:
            return known
        query = self.query
        is_past = query.period is not None
        place = Place(dp_type, node, self.system, self._zone, is_past)
        decision: Decision = self._where is None or decide(self._where, place)
        if decision is False:
            return None
        test = None
        if isinstance(decision, Undecided):
            test = decision.test
        elif isinstance(decision, Impossible):
            test = raising(decision)
        # The slot keeps the node, whose id is the key, from being another's.
        slot = Slot(node, test, self._columns(place))
        self._slots[id(node)] = slot
        return slot

    def _columns(self, place: Place) -> Readers:
        known = self._readers
        if known is not None and place.node.type in known:
            return known[place.node.type]
        columns = [column_reader(one, place) for one in self._shown]
        if known is not None:
            known[place.node.type] = columns
        return columns

    def subjects(self, datapoint: Datapoint) -> list[Element]:
        """The elements of a datapoint that may have rows."""
        cover = self.cover(datapoint) if datapoint.elements else None
        if cover is None:
            return []
        elements = datapoint.elements
        return [elements[slot.node.index] for slot in cover.slots]

    def affected(self, element: Element) -> Sequence[Element]:
        """The elements whose rows may change with one that is watched."""
        if not self._named:
            return (element,)
        cover = self.cover(element.datapoint)
        if cover is None or element.node.index not in cover.named:
            return (element,)
        return self.subjects(element.datapoint)

    def name(self, element: Element) -> str:
        """What the row of an element is called."""
        if self._is_named:
            return f"{self.system}:{element.datapoint.name}"
        return f"{self.system}:{element.name}"

    def row(self, element: Element, name: str | None = None) -> Row | None:
        """The row of an element that may have one, if it has.

        :param name: what its row is called, if that is known.
        :raises ConversionError: the condition cannot be decided.
        """
        slot = self._slots[id(element.node)]
        if slot.test is not None and not slot.test(element):
            return None
        return [
            name or self.name(element),
            *[None if read is None else read(element) for read in slot.columns],
        ]


def _of_elements(query: Query) -> Condition | None:
    """What WHERE says of elements; of a query of alerts, the alerts know the rest."""
    if not query.is_alert:
        return query.where
    parts = tuple(
        part
        for part in conjuncts(query.where)
        if all(isinstance(one, Keyword) for one in operands(part))
    )
    return All(parts) if parts else None
