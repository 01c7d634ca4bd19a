"""The servers that are measured, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parent.parent
_TWISTD = "import sys; from twisted.scripts.twistd import run; sys.exit(run())"
#: Linux's clock of all processor time that a process takes (``CPUCLOCK_SCHED``).
_PROCESSOR_TIME = 2
_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 30.0


class ServerError(Exception):
    """A server did not start; the text has the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time that all its threads have taken so far."""
        # /proc has it in hundredths of a second, in which much can be answered.
        return time.clock_gettime((~self.pid << 3) | _PROCESSOR_TIME)


@contextmanager
def start_oagw(
    directory: Path, *more: str, listen: str = "wss://127.0.0.1:0/winccoa"
) -> Iterator[Server]:
    """An oagw daemon of this checkout, without the simulation.

    :param directory: becomes its state directory, with the certificate.
    :param more: arguments for it.
    :raises ServerError: it does not start.
    """
    arguments = [
        *(sys.executable, "-c", _TWISTD, "-n", "oagw"),
        *("--config", str(_ROOT / "etc" / "oagw.ini")),
        *("--state", str(directory)),
        *("--listen", listen),
        *("--set", "simulate.enabled=no"),
        *more,
    ]
    log = directory / "daemon.log"
    with process_of(arguments, log) as process:
        url = _first_line(directory / "listening", process, log)
        port = urlsplit(url).port
        assert port is not None
        yield Server(port, process.pid)


@contextmanager
def start_bare(directory: Path, certificates: Path) -> Iterator[Server]:
    """The bare Autobahn server.

    :param certificates: the directory whose certificate it uses: that of oagw.
    :raises ServerError: it does not start.
    """
    with start_module("benchmarks.bare", directory, certificates) as server:
        yield server


@contextmanager
def start_module(
    module: str, directory: Path, certificates: Path, *more: str
) -> Iterator[Server]:
    """A server in a module of ours, which writes its port into a file.

    :param more: arguments behind those for the certificate, its key and the file.
    :raises ServerError: it does not start.
    """
    names = ("certificate.pem", "private_key.pem")
    listening = directory / "listening"
    files = [*(certificates / name for name in names), listening]
    log = directory / "server.log"
    command = [sys.executable, "-m", module, *map(str, files), *more]
    with process_of(command, log) as process:
        yield Server(int(_first_line(listening, process, log)), process.pid)


@contextmanager
def process_of(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the block; its output goes into the log."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_line(path: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """The first line of a file, as soon as it is there."""
    deadline = time.monotonic() + _START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        if path.exists():
            line, end, _ = path.read_text(encoding="utf-8").partition("\n")
            if end:
                return line
        time.sleep(0.02)
    text = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServerError(f"{' '.join(map(str, process.args))} did not start:\n{text}")  # type: ignore[arg-type]
