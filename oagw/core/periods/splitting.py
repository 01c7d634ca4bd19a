"""Answers to period queries in many frames: each is complete, with a part of the values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from oagw.core.context import Context
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
)
from oagw.model.times import NS_PER_S
from oagw.wire.codec import encode, progress_answer
from oagw.wire.messages.values import DpGetPeriod
from oagw.wire.series import Series, encode_shares, encode_whole, joined

#: So few values are encoded in less than a millisecond.
_SMALL = 2000
_END = 100


class Frames:
    """Sends the parts of an answer; the next one is made when the client has read.

    :param size: the number of values in a frame.
    """

    def __init__(self, context: Context, command: DpGetPeriod, size: int) -> None:
        self._context = context
        self._command = command
        self._size = size
        self._parts: dict[str, list[Series]] = {}
        self._count = 0
        self._progress = 0

    async def send_all(
        self,
        request: PeriodRequest,
        readings: Mapping[str, IReading],
        errors: Mapping[str, OagwError],
    ) -> None:
        """Read and send all values; a name that cannot be read is an error of the end.

        :param errors: of names that have no reading.
        """
        failed: dict[str, OagwError] = {}
        now = int(server_time_of(self._context.clock)() * NS_PER_S)
        for number, (name, reading) in enumerate(readings.items()):
            try:
                until = min(request.last, now)
                await self._send_one(name, reading, until, number, len(readings))
            except OagwError as error:
                failed[name] = error
        if failed:
            manager, names = self._context.manager, self._command.dps
            errors = manager.errors_of_period(names, errors, failed)
        await self.end(NamesRefusedError(errors) if errors else None)

    async def _send_one(
        self, name: str, reading: IReading, until: int, number: int, count: int
    ) -> None:
        """Send all of a reading but what fits in the next frame.

        :param until: the time (ns) at which it is done, about.
        """
        begin: int | None = None
        while (series := await reading.next()) is not None:
            if begin is None:
                begin = int(series.times[0])
            while len(series):
                if self._count == self._size:
                    await self._send(self._progress)
                part = series.part(0, self._size - self._count)
                self._parts.setdefault(name, []).append(part)
                self._count += len(part)
                series = series.part(len(part))
                done = (int(part.times[-1]) - begin) / max(until - begin, 1)
                progress = int(_END * (number + min(done, 1.0)) / count)
                self._progress = max(self._progress, min(progress, _END - 1))

    async def end(self, error: OagwError | None = None) -> None:
        """Send what is left: the last frame."""
        await self._send(_END, error)

    async def _send(self, progress: int, error: OagwError | None = None) -> None:
        parts, self._parts, self._count = self._parts, {}, 0
        work = partial(self._text, parts, progress, error)
        if sum(len(one) for series in parts.values() for one in series) <= _SMALL:
            text = work()
        else:
            text = await self._context.offload(work)
        await self._context.outlet.send_part(text, True)

    def _text(
        self,
        parts: Mapping[str, list[Series]],
        progress: int,
        error: OagwError | None,
    ) -> bytes:
        command = self._command
        values: list[bytes] = []
        shares: list[bytes] = []
        for name, some in parts.items():
            series = joined(some)
            key = encode(name)
            values.append(b"%b:%b" % (key, encode_whole(series, command.ts or 0)))
            if series.quality is not None:
                shares.append(b"%b:[%b]" % (key, encode_shares(series.quality)))
        fields = {"Values": b"{%b}" % b",".join(values)}
        aggregate = command.aggregate
        if aggregate is not None and aggregate.quality is not False:
            fields["Quality"] = b"{%b}" % b",".join(shares)
        return progress_answer(type(command), command.id, progress, fields, error)
