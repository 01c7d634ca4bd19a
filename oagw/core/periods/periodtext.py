"""The text of archived values: whole names at once, or a piece at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial

from oagw.core.context import Offload
from oagw.interfaces.systems import IReading
from oagw.wire.codec import encode
from oagw.wire.series import (
    NEXT_COLUMN,
    Series,
    Shares,
    encode_shares,
    joined,
    layout_of,
)

#: This many values are encoded in less than a millisecond; more are encoded in a thread.
_SMALL = 2000


class PeriodText:
    """Makes the text of ``Values`` and ``Quality`` of one DpGetPeriod.

    :param shape: the command's ``Ts``.
    """

    def __init__(self, shape: int, offload: Offload) -> None:
        self._layout = layout_of(shape)
        self._offload = offload

    def values(self, name: str, parts: Sequence[Series]) -> bytes:
        """A name and all its values, which have been read."""
        return b"%b:%b" % (encode(name), self._layout.text(joined(parts)))

    async def values_in_pieces(
        self, name: str, reading: IReading, shares: list[Shares]
    ) -> AsyncIterator[bytes]:
        """A name and all its values as they are read; nothing if there are none.

        :param shares: gets the shares of good values.
        """
        series = await reading.next()
        if series is None:
            return
        separator = b"%b:%b" % (encode(name), self._layout.opening)
        for number, write in enumerate(self._layout.columns):
            if number:
                reading.rewind()
                series = await reading.next()
                separator = NEXT_COLUMN
            while series is not None:
                if series.quality is not None and not number:
                    shares.append(series.quality)
                yield separator + await self.encoded(len(series), partial(write, series))
                separator = b","
                series = await reading.next()
        yield self._layout.closing

    @staticmethod
    def quality(name: str, parts: Sequence[Shares]) -> bytes:
        """A name and its shares of good values."""
        return b"%b:[%b]" % (encode(name), b",".join(map(encode_shares, parts)))

    async def quality_in_pieces(
        self, shares: Mapping[str, Sequence[Shares]]
    ) -> AsyncIterator[bytes]:
        """All names and their shares of good values, with commas between them."""
        separator = b""
        for name, parts in shares.items():
            yield b"%b%b:[" % (separator, encode(name))
            comma = b""
            for part in parts:
                text = await self.encoded(len(part), partial(encode_shares, part))
                yield comma + text
                comma = b","
            yield b"]"
            separator = b","

    async def encoded(self, count: int, work: Callable[[], bytes]) -> bytes:
        """The text that some work makes of this many values."""
        return work() if count <= _SMALL else await self._offload(work)
