"""Notifies the core of changes: watched attributes, live queries, ends and events."""

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
class DatapointChanges:
    """The datapoints of a plant that events have changed or deleted, by name.

    :ivar changed: datapoints that are new, or have other elements or another name now.
    :ivar deleted: datapoints that do not exist any longer under their names.
    """

    changed: Set[str] = field(default_factory=frozenset)
    deleted: Set[str] = field(default_factory=frozenset)


_NONE = DatapointChanges()


def datapoint_changes(events: Iterable[SystemEvent], plant: Plant) -> DatapointChanges:
    """What all of these events did; the names are in the order of the events."""
    changed: dict[str, None] = {}
    deleted: dict[str, None] = {}
    for event in events:
        match event.kind:
            case EventKind.DP_CREATED:
                changed[event.name] = None
            case EventKind.DP_DELETED:
                deleted[event.name] = None
            case EventKind.DP_RENAMED:
                deleted[event.name] = None
                changed[event.new_name] = None
            case EventKind.DP_TYPE_CHANGED:
                changed |= dict.fromkeys(one.name for one in plant.of_type(event.name))
    datapoints = plant.datapoints
    return DatapointChanges(
        {name: None for name in changed if name in datapoints}.keys(),
        {name: None for name in deleted if name not in datapoints}.keys(),
    )


class NullListener:
    """Ignores all notifications, for example before the gateway has started."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """See :class:`oagw.interfaces.systems.SystemListener`."""


class Notifier:
    """Sends the changes of a plant to the core, each atomic change at once.

    :ivar listener: the core.
    """

    def __init__(self, system: str, plant: Plant, cells: Cells, tables: LiveTables) -> None:
        self._system = system
        self._plant = plant
        self._cells = cells
        self._tables = tables
        #: The cell of each watched name, and how often it is watched.
        self._watched: dict[str, Cell] = {}
        self._counts: dict[str, int] = {}
        self.listener: SystemListener = NullListener()

    def is_watched(self, name: str) -> bool:
        """Whether an attribute has a subscriber."""
        return name in self._counts

    def watch(self, names: Sequence[str]) -> list[WireValue]:
        """Report changes of attributes from now on; returns their present values.

        :raises NamesRefusedError: a name cannot be watched; then none is.
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
            name, element = cell.name, cell.element
            self._watched[name] = cell
            self._counts[name] = self._counts.get(name, 0) + 1
            if element.watched is None:
                element.watched = {}
            element.watched[name] = cell.config.name
        return values

    def unwatch(self, names: Sequence[str]) -> None:
        """Undo one :meth:`watch` of each name."""
        for name in names:
            if name not in self._counts:
                # Its element was deleted or renamed.
                continue
            self._counts[name] -= 1
            if self._counts[name]:
                continue
            del self._counts[name]
            element = self._watched.pop(name).element
            if element.watched is not None:
                element.watched.pop(name, None)
                element.watched = element.watched or None

    def forget(self, names: Iterable[str]) -> None:
        """Forget names that can no longer be watched."""
        for name in names:
            self._counts.pop(name, None)
            self._watched.pop(name, None)

    def notify(self, outcome: Outcome) -> DatapointChanges:
        """Report one atomic change, once to each listener.

        :returns: which datapoints came, went or have other elements now.
        """
        changes: dict[str, WireValue] = {}
        cells = self._watched
        for element, configs in outcome.changed.items():
            if element.watched:
                for name, config in element.watched.items():
                    if config in configs:
                        changes[name] = cells[name].read()
        if changes:
            self.listener.on_change(changes)
        moved = datapoint_changes(outcome.events, self._plant) if outcome.events else _NONE
        self._notify_tables(outcome, moved)
        if outcome.ended:
            self.listener.on_end(outcome.ended)
        if outcome.events:
            self.listener.on_events([self._complete(event) for event in outcome.events])
        return moved

    def _notify_tables(self, outcome: Outcome, moved: DatapointChanges) -> None:
        tables = self._tables
        if any(event.kind in _TYPE_EVENTS for event in outcome.events):
            tables.check()
        if moved.changed:
            datapoints = self._plant.datapoints
            # First, because elements that stay may have another place in their type.
            tables.refresh([datapoints[name] for name in moved.changed])
        tables.on_change(outcome.changed)
        tables.notify()

    def _complete(self, event: SystemEvent) -> SystemEvent:
        if event.kind in _TYPE_EVENTS:
            return event
        return replace(
            event,
            name=f"{self._system}:{event.name}",
            new_name=event.new_name and f"{self._system}:{event.new_name}",
        )
