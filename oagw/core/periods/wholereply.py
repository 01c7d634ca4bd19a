"""The reply to a DpGetPeriod in one message."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.core.context import Context
from oagw.core.longtext import LongText
from oagw.core.periods.periodrequest import read_request
from oagw.core.periods.periodtext import PeriodText
from oagw.errors import OagwError
from oagw.interfaces.systems import IReading
from oagw.wire.codec import values_head
from oagw.wire.messages.periods import DpGetPeriod
from oagw.wire.series import Shares


class WholeReply:
    """Reads archived values and sends them in one message, however long it is.

    A name that cannot be read to its end becomes an error of the reply. Once a part of the
    reply has been sent it is too late for that, and the connection is closed.
    """

    def __init__(self, context: Context, command: DpGetPeriod) -> None:
        self._context = context
        self._command = command
        self._text = PeriodText(command.ts or 0, context.offload)
        self._message = LongText(context.outlet)
        #: The shares of good values by name.
        self._shares: dict[str, list[Shares]] = {}

    async def send(self) -> None:
        """Send the reply.

        :raises OagwError: the whole command is refused.
        """
        context, command = self._context, self._command
        request = await read_request(context, command)
        readings, errors = await context.manager.period(command.dps, request)
        try:
            await self._message.write(values_head(DpGetPeriod, command.id, errors))
            failed = await self._write_values(readings)
            if failed and self._message.is_begun:
                context.outlet.give_up("the archive could not be read to the end")
                return
            if failed:
                found = context.manager.errors_of_period(command.dps, errors, failed)
                self._message.begin_with(values_head(DpGetPeriod, command.id, found))
            if request.aggregate is not None and request.aggregate.quality:
                await self._write_quality()
            await self._message.write(b"}}")
            await self._message.end()
        finally:
            for reading in readings.values():
                reading.close()

    async def _write_values(self, readings: Mapping[str, IReading]) -> dict[str, OagwError]:
        """Write ``Values``; returns the errors of names that could not be read."""
        message = self._message
        failed: dict[str, OagwError] = {}
        separator = b""
        await message.write(b"{")
        for name, reading in readings.items():
            mark = message.mark()
            shares: list[Shares] = []
            is_there = False
            try:
                async for piece in self._text.values_in_pieces(name, reading, shares):
                    await message.write(piece if is_there else separator + piece)
                    is_there = True
            except OagwError as error:
                failed[name] = error
                if message.is_begun:
                    return failed
                message.cut(mark)
                continue
            if is_there:
                separator = b","
                self._shares[name] = shares
        await message.write(b"}")
        return failed

    async def _write_quality(self) -> None:
        await self._message.write(b',"Quality":{')
        async for piece in self._text.quality_in_pieces(self._shares):
            await self._message.write(piece)
        await self._message.write(b"}")
