"""The embedded system: a datapoint manager of its own, with history and memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import msgspec
from twisted.internet.defer import Deferred, fail, gatherResults, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from oagw.errors import (
    NamesRefusedError,
    OagwError,
    ParameterError,
    SourceTimeTooOldError,
)
from oagw.interfaces import (
    ChangeListener,
    IArchive,
    ISystem,
    PeriodRequest,
    Row,
    RowsListener,
    SetRequest,
)
from oagw.model import status
from oagw.model.configs.elements import Edit
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_MS, NS_PER_S
from oagw.model.values import WireValue
from oagw.query.tree import Query
from oagw.systems.embedded.cells import Cell, Cells
from oagw.systems.embedded.livetables import LiveTables
from oagw.systems.embedded.past import check_historical, read_columns
from oagw.systems.embedded.plant import Element, Plant
from oagw.systems.embedded.store import Entry, Statement, Store
from oagw.wire.series import Series

_USERBITS = sum(status.userbit(number) for number in range(1, status.USERBITS + 1))
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Services:
    """What an embedded system needs from the outside.

    :ivar clock: its ``seconds`` are the server's time.
    :ivar offload: runs longer work in a thread.
    :ivar zone: the zone of times without one; ``None`` is local time.
    """

    clock: IReactorTime
    offload: Callable[[Callable[[], object]], Deferred[object]]
    zone: tzinfo | None = None


@dataclass(slots=True)
class _Outcome:
    """What an atomic set leads to."""

    entries: list[Entry]
    archived: list[tuple[int, Sample]]
    changed: list[Element]


@implementer(ISystem)
class EmbeddedSystem:
    """A system whose datapoints live here."""

    def __init__(
        self, name: str, store: Store, archive: IArchive, services: Services
    ) -> None:
        self.name = name
        self.plant = Plant()
        self._store = store
        self._archive = archive
        self._services = services
        self._users = store.load(self.plant)
        self._cells = Cells(self.plant, name)
        self._tables = LiveTables(self.plant, name)
        self._watch_counts: dict[str, int] = {}
        self._on_change: ChangeListener = lambda changes: None

    def start(self, on_change: ChangeListener) -> Deferred[None]:
        """Begin to serve."""
        self._on_change = on_change
        return self._archive.start()

    def stop(self) -> Deferred[None]:
        """End when everything accepted is durable."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        try:
            await self._archive.stop()
        finally:
            try:
                await self._store.flushed()
            finally:
                self._store.close()

    def get(self, names: Sequence[str]) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes; see :class:`oagw.interfaces.ISystem`."""
        known = self._cells.get
        results: list[WireValue | OagwError] = []
        for name in names:
            try:
                results.append((known(name) or self._cells.find(name)).read())
            except OagwError as error:
                results.append(error)
        return succeed(results)

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes; see :class:`oagw.interfaces.ISystem`."""
        try:
            self._store.check_room()
            self._archive.check_room()
            edits = self._edits(request)
            outcome = self._apply(edits, request)
        except OagwError as error:
            return fail(error)
        self._store.add(outcome.entries)
        archived = self._archive.append(outcome.archived, wait)
        self._tell(outcome.changed)
        if not wait:
            return succeed(None)
        both = gatherResults([self._store.flushed(), archived], consumeErrors=True)
        return both.addCallbacks(lambda _: None, lambda failure: failure.value.subFailure)

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`oagw.interfaces.ISystem`."""
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
            return fail(NamesRefusedError(errors))
        for cell in cells:
            self._watch_counts[cell.name] = self._watch_counts.get(cell.name, 0) + 1
            if cell.element.watched is None:
                cell.element.watched = {}
            cell.element.watched[cell.name] = cell
        return succeed(values)

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`oagw.interfaces.ISystem`."""
        for name in names:
            self._watch_counts[name] -= 1
            if self._watch_counts[name]:
                continue
            del self._watch_counts[name]
            element = self._cells.find(name).element
            assert element.watched is not None
            del element.watched[name]
            if not element.watched:
                element.watched = None

    def query_connect(self, query: Query, listener: RowsListener) -> Deferred[list[Row]]:
        """Run a live query; see :class:`oagw.interfaces.ISystem`."""
        return succeed(self._tables.connect(query, listener))

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`oagw.interfaces.ISystem`."""
        self._tables.disconnect(query, listener)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, Series], dict[str, OagwError]]]:
        """Read history; see :class:`oagw.interfaces.ISystem`."""
        return Deferred.fromCoroutine(self._period(request))

    def initialize(self, request: SetRequest) -> None:
        """Set initial values: nobody is told, and no history begins.

        :raises NamesRefusedError: a value does not fit.
        """
        outcome = self._apply(self._edits(request), request)
        self._store.add(outcome.entries)

    def keep_history(self, elements: Sequence[Element]) -> None:
        """Switch archiving on where nobody has switched it on or off yet."""
        edit = Edit(stored={"_archive": {"_archive": True}})
        for element in elements:
            if "_archive" not in element.stored("_archive"):
                self._store.add(self._store_configs(element, edit))

    async def _period(
        self, request: PeriodRequest
    ) -> tuple[dict[str, Series], dict[str, OagwError]]:
        wanted, errors = self._columns(request.names)
        found: dict[str, Series] = {}
        room = request.limit
        for element, cells in wanted.items():
            samples = await self._archive.read(
                element.number, request.first, request.last, request.bonus, room + 1
            )
            room -= len(samples) * len(cells)
            if room < 0:
                raise ParameterError(
                    f"the period has more than {request.limit} values; ask for a shorter "
                    "one or for fewer names, or raise [archive] max_period_values"
                )
            if samples:
                found |= await read_columns(cells, samples, self._services.offload)
        return {name: found[name] for name in request.names if name in found}, errors

    def _columns(
        self, names: Sequence[str]
    ) -> tuple[dict[Element, list[Cell]], dict[str, OagwError]]:
        """What to read of each element, and what is wrong with the other names."""
        wanted: dict[Element, list[Cell]] = {}
        errors: dict[str, OagwError] = {}
        for name in names:
            try:
                cell = self._cells.find(name)
                check_historical(cell)
                wanted.setdefault(cell.element, []).append(cell)
            except OagwError as error:
                errors[name] = error
        return wanted, errors

    def _edits(self, request: SetRequest) -> dict[Element, Edit]:
        """Check and convert everything before anything takes effect.

        :raises NamesRefusedError: something is wrong with at least one name.
        """
        edits: dict[Element, Edit] = {}
        errors: dict[str, OagwError] = {}
        for setting in request.settings:
            try:
                cell = self._cells.find(setting.name)
                edit = edits.setdefault(cell.element, Edit())
                cell.note(edit, setting.value, self._services.zone)
                _check_source_time(cell, edit, request)
            except OagwError as error:
                errors[setting.name] = error
        if errors:
            raise NamesRefusedError(errors)
        return edits

    def _apply(self, edits: Mapping[Element, Edit], request: SetRequest) -> _Outcome:
        now = int(self._services.clock.seconds() * NS_PER_S)
        # Milliseconds, as clients see times: who reads an _stime finds the value by it.
        now -= now % NS_PER_MS
        outcome = _Outcome([], [], [])
        user = self._user_number(request.user, outcome.entries)
        for element, edit in edits.items():
            outcome.entries += self._store_configs(element, edit)
            if not edit.makes_sample:
                continue
            given = _source_time(edit, request)
            sample = _new_sample(element.sample, edit, given, now, user)
            number = element.number
            if given is not None and given < element.sample.stime:
                outcome.archived.append((number, _correction(sample)))
                continue
            element.sample = sample
            outcome.entries.append((number, sample))
            outcome.changed.append(element)
            if element.archived:
                outcome.archived.append((number, sample))
        return outcome

    def _store_configs(self, element: Element, edit: Edit) -> list[Entry]:
        entries: list[Entry] = []
        for config, attributes in edit.stored.items():
            element.store(config, attributes)
            entries.append(
                Statement(
                    "INSERT OR REPLACE INTO config VALUES (?, ?, ?)",
                    (element.number, config, _encode(element.stored(config))),
                )
            )
        return entries

    def _user_number(self, name: str, entries: list[Entry]) -> int:
        number = self._users.get(name)
        if number is None:
            number = max(self._users.values()) + 1
            self._users[name] = number
            entries.append(
                Statement("INSERT OR IGNORE INTO user VALUES (?, ?)", (number, name))
            )
        return number

    def user_number(self, name: str) -> int:
        """The number that stands in ``_user`` for a user."""
        entries: list[Entry] = []
        number = self._user_number(name, entries)
        self._store.add(entries)
        return number

    def value_name(self, element: Element) -> str:
        """The complete name of an element's original value."""
        return f"{self.name}:{element.name}:{ORIGINAL_VALUE}"

    def _tell(self, changed: Sequence[Element]) -> None:
        """Tell of one atomic set: each listener once."""
        changes: dict[str, WireValue] = {}
        for element in changed:
            if element.watched:
                for name, cell in element.watched.items():
                    changes[name] = cell.read()
        if changes:
            self._on_change(changes)
        self._tables.on_change(changed)


