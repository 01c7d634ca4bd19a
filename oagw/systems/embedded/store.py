"""The embedded system on disk: what is configured, and the last value of everything.

Values go to a journal, one row for each group commit; every now and then the newest
of each element is folded into the table of last values. So a commit costs one small
row however many elements it changes, and a start reads each element about once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.model.dptypes import DpType, TypeNode
from oagw.model.samples import Sample
from oagw.model.values import restore
from oagw.storage.groupcommit import GroupCommit
from oagw.storage.sqlite import open_database, transaction
from oagw.systems.embedded.plant import ELEMENTS_PER_DATAPOINT, Datapoint, Element, Plant

#: Journalled values after which they are folded into the table of last values.
_FOLD_AFTER = 20_000

_encode = msgspec.msgpack.Encoder().encode
_decode_sample = msgspec.msgpack.Decoder(Sample).decode
_decode_samples = msgspec.msgpack.Decoder(list[tuple[int, Sample]]).decode
_decode_config = msgspec.msgpack.Decoder(dict[str, object]).decode
_decode_type = msgspec.json.Decoder(TypeNode).decode


@dataclass(frozen=True, slots=True)
class Statement:
    """A change of what is configured: SQL and its parameters."""

    sql: str
    parameters: tuple[object, ...]


#: What is committed: the sample of an element, or a statement.
Entry: TypeAlias = tuple[int, Sample] | Statement


class Store:
    """The file of an embedded system.

    :param in_thread: runs a function in the one thread that writes.
    :raises StorageError: the file cannot be used.
    """

    _log = Logger()

    def __init__(
        self,
        path: Path,
        clock: IReactorTime,
        in_thread: Callable[[Callable[[], None]], Deferred[None]],
    ) -> None:
        self._connection = open_database(path, "oagw.systems.embedded.schema")
        self._commits: GroupCommit[Entry] = GroupCommit(
            "the last values", self._commit, in_thread, clock
        )
        self._collected: list[Entry] | None = None
        self._unfolded: dict[int, Sample] = {}
        self._journalled = 0

    def load(self, plant: Plant) -> dict[str, int]:
        """Fill a plant with what is stored; returns the users' numbers by name."""
        select = self._connection.execute
        for name, definition in select("SELECT name, definition FROM dp_type"):
            plant.add_type(DpType(name, _decode_type(definition)))
        by_number: dict[int, Datapoint] = {}
        for number, name, dp_type in select(
            "SELECT id, name, dp_type FROM datapoint ORDER BY id"
        ):
            by_number[number] = plant.add_datapoint(name, plant.types[dp_type], number)
        for number, config, attributes in select("SELECT * FROM config"):
            element = _find(by_number, number)
            if element is not None:
                stored = _decode_config(attributes)
                element.store(config, {name: restore(one) for name, one in stored.items()})
        for number, sample in select("SELECT * FROM last_value"):
            _set_sample(_find(by_number, number), _decode_sample(sample))
        for [samples] in select("SELECT samples FROM journal ORDER BY id"):
            for number, one in _decode_samples(samples):
                _set_sample(_find(by_number, number), one)
                self._note(number, one)
        return dict(select("SELECT name, number FROM user"))

    @contextmanager
    def creating(self) -> Iterator[None]:
        """Make all that happens inside durable as one, before anything else runs.

        A datapoint is never found without its initial values, however the process ends.
        """
        with transaction(self._connection):
            self._collected = []
            try:
                yield
                self._write(self._collected)
                for entry in self._collected:
                    if not isinstance(entry, Statement):
                        self._note(*entry)
            finally:
                self._collected = None

    def create(
        self,
        plant: Plant,
        dp_types: Sequence[DpType],
        datapoints: Sequence[tuple[str, str]],
    ) -> None:
        """Add types and datapoints (name and type), while :meth:`creating`."""
        execute = self._connection.execute
        for dp_type in dp_types:
            definition = msgspec.json.encode(dp_type.root).decode()
            execute("INSERT INTO dp_type VALUES (?, ?)", (dp_type.name, definition))
            plant.add_type(dp_type)
        for name, type_name in datapoints:
            row = execute(
                "INSERT INTO datapoint (name, dp_type) VALUES (?, ?)", (name, type_name)
            )
            assert row.lastrowid is not None
            plant.add_datapoint(name, plant.types[type_name], row.lastrowid)

    def add(self, entries: Sequence[Entry]) -> None:
        """Commit entries soon, in order."""
        if self._collected is None:
            self._commits.add(entries)
        else:
            self._collected += entries

    def flushed(self) -> Deferred[None]:
        """Fires when all that was added before is durable."""
        return self._commits.flushed()

    def check_room(self) -> None:
        """Refuse before a set takes effect, rather than after.

        :raises DataManagerError: the disk has not kept up or fails.
        """
        self._commits.check_room()

    def close(self) -> None:
        """Fold the journal and close the file; nothing may be in flight."""
        self._commits.close()
        try:
            self._fold()
        finally:
            self._connection.close()

    def _commit(self, batch: Sequence[Entry]) -> None:
        with transaction(self._connection):
            self._write(batch)
        for entry in batch:
            if not isinstance(entry, Statement):
                self._note(*entry)
        if self._journalled > _FOLD_AFTER:
            try:
                self._fold()
            except sqlite3.Error as error:
                # The batch is durable; the journal only stays longer than it need.
                self._log.error("the journal could not be folded: {error}", error=error)

    def _write(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            if isinstance(entry, Statement):
                self._connection.execute(entry.sql, entry.parameters)
        samples = [entry for entry in batch if not isinstance(entry, Statement)]
        if samples:
            self._connection.execute(
                "INSERT INTO journal (samples) VALUES (?)", (_encode(samples),)
            )

    def _note(self, number: int, sample: Sample) -> None:
        self._unfolded[number] = sample
        self._journalled += 1

    def _fold(self) -> None:
        """Move the newest of each element to the last values, and empty the journal."""
        with transaction(self._connection) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO last_value VALUES (?, ?)",
                ((number, _encode(one)) for number, one in self._unfolded.items()),
            )
            connection.execute("DELETE FROM journal")
        self._unfolded.clear()
        self._journalled = 0


def _find(datapoints: Mapping[int, Datapoint], number: int) -> Element | None:
    """The element of a number on disk, or ``None`` if it is no more."""
    datapoint_number, own_number = divmod(number, ELEMENTS_PER_DATAPOINT)
    datapoint = datapoints.get(datapoint_number)
    leaf = datapoint.dp_type.by_number.get(own_number) if datapoint else None
    return datapoint.elements[leaf.index] if datapoint and leaf else None


def _set_sample(element: Element | None, stored: Sample) -> None:
    if element is None:
        return
    if element.leaf.type.member is not None:
        stored = msgspec.structs.replace(stored, value=restore(stored.value))
    element.sample = stored
