"""The state directory: all that oagw keeps, for one oagw at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import IO

from oagw.storage.damage import StorageError
from oagw.storage.ownership import find_foreign, hand_over

#: Names, while a restore is under way, the directory that has what was there.
RESTORING = "restoring"


def check_whole(path: Path) -> None:
    """Refuse a state directory of which a restore has put only a part in place.

    :raises StorageError: one was killed.
    """
    try:
        kept = (path / RESTORING).read_text(encoding="utf-8")
    except OSError:
        return
    raise StorageError(
        f"a restore of {path} was interrupted; begin it again: 'oagw archive restore DIR "
        f"--state {path}'. What was there is in {path / kept}; to use that, move it back "
        f"and remove {path / RESTORING}"
    )


def replaced_directory(path: Path) -> Path:
    """A directory, not there yet, for what is put aside of a state directory."""
    first = path / time.strftime("replaced-%Y%m%d-%H%M%S")
    others = (first.with_name(f"{first.name}-{number}") for number in count(2))
    return next(one for one in chain((first,), others) if not one.exists())


class StateDirectory:
    """A directory that is this process's alone as long as it lives.

    The lock is the system's and ends with the process, however that ends.

    :param restoring: whether it is about to be filled.
    :raises StorageError: it cannot be made or written, another oagw uses it, or it is not
        whole.
    """

    def __init__(self, path: Path, *, restoring: bool = False) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.stat().st_uid == os.geteuid():
                # Whoever made it: the plant's values are not for all users.
                path.chmod(0o700)
            if foreign := find_foreign(path):
                raise StorageError(foreign)
            self._lock = self._locked()
        except BlockingIOError as error:
            raise StorageError(
                f"the state directory {path} is used by another oagw; stop it, or give "
                "this one another directory with --state"
            ) from error
        except OSError as error:
            is_file = isinstance(error, FileExistsError)
            reason = "it is no directory" if is_file else error.strerror
            raise StorageError(
                f"the state directory {path} cannot be used: {reason}; "
                "choose another one with --state"
            ) from error
        if not restoring:
            try:
                check_whole(path)
            except StorageError:
                self._lock.close()
                raise
        #: Where clients connect to, while they can.
        self.urls: Sequence[str] = ()
        self._listening = path / "listening"
        self._listening.unlink(missing_ok=True)

    def _locked(self) -> IO[str]:
        file = open(self.path / "lock", "a", encoding="utf-8")  # noqa: SIM115 - kept open
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file

    def close(self) -> None:
        """Leave the directory to others, all of it to its owner."""
        hand_over(self.path)
        self._lock.close()

    def begin_restoring(self, kept: Path) -> bool:
        """Nobody may use it until :meth:`end_restoring`; whether that is so only now.

        :param kept: gets what is there.
        """
        mark = self.path / RESTORING
        if mark.exists():
            return False
        temporary = mark.with_name(f"{RESTORING}.new")
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(kept.name)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, mark)
        return True

    def end_restoring(self) -> None:
        """All of it is there."""
        (self.path / RESTORING).unlink(missing_ok=True)

    def write_listening(self, urls: list[str]) -> None:
        """Tell others where to connect: a URL a line, the file appears whole."""
        self.urls = urls
        temporary = self._listening.with_name("listening.new")
        temporary.write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
        os.replace(temporary, self._listening)

    def remove_listening(self) -> None:
        """Nobody can connect any more."""
        self.urls = ()
        self._listening.unlink(missing_ok=True)
