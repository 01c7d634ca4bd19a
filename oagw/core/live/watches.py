"""Watches: the values that a gateway in front of this one subscribes to, sent in bulk.

A session has one watch. The changes of one atomic set stay together, and all changes of a
turn of the reactor are one message: that costs a hundredth of a message for each change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from oagw.core.router import Router
from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.sessions import (
    IOutlet,
    Late,
)
from oagw.model.values import WireValue
from oagw.wire.codec import Message, answer_head, encode, error_answer
from oagw.wire.messages.dpwatch import DpWatch

_log = Logger()


class Watches:
    """The watches of all sessions."""

    def __init__(self) -> None:
        self._all: dict[Watch, None] = {}

    def add(self, watch: Watch) -> None:
        """Report changes to a watch from now on."""
        self._all[watch] = None

    def remove(self, watch: Watch) -> None:
        """Report nothing more to a watch."""
        self._all.pop(watch, None)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Report what one atomic set changed to all watches."""
        for watch in self._all:
            try:
                watch.on_change(changes)
            except Exception:
                _log.failure("a change could not be sent to a gateway in front")

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Report deleted names to all watches."""
        for watch in self._all:
            try:
                watch.on_end(errors)
            except Exception:
                _log.failure("an end could not be sent to a gateway in front")


class Watch:
    """The attributes that one session watches."""

    def __init__(self, router: Router, outlet: IOutlet, clock: IReactorTime) -> None:
        self._router = router
        self._outlet = outlet
        self._clock = clock
        self._values: dict[str, WireValue] = {}
        self._gathered: list[Mapping[str, WireValue]] = []
        self._is_closed = False
        # A command must not remove what the one before is still adding.
        self._turn = DeferredLock()

    @property
    def count(self) -> int:
        """The number of attributes."""
        return len(self._values)

    async def add(
        self, names: Sequence[str]
    ) -> tuple[dict[str, WireValue], dict[str, OagwError]]:
        """Watch further complete names.

        Returns present values, and the errors of names that cannot be watched.
        """
        async with self._turn:
            errors = await self._add(names)
        known = self._values
        return {name: known[name] for name in names if name in known}, errors

    async def _add(self, names: Sequence[str]) -> dict[str, OagwError]:
        new = [name for name in dict.fromkeys(names) if name not in self._values]
        # Now already: a name may change while another system replies.
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
        """Stop watching names; names that are not watched are ignored."""
        async with self._turn:
            there = [name for name in dict.fromkeys(names) if name in self._values]
            self._unwatch(there)

    def _unwatch(self, names: Sequence[str]) -> None:
        for system, part in self._router.by_system(names).items():
            system.unwatch(part)
        for name in names:
            del self._values[name]

    def close(self) -> None:
        """Stop watching all names, because the session has ended."""
        self._is_closed = True
        self._gathered.clear()
        self._unwatch(list(self._values))

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Gather the watched values of an atomic set, and send them after this turn."""
        known = self._values
        mine = {name: value for name, value in changes.items() if name in known}
        if mine:
            known.update(mine)
            if not self._gathered:
                self._clock.callLater(0, self.flush)
            self._gathered.append(mine)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Report the watched names among deleted ones."""
        mine = {name: one for name, one in errors.items() if name in self._values}
        if mine:
            for name in mine:
                del self._values[name]
            self.flush()
            self._outlet.send(error_answer(DpWatch, None, NamesRefusedError(mine)))

    def flush(self) -> None:
        """Send the gathered changes."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            head = answer_head(DpWatch, None)
            self._outlet.send(Message(b'%b,"Changes":%b}}' % (head, encode(gathered))))


@implementer(IOutlet)
class InOrder:
    """An outlet that sends gathered changes before any reply."""

    def __init__(self, outlet: IOutlet, watch: Watch) -> None:
        self._outlet = outlet
        self._watch = watch

    def send(self, message: Message) -> None:
        """Send a message; see :class:`IOutlet`."""
        self._watch.flush()
        self._outlet.send(message)

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        """Send a part of a message; see :class:`IOutlet`."""
        self._watch.flush()
        return self._outlet.send_part(part, is_last)

    @property
    def is_behind(self) -> bool:
        """Whether too much waits for the client; see :class:`IOutlet`."""
        return bool(self._outlet.is_behind)

    @property
    def conflated(self) -> int:
        """The number of conflated updates; see :class:`IOutlet`."""
        return int(self._outlet.conflated)

    def later(self, late: Late) -> None:
        """Ask for the newest message later; see :class:`IOutlet`."""
        self._outlet.later(late)

    def forget(self, late: Late) -> None:
        """Undo :meth:`later`; see :class:`IOutlet`."""
        self._outlet.forget(late)

    def give_up(self, reason: str) -> None:
        """Close the connection; see :class:`IOutlet`."""
        self._outlet.give_up(reason)

    def hold(self, wait: bool) -> None:
        """Stop or continue reading; see :class:`IOutlet`."""
        self._outlet.hold(wait)
