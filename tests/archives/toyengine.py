"""A toy engine: month files in a directory that the configuration names.

It follows the steps for a new archive engine in docs/development.rst: this module, a row
of ``ENGINES``, a key of ``[archive]``, and test classes of both contracts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oagw.archives.engine import Progress
from oagw.archives.enginetable import EngineRow
from oagw.archives.files.filecheck import check, check_file
from oagw.archives.files.filesource import FileSource
from oagw.archives.files.filestore import FileStore, partition_files
from oagw.archives.hot.hotstore import adopt_next, identity_of
from oagw.archives.sealed.blockcheck import CheckReport
from oagw.archives.sealed.transfer import transfer
from oagw.config.sectionsettings import ArchiveSettings
from oagw.config.settingkeys import PathKey, key


@dataclass(frozen=True, slots=True)
class ToySettings(ArchiveSettings):
    """``[archive]`` with the key of the toy."""

    toy: Path | None = key("", PathKey)  # noqa: RUF009 - as in the settings


class ToyEngine:
    """Keeps sealed samples in one directory for all archives, by the system's name."""

    seal_every = 0.0

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def prepare(self, directory: Path) -> None:
        self._directory.mkdir(exist_ok=True)
        directory.mkdir(exist_ok=True)

    def store(self, directory: Path, system: str) -> FileStore:
        return FileStore(self._directory)

    def source(self, directory: Path) -> FileSource:
        return FileSource(self._directory)

    def check(self, directory: Path, progress: Progress) -> CheckReport:
        report = check(directory, progress)
        for _, path in partition_files(self._directory):
            report.faults += check_file(path, report, lambda size: None)
        return report

    def backup_source(self, directory: Path) -> FileSource:
        return self.source(directory)

    def restore(
        self,
        backup: Path,
        directory: Path,
        system: str,
        name_of: Callable[[int], str],
        progress: Progress,
    ) -> None:
        for _, path in partition_files(self._directory):
            path.unlink()
        self.prepare(directory)
        hot = directory / "hot.sqlite"
        hot.write_bytes((backup / hot.name).read_bytes())
        store = FileStore(self._directory, identity_of(hot))
        transfer(FileSource(backup), store.open, progress)
        adopt_next(hot)


def _make(settings: ArchiveSettings) -> ToyEngine:
    assert isinstance(settings, ToySettings)
    assert settings.toy is not None
    return ToyEngine(settings.toy)


#: The row of the toy.
TOY = EngineRow(lambda settings: getattr(settings, "toy", None) is not None, _make)
