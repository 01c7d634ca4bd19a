"""Very many clients: what an idle one costs, and how long it takes when all come back.

``python -m benchmarks.live.crowd [--idle N] [--storm N]``: a gateway, and the clients in
processes of their own.
"""

from __future__ import annotations

import argparse
import os
import resource
import selectors
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.client import Connection, text_frame
from benchmarks.live.targets import MARK, PATH, Oagw, as_json
from benchmarks.measures import connected, polled, ready
from benchmarks.servers import Server, start_oagw

_PROCESSES = 2
_SETTINGS = ["--set", "server.max_connections=20000", "--set", "server.max_stall=1h"]
#: Clients that connect at the same time where that is not what is measured.
_AT_ONCE = 50
_HELLO = (
    f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
).encode()


@dataclass(frozen=True, slots=True)
class Storm:
    """All clients connect at once and subscribe.

    :ivar seconds: until the last has its values.
    :ivar server_ms: processor time of the server for each client.
    """

    seconds: float
    server_ms: float


def memory(server: Server) -> int:
    """Resident bytes of the server."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


class Crowd:
    """Clients in separate processes, which carry out commands."""

    def __init__(self, port: int, count: int) -> None:
        each = [count // _PROCESSES] * _PROCESSES
        each[0] += count % _PROCESSES
        command = [sys.executable, "-m", "benchmarks.live.crowd", "--clients"]
        self._processes = [
            subprocess.Popen(
                [*command, str(one), "--port", str(port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for one in each
        ]

    def do(self, what: str) -> None:
        """Have all of them connect, subscribe or leave, and wait until they have."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
        for process in self._processes:
            assert process.stdout is not None
            answer = process.stdout.readline().strip()
            if answer != "done":
                raise RuntimeError(f"clients: {answer or 'ended'}")

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()
            process.communicate()


def idle_bytes(server: Server, count: int) -> float:
    """What a connected client that does nothing costs the server in memory."""
    crowd = Crowd(server.port, count)
    try:
        before = memory(server)
        crowd.do("connect")
        time.sleep(1)
        return (memory(server) - before) / count
    finally:
        crowd.close()


def storms(server: Server, count: int) -> dict[str, Storm]:
    """Everybody connects and subscribes, then again with the TLS sessions of before."""
    crowd = Crowd(server.port, count)
    found = {}
    try:
        for title in ("first time", "again, resumed"):
            cpu, start = server.cpu_seconds(), time.perf_counter()
            crowd.do("subscribe")
            found[title] = Storm(
                time.perf_counter() - start, (server.cpu_seconds() - cpu) / count * 1000
            )
            crowd.do("leave")
            time.sleep(1)
        return found
    finally:
        crowd.close()


@dataclass(frozen=True, slots=True)
class Stuck:
    """What clients that never read do to the server, and to the others.

    :ivar bytes: memory of the server for each of them.
    :ivar p99_ms: of the others, until the last of them has a change, without and with them.
    """

    bytes: float
    p99_ms: tuple[float, float]


def stuck(server: Server, count: int, readers: int, sets: int, seconds: float) -> Stuck:
    """Clients that subscribe and stop reading, beside some that read.

    :param sets: by which those who do not read have nothing left that they could be sent.
    :raises ClientError: one of those who read does not get all.
    """
    target = Oagw(server, plain=False)
    crowd = Crowd(server.port, count)
    try:
        with connected([target.publisher, *[target.subscriber] * readers]) as made:
            alone = _p99(made, seconds)
            crowd.do("subscribe")
            before = memory(server)
            _publish(made, sets, 50)
            beside = _p99(made, seconds)
            return Stuck((memory(server) - before) / count, (alone, beside))
    finally:
        crowd.close()


def _p99(connections: Sequence[Connection], seconds: float) -> float:
    latencies = []
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        _publish(connections, 1, 1)
        latencies.append((time.perf_counter() - now) * 1000)
    return statistics.quantiles(latencies, n=100, method="inclusive")[98]


