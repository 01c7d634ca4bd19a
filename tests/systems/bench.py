"""An embedded system on files of its own, for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.config.plantfile import parse_plant
from oagw.errors import DataManagerError, NamesRefusedError, OagwError
from oagw.interfaces.archives import ArchiveFacts, Extremes, IArchive, IScan
from oagw.interfaces.services import Services, Slices
from oagw.interfaces.systems import (
    IReading,
    NewValue,
    PeriodRequest,
    QueryRequest,
    SetRequest,
)
from oagw.model.changes import StructureChange, SystemEvent
from oagw.model.columns import Times
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_MS
from oagw.model.values import WireValue
from oagw.query.parser import parse_query
from oagw.query.resultrows import (
    Row,
    finished,
)
from oagw.systems.embedded.plantsetup import add_missing, set_up
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from tests.clocks import SetClock
from tests.crash import kill, kill_store, series_in

_T = TypeVar("_T")

#: When the tests happen: 2023-11-14T22:13:20Z.
NOW = 1_700_000_000
NOW_MS = NOW * 1000

#: A small plant: K is archived, the others are not.
PLANT = """
[types]
Float = "float"
[types.All]
b = "bool"
c = "char"
u = "uint"
i = "int"
f = "float"
w = "bit32"
w64 = "bit64"
l = "long"
ul = "ulong"
s = "string"
t = "time"
d = "dpid"
ls = "langString"
x = "blob"
df = "dyn_float"
ds = "dyn_string"
dt = "dyn_time"
dx = "dyn_blob"
[types.Pump.value]
speed = "float"
running = "bool"
[types.Pump.state]
text = "string"

[datapoints]
Float = ["F{1,2}", "K", "_Internal"]
All = ["A"]
Pump = ["pump_{01..03}"]

[values]
"F2." = 2.5
"pump_*.state.text" = "idle"

