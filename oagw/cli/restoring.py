"""``oagw archive restore``: a whole backup, or values of it into a gateway that runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from oagw.archives.backup import INCOMPLETE
from oagw.archives.configured import restore_store
from oagw.archives.hot import adopt_next
from oagw.archives.moments import FileSource
from oagw.cli.archives import SYSTEMS, Place, places
from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import (
    NotRunning,
    check_running,
)
from oagw.cli.gateway import Gateway
from oagw.cli.places import STORE
from oagw.cli.sampleexport import (
    Chosen,
    export,
)
from oagw.cli.sampleimport import Outcome
from oagw.cli.samplerows import Stretch
from oagw.cli.statefiles import replace_others
from oagw.cli.versions import check_versions
from oagw.config.settings import Settings
from oagw.gateway.stores import mismatches
from oagw.model.columns import Kind
from oagw.model.texts import to_text
from oagw.storage.damage import StorageError
from oagw.storage.pairing import HOT
from oagw.storage.statedir import StateDirectory, replaced_directory
from oagw.systems.embedded.archiveservice import Period, Piece, decode_added, encode
from oagw.systems.embedded.known import Known

_PARTS = ("archive", STORE)
#: Values that are sent at once.
_AT_ONCE = 1 << 14


def check_backup(source: Path, settings: Settings) -> None:
    """Find out whether a directory is a backup.

    :raises CommandError: it is not, or is of a later version, or its stores do not belong
        together.
    """
    missing = [name for name in _PARTS if not (source / name).exists()]
    if missing:
        raise CommandError(f"{source} is no backup: it lacks {' and '.join(missing)}")
    if any(source.glob(INCOMPLETE)) or any(source.glob(f"{SYSTEMS}/*/{INCOMPLETE}")):
        raise CommandError(f"{source} is no whole backup: making it was interrupted")
    for place in places(source, settings):
        check_versions(place.directory)
        found = mismatches(place.directory, FileSource(place.archive))
        if found:
            raise CommandError("\n".join(found))


def is_running(state: Path) -> bool:
    """Whether a gateway runs with a state directory.

    :raises CommandError: it belongs to another user.
    """
    try:
        check_running(state)
    except NotRunning:
        return False
    return True


def restore_all(
    source: Path, state: Path, settings: Settings, tell: Callable[[str, float], None]
) -> Path:
    """Take a backup in the place of what is there; gives the directory that has that.

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
    # A process that is killed puts nothing back.
    was_whole = directory.begin_restoring(kept)
    try:
        for place in places(source, settings):
            target = state / place.below
            _put_aside(target, kept / place.below)
            replaced.append((target, kept / place.below))
            _restore(place, target, settings, tell)
        replace_others(source, state, kept)
    except BaseException:
        # Also Ctrl-C: the next start would find nothing, and begin an empty plant.
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
    place: Place, target: Path, settings: Settings, tell: Callable[[str, float], None]
) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.archive.url:
        _restore_database(place, settings, tell)
        (target / "archive").mkdir(mode=0o700)
        shutil.copy2(place.archive / HOT, target / "archive")
        # What is in the database now was not there before.
        adopt_next(target / "archive" / HOT)
    else:
        shutil.copytree(place.archive, target / "archive")
    shutil.copy2(place.directory / STORE, target / STORE)


def _put_aside(state: Path, kept: Path) -> None:
    kept.mkdir(mode=0o700, parents=True)
    for path in _files(state):
        path.rename(kept / path.name)


def _put_back(state: Path, kept: Path) -> None:
    """What a restore has made goes, and what was there before comes back."""
    for path in _files(state):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for path in _files(kept):
        path.rename(state / path.name)


def _files(directory: Path) -> list[Path]:
    """What a system has in its directory."""
    archive = directory / "archive"
    return [*([archive] if archive.exists() else []), *directory.glob(f"{STORE}*")]


def _remove_empty(directory: Path) -> None:
    for path, _, _ in os.walk(directory, topdown=False):
        with suppress(OSError):
            os.rmdir(path)


