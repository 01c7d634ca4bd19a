"""What every archive engine must do, from a backup to the check of its archives.

An engine's test class is this and ``SynchronousTestCase``, with a ``configuration`` of its
own. Its archives must also pass :class:`tests.contracts.archive.ArchiveCases`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.enginetable import engine_of, open_snapshot
from oagw.archives.files.backup import backup
from oagw.archives.files.fileengine import FileEngine
from oagw.archives.hot.roster import misfits
from oagw.config.settings import Settings, read_settings
from oagw.gateway.stores import open_stores
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.sqlite import open_database
from tests.contracts.archive import AT_ONCE, at_once, sample

#: ns of more than a month.
_MONTH = 32 * 86400 * 10**9
#: Samples of two series in two months; the last ones stay in the hot store.
_SAMPLES = [
    (1, sample(10, 1.5)),
    (2, sample(20, "text")),
    (1, sample(_MONTH + 10, 2.5)),
    (1, sample(_MONTH + 5, 3)),
]
_HOT = [(2, sample(_MONTH + 30, True))]

# Only the engines' classes are test cases: trial runs whatever is one.
if TYPE_CHECKING:
    _Base = SynchronousTestCase
else:
    _Base = object


def ignore(text: str, share: float) -> None:
    """Ignore progress."""


class EngineCases(_Base):
    """The contract."""

    timeout = 120

    def configuration(self) -> str:
        """The lines of ``[archive]`` that choose the engine."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        self.archive = self.state / "archive"
        self.system = self.state / "system.sqlite"
        self.state.mkdir()
        text = f"[archive]\nseal = 2\n{self.configuration()}"
        self.settings: Settings = read_settings(text, "oagw.ini", self.state)
        self.engine = engine_of(self.settings)

        system = open_database(self.system, "oagw.systems.embedded.schema")
        # As if a gateway had created a datapoint.
        system.execute("INSERT INTO sqlite_sequence VALUES ('datapoint', 1)")
        system.close()

    @contextmanager
    def opened(self) -> Iterator[Archive]:
        """The archive as a gateway opens it."""
        store, archive = open_stores(
            self.state, self.settings, "System1", Clock(), AT_ONCE, at_once
        )
        try:
            self.successResultOf(archive.start(name_of=str))
            yield archive
        finally:
            self.successResultOf(archive.stop())
            store.close()

    def fill(self) -> None:
        """Seal some samples and leave others in the hot store."""
        with self.opened() as archive:
            self.successResultOf(archive.append(_SAMPLES, True))
            self.successResultOf(archive.compact())
            self.successResultOf(archive.append(_HOT, True))

    def expected(self, series: int) -> list[Sample]:
        mine = [one for number, one in [*_SAMPLES, *_HOT] if number == series]
        return sorted(mine, key=lambda one: one.stime)

    def assert_filled(self) -> None:
        """A gateway finds all samples."""
        with self.opened() as archive:
            for series in (1, 2):
                read = archive.read(series, 0, LAST, 0, 100)
                self.assertEqual(self.successResultOf(read), self.expected(series))

    def backed_up(self) -> Path:
        """A backup of the state directory."""
        target = self.state / "backup"
        backup(self.state, target, ignore, self.engine.backup_source(self.archive))
        return target

    def test_samples_are_there_after_a_restart(self) -> None:
        """Sealed ones and those of the hot store."""
        self.fill()
        self.assert_filled()

    def test_an_archive_is_read_past_the_gateway(self) -> None:
        """Each sample once, by month; the partitions are those of the roster."""
        self.fill()
        source = self.engine.source(self.archive)
        self.assertEqual(misfits(self.archive / "hot.sqlite", source), [])
        self.assertEqual(source.months(), {0, 1})
        snapshot = open_snapshot(self.archive, self.engine)
        found: dict[int, list[Sample]] = {1: [], 2: []}
        for month in snapshot.months(0, LAST):
            with snapshot.month(month) as one:
                for series, columns in one.read(one.series(0, LAST), 0, LAST):
                    found[series] += columns.samples()
        self.assertEqual(found, {1: self.expected(1), 2: self.expected(2)})

    def test_a_check_reads_everything(self) -> None:
        """It counts all samples, and reports no fault in a sound archive."""
        self.fill()
        report = self.engine.check(self.archive, ignore)
        self.assertEqual(report.faults, [])
        self.assertEqual(report.samples, len(_SAMPLES) + len(_HOT))

    def test_a_backup_has_files(self) -> None:
        """A backup is an archive in files for every engine."""
        self.fill()
        directory = self.backed_up() / "archive"
        report = FileEngine().check(directory, ignore)
        self.assertEqual(report.faults, [])
        self.assertEqual(report.samples, len(_SAMPLES) + len(_HOT))
        self.assertEqual(
            misfits(directory / "hot.sqlite", FileEngine().source(directory)), []
        )

    def test_a_backup_is_restored(self) -> None:
        """Changes made after the backup are undone."""
        self.fill()
        kept = self.backed_up()
        with self.opened() as archive:
            self.successResultOf(archive.delete(None, 0, LAST))
        self.archive.rename(self.state / "replaced")
        self.engine.restore(kept / "archive", self.archive, "System1", str, ignore)
        shutil.copyfile(kept / self.system.name, self.system)
        self.assert_filled()
