"""Limits of message sizes: the server's for requests, our own for responses."""

from __future__ import annotations

from typing import Any

from asyncua import Client, ua
from asyncua.common.connection import TransportLimits

#: Bytes of a chunk besides the message: headers, padding and signature.
_OVERHEAD = 128
#: The largest chunk that the library announces.
_LARGEST_CHUNK = 65535


class LimitedClient(Client):  # type: ignore[misc]
    """A client that sends no larger messages than the server accepts.

    The library ignores the server's limit, and servers close the connection then. It also
    applies that limit to responses.
    """

    async def send_hello(self) -> None:
        """Negotiate sizes with the server."""
        await super().send_hello()
        connection = self.uaclient.protocol._connection  # noqa: SLF001
        limits, write = connection._limits, connection.message_to_binary  # noqa: SLF001
        most = _most(limits)
        # Servers differ in which side a size is for.
        limits.max_send_buffer = min(limits.max_send_buffer, limits.max_recv_buffer)
        limits.max_recv_buffer = _LARGEST_CHUNK
        limits.max_message_size = limits.max_chunk_count = 0

        def checked(message: bytes, *arguments: Any, **more: Any) -> bytes:
            if most and len(message) > most:
                raise ua.UaStatusCodeError(ua.StatusCodes.BadRequestTooLarge)
            found: bytes = write(message, *arguments, **more)
            return found

        connection.message_to_binary = checked


def _most(limits: TransportLimits) -> int:
    """Return the bytes of the largest request that a server accepts; 0 is any.

    :param limits: the server's limits.
    """
    chunk = min(limits.max_send_buffer, limits.max_recv_buffer) - _OVERHEAD
    sizes = (limits.max_message_size - _OVERHEAD, limits.max_chunk_count * chunk)
    return min((one for one in sizes if one > 0), default=0)
