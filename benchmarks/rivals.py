"""Databases that keep the same values, for comparison, where they are installed.

Each is a server of its own in a temporary directory, with the settings that it comes with
and with ``fsync`` on, reached over a unix socket (PostgreSQL) or the loopback (InfluxDB).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

_START_TIMEOUT = 60.0
_LINES = 50_000
_INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
max-row-limit = 0
[monitor]
store-enabled = false
"""


class Postgres:
    """A table with a row for each value, and a btree by element and time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._run(
            "CREATE TABLE value (element int NOT NULL, ts timestamptz NOT NULL, "
            "value float8, status bigint)"
        )
        self._run("CREATE INDEX ON value (element, ts)")

    def _run(self, sql: str, *arguments: object) -> list[Any]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(sql, arguments, prepare=True)
            return [] if cursor.description is None else list(cursor.fetchall())

    def copy(self, element: int, ms: Times, values: Values) -> None:
        """Write values with COPY, in one transaction."""
        text = "".join(
            f"{element}\t{time}\t{value}\t257\n"
            for time, value in zip(_stamps(ms), values.tolist(), strict=True)
        )
        with (
            self._connection.transaction(),
            self._connection.cursor() as cursor,
            cursor.copy("COPY value FROM STDIN") as copy,
        ):
            copy.write(text)

    def tidy(self) -> None:
        """Do the maintenance that PostgreSQL does on its own when it has time."""
        self._run("VACUUM ANALYZE value")

    def rows(self, element: int, count: int) -> int:
        """Fetch the first values as Python has them."""
        found = self._run(
            "SELECT ts, value FROM value WHERE element = %s ORDER BY ts LIMIT %s",
            *(element, count),
        )
        return len(found)

    def json(self, element: int, count: int) -> int:
        """Have the server write the first values as JSON; gives its bytes."""
        [[text]] = self._run(
            "SELECT '[' || string_agg('[' || (extract(epoch FROM ts) * 1000)::bigint "
            "|| ',' || value || ']', ',') || ']' FROM (SELECT ts, value FROM value "
            "WHERE element = %s ORDER BY ts LIMIT %s) AS one",
            *(element, count),
        )
        return len(text)

    def extremes(self, element: int, first: int, last: int, count: int) -> list[Any]:
        """Minimum and maximum in this number of intervals; times in ms."""
        return self._run(
            "SELECT width_bucket(extract(epoch FROM ts)::float8, %s, %s, %s) AS bucket, "
            "min(value), max(value) FROM value WHERE element = %s GROUP BY bucket "
            "ORDER BY bucket",
            *(first / 1000, last / 1000, count, element),
        )

    def size(self) -> int:
        """Bytes on the disk, with the index."""
        [[size]] = self._run("SELECT pg_total_relation_size('value')")
        return int(size)


def _stamps(ms: Times) -> list[str]:
    found: list[str] = np.datetime_as_string(ms.astype("M8[ms]"), timezone="UTC").tolist()
    return found


@contextmanager
def start_postgres(directory: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of its own."""
    import psycopg

    binaries = postgres_binaries()
    assert binaries is not None
    data = directory / "postgres"
    data.mkdir()
    user: list[str] = []
    if os.getuid() == 0:
        # It refuses to run as root.
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        directory.chmod(0o755)
        shutil.chown(data, "nobody", "nogroup")
    initialise = [f"{binaries}/initdb", "-D", str(data), "-A", "trust", "-U", "postgres"]
    subprocess.run([*user, *initialise], check=True, capture_output=True, cwd="/")
    options = ["-D", str(data), "-k", str(data), "-c", "listen_addresses="]
    process = subprocess.Popen(
        [*user, f"{binaries}/postgres", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    try:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                connection = psycopg.connect(
                    host=str(data), user="postgres", dbname="postgres", autocommit=True
                )
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        with connection:
            yield Postgres(connection)
    finally:
        process.terminate()
        process.wait()


def postgres_binaries() -> Path | None:
    """Where PostgreSQL's server is, if it is installed, and psycopg too."""
    if find_spec("psycopg") is None:
        return None
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    found = sorted(versions, key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Influx:
    """A measurement with a tag for the element."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._post("query", "q=CREATE DATABASE bench", {})

    def _post(self, path: str, body: str, query: dict[str, str]) -> bytes:
        url = f"{self._url}/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, body.encode(), method="POST")
        if path == "query":
            request.add_header("Content-Type", "application/x-www-form-urlencoded")
        with urllib.request.urlopen(request, timeout=300) as answer:
            content: bytes = answer.read()
        return content

    def write(self, element: int, ms: Times, values: Values) -> None:
        """Write values in its line protocol."""
        pairs = list(zip(ms.tolist(), values.tolist(), strict=True))
        for start in range(0, len(pairs), _LINES):
            text = "\n".join(
                f"value,element={element} value={value},status=257i {time}"
                for time, value in pairs[start : start + _LINES]
            )
            self._post("write", text, {"db": "bench", "precision": "ms"})

    def json(self, element: int, count: int) -> int:
        """Ask for the first values; gives the bytes of the answer."""
        query = (
            f"SELECT value FROM value WHERE element = '{element}' ORDER BY time "
            f"LIMIT {count}"
        )
        body = urllib.parse.urlencode({"q": query, "db": "bench", "epoch": "ms"})
        return len(self._post("query", body, {}))


@contextmanager
def start_influx(directory: Path) -> Iterator[Influx]:
    """An InfluxDB server of its own."""
    own = directory / "influx"
    own.mkdir()
    http, rpc = _free_port(), _free_port()
    configuration = own / "influxdb.conf"
    configuration.write_text(_INFLUX.format(directory=own, http=http, rpc=rpc))
    process = subprocess.Popen(
        ["influxd", "-config", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{http}"
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                urllib.request.urlopen(f"{url}/ping", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield Influx(url)
    finally:
        process.terminate()
        process.wait()


def has_influx() -> bool:
    """Whether InfluxDB's server is installed."""
    return shutil.which("influxd") is not None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
