"""How the two servers are asked for the same work."""

from __future__ import annotations

import json
from typing import Protocol

from benchmarks import bare
from benchmarks.client import ClientError, Connection, text_frame
from benchmarks.servers import Server

_ELEMENT = "ExampleDP_Trend1."
_ONLINE = f"System1:{_ELEMENT}:_online.._value"
_VALUES = [10.5 + number for number in range(10)]


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


_GET = _json({"DpGet": {"Id": 1, "Dps": [_ELEMENT]}})
_CONNECT = _json({"DpConnect": {"Id": 1, "Dps": [_ELEMENT], "Answer": True}})
_DURABLE_SET = _json(
    {"DpSet": {"Id": 1, "Values": [{"Dp": _ELEMENT, "Value": 1.5}], "Wait": True}}
)
_SETS = [
    _json({"DpSet": {"Values": [{"Dp": _ELEMENT, "Value": value}]}}) for value in _VALUES
]
#: What subscribers get, from both servers.
UPDATES = [
    _json({"DpConnectResult": {"Id": 1, "Error": 0, "Values": {_ONLINE: value}}})
    for value in _VALUES
]

#: The size of a request in bytes, without the frame's head.
REQUEST_SIZE = len(_GET)


class Target(Protocol):
    """A server, and what to send to it.

    :ivar request: a frame that is answered with one frame.
    :ivar publications: frames, each of which makes one update for every subscriber.
    """

    server: Server
    request: bytes
    publications: list[bytes]

    def requester(self) -> Connection:
        """A connection for requests."""
        ...

    def publisher(self) -> Connection:
        """A connection for publications."""
        ...

    def subscriber(self) -> Connection:
        """A connection that gets updates from now on."""
        ...


class Oagw:
    """The gateway: DpGet, DpSet and DpConnect.

    :ivar durable_set: a frame that is answered when the disk has the value.
    """

    _PATH = "/winccoa?username=demo&password=demo"
    request = text_frame(_GET)
    publications = [text_frame(one) for one in _SETS]
    durable_set = text_frame(_DURABLE_SET)

    def __init__(self, server: Server) -> None:
        self.server = server

    def requester(self) -> Connection:
        """A client that has logged in."""
        connection = Connection(self.server.port, self._PATH)
        _checked(connection, self.request)
        return connection

    publisher = requester

    def subscriber(self) -> Connection:
        """A client that has connected the element."""
        connection = Connection(self.server.port, self._PATH)
        _checked(connection, text_frame(_CONNECT))
        return connection

    def answer_size(self) -> int:
        """The size of the answer to a request in bytes, without the frame's head."""
        connection = Connection(self.server.port, self._PATH)
        size = len(_checked(connection, self.request))
        connection.close()
        return size


class Bare:
    """The bare server: echo for requests, the ready text for updates."""

    request = text_frame(_GET)
    publications = [text_frame(one) for one in UPDATES]

    def __init__(self, server: Server) -> None:
        self.server = server

    def requester(self) -> Connection:
        """A client of the echo."""
        return Connection(self.server.port, bare.ECHO)

    def publisher(self) -> Connection:
        """A client whose messages go to all subscribers."""
        return Connection(self.server.port, bare.PUBLISH)

    def subscriber(self) -> Connection:
        """A client that gets them."""
        return Connection(self.server.port, bare.SUBSCRIBE)


def _checked(connection: Connection, frame: bytes) -> bytes:
    connection.send(frame)
    answer = connection.receive_one()
    if b'"Error":0,' not in answer:
        raise ClientError(f"refused: {answer!r}")
    return answer
