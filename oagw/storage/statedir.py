"""The state directory: all that oagw keeps, for one oagw at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from oagw.storage.damage import StorageError
from oagw.storage.ownership import find_foreign, hand_over


class StateDirectory:
    """A directory that is this process's alone as long as it lives.

    The lock is the system's and ends with the process, however that ends.

    :raises StorageError: it cannot be made or written, or another oagw uses it.
    """

    def __init__(self, path: Path) -> None:
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

    def write_listening(self, urls: list[str]) -> None:
        """Tell others where to connect: a URL a line, the file appears whole."""
        temporary = self._listening.with_name("listening.new")
        temporary.write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
        os.replace(temporary, self._listening)

    def remove_listening(self) -> None:
        """Nobody can connect any more."""
        self._listening.unlink(missing_ok=True)