def _publish(connections: Sequence[Connection], sets: int, burst: int) -> None:
    """Set values; goes on when all readers have got each of them."""
    publisher, *readers = connections
    frames = b"".join(islice(cycle(Oagw.publications), burst))
    with polled(readers) as poller:
        counts = {one.fileno(): one.count for one in readers}
        for _ in range(sets // burst):
            publisher.send(frames)
            missing = burst * len(readers)
            while missing:
                for number in ready(poller):
                    missing -= counts[number](MARK)


class _Clients:
    """The clients of one process, on one selector."""

    def __init__(self, port: int, count: int) -> None:
        self._address = ("127.0.0.1", port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._sessions: list[ssl.SSLSession | None] = [None] * count
        self._open: list[ssl.SSLSocket] = []
        self._selector = selectors.DefaultSelector()

    def connect(self) -> None:
        """All connect, some at a time, and say nothing."""
        for at in range(0, len(self._sessions), _AT_ONCE):
            self._run(range(at, min(at + _AT_ONCE, len(self._sessions))), False)

    def subscribe(self) -> None:
        """All connect at once and wait for the values of a DpConnect."""
        self._run(range(len(self._sessions)), True)

    def leave(self) -> None:
        """All are gone."""
        made, self._open = self._open, []
        for one in made:
            one.close()

    def _run(self, numbers: Iterable[int], subscribes: bool) -> None:
        waiting = 0
        for number in numbers:
            plain = socket.socket()
            plain.setblocking(False)
            # What the kernel would take for a client that does not read is not of interest.
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            plain.connect_ex(self._address)
            steps = self._steps(number, plain, subscribes)
            self._selector.register(plain, selectors.EVENT_WRITE, steps)
            waiting += 1
        while waiting:
            for key, _ in self._selector.select():
                self._selector.unregister(key.fileobj)
                try:
                    sock, event = next(key.data)
                except StopIteration:
                    waiting -= 1
                else:
                    self._selector.register(sock, event, key.data)

    def _steps(
        self, number: int, plain: socket.socket, subscribes: bool
    ) -> Iterator[tuple[ssl.SSLSocket, int]]:
        """One client: gives what to wait for, and on which socket."""
        tls = self._context.wrap_socket(
            plain, do_handshake_on_connect=False, session=self._sessions[number]
        )
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                yield tls, selectors.EVENT_READ
        names = ["pump_00001.value.speed"]
        connect = {"DpConnect": {"Id": f"{os.getpid()} {number}", "Dps": names}}
        command = text_frame(as_json(connect)) if subscribes else b""
        for sent, mark in ((_HELLO, b"\r\n\r\n"), (command, MARK)):
            if not sent:
                break
            tls.send(sent)
            data = b""
            while mark not in data:
                try:
                    more = tls.recv(65536)
                except ssl.SSLWantReadError:
                    yield tls, selectors.EVENT_READ
                    continue
                if not more:
                    raise ConnectionError("the server closed a connection")
                data += more
        self._sessions[number] = tls.session
        self._open.append(tls)


def _be_clients(port: int, count: int) -> None:
    """Do what stands on stdin."""
    clients = _Clients(port, count)
    works = {"connect": clients.connect, "subscribe": clients.subscribe}
    works["leave"] = clients.leave
    for line in sys.stdin:
        works[line.strip()]()
        print("done", flush=True)


def main() -> None:
    """Measure as the command line says, or be some of the clients."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live.crowd",
        description="What an idle client costs, and how long it takes when all come back.",
    )
    parser.add_argument("--idle", type=int, default=10_000, help="clients that do nothing")
    parser.add_argument("--storm", type=int, default=2_000, help="clients that come back")
    parser.add_argument("--stuck", type=int, default=300, help="clients that never read")
    parser.add_argument("--readers", type=int, default=700, help="clients that do read")
    parser.add_argument("--sets", type=int, default=4_000, help="sets that nobody reads")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each latency")
    parser.add_argument("--clients", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    _raise_limit()
    if options.clients is not None:
        _be_clients(options.port, options.clients)
        return
    with (
        tempfile.TemporaryDirectory(prefix="crowd-") as directory,
        start_oagw(Path(directory), *_SETTINGS) as server,
    ):
        for title, storm in storms(server, options.storm).items():
            print(
                f"{options.storm:,} clients at once, {title:20}{storm.seconds:8.2f} s"
                f"{storm.server_ms:8.3f} ms of the server for each",
                flush=True,
            )
        found = stuck(server, options.stuck, options.readers, options.sets, options.seconds)
        print(
            f"{options.stuck:,} clients that never read{found.bytes / 1000:15.1f} kB each; "
            f"others' p99 {found.p99_ms[0]:.2f} ms without, {found.p99_ms[1]:.2f} ms with",
            flush=True,
        )
        each = idle_bytes(server, options.idle)
        print(f"{options.idle:,} idle clients{each / 1000:22.1f} kB each")


def _raise_limit() -> None:
    """As many open files as are allowed: each client is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
