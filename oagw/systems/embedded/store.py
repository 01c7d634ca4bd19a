"""The embedded system on disk: what is configured, and the last value of everything.

Values go to a journal, one row for each group commit; every now and then the newest
of each element is folded into the table of last values. So a commit costs one small
row however many elements it changes, and a start reads each element about once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.model.dptypes import MAX_ELEMENTS, DpType
from oagw.model.samples import Sample
from oagw.model.values import Value, restore
from oagw.plant.entries import (
    Entry,
    Removed,
    numbers_exact,
    numbers_reserved,
)
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)
from oagw.plant.rowchecks import (
    faults,
    insert,
    insert_checked,
    install,
    update,
)
from oagw.storage.damage import StorageError, check_structure, explained, way_out
from oagw.storage.groupcommit import GroupCommit
from oagw.storage.pairing import Numbers
from oagw.storage.sqlite import open_marked, transaction
from oagw.systems.embedded.garbage import no_collection
from oagw.systems.embedded.loading import load_former, load_types

#: Journalled values after which they are folded into the table of last values.
_FOLD_AFTER = 20_000
#: Numbers of datapoints that a start leaves out: those that an earlier process gave to
#: datapoints that were not durable yet when it was killed, but whose values were.
_NUMBERS_LEFT_OUT = 1 << 24
#: Types that note which element has which number: not those of the first version.
_NUMBERED = "numbers <> ''"
#: Configs that are remembered while loading, so that equal ones are kept once.
_SHARED = 10_000

_encode = msgspec.msgpack.Encoder().encode
_decode_sample = msgspec.msgpack.Decoder(Sample).decode
_decode_samples = msgspec.msgpack.Decoder(list[tuple[int, Sample]]).decode
_decode_config = msgspec.msgpack.Decoder(dict[str, object]).decode


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
        self._path = path
        self._connection = open_marked(path, "oagw.systems.embedded.schema")
        with explained(path):
            check_structure(self._connection)
            self._row_check = install(self._connection)
            if damage := "; ".join(faults(self._connection)):
                raise StorageError(f"{path}, {damage}; {way_out(path)}")
        self._commits: GroupCommit[Entry] = GroupCommit(
            "the last values", path, self._commit, in_thread, clock
        )
        self._collected: list[Entry] | None = None
        self._unfolded: dict[int, Sample] = {}
        self._journalled = 0
        with explained(path):
            self._next_number = self._reserve_numbers()
        #: The highest number that a user ever had, as far as the archive knows.
        self.last_user = 0
        self._types: Mapping[str, DpType] = {}

    @property
    def archive(self) -> str:
        """The identity of the archive that has the values; empty if there is none yet."""
        identity: str
        [identity] = self._connection.execute("SELECT identity FROM archive").fetchone()
        return identity

    def forget_archive(self) -> None:
        """The next start begins with an archive that is empty."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE archive SET identity = ''")
            connection.execute("DELETE FROM start")

    def numbers(self) -> Numbers:
        """The highest numbers that it may have given."""
        select = "SELECT coalesce(max(next_number), 0) FROM dp_type"
        [following] = self._connection.execute(select).fetchone()
        [user] = self._connection.execute("SELECT max(number) FROM user").fetchone()
        return Numbers(
            self._next_number - 1, max(following - 1, 0), max(user, self.last_user)
        )

    def leave_out(self, used: Numbers) -> None:
        """Never give these numbers, nor lower ones; before anything is loaded.

        The archive has values of them, and the file may be a copy that does not know them.
        """
        self.last_user = max(self.last_user, used.user)
        if used.datapoint >= self._next_number:
            self._next_number = used.datapoint + 1
        with transaction(self._connection) as connection:
            connection.execute(
                "UPDATE sqlite_sequence SET seq = ? WHERE name = 'datapoint'",
                (self._next_number - 1,),
            )
            connection.execute(
                update(
                    "dp_type", {"next_number": "min(max(next_number, ?1), ?2)"}, _NUMBERED
                ),
                (used.element + 1, MAX_ELEMENTS),
            )

    def expect(self, identity: str, token: str) -> None:
        """The archive is about to be given the token of this start."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE archive SET identity = ?", (identity,))
            connection.execute("INSERT INTO start (token) VALUES (?)", (token,))

    def confirm(self, token: str) -> None:
        """The archive has the token."""
        self._connection.execute("UPDATE start SET confirmed = 1 WHERE token = ?", (token,))

    def load(self, plant: Plant) -> dict[str, int]:
        """Fill an empty plant with what is stored; returns the users' numbers by name."""
        with no_collection(), explained(self._path):
            self._load(plant)
        return dict(self._connection.execute("SELECT name, number FROM user"))

    def _load(self, plant: Plant) -> None:
        select = self._connection.execute
        self._load_types(plant)
        by_number = {
            number: Datapoint(name, plant.types[dp_type], number, dp_id)
            for number, name, dp_type, dp_id in select(
                "SELECT id, name, dp_type, dp_id FROM datapoint ORDER BY id"
            )
        }
        plant.load(by_number.values())
        self._load_configs(plant, by_number)
        self._load_former(plant)
        for number, sample in select("SELECT element, sample FROM last_value"):
            _set_sample(_find(by_number, number), _decode_sample(sample))
        for [samples] in select("SELECT samples FROM journal ORDER BY id"):
            for number, one in _decode_samples(samples):
                element = _find(by_number, number)
                # Of an element that is no more nothing is to be kept.
                if element is not None:
                    _set_sample(element, one)
                    self._note(number, one)

    def _load_types(self, plant: Plant) -> None:
        for dp_type in load_types(self._connection):
            plant.add_type(dp_type)
        self._types = plant.types
        with transaction(self._connection) as connection:
            numbers_reserved(plant.types.values()).write(connection)

    def _load_configs(self, plant: Plant, by_number: Mapping[int, Datapoint]) -> None:
        shared: dict[tuple[str, bytes], dict[str, Value]] = {}
        touched: list[Element] = []
        for number, config, stored in self._connection.execute(
            "SELECT element, name, attributes FROM config ORDER BY element"
        ):
            element = _find(by_number, number)
            if element is None:
                continue
            attributes = shared.get((config, stored))
            if attributes is None:
                decoded = _decode_config(stored)
                attributes = {name: restore(one) for name, one in decoded.items()}
                if len(shared) < _SHARED:
                    shared[config, stored] = attributes
            element.restore(config, attributes)
            if config == "_common" and attributes.get("_alias"):
                plant.aliases[str(attributes["_alias"])] = element
            if not touched or touched[-1] is not element:
                touched.append(element)
        for element in touched:
            element.judge()

    def _load_former(self, plant: Plant) -> None:
        for number, name, kind in load_former(self._connection):
            plant.note_former(name, number, kind)

    def kept_sections(self) -> list[tuple[str, str]]:
        """Name and text of the DPL sections that an export writes back."""
        return self._connection.execute(
            "SELECT name, text FROM kept_section ORDER BY id"
        ).fetchall()

    def next_number(self) -> int:
        """The number of a new datapoint; no other one ever had it, or will have it."""
        self._next_number += 1
        return self._next_number - 1

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
                self._note_all(self._collected)
            finally:
                self._collected = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Commit entries soon, in order, and those of one call together."""
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
            with transaction(self._connection) as connection:
                numbers_exact(self._types.values()).write(connection)
        finally:
            self._connection.close()

    def _reserve_numbers(self) -> int:
        [last] = self._connection.execute(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = 'datapoint'"
        ).fetchone()
        new = last is None
        last = 0 if new else last + _NUMBERS_LEFT_OUT
        if last >= (1 << 63) // MAX_ELEMENTS:
            raise OverflowError("the numbers of datapoints are used up")
        reserve = (
            "INSERT INTO sqlite_sequence (seq, name) VALUES (?, 'datapoint')"
            if new
            else "UPDATE sqlite_sequence SET seq = ? WHERE name = 'datapoint'"
        )
        with transaction(self._connection) as connection:
            connection.execute(reserve, (last,))
        return int(last) + 1

    def _commit(self, batch: Sequence[Entry]) -> None:
        with transaction(self._connection):
            self._write(batch)
        self._note_all(batch)
        if self._journalled > _FOLD_AFTER:
            try:
                self._fold()
            except sqlite3.Error as error:
                # The batch is durable; the journal only stays longer than it need.
                self._log.error("the journal could not be folded: {error}", error=error)

    def _write(self, batch: Sequence[Entry]) -> None:
        samples = []
        for entry in batch:
            if isinstance(entry, tuple):
                samples.append(entry)
            else:
                entry.write(self._connection)
        if samples:
            self._connection.execute(insert("journal"), (_encode(samples),))

    def _note_all(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            if isinstance(entry, tuple):
                self._note(*entry)
            elif isinstance(entry, Removed):
                for number in entry.numbers:
                    self._unfolded.pop(number, None)

    def _note(self, number: int, sample: Sample) -> None:
        self._unfolded[number] = sample
        self._journalled += 1

    def _fold(self) -> None:
        """Move the newest of each element to the last values, and empty the journal."""
        with transaction(self._connection) as connection:
            connection.executemany(
                insert_checked("last_value", "INSERT OR REPLACE"),
                (
                    (number, data := _encode(one), self._row_check(number, data))
                    for number, one in self._unfolded.items()
                ),
            )
            connection.execute("DELETE FROM journal")
        self._unfolded.clear()
        self._journalled = 0


def _find(datapoints: Mapping[int, Datapoint], number: int) -> Element | None:
    """The element of a number on disk, or ``None`` if it is no more."""
    datapoint = datapoints.get(number // MAX_ELEMENTS)
    node = datapoint.dp_type.by_number.get(number % MAX_ELEMENTS) if datapoint else None
    return datapoint.elements[node.index] if datapoint and node else None


def _set_sample(element: Element | None, stored: Sample) -> None:
    if element is None:
        return
    if element.node.type.member is not None:
        stored = msgspec.structs.replace(stored, value=restore(stored.value))
    element.sample = stored
