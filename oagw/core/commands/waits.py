"""DpWaitForValue and DpSetAndWaitForValue."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.core.context import Context
from oagw.core.live.clientconnects import Connect
from oagw.core.live.hotlinks import Hotlink
from oagw.core.manager import ReadResult
from oagw.errors import (
    NamesRefusedError,
    OagwError,
    ParameterError,
    UnexpectedStateError,
)
from oagw.model.values import WireValue
from oagw.wire.codec import Message, error_answer, fields_answer
from oagw.wire.messages.waits import (
    DpSetAndWaitForValue,
    DpWaitForValue,
)

#: Waits of one session at the same time.
_AT_ONCE = 1000
_log = Logger()


async def dp_wait_for_value(context: Context, command: DpWaitForValue) -> None:
    """Reply when the values are as wanted, at once if they already are."""
    wait = Wait(context, command)
    await wait.begin()
    wait.look()


async def dp_set_and_wait_for_value(
    context: Context, command: DpSetAndWaitForValue
) -> None:
    """Set values, and reply when other values have changed to what is wanted."""
    wait = Wait(context, command)
    await wait.begin()
    values = list(zip(command.dp_names_set, command.set_values, strict=True))
    try:
        await context.manager.set(values, context.user, None, False)
    except BaseException:
        wait.end()
        raise


def _is(value: object, wanted: object) -> bool:
    """Whether a value is the wanted one; for a float, the nearest double counts."""
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(_is, value, wanted))
    if isinstance(value, float) and isinstance(wanted, int):
        try:
            return value == float(wanted)
        except OverflowError:
            return False
    return value == wanted


class Wait:
    """One wait: it ends when all conditions hold, at its timeout, or with its names."""

    def __init__(self, context: Context, command: DpWaitForValue) -> None:
        self._context = context
        self._command = command
        self._link: Hotlink | None = None
        self._timer: IDelayedCall | None = None
        self._entry: Connect | None = None
        self._changed: set[str] = set()
        self._wanted: dict[str, object] = {}

    async def begin(self) -> None:
        """Begin to observe the values.

        :raises NamesRefusedError: a name cannot be observed, or not be read for the reply.
        """
        context, command = self._context, self._command
        if len(context.waits) >= _AT_ONCE:
            raise ParameterError(f"{_AT_ONCE} waits of this session are under way already")
        # Errors of these names are better reported now than at the end.
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

    async def _read(self) -> ReadResult:
        reading = await self._context.manager.get(self._command.dp_names_return or ())
        if reading.errors:
            raise NamesRefusedError(reading.errors)
        return reading

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Note changes, and reply if the conditions hold."""
        self._changed |= changes.keys()
        self.look()

    def on_end(self, reason: OagwError) -> None:
        """Reply with an error, because a name was deleted."""
        self.end()
        self._send_error(reason)

    def look(self) -> None:
        """Reply if all conditions hold."""
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
            error = UnexpectedStateError("a wait failed inside oagw; see its log")
        self._send_error(error)

    def _send_error(self, error: OagwError) -> None:
        command = self._command
        self._context.outlet.send(error_answer(type(command), command.id, error))

    def end(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._link is not None:
            self._context.manager.hotlinks.stop_observing(self._link, self)
            self._link = None
        if self._entry is not None:
            self._entry.forget()
            self._entry = None
