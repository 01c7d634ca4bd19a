"""``oagw archive restore``: a whole backup, or its values into a running gateway."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from oagw.archives.enginetable import engine_of
from oagw.archives.files.backup import INCOMPLETE
from oagw.archives.files.fileengine import FileEngine
from oagw.cli.archiveplaces import SYSTEMS, ArchivePlace, archive_places
from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import NotRunning, check_running
from oagw.cli.fileversions import check_versions
from oagw.cli.gatewayaccess import Gateway
from oagw.cli.sampleexport import Chosen, export
from oagw.cli.sampleimport import ImportOutcome
from oagw.cli.samplerows import Stretch
from oagw.cli.statefiles import replace_others
from oagw.cli.usedstate import STORE
from oagw.config.settings import Settings
from oagw.gateway.stores import mismatches
from oagw.model.columns import Kind
from oagw.model.texts import to_text
from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory, replaced_directory
from oagw.systems.embedded.archiveservice import (
    SampleBatch,
    SeriesPeriod,
    decode_added,
    encode_body,
)
from oagw.systems.embedded.namesnapshot import NamesSnapshot

_PARTS = ("archive", STORE)
#: Values that are sent together.
_AT_ONCE = 1 << 14


def check_backup(source: Path, settings: Settings) -> None:
    """Check that a directory is a complete backup.

    :raises CommandError: it is not a backup, is incomplete, or was made by a later oagw, or
        its stores do not belong together.
    """
    missing = [name for name in _PARTS if not (source / name).exists()]
    if missing:
        raise CommandError(f"{source} is not a backup: it lacks {' and '.join(missing)}")
    if any(source.glob(INCOMPLETE)) or any(source.glob(f"{SYSTEMS}/*/{INCOMPLETE}")):
        raise CommandError(f"{source} is not a complete backup: making it was interrupted")
    for place in archive_places(source, settings):
        check_versions(place.directory)
        found = mismatches(place.directory, FileEngine())
        if found:
            raise CommandError("\n".join(found))


def is_running(state: Path) -> bool:
    """Whether a gateway is running with a state directory.

    :raises CommandError: it belongs to another user.
    """
    try:
        check_running(state)
    except NotRunning:
        return False
    return True


def restore_all(
    source: Path, state: Path, settings: Settings, report: Callable[[str, float], None]
) -> Path:
    """Replace the state by a backup; returns the directory that receives the old files.

    :param report: receives what is being done, and the share of it that is done, 0 to 1.
    :raises CommandError: the state directory cannot be used.
    :raises OagwError: the database that is configured cannot be reached.
    """
    try:
        # Kept for its lock.
        directory = StateDirectory(state, restoring=True)
    except StorageError as error:
        raise CommandError(str(error)) from error
    kept = replaced_directory(state)
    replaced: list[tuple[Path, Path]] = []
    # For the case that this process is killed.
    was_whole = directory.begin_restoring(kept)
    try:
        for place in archive_places(source, settings):
            target = state / place.below
            _put_aside(target, kept / place.below)
            replaced.append((target, kept / place.below))
            _restore(place, target, settings, report)
        replace_others(source, state, kept)
    except BaseException:
        # Also on Ctrl-C: otherwise the next start would create an empty plant.
        for target, aside in reversed(replaced):
            _put_back(target, aside)
        _remove_empty(kept)
        if was_whole:
            directory.end_restoring()
        raise
    else:
        directory.end_restoring()
    finally:
        directory.close()
    return kept


def _restore(
    place: ArchivePlace,
    target: Path,
    settings: Settings,
    report: Callable[[str, float], None],
) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)

    @cache
    def known() -> NamesSnapshot:
        return NamesSnapshot(place.directory / STORE, place.system)

    def name_of(series: int) -> str:
        element = known().element(series)
        return "" if element is None else element.name

    try:
        engine_of(settings).restore(
            place.archive, target / "archive", place.system, name_of, report
        )
    except StorageError as error:
        raise CommandError(str(error)) from error
    shutil.copy2(place.directory / STORE, target / STORE)


def _put_aside(state: Path, kept: Path) -> None:
    kept.mkdir(mode=0o700, parents=True)
    for path in _files(state):
        path.rename(kept / path.name)


def _put_back(state: Path, kept: Path) -> None:
    """Undo a restore: remove its files, and move the former files back."""
    for path in _files(state):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in _files(kept):
        path.rename(state / path.name)


def _files(directory: Path) -> list[Path]:
    """The files of a system in its directory."""
    archive = directory / "archive"
    return [*([archive] if archive.exists() else []), *directory.glob(f"{STORE}*")]


def _remove_empty(directory: Path) -> None:
    for path, _, _ in os.walk(directory, topdown=False):
        with suppress(OSError):
            os.rmdir(path)


def restore_values(
    chosen: Chosen, system: str, gateway: Gateway, report: Callable[[str, float], None]
) -> ImportOutcome:
    """Replace values of a running gateway by those of a backup.

    The values of each element are replaced from its first to its last time in the backup.
    Values of elements that the gateway does not have are left out.

    :param chosen: the values of the backup.
    :param report: receives what is being done, and the share of it that is done, 0 to 1.
    """
    ends = _Ends()
    export(chosen, ends, system, lambda share: report("reading", share))
    checking = _Sender(chosen.known.users, gateway, check=True)
    checking.write(ends.stretches())
    gateway("archive delete", {}, encode_body(checking.periods))
    adding = _Sender(chosen.known.users, gateway, check=False)
    export(chosen, adding, system, lambda share: report("restoring", share))
    return adding.outcome


class _Ends:
    """Finds the first and the last value of each element."""

    users: Mapping[int, str]

    def __init__(self) -> None:
        self._found: dict[str, list[Stretch]] = {}

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Compare values with the first and last ones so far."""
        for one in stretches:
            first = replace(one, columns=one.columns.part(slice(0, 1)))
            last = replace(one, columns=one.columns.part(slice(-1, None)))
            # Elements of the same name, of which some are deleted, count as one.
            found = [*self._found.get(one.name, ()), first, last]
            self._found[one.name] = [min(found, key=_time), max(found, key=_time)]

    def close(self) -> None:
        """Nothing to do."""

    def stretches(self) -> list[Stretch]:
        """The first and the last value of each element."""
        return [end for ends in self._found.values() for end in ends]


