"""The embedded system on disk: types, datapoints, configs, users and present values.

Values go to a journal, one row for each group commit; from time to time the newest value
of each element is folded into the table of last values. So a commit costs one small row
however many elements it changes, and a start reads each element about once.
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
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.facts import ElementsDeleted, PlantFact
from oagw.plant.plant import Plant
from oagw.storage.damage import StorageError, check_structure, explained, way_out
from oagw.storage.groupcommit import CommitBacklog, GroupCommit
from oagw.storage.sqlite import open_marked, transaction
from oagw.storage.storeidentity import HighestNumbers
from oagw.systems.embedded.factwriter import write_fact
from oagw.systems.embedded.gcpause import collection_paused
from oagw.systems.embedded.rowchecks import (
    faults,
    insert,
    insert_checked,
    install,
    update,
)
from oagw.systems.embedded.storedtypes import (
    load_deleted,
    load_types,
    release_numbers,
    reserve_numbers,
)

#: Journalled values after which they are folded into the table of last values.
_FOLD_AFTER = 20_000
#: Numbers of datapoints that a start leaves out: a killed process may have given them to
#: datapoints that were not durable yet, but whose archived values were.
_NUMBERS_LEFT_OUT = 1 << 24
#: Selects the types that store the numbers of their elements: all but the first version.
_NUMBERED = "numbers <> ''"
#: Configs that are cached while loading, so that equal ones share one object.
_SHARED = 10_000

_encode = msgspec.msgpack.Encoder().encode
_decode_sample = msgspec.msgpack.Decoder(Sample).decode
_decode_samples = msgspec.msgpack.Decoder(list[tuple[int, Sample]]).decode
_decode_config = msgspec.msgpack.Decoder(dict[str, object]).decode


class SystemStore:
    """The file of an embedded system.

    :param in_thread: runs a function in the one thread that writes.
    :raises StorageError: the file is damaged or cannot be used.
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
        self._commits: GroupCommit[PlantFact] = GroupCommit(
            "the last values", path, self._commit, in_thread, clock
        )
        self._collected: list[PlantFact] | None = None
        self._unfolded: dict[int, Sample] = {}
        self._journalled = 0
        with explained(path):
            self._next_number = self._reserve_numbers()
        #: The highest number that a user ever had, as far as the archive knows.
        self.last_user = 0
        self._types: Mapping[str, DpType] = {}

    @property
    def archive(self) -> str:
        """The identity of the archive of this file; empty before the first start."""
        identity: str
        [identity] = self._connection.execute("SELECT identity FROM archive").fetchone()
        return identity

    def forget_archive(self) -> None:
        """Let the next start begin with an empty archive."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE archive SET identity = ''")
            connection.execute("DELETE FROM start")

    def numbers(self) -> HighestNumbers:
        """The highest numbers that may have been used."""
        select = "SELECT coalesce(max(next_number), 0) FROM dp_type"
        [following] = self._connection.execute(select).fetchone()
        [user] = self._connection.execute("SELECT max(number) FROM user").fetchone()
        return HighestNumbers(
            self._next_number - 1, max(following - 1, 0), max(user, self.last_user)
        )

    def leave_out(self, used: HighestNumbers) -> None:
        """Never use these numbers or lower ones again; call it before :meth:`load`.

        The archive has values of them, but the file may be an older copy without them.
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
        """Note the token of this start, which the archive will get next."""
        with transaction(self._connection) as connection:
            connection.execute("UPDATE archive SET identity = ?", (identity,))
            connection.execute("INSERT INTO start (token) VALUES (?)", (token,))

    def confirm(self, token: str) -> None:
        """Note that the archive has the token."""
        self._connection.execute("UPDATE start SET confirmed = 1 WHERE token = ?", (token,))

    def load(self, plant: Plant) -> dict[str, int]:
        """Load the stored plant into an empty one; returns the users' numbers by name."""
        with collection_paused(), explained(self._path):
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
        self._load_deleted(plant)
        for number, sample in select("SELECT element, sample FROM last_value"):
            _set_sample(_find(by_number, number), _decode_sample(sample))
        for [samples] in select("SELECT samples FROM journal ORDER BY id"):
            for number, one in _decode_samples(samples):
                element = _find(by_number, number)
                # Values of a deleted element are not kept.
                if element is not None:
                    _set_sample(element, one)
                    self._note(number, one)

    def _load_types(self, plant: Plant) -> None:
        for dp_type in load_types(self._connection):
            plant.add_type(dp_type)
        self._types = plant.types
        with transaction(self._connection) as connection:
            reserve_numbers(connection, plant.types.values())

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
            element.replace_config(config, attributes)
            if config == "_common" and attributes.get("_alias"):
                plant.aliases[str(attributes["_alias"])] = element
            if not touched or touched[-1] is not element:
                touched.append(element)
        for element in touched:
            element.apply_configs()

    def _load_deleted(self, plant: Plant) -> None:
        for number, name, kind in load_deleted(self._connection):
            plant.add_deleted(name, number, kind)

    def kept_sections(self) -> list[tuple[str, str]]:
        """Name and text of the DPL sections that an export writes back."""
        return self._connection.execute(
            "SELECT name, text FROM kept_section ORDER BY id"
        ).fetchall()

    def next_number(self) -> int:
        """The number of a new datapoint; it is never used again."""
        self._next_number += 1
        return self._next_number - 1

    @contextmanager
    def creating(self) -> Iterator[None]:
        """Write everything that is added inside the block in one transaction, at its end.

        So new datapoints are stored together with their initial values or not at all.
        """
        with transaction(self._connection):
            self._collected = []
            try:
                yield
                self._write(self._collected)
                self._note_all(self._collected)
            finally:
                self._collected = None

    def add(self, facts: Sequence[PlantFact]) -> None:
        """Commit facts soon, in order; those of one call together."""
        if self._collected is None:
            self._commits.add(facts)
        else:
            self._collected += facts

    def flushed(self) -> Deferred[None]:
        """Fires when all that was added before is durable."""
        return self._commits.flushed()

    def backlog(self) -> CommitBacklog:
        """The backlog: what the store has accepted but not yet written."""
        return self._commits.facts()

    def check_room(self) -> None:
        """Refuse a set that could not be stored, before it takes effect.

        :raises DataManagerError: too much waits to be written, or writing fails.
        """
        self._commits.check_room()

    def close(self) -> None:
        """Fold the journal and close the file; no commit may be running."""
        self._commits.close()
        try:
            self._fold()
            with transaction(self._connection) as connection:
                release_numbers(connection, self._types.values())
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

    def _commit(self, batch: Sequence[PlantFact]) -> None:
        with transaction(self._connection):
            self._write(batch)
        self._note_all(batch)
        if self._journalled > _FOLD_AFTER:
            try:
                self._fold()
            except sqlite3.Error as error:
                # The batch is durable; the journal only stays longer than necessary.
                self._log.error("the journal could not be folded: {error}", error=error)

    def _write(self, batch: Sequence[PlantFact]) -> None:
        samples = []
        for fact in batch:
            if isinstance(fact, tuple):
                samples.append(fact)
            else:
                write_fact(fact, self._connection)
        if samples:
            self._connection.execute(insert("journal"), (_encode(samples),))

    def _note_all(self, batch: Sequence[PlantFact]) -> None:
        for fact in batch:
            if isinstance(fact, tuple):
                self._note(*fact)
            elif isinstance(fact, ElementsDeleted):
                for number in fact.numbers:
                    self._unfolded.pop(number, None)

    def _note(self, number: int, sample: Sample) -> None:
        self._unfolded[number] = sample
        self._journalled += 1

    def _fold(self) -> None:
        """Write the newest value of each element to last_value and empty the journal."""
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
    """The element with a number on disk; ``None`` if it was deleted."""
    datapoint = datapoints.get(number // MAX_ELEMENTS)
    node = datapoint.dp_type.by_number.get(number % MAX_ELEMENTS) if datapoint else None
    return datapoint.elements[node.index] if datapoint and node else None


def _set_sample(element: Element | None, stored: Sample) -> None:
    if element is None:
        return
    if element.node.type.member is not None:
        stored = msgspec.structs.replace(stored, value=restore(stored.value))
    element.sample = stored
