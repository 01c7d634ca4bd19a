"""Telling the core of what happens: watched attributes, live queries, ends and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.systems import SystemListener
from oagw.model.changes import (
    EventKind,
    SystemEvent,
)
from oagw.model.values import WireValue
from oagw.plant.cells import (
    Cell,
    Cells,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import Plant
from oagw.plant.queries.livetables import LiveTables

_TYPE_EVENTS = (
    EventKind.DP_TYPE_CREATED,
    EventKind.DP_TYPE_CHANGED,
    EventKind.DP_TYPE_DELETED,
)


@dataclass(frozen=True, slots=True)
class Moves:
    """What events did to the datapoints of a plant, by name.

    :ivar changed: those that are new, or have other elements or another name now.
    :ivar gone: those that are no more.
    """

    changed: Set[str] = field(default_factory=frozenset)
    gone: Set[str] = field(default_factory=frozenset)


_NONE = Moves()


def moves(events: Iterable[SystemEvent], plant: Plant) -> Moves:
    """What events did, all of them; names are in the order of the events."""
    changed: dict[str, None] = {}
    gone: dict[str, None] = {}
    for event in events:
        match event.kind:
            case EventKind.DP_CREATED:
                changed[event.name] = None
            case EventKind.DP_DELETED:
                gone[event.name] = None
            case EventKind.DP_RENAMED:
                gone[event.name] = None
                changed[event.new_name] = None
            case EventKind.DP_TYPE_CHANGED:
                changed |= dict.fromkeys(one.name for one in plant.of_type(event.name))
    datapoints = plant.datapoints
    return Moves(
        {name: None for name in changed if name in datapoints}.keys(),
        {name: None for name in gone if name not in datapoints}.keys(),
    )


class Nobody:
    """Listens to what nobody wants to know, as before the gateway has begun."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""


class Telling:
    """Knows what the core wants to be told of.

    :ivar listener: the core.
    """

    def __init__(self, system: str, plant: Plant, cells: Cells, tables: LiveTables) -> None:
        self._system = system
        self._plant = plant
        self._cells = cells
        self._tables = tables
        self._counts: dict[str, int] = {}
        self.listener: SystemListener = Nobody()

    def is_watched(self, name: str) -> bool:
        """Whether there is somebody to be told of an attribute."""
        return name in self._counts

    def watch(self, names: Sequence[str]) -> list[WireValue]:
        """Tell of changes of attributes from now on; returns their present values.

        :raises NamesRefusedError: nothing is watched.
        """
        cells: list[Cell] = []
        values: list[WireValue] = []
        errors: dict[str, OagwError] = {}
        for name in names:
            try:
                cell = self._cells.find(name)
                cell.check_live()
                values.append(cell.read())
                cells.append(cell)
            except OagwError as error:
                errors[name] = error
        if errors:
            raise NamesRefusedError(errors)
        for cell in cells:
            self._counts[cell.name] = self._counts.get(cell.name, 0) + 1
            if cell.element.watched is None:
                cell.element.watched = {}
            cell.element.watched[cell.name] = cell
        return values

    def unwatch(self, names: Sequence[str]) -> None:
        """End what :meth:`watch` began."""
        for name in names:
            if name not in self._counts:
                # It has ended with its element.
                continue
            self._counts[name] -= 1
            if self._counts[name]:
                continue
            del self._counts[name]
            element = self._cells.find(name).element
            assert element.watched is not None
            del element.watched[name]
            if not element.watched:
                element.watched = None

    def forget(self, names: Iterable[str]) -> None:
        """Names have ended by themselves."""
        for name in names:
            self._counts.pop(name, None)

    def tell(self, outcome: Outcome) -> Moves:
        """Tell of one atomic change: each listener once.

        :returns: which datapoints came, went or have other elements now.
        """
        changes: dict[str, WireValue] = {}
        for element, configs in outcome.changed.items():
            if element.watched:
                for name, cell in element.watched.items():
                    if cell.config.name in configs:
                        changes[name] = cell.read()
        if changes:
            self.listener.on_change(changes)
        moved = moves(outcome.events, self._plant) if outcome.events else _NONE
        self._tell_tables(outcome, moved)
        if outcome.ended:
            self.listener.on_end(outcome.ended)
        if outcome.events:
            self.listener.on_events([self._complete(event) for event in outcome.events])
        return moved

    def _tell_tables(self, outcome: Outcome, moved: Moves) -> None:
        tables = self._tables
        if any(event.kind in _TYPE_EVENTS for event in outcome.events):
            tables.check()
        if moved.changed:
            datapoints = self._plant.datapoints
            # First, because elements that stay may stand at another place of their type.
            tables.refresh([datapoints[name] for name in moved.changed])
        tables.on_change(outcome.changed)
        tables.tell()

    def _complete(self, event: SystemEvent) -> SystemEvent:
        if event.kind in _TYPE_EVENTS:
            return event
        return replace(
            event,
            name=f"{self._system}:{event.name}",
            new_name=event.new_name and f"{self._system}:{event.new_name}",
        )
