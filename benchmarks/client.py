"""A websocket client that costs little, so that the server is what gets measured."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import struct

_TEXT = 0x81
_BINARY = 0x82
_MASK = b"\x5a\xa5\x3c\xc3"
_TIMEOUT = struct.pack("ll", 20, 0)


class ClientError(Exception):
    """A server did not do what was expected of it."""


def text_frame(text: bytes) -> bytes:
    """A client's frame, masked, to be sent as often as wanted."""
    return _frame(_TEXT, text)


def binary_frame(data: bytes) -> bytes:
    """A client's binary frame, masked."""
    return _frame(_BINARY, data)


def _frame(start: int, data: bytes) -> bytes:
    length = len(data)
    if length < 126:
        head = bytes([start, 0x80 | length])
    elif length < 1 << 16:
        head = bytes([start, 0x80 | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([start, 0x80 | 127]) + length.to_bytes(8, "big")
    masked = bytes(byte ^ _MASK[index % 4] for index, byte in enumerate(data))
    return head + _MASK + masked


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_CONTEXT = _context()


class Connection:
    """One websocket; blocking, with a time limit on each read.

    :param protocol: the subprotocol to ask for, if any.
    :param plain: without TLS.
    :raises ClientError: the server does not take it.
    """

    def __init__(
        self, port: int, path: str, protocol: str = "", *, plain: bool = False
    ) -> None:
        tcp = socket.create_connection(("127.0.0.1", port))
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A limit of the system's own costs nothing; settimeout() would add calls.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEOUT)
        self._socket = tcp if plain else _CONTEXT.wrap_socket(tcp)
        self._rest = b""
        self.send = self._socket.sendall
        self.fileno = self._socket.fileno
        self._upgrade(port, path, protocol)

    def _upgrade(self, port: int, path: str, protocol: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        wanted = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self.send(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{wanted}\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = self._socket.recv(65536)
            if not data:
                raise ClientError(f"{path}: closed during the handshake")
            answer += data
        head, _, self._rest = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ClientError(f"{path}: {head.decode(errors='replace')}")

    def receive(self) -> list[bytes]:
        """Read once; returns the texts that are complete now, perhaps none.

        :raises ClientError: the server closes the websocket, or is silent.
        """
        data = self._rest + self._read()
        texts = []
        at, end = 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + length > end:
                break
            text = data[start : start + length]
            if data[at] != _TEXT:
                raise ClientError(f"a frame that is no text: {text!r}")
            texts.append(text)
            at = start + length
        self._rest = data[at:]
        return texts

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except (ssl.SSLWantReadError, BlockingIOError) as error:
            raise ClientError("no answer within the time limit") from error
        if not data:
            raise ClientError("the server closed the connection")
        return data

    def count(self, mark: bytes) -> int:
        """Read once; returns how often the mark was in it, without reading frames.

        A call of this costs the load generator as little as Python can.
        """
        data = self._rest + self._read()
        self._rest = data[1 - len(mark) :]
        return data.count(mark)

    def wait_for(self, mark: bytes) -> None:
        """Read until the mark comes; what comes with it is dropped."""
        while not self.count(mark):
            pass
        self._rest = b""

    def receive_one(self) -> bytes:
        """Read until a text is complete; for a server that sends one at a time."""
        texts = self.receive()
        while not texts:
            texts = self.receive()
        return texts[0]

    def close(self) -> None:
        """Drop the connection."""
        self._socket.close()
