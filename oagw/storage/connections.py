"""A pool of connections to many SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from oagw.storage.sqlite import connect

#: Idle connections that stay open; each needs three file descriptors.
_IDLE = 32


class Connections:
    """Lends connections to threads; each has one user at a time.

    :param idle: upper limit of idle connections; those used least recently are closed.
    """

    def __init__(self, idle: int = _IDLE) -> None:
        self._most = idle
        # By text, because comparing paths is slow.
        self._idle: list[tuple[str, sqlite3.Connection]] = []
        self._lock = Lock()

    @contextmanager
    def of(self, path: Path) -> Iterator[sqlite3.Connection]:
        """A connection to a file that exists."""
        connection = self._take(path) or connect(path)
        try:
            yield connection
        finally:
            self.give(path, connection)

    def _take(self, path: Path) -> sqlite3.Connection | None:
        name = str(path)
        with self._lock:
            for number in range(len(self._idle) - 1, -1, -1):
                if self._idle[number][0] == name:
                    return self._idle.pop(number)[1]
        return None

    def give(self, path: Path, connection: sqlite3.Connection) -> None:
        """Return a connection to the pool."""
        oldest: sqlite3.Connection | None = None
        with self._lock:
            self._idle.append((str(path), connection))
            if len(self._idle) > self._most:
                _, oldest = self._idle.pop(0)
        if oldest is not None:
            oldest.close()

    def close(self, path: Path) -> None:
        """Close all connections to a file; none may be in use."""
        while (connection := self._take(path)) is not None:
            connection.close()