[archive]
elements = ["K.", "pump_*.value.*"]
"""


def at_once(work: Callable[[], _T]) -> Deferred[_T]:
    """A thread that is done before it is asked."""
    return maybeDeferred(work)


def unsliced(steps: Iterator[None]) -> Deferred[None]:
    """Long work is done before anybody else is served."""

    def work() -> None:
        for _ in steps:
            pass

    return maybeDeferred(work)


class Bench:
    """An embedded system over files in a directory, with time at a test's command."""

    def __init__(
        self, directory: Path, plant: str = PLANT, slices: Slices = unsliced
    ) -> None:
        self.slices = slices
        self.directory = directory
        self.plant_text = plant
        self.clock = SetClock()
        self.clock.advance(NOW)
        directory.mkdir(exist_ok=True)
        self.open()

    def open(self) -> None:
        """Start, as a gateway does: load, then add what the plant file has more."""
        self.archive = open_directory(
            self.directory / "archive", self.clock, Threads(at_once, at_once, at_once)
        )
        self.store = SystemStore(self.directory / "system.sqlite", self.clock, at_once)
        self.system = EmbeddedSystem(
            "System1",
            self.store,
            self.archive,
            Services(self.clock, at_once, self.slices, UTC),
        )
        plant_file = parse_plant(self.plant_text)
        with self.store.creating():
            new = add_missing(plant_file, self.system)
            set_up(plant_file, self.system, new)

    def kill(self) -> None:
        """End as a process that is killed does: nothing is written any more."""
        kill_store(self.store)
        kill(self.archive)

    def on_disk(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the system's file, as another process finds them."""
        return self._select("system.sqlite", sql)

    def in_archive(self) -> list[int]:
        """The series of each sample that is in the archive."""
        return series_in(self.archive)

    def _select(self, file: str, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.directory / file)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@implementer(IArchive)
class BrokenArchive:
    """An archive whose disk is full."""

    def __init__(self, has_room: bool) -> None:
        self.asks_names = False
        self.has_room = has_room
        self.stops = True

    def start(
        self, group_of: Callable[[int], str], name_of: Callable[[int], str]
    ) -> Deferred[None]:
        return succeed(None)

    def stop(self) -> Deferred[None]:
        return succeed(None) if self.stops else maybeDeferred(self._fail)

    def facts(self) -> ArchiveFacts:
        return ArchiveFacts(0, 0.0, 0, 0, None, "its disk is full")

    def check_room(self) -> None:
        if not self.has_room:
            raise DataManagerError("no room")

    def append(self, samples: Sequence[tuple[int, Sample]], wait: bool) -> Deferred[None]:
        if wait and samples:
            return maybeDeferred(self._fail)
        return succeed(None)

    def read(
        self, series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        return succeed([])

    def most(
        self, series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        return succeed(0)

    def scan(self, series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        return fail(DataManagerError("the archive could not be read"))

    def extremes(self, series: int, edges: Times) -> Deferred[Extremes | None]:
        return maybeDeferred(self._fail)

    def delete(self, series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        return maybeDeferred(self._fail)

    def delete_periods(self, periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        return maybeDeferred(self._fail)

    def compact(self) -> Deferred[None]:
        return maybeDeferred(self._fail)

    def _fail(self) -> Any:
        raise DataManagerError("the archive could not be written")


@dataclass(frozen=True)
class History:
    """What was archived of one attribute; times in ns."""

    times: list[int]
    values: list[WireValue]


class Told:
    """Collects the rows of a live query.

    :ivar rows: those of each message.
    :ivar gone: the names of each message of rows that have left.
    """

    def __init__(self) -> None:
        self.rows: list[list[Row]] = []
        self.gone: list[list[str]] = []
        self.ended: list[OagwError] = []

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        self.rows.append([list(row) for row in rows])
        self.gone.append(list(gone))

    def on_end(self, reason: OagwError) -> None:
        self.ended.append(reason)

    def clear(self) -> None:
        self.rows.clear()
        self.gone.clear()


def request(text: str, **more: Any) -> QueryRequest:
    """A query with limits that do not matter."""
    limits = {"max_rows": 100_000, "max_values": 100_000} | more
    return QueryRequest(parse_query(text, UTC), **limits)


class EmbeddedTestCase(SynchronousTestCase):
    """Names without system or attribute are completed here, as the core would do it."""

    timeout = 30
    plant_text = PLANT

    def setUp(self) -> None:
        self.changes: list[dict[str, WireValue]] = []
        self.ended: list[dict[str, OagwError]] = []
        self.events: list[SystemEvent] = []
        self.bench = Bench(Path(self.mktemp()), self.plant_text)
        self.start()

    def start(self) -> None:
        self.successResultOf(self.bench.system.start(self))
        self.addCleanup(self.stop, self.bench.system)

    def stop(self, system: EmbeddedSystem) -> None:
        if system is self.bench.system:
            self.successResultOf(system.stop())

    def reopen(self) -> None:
        """Stop and start again on the same files."""
        self.successResultOf(self.bench.system.stop())
        self.bench.open()
        self.start()

    def crash(self) -> None:
        """Start again on the files that a killed process has left."""
        self.bench.kill()
        self.bench.open()
        self.start()

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        self.changes.append(dict(changes))

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        self.ended.append(dict(errors))

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        self.events += events

    @staticmethod
    def full(name: str, config: str = "_original") -> str:
        if ":" not in name:
            name = f"{name}:{config}.._value"
        return f"System1:{name}"

    def get(self, *names: str) -> list[WireValue | OagwError]:
        return self.successResultOf(
            self.bench.system.get([self.full(name) for name in names])
        )

    def value(self, name: str) -> WireValue:
        [value] = self.get(name)
        assert not isinstance(value, OagwError), value
        return value

    def error(self, name: str) -> int:
        [error] = self.get(name)
        assert isinstance(error, OagwError), error
        return error.code

    def begin_set(
        self,
        values: Mapping[str, object],
        at_ms: int | None = None,
        wait: bool = True,
        user: str = "anna",
    ) -> Deferred[None]:
        settings = [NewValue(self.full(name), value) for name, value in values.items()]
        time = None if at_ms is None else at_ms * NS_PER_MS
        return self.bench.system.set(SetRequest(settings, user, time), wait)

    def set(
        self, values: Mapping[str, object], at_ms: int | None = None, user: str = "anna"
    ) -> None:
        self.successResultOf(self.begin_set(values, at_ms, user=user))

    def later(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.bench.clock.advance(seconds)

    def configure(self, element: str, config: str, **attributes: object) -> None:
        """Set attributes of a config; those of a detail as ``_1__class``."""
        values = {}
        for name, value in attributes.items():
            detail, _, attribute = name[1:].rpartition("__")
            values[f"{element}:{config}.{detail}._{attribute}"] = value
        self.set(values)

    def status(self, element: str, *bits: str) -> tuple[WireValue, ...]:
        """Status bits of the online value."""
        names = [f"{element}:_online..{bit}" for bit in bits]
        return tuple(self.value(name) for name in names)

    def watch(self, *names: str) -> list[WireValue]:
        """Watch attributes from now on; returns the present values."""
        self.changes.clear()
        full = [self.full(name, "_online") for name in names]
        return self.successResultOf(self.bench.system.watch(full))

    def told(self) -> list[dict[str, WireValue]]:
        """The changes since the last call, without the system's name."""
        told = [
            {name.removeprefix("System1:"): value for name, value in change.items()}
            for change in self.changes
        ]
        self.changes.clear()
        return told

    def query(self, text: str, **more: Any) -> list[Row]:
        """The rows of a query, in order and grouped."""
        asked = request(text, **more)
        found = self.successResultOf(self.bench.system.query(asked))
        groups = () if found.groups is None else (found.groups,)
        return finished(asked.query, found.rows, groups)

    def query_error(self, text: str, **more: Any) -> OagwError:
        """The error of a query that cannot be answered."""
        asked = self.bench.system.query(request(text, **more))
        error = self.failureResultOf(asked, OagwError).value
        assert isinstance(error, OagwError)
        return error

    def run_query(self, text: str) -> tuple[list[Row], Told]:
        """The table of a live query, and what collects its changes."""
        told = Told()
        found = self.bench.system.query_connect(request(text), told)
        return self.successResultOf(found).rows, told

    def change(self, *changes: StructureChange) -> None:
        for change in changes:
            self.successResultOf(self.bench.system.change(change))

    def change_refused(self, change: StructureChange) -> int:
        """The error number of a change that is refused."""
        failure = self.failureResultOf(self.bench.system.change(change), OagwError)
        assert isinstance(failure.value, OagwError)
        return failure.value.code

    def refused(
        self,
        values: Mapping[str, object],
        at_ms: int | None = None,
        user: str = "anna",
    ) -> dict[str, int]:
        """The error number of each name of a set that is refused."""
        begun = self.begin_set(values, at_ms, user=user)
        failure = self.failureResultOf(begun, NamesRefusedError)
        return {
            name.removeprefix("System1:"): error.code
            for name, error in failure.value.errors.items()
        }

    def period(
        self, *names: str, limit: int = 1000, bonus: int = 0
    ) -> tuple[dict[str, History], dict[str, OagwError]]:
        """The archived values of names, and the errors of others."""
        request = PeriodRequest(
            [self.full(name, "_offline") for name in names], 0, 2**63 - 1, bonus, limit
        )
        readings, errors = self.successResultOf(self.bench.system.period(request))
        found = {name: self._read(reading) for name, reading in readings.items()}
        return {name: one for name, one in found.items() if one.times}, errors

    def _read(self, reading: IReading) -> History:
        """All pieces, twice the same."""
        passes: list[History] = []
        for _ in range(2):
            history = History([], [])
            while (piece := self.successResultOf(reading.next())) is not None:
                history.times.extend(piece.times.tolist())
                history.values.extend(piece.value_list())
            passes.append(history)
            reading.rewind()
        reading.close()
        self.assertEqual(*passes)
        return passes[0]

    def not_archived(self, name: str) -> None:
        """An element without archive and history, which is an error of the name."""
        found, errors = self.period(name)
        self.assertEqual((found, [one.code for one in errors.values()]), ({}, [46]))

    def history(self, name: str) -> list[tuple[int, WireValue]]:
        """Archived times in ms and values."""
        found, errors = self.period(name)
        self.assertEqual(errors, {})
        [series] = found.values() or [History([], [])]
        times = [time // NS_PER_MS for time in series.times]
        return list(zip(times, series.values, strict=True))