def _time(stretch: Stretch) -> int:
    return int(stretch.columns.stime[0])


class _Sender:
    """Sends values to a gateway.

    :param users: names by number.
    :param check: only ask the gateway what it would accept.
    :ivar periods: the periods of the accepted values.
    """

    def __init__(self, users: Mapping[int, str], gateway: Gateway, check: bool) -> None:
        self.users = users
        self._gateway = gateway
        self._options = {"keep_going": True, "check": check}
        self.outcome = ImportOutcome()
        self.periods: list[SeriesPeriod] = []

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Send values, :data:`_AT_ONCE` at a time."""
        waiting: list[Stretch] = []
        count = 0
        for one in stretches:
            for at in range(0, len(one.columns), _AT_ONCE):
                part = one.columns.part(slice(at, at + _AT_ONCE))
                waiting.append(replace(one, columns=part))
                count += len(part)
                if count >= _AT_ONCE:
                    self._send(waiting)
                    waiting, count = [], 0
        if waiting:
            self._send(waiting)

    def close(self) -> None:
        """Nothing to do."""

    def _send(self, stretches: Sequence[Stretch]) -> None:
        content = encode_body(_piece(stretches, self.users))
        added = decode_added(
            self._gateway("archive import", self._options, content).content
        )
        self.outcome.count += added.count
        self.periods += added.periods
        for _, problem in added.problems:
            self.outcome.add_problem("the backup", problem)


def _piece(stretches: Sequence[Stretch], users: Mapping[int, str]) -> SampleBatch:
    """Values in the form that a gateway expects."""
    columns = [one.columns for one in stretches]
    numbers = [number for one in columns for number in one.user.tolist()]
    known = {number: at for at, number in enumerate(dict.fromkeys(numbers))}
    return SampleBatch(
        [(one.name, one.type.keyword) for one in stretches],
        [at for at, one in enumerate(columns) for _ in range(len(one))],
        [time for one in columns for time in one.stime.tolist()],
        [value for one in stretches for value in _values(one)],
        [bits for one in columns for bits in one.status.tolist()],
        [(users.get(number, ""), number) for number in known],
        [known[number] for number in numbers],
    )


def _values(stretch: Stretch) -> list[bool | int | float | str]:
    """Floats as numbers; other values as texts, which are exact."""
    columns, kind = stretch.columns, stretch.type
    if columns.kind is Kind.FLOAT:
        numbers: list[bool | int | float | str] = columns.floats().tolist()
        return numbers
    return [to_text(value, kind) for value in columns.values()]
