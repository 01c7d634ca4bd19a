"""Long answers: sent in parts as they are made, so that memory does not grow with them."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from oagw.sessions import IOutlet
from oagw.wire.codec import Message

#: Bytes of a part.
_PART = 1 << 18


class LongText:
    """Gathers a text and sends it: in parts, or as a message if it is short.

    While the client reads a part the next is made.
    """

    def __init__(self, outlet: IOutlet) -> None:
        self._outlet = outlet
        self._gathered: list[bytes] = []
        self._size = 0
        self._ready: Deferred[None] = succeed(None)
        self.is_begun = False

    async def write(self, text: bytes) -> None:
        """Add to the text; waits while the client does not read."""
        self._gathered.append(text)
        self._size += len(text)
        if self._size >= _PART:
            await self._send(False)

    async def end(self) -> None:
        """There is no more."""
        if self.is_begun:
            await self._send(True)
        else:
            self._outlet.send(Message(b"".join(self._gathered)))

    async def _send(self, is_last: bool) -> None:
        await self._ready
        part = b"".join(self._gathered)
        self._gathered.clear()
        self._size = 0
        self.is_begun = True
        self._ready = self._outlet.send_part(part, is_last)
