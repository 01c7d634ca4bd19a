"""Watches: all values that a gateway in front of this one wants, told in bulk.

A session has one. What one atomic set changes stays together, and all the changes of a
turn of the reactor are one message: a change costs a hundredth of a message of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from oagw.core.routing import Router
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.sessions import (
    IOutlet,
    Late,
)
from oagw.model.values import WireValue
from oagw.wire.codec import Message, answer_head, encode, error_answer
from oagw.wire.messages.watching import DpWatch

_log = Logger()


class Watches:
    """The watches of all sessions."""

    def __init__(self) -> None:
        self._all: dict[Watch, None] = {}

    def add(self, watch: Watch) -> None:
        """Let it be told from now on."""
        self._all[watch] = None

    def remove(self, watch: Watch) -> None:
        """Tell it no more."""
        self._all.pop(watch, None)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Tell all of what one atomic set changed."""
        for watch in self._all:
            try:
                watch.on_change(changes)
            except Exception:
                _log.failure("a change could not be sent to a gateway in front")

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Tell all of names that are no more."""
        for watch in self._all:
            try:
                watch.on_end(errors)
            except Exception:
                _log.failure("an end could not be sent to a gateway in front")


class Watch:
    """The attributes that one session is told of."""

    def __init__(self, router: Router, outlet: IOutlet, clock: IReactorTime) -> None:
        self._router = router
        self._outlet = outlet
        self._clock = clock
        self._values: dict[str, WireValue] = {}
        self._gathered: list[Mapping[str, WireValue]] = []
        self._is_closed = False
        # What a command adds must not be taken away by the next before it is there.
        self._turn = DeferredLock()

    async def add(
        self, names: Sequence[str]
    ) -> tuple[dict[str, WireValue], dict[str, OagwError]]:
        """Watch more complete names: present values, and errors of those that cannot be."""
        await self._turn.acquire()
        try:
            errors = await self._add(names)
        finally:
            self._turn.release()
        known = self._values
        return {name: known[name] for name in names if name in known}, errors

    async def _add(self, names: Sequence[str]) -> dict[str, OagwError]:
        new = [name for name in dict.fromkeys(names) if name not in self._values]
        # From now on, because a name may change while another system answers.
        self._values.update(dict.fromkeys(new))
        errors: dict[str, OagwError] = {}
        for system, part in self._router.by_system(new).items():
            left = part
            while left:
                try:
                    present = await system.watch(left)
                except NamesRefusedError as refused:
                    errors |= refused.errors
                    left = [name for name in left if name not in refused.errors]
                    continue
                except OagwError as error:
                    errors |= dict.fromkeys(left, error)
                    break
                if self._is_closed:
                    system.unwatch(left)
                else:
                    self._values.update(zip(left, present, strict=True))
                break
        for name in errors:
            self._values.pop(name, None)
        return errors

    async def remove(self, names: Sequence[str]) -> None:
        """Watch names no more; those that are not watched do no harm."""
        await self._turn.acquire()
        try:
            there = [name for name in dict.fromkeys(names) if name in self._values]
            self._unwatch(there)
        finally:
            self._turn.release()

    def _unwatch(self, names: Sequence[str]) -> None:
        for system, part in self._router.by_system(names).items():
            system.unwatch(part)
        for name in names:
            del self._values[name]

    def close(self) -> None:
        """The session is over."""
        self._is_closed = True
        self._gathered.clear()
        self._unwatch(list(self._values))

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Tell of what is watched of an atomic set, at the end of this turn."""
        known = self._values
        mine = {name: value for name, value in changes.items() if name in known}
        if mine:
            known.update(mine)
            if not self._gathered:
                self._clock.callLater(0, self.flush)
            self._gathered.append(mine)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Tell of names that are no more."""
        mine = {name: one for name, one in errors.items() if name in self._values}
        if mine:
            for name in mine:
                del self._values[name]
            self.flush()
            self._outlet.send(error_answer(DpWatch, None, NamesRefusedError(mine)))

    def flush(self) -> None:
        """Tell of what has gathered."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            head = answer_head(DpWatch, None)
            self._outlet.send(Message(b'%b,"Changes":%b}}' % (head, encode(gathered))))


@implementer(IOutlet)
class InOrder:
    """An outlet that lets no answer overtake the changes that came before it."""

    def __init__(self, outlet: IOutlet, watch: Watch) -> None:
        self._outlet = outlet
        self._watch = watch

    def send(self, message: Message) -> None:
        """Send a text; see :class:`IOutlet`."""
        self._watch.flush()
        self._outlet.send(message)

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a text; see :class:`IOutlet`."""
        self._watch.flush()
        return self._outlet.send_part(part, is_last)

    @property
    def is_behind(self) -> bool:
        """Whether too much waits for the client; see :class:`IOutlet`."""
        return bool(self._outlet.is_behind)

    @property
    def conflated(self) -> int:
        """How many updates were not sent; see :class:`IOutlet`."""
        return int(self._outlet.conflated)

    def later(self, late: Late) -> None:
        """Ask for its newest message then; see :class:`IOutlet`."""
        self._outlet.later(late)

    def forget(self, late: Late) -> None:
        """There is nobody to tell any more; see :class:`IOutlet`."""
        self._outlet.forget(late)

    def give_up(self, reason: str) -> None:
        """End the connection; see :class:`IOutlet`."""
        self._outlet.give_up(reason)

    def hold(self, wait: bool) -> None:
        """Read no more, or go on; see :class:`IOutlet`."""
        self._outlet.hold(wait)
