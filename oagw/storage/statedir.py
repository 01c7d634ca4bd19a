"""The state directory: everything that oagw stores, used by one oagw at a time."""

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

#: The file that a restore keeps until it ends, with the directory of the replaced files.
RESTORING = "restoring"


def check_whole(path: Path) -> None:
    """Refuse a state directory that was restored only in part.

    :raises StorageError: a restore was killed.
    """
    try:
        kept = (path / RESTORING).read_text(encoding="utf-8")
    except OSError:
        return
    raise StorageError(
        f"a restore of {path} was interrupted; start it again: 'oagw archive restore DIR "
        f"--state {path}'. The former files are in {path / kept}; to use them, move them "
        f"back and remove {path / RESTORING}"
    )


def replaced_directory(path: Path) -> Path:
    """A new directory name for files that are replaced in a state directory."""
    first = path / time.strftime("replaced-%Y%m%d-%H%M%S")
    others = (first.with_name(f"{first.name}-{number}") for number in count(2))
    return next(one for one in chain((first,), others) if not one.exists())


class StateDirectory:
    """A directory that is locked by this process.

    The operating system releases the lock when the process ends, in any way.

    :param restoring: whether a restore is about to fill it.
    :raises StorageError: it cannot be created or written, another oagw uses it, or it was
        restored only in part.
    """

    def __init__(self, path: Path, *, restoring: bool = False) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.stat().st_uid == os.geteuid():
                # The plant's values are not for all users of the machine.
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
            reason = "it is not a directory" if is_file else error.strerror
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
        """Release the directory, and give its files to its owner."""
        hand_over(self.path)
        self._lock.close()

    def begin_restoring(self, kept: Path) -> bool:
        """Prevent any use until :meth:`end_restoring`.

        Returns False if an earlier restore has done that, and was interrupted.

        :param kept: the directory that receives the replaced files.
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
        """Allow the use again: everything is restored."""
        (self.path / RESTORING).unlink(missing_ok=True)

    def write_listening(self, urls: list[str]) -> None:
        """Write the URLs to connect to, one on each line, atomically."""
        self.urls = urls
        temporary = self._listening.with_name("listening.new")
        temporary.write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
        os.replace(temporary, self._listening)

    def remove_listening(self) -> None:
        """Remove the file with the URLs."""
        self.urls = ()
        self._listening.unlink(missing_ok=True)
