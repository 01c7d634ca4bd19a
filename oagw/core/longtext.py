"""Long answers: sent in parts as they are made, so that memory does not grow with them."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from oagw.interfaces.sessions import IOutlet
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

    def mark(self) -> int:
        """Where the text is now, for :meth:`cut`."""
        return len(self._gathered)

    def cut(self, mark: int) -> None:
        """Forget what was written after a mark; nothing may have been sent yet."""
        assert not self.is_begun
        del self._gathered[mark:]
        self._size = sum(map(len, self._gathered))

    def begin_with(self, text: bytes) -> None:
        """Have another first piece; nothing may have been sent yet."""
        assert not self.is_begun
        self._size += len(text) - len(self._gathered[0])
        self._gathered[0] = text

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