def _restore_database(
    place: Place, settings: Settings, tell: Callable[[str, float], None]
) -> None:
    known = Known(place.directory / STORE, place.system)

    def name_of(series: int) -> str:
        element = known.element(series)
        return "" if element is None else element.name

    try:
        restore_store(place.archive, settings, place.system, name_of, tell)
    except StorageError as error:
        raise CommandError(str(error)) from error


def restore_values(
    chosen: Chosen, system: str, gateway: Gateway, tell: Callable[[str, float], None]
) -> Outcome:
    """Have values of a backup in the place of those that elements have now.

    Of each element those from its first to its last time in the backup are replaced; what
    the gateway has no element for is left out.

    :param chosen: what of the backup.
    """
    ends = _Ends()
    export(chosen, ends, system, lambda share: tell("reading", share))
    checking = _Sender(chosen.known.users, gateway, check=True)
    checking.write(ends.stretches())
    gateway("archive delete", {}, encode(checking.periods))
    adding = _Sender(chosen.known.users, gateway, check=False)
    export(chosen, adding, system, lambda share: tell("restoring", share))
    return adding.outcome


class _Ends:
    """Finds the first and the last value of each element."""

    users: Mapping[int, str]

    def __init__(self) -> None:
        self._found: dict[str, list[Stretch]] = {}

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Look at values."""
        for one in stretches:
            first = replace(one, columns=one.columns.part(slice(0, 1)))
            last = replace(one, columns=one.columns.part(slice(-1, None)))
            # Elements of one name, of which some are no more, are one.
            found = [*self._found.get(one.name, ()), first, last]
            self._found[one.name] = [min(found, key=_time), max(found, key=_time)]

    def close(self) -> None:
        """There is nothing to close."""

    def stretches(self) -> list[Stretch]:
        """One value each."""
        return [end for ends in self._found.values() for end in ends]


def _time(stretch: Stretch) -> int:
    return int(stretch.columns.stime[0])


class _Sender:
    """Has a gateway take values.

    :param users: names by number.
    :param check: it is to take none of them, and to say what it would.
    :ivar periods: of what was checked.
    """

    def __init__(self, users: Mapping[int, str], gateway: Gateway, check: bool) -> None:
        self.users = users
        self._gateway = gateway
        self._options = {"keep_going": True, "check": check}
        self.outcome = Outcome()
        self.periods: list[Period] = []

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Send values, not too many at once."""
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
        """There is nothing to close."""

    def _send(self, stretches: Sequence[Stretch]) -> None:
        content = encode(_piece(stretches, self.users))
        added = decode_added(
            self._gateway("archive import", self._options, content).content
        )
        self.outcome.count += added.count
        self.periods += added.periods
        for _, problem in added.problems:
            self.outcome.add_problem("the backup", problem)


def _piece(stretches: Sequence[Stretch], users: Mapping[int, str]) -> Piece:
    """Values as a gateway takes them."""
    columns = [one.columns for one in stretches]
    numbers = [number for one in columns for number in one.user.tolist()]
    known = {number: at for at, number in enumerate(dict.fromkeys(numbers))}
    return Piece(
        [(one.name, one.type.keyword) for one in stretches],
        [at for at, one in enumerate(columns) for _ in range(len(one))],
        [time for one in columns for time in one.stime.tolist()],
        [value for one in stretches for value in _values(one)],
        [bits for one in columns for bits in one.status.tolist()],
        [(users.get(number, ""), number) for number in known],
        [known[number] for number in numbers],
    )


def _values(stretch: Stretch) -> list[bool | int | float | str]:
    """Floats as such; the rest as texts, which lose nothing."""
    columns, kind = stretch.columns, stretch.type
    if columns.kind is Kind.FLOAT:
        numbers: list[bool | int | float | str] = columns.floats().tolist()
        return numbers
    return [to_text(value, kind) for value in columns.values()]
