"""A PostgreSQL server of the tests' own, in a temporary directory."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from twisted.trial.unittest import SkipTest

from benchmarks.rivals import postgres_binaries
from tests.processes import PATIENCE

MISSING = "PostgreSQL is not installed: apt-get install postgresql"


class PostgresServer:
    """Started and stopped at will; reached over a unix socket, without a password."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # The path of a unix socket has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="oagw-pg-"))
        self._user: list[str] = []
        if os.getuid() == 0:
            # It refuses to run as root.
            self._user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(self.directory, "nobody", "nogroup")
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        self.start()
        atexit.register(self._remove)

    @property
    def url(self) -> str:
        """For ``[archive] url``."""
        return f"postgresql://postgres@/postgres?host={self.directory}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._user, str(self._binaries / program), "-D", str(self.directory)]
        subprocess.run([*command, *arguments], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start, and return when it answers."""
        options = f"-k {self.directory} -c listen_addresses= -c fsync=off"
        log = self.directory / "log"
        self._run(
            "pg_ctl", "start", "-w", "-t", f"{PATIENCE:g}", "-l", str(log), "-o", options
        )
        self._is_running = True

    def stop(self) -> None:
        """End at once, connections and all."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        self._is_running = False

    def select(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the schema ``oagw``."""
        with psycopg.connect(self.url, options="-c search_path=oagw") as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _remove(self) -> None:
        if self._is_running:
            self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


_started: list[PostgresServer] = []


def postgres_server() -> PostgresServer:
    """The server that all tests of a run share.

    :raises SkipTest: it is not installed.
    """
    if not _started:
        binaries = postgres_binaries()
        if binaries is None:
            raise SkipTest(MISSING)
        _started.append(PostgresServer(binaries))
    return _started[0]
