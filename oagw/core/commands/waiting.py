"""DpWaitForValue and DpSetAndWaitForValue."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.core.connects import Connect
from oagw.core.context import Context
from oagw.core.live.hotlinks import Hotlink
from oagw.core.manager import Reading
from oagw.errors import (
    NamesRefusedError,
    OagwError,
    ParameterError,
    UnexpectedStateError,
)
from oagw.model.values import WireValue
from oagw.wire.codec import Message, error_answer, fields_answer
from oagw.wire.messages.waiting import DpSetAndWaitForValue, DpWaitForValue

#: Waits of one session at the same time.
_AT_ONCE = 1000
_log = Logger()


async def dp_wait_for_value(context: Context, command: DpWaitForValue) -> None:
    """Answer when the values are as wanted; they may be so already."""
    wait = Wait(context, command)
    await wait.begin()
    wait.look()


async def dp_set_and_wait_for_value(
    context: Context, command: DpSetAndWaitForValue
) -> None:
    """Set, and answer when other values have changed to what is wanted."""
    wait = Wait(context, command)
    await wait.begin()
    values = list(zip(command.dp_names_set, command.set_values, strict=True))
    try:
        await context.manager.set(values, context.user, None, False)
    except BaseException:
        wait.end()
        raise


def _is(value: object, wanted: object) -> bool:
    """Whether a value is what is waited for, which is the nearest double for a float."""
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_is, value, wanted))
    if isinstance(value, float) and isinstance(wanted, int):
        try:
            return value == float(wanted)
        except OverflowError:
            return False
    return value == wanted


class Wait:
    """One wait: over when all conditions hold, or when its time is, or its names are."""

    def __init__(self, context: Context, command: DpWaitForValue) -> None:
        self._context = context
        self._command = command
        self._link: Hotlink | None = None
        self._timer: IDelayedCall | None = None
        self._entry: Connect | None = None
        self._changed: set[str] = set()
        self._wanted: dict[str, object] = {}

    async def begin(self) -> None:
        """Watch the values.

        :raises NamesRefusedError: one of them cannot be, or cannot be answered with.
        """
        context, command = self._context, self._command
        if len(context.waits) >= _AT_ONCE:
            raise ParameterError(f"{_AT_ONCE} waits of this session are under way already")
        # What is wrong with these is better said now than at the end.
        await self._read()
        link = await context.manager.observe(command.dp_names_wait, self)
        self._link = link
        self._entry = context.waits.add(None, self.end)
        if context.closed:
            self.end()
            return
        if len(link.names) != len(command.dp_names_wait):
            self.end()
            raise ParameterError("DpNamesWait names the same attribute twice")
        pairs = zip(link.names, command.conditions or (), strict=False)
        self._wanted = {name: wanted for name, wanted in pairs if wanted is not None}
        if command.timeout:
            self._timer = context.clock.callLater(command.timeout / 1000, self._expire)

    async def _read(self) -> Reading:
        reading = await self._context.manager.get(self._command.dp_names_return or ())
        if reading.errors:
            raise NamesRefusedError(reading.errors)
        return reading

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Look whether that is what is waited for."""
        self._changed |= changes.keys()
        self.look()

    def on_end(self, reason: OagwError) -> None:
        """What is waited for cannot come any more: answer so."""
        self.end()
        self._send_error(reason)

    def look(self) -> None:
        """Answer if everything is as wanted."""
        if self._link is None:
            return
        values = self._link.values
        if all(
            _is(values[name], self._wanted[name])
            if name in self._wanted
            else name in self._changed
            for name in self._link.names
        ):
            self._finish(False)

    def _expire(self) -> None:
        self._timer = None
        self._finish(True)

    def _finish(self, expired: bool) -> None:
        self.end()
        answer = Deferred.fromCoroutine(self._answer(expired))
        answer.addCallbacks(self._context.outlet.send, self._failed)

    async def _answer(self, expired: bool) -> Message:
        reading = await self._read()
        fields = {"Values": reading.values, "TimerExpired": expired}
        return fields_answer(type(self._command), self._command.id, fields)

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, OagwError):
            _log.failure("a wait failed", failure)
            error = UnexpectedStateError("a wait failed inside oagw; its log has more")
        self._send_error(error)

    def _send_error(self, error: OagwError) -> None:
        command = self._command
        self._context.outlet.send(error_answer(type(command), command.id, error))

    def end(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._link is not None:
            self._context.manager.hotlinks.stop_observing(self._link, self)
            self._link = None
        if self._entry is not None:
            self._entry.forget()
            self._entry = None
