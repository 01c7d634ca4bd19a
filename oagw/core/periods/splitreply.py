"""The reply to a DpGetPeriod in many messages, each complete with a part of the values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from oagw.core.context import Context
from oagw.core.periods.periodrequest import read_request
from oagw.core.periods.periodtext import PeriodText
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    IReading,
    PeriodRequest,
)
from oagw.model.times import NS_PER_S
from oagw.wire.codec import progress_answer
from oagw.wire.messages.periods import DpGetPeriod
from oagw.wire.series import Series

#: ``Progress`` of the last message.
_END = 100


class SplitReply:
    """Reads archived values and sends them in messages of a limited size.

    The next message is made when the client has read the one before.

    :param size: the number of values in a message.
    """

    def __init__(self, context: Context, command: DpGetPeriod, size: int) -> None:
        self._context = context
        self._command = command
        self._text = PeriodText(command.ts or 0, context.offload)
        self._size = size
        self._parts: dict[str, list[Series]] = {}
        self._count = 0
        self._progress = 0

    async def send(self) -> None:
        """Send all messages; an error is a part of the last one."""
        context, command = self._context, self._command
        readings: Mapping[str, IReading] = {}
        try:
            request = await read_request(context, command)
            readings, errors = await context.manager.period(command.dps, request)
            await self._send_all(request, readings, errors)
        except OagwError as error:
            await self._send(_END, error)
        finally:
            for reading in readings.values():
                reading.close()

    async def _send_all(
        self,
        request: PeriodRequest,
        readings: Mapping[str, IReading],
        errors: Mapping[str, OagwError],
    ) -> None:
        """Send all values, then the errors of names that could not be read.

        :param errors: of names that have no reading.
        """
        failed: dict[str, OagwError] = {}
        now = int(server_time_of(self._context.clock)() * NS_PER_S)
        until = min(request.last, now)
        for number, (name, reading) in enumerate(readings.items()):
            try:
                await self._send_one(name, reading, until, number, len(readings))
            except OagwError as error:
                failed[name] = error
        if failed:
            manager, names = self._context.manager, self._command.dps
            errors = manager.errors_of_period(names, errors, failed)
        await self._send(_END, NamesRefusedError(errors) if errors else None)

    async def _send_one(
        self, name: str, reading: IReading, until: int, number: int, count: int
    ) -> None:
        """Send the values of one name, except those that fit into the next message.

        :param until: the time (ns) of the last value, about.
        :param number: the place of the name among ``count`` names.
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

    async def _send(self, progress: int, error: OagwError | None = None) -> None:
        """Send the values read since the last message."""
        parts, self._parts, self._count = self._parts, {}, 0
        count = sum(len(one) for series in parts.values() for one in series)
        work = partial(self._message, parts, progress, error)
        message = await self._text.encoded(count, work)
        await self._context.outlet.send_part(message, True)

    def _message(
        self,
        parts: Mapping[str, list[Series]],
        progress: int,
        error: OagwError | None,
    ) -> bytes:
        command, text = self._command, self._text
        values = [text.values(name, series) for name, series in parts.items()]
        fields = {"Values": b"{%b}" % b",".join(values)}
        aggregate = command.aggregate
        if aggregate is not None and aggregate.quality is not False:
            shares = {
                name: [one.quality for one in series if one.quality is not None]
                for name, series in parts.items()
            }
            quality = [text.quality(name, some) for name, some in shares.items() if some]
            fields["Quality"] = b"{%b}" % b",".join(quality)
        return progress_answer(type(command), command.id, progress, fields, error)
