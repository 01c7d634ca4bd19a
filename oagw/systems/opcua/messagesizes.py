"""How large messages may be: of requests the server decides, of answers this end does."""

from __future__ import annotations

from typing import Any

from asyncua import Client, ua
from asyncua.common.connection import TransportLimits

#: Bytes of a chunk besides the message: headers, padding, a signature.
_OVERHEAD = 128
#: The largest chunk that the library announces to take.
_LARGEST_CHUNK = 65535


class LimitedClient(Client):  # type: ignore[misc]
    """A client that sends no larger messages than the server takes.

    The library is told by the server what that is, but sends larger ones all the same, upon
    which servers end the connection; and it refuses answers that are larger.
    """

    async def send_hello(self) -> None:
        """Agree upon sizes with the server."""
        await super().send_hello()
        connection = self.uaclient.protocol._connection  # noqa: SLF001
        limits, write = connection._limits, connection.message_to_binary  # noqa: SLF001
        most = _most(limits)
        # Not all mean the same end by the same size.
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
    """Bytes of the largest request that a server takes; 0 is any.

    :param limits: what the server has said.
    """
    chunk = min(limits.max_send_buffer, limits.max_recv_buffer) - _OVERHEAD
    sizes = (limits.max_message_size - _OVERHEAD, limits.max_chunk_count * chunk)
    return min((one for one in sizes if one > 0), default=0)
