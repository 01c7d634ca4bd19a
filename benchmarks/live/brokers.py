"""Message brokers that speak over websockets: mosquitto and nats-server, if installed."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.servers import Server, ServerError, process_of

_START_TIMEOUT = 20.0

#: ``user`` keeps it from giving up the right to read our key when it runs as root; with a
#: websockets listener alone, version 2.0.11 does not start.
_MOSQUITTO = """
user {user}
listener 0 {directory}/mosquitto.socket
listener {port} 127.0.0.1
protocol websockets
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 0
log_type error
"""
_NATS = """
listen: 127.0.0.1:-1
websocket {{
  listen: "127.0.0.1:{port}"
  {tls}
}}
"""


def found(program: str) -> str | None:
    """Where a broker is; Debian has them outside of a user's path."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


@contextmanager
def start_mosquitto(directory: Path, certificates: Path, plain: bool) -> Iterator[Server]:
    """mosquitto with a websockets listener.

    :raises ServerError: it does not start.
    """
    port = _free_port()
    user = os.environ.get("USER") or "root"
    text = _MOSQUITTO.format(port=port, user=user, directory=directory)
    if not plain:
        text += f"certfile {certificates / 'certificate.pem'}\n"
        text += f"keyfile {certificates / 'private_key.pem'}\n"
    with _broker("mosquitto", directory, text, port) as server:
        yield server


@contextmanager
def start_nats(directory: Path, certificates: Path, plain: bool) -> Iterator[Server]:
    """nats-server with websockets.

    :raises ServerError: it does not start.
    """
    port = _free_port()
    tls = "no_tls: true"
    if not plain:
        certificate, key = (
            certificates / name for name in ("certificate.pem", "private_key.pem")
        )
        tls = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}'
    text = _NATS.format(port=port, tls=tls)
    with _broker("nats-server", directory, text, port) as server:
        yield server


@contextmanager
def _broker(program: str, directory: Path, text: str, port: int) -> Iterator[Server]:
    path = found(program)
    if path is None:
        raise ServerError(f"{program} is not installed")
    configuration = directory / f"{program}.conf"
    configuration.write_text(text, encoding="utf-8")
    log = directory / f"{program}.log"
    with process_of([path, "-c", str(configuration)], log) as process:
        deadline = time.monotonic() + _START_TIMEOUT
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                shown = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise ServerError(f"{program} did not start:\n{shown}")
            time.sleep(0.05)
        yield Server(port, process.pid)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