def _source_time(edit: Edit, request: SetRequest) -> int | None:
    """The source time that the client gives for an element; ``None`` is now."""
    return edit.stime if edit.stime is not None else request.source_time


def _check_source_time(cell: Cell, edit: Edit, request: SetRequest) -> None:
    """Refuse a value that is older than the present one and that no archive takes.

    :raises SourceTimeTooOldError: it would be lost.
    """
    given = _source_time(edit, request)
    element = cell.element
    if given is None or element.archived or not edit.makes_sample:
        return
    if given < element.sample.stime:
        raise SourceTimeTooOldError(
            f"'{cell.name}': the source time is older than the present value's, and the "
            "element is not archived; a correction needs an archive"
        )


def _new_sample(
    present: Sample, edit: Edit, given: int | None, now: int, user: int
) -> Sample:
    """The sample that an edit makes of the present one.

    A set without a source time always becomes the present value, also after one from
    a clock that is ahead. A new value starts with a clean status and keeps the userbits.
    """
    stime = given if given is not None else max(now, present.stime)
    bits = present.status
    value: object = present.value
    if edit.has_value:
        value = edit.value
        bits = status.NORMAL | present.status & _USERBITS
    bits = (bits | edit.set_bits) & ~edit.clear_bits
    return Sample(value, stime, bits, user)


def _correction(sample: Sample) -> Sample:
    return msgspec.structs.replace(sample, status=sample.status | status.CORRECTION)
