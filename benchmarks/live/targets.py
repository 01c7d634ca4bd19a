"""How each server is asked for the same work: the same text to each subscriber."""

from __future__ import annotations

import json
from typing import Protocol

from benchmarks import bare
from benchmarks.client import Connection, binary_frame, text_frame
from benchmarks.servers import Server

_ELEMENT = "pump_00001.value.speed"
_ONLINE = f"System1:{_ELEMENT}:_online.._value"
_VALUES = [1000.1234567 + number for number in range(16)]
PATH = "/winccoa?username=demo&password=demo"
#: In each update once, and in nothing else that a server sends.
MARK = b'"Values"'


def as_json(content: object) -> bytes:
    """JSON without spaces."""
    return json.dumps(content, separators=(",", ":")).encode()


_REQUEST = as_json({"DpGet": {"Id": 1, "Dps": [_ELEMENT]}})
#: What subscribers get, from all servers.
UPDATES = [
    as_json({"DpConnectResult": {"Id": 1, "Error": 0, "Values": {_ONLINE: value}}})
    for value in _VALUES
]


class Target(Protocol):
    """A server, and what to send to it.

    :ivar publications: frames, each of which makes one update for every subscriber.
    """

    server: Server
    publications: list[bytes]

    def publisher(self) -> Connection:
        """A connection for publications."""
        ...

    def subscriber(self) -> Connection:
        """A connection that gets updates from now on."""
        ...


class Oagw:
    """The gateway: DpGet, DpSet and DpConnect."""

    request = text_frame(_REQUEST)
    request_mark = b"DpGetResult"
    publications = [
        text_frame(as_json({"DpSet": {"Values": [{"Dp": _ELEMENT, "Value": value}]}}))
        for value in _VALUES
    ]
    _connect = text_frame(as_json({"DpConnect": {"Id": 1, "Dps": [_ELEMENT]}}))

    def __init__(self, server: Server, plain: bool) -> None:
        self.server = server
        self._plain = plain

    def requester(self) -> Connection:
        """A client that has logged in."""
        connection = Connection(self.server.port, PATH, plain=self._plain)
        connection.send(self.request)
        connection.wait_for(self.request_mark)
        return connection

    publisher = requester

    def subscriber(self) -> Connection:
        """A client that has connected the element."""
        connection = Connection(self.server.port, PATH, plain=self._plain)
        connection.send(self._connect)
        connection.wait_for(MARK)
        return connection


class Prototype(Oagw):
    """The gateway's edge with nothing behind it; see ``benchmarks.live.prototype``."""


class Paths:
    """A server that does what the URL path says: the bare one, and picows."""

    request = text_frame(_REQUEST)
    request_mark = b'"DpGet"'
    publications = [text_frame(one) for one in UPDATES]

    def __init__(self, server: Server, plain: bool) -> None:
        self.server = server
        self._plain = plain

    def requester(self) -> Connection:
        """A client of the echo."""
        return Connection(self.server.port, bare.ECHO, plain=self._plain)

    def publisher(self) -> Connection:
        """A client whose messages go to all subscribers."""
        return Connection(self.server.port, bare.PUBLISH, plain=self._plain)

    def subscriber(self) -> Connection:
        """A client that gets them."""
        return Connection(self.server.port, bare.SUBSCRIBE, plain=self._plain)


class Mosquitto:
    """MQTT 3.1.1 in binary frames, quality of service 0."""

    publications = [
        binary_frame(b"\x30%c\x00\x01t%b" % (len(one) + 3, one)) for one in UPDATES
    ]
    _connect = binary_frame(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00")
    _subscribe = binary_frame(b"\x82\x06\x00\x01\x00\x01t\x00")

    def __init__(self, server: Server, plain: bool) -> None:
        self.server = server
        self._plain = plain

    def publisher(self) -> Connection:
        """A client that has connected."""
        connection = Connection(self.server.port, "/mqtt", "mqtt", plain=self._plain)
        connection.send(self._connect)
        connection.wait_for(b"\x20\x02\x00\x00")
        return connection

    def subscriber(self) -> Connection:
        """A client that has subscribed to the topic."""
        connection = self.publisher()
        connection.send(self._subscribe)
        connection.wait_for(b"\x90\x03\x00\x01\x00")
        return connection


class Nats:
    """The text protocol of NATS in binary frames."""

    publications = [
        binary_frame(b"PUB t %d\r\n%b\r\n" % (len(one), one)) for one in UPDATES
    ]
    _connect = binary_frame(b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n')
    _subscribe = binary_frame(b"SUB t 1\r\nPING\r\n")

    def __init__(self, server: Server, plain: bool) -> None:
        self.server = server
        self._plain = plain

    def publisher(self) -> Connection:
        """A client that has connected."""
        connection = Connection(self.server.port, "/", plain=self._plain)
        connection.send(self._connect)
        connection.wait_for(b"PONG\r\n")
        return connection

    def subscriber(self) -> Connection:
        """A client that has subscribed to the subject."""
        connection = self.publisher()
        connection.send(self._subscribe)
        connection.wait_for(b"PONG\r\n")
        return connection
