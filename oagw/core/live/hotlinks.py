"""Hotlinks: equal connects share one, and a change is encoded once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.core.live.backlog import Backlog
from oagw.core.live.pacer import (
    Deadband,
    Pacer,
)
from oagw.core.router import Router
from oagw.errors import NamesRefusedError, OagwError
from oagw.model.values import WireValue
from oagw.wire.codec import encode

_log = Logger()


class Observer(Protocol):
    """A subscriber inside the gateway."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """One atomic set changed values, by complete name; also of other names."""
        ...

    def on_end(self, reason: OagwError) -> None:
        """The hotlink has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Which updates some subscribers of a hotlink want.

    :ivar max_rate: the most updates a second.
    :ivar deadband: smaller changes are not sent.
    :ivar only_changed: updates have only the values that changed.
    """

    max_rate: float | None = None
    deadband: Deadband | None = None
    only_changed: bool = False


#: Every change, with all values.
EACH = Pace()


class PacedSubscribers:
    """The subscribers of a hotlink with the same pace."""

    def __init__(self, link: Hotlink, pace: Pace, clock: IReactorTime) -> None:
        self.audience = Audience(self._newest)
        self._link = link
        self._deadband = pace.deadband
        self._only_changed = pace.only_changed
        self._changed: dict[str, None] = {}
        self._sent: dict[str, WireValue] = {}
        #: The changes for subscribers that are behind, if they want only what changed.
        self._backlog = Backlog()
        interval = 1 / pace.max_rate if pace.max_rate else 0
        self._pacer = Pacer(clock, 0, interval, self._send)
        self.stop = self._pacer.stop

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        self.audience.add(subscriber)
        # It has newer values than those that were sent last.
        self._sent = {}

    def want(self, changes: Iterable[str]) -> None:
        """Attributes of the hotlink have changed, perhaps others too."""
        if self._only_changed:
            values = self._link.values
            self._changed.update((name, None) for name in changes if name in values)
        self._pacer.want()

    def _send(self) -> bool:
        values = self._far_enough(self._present())
        if not values:
            return False
        audience = self.audience
        audience.notify(encode(values) if self._only_changed else self._link.json())
        if audience.late and self._only_changed:
            self._backlog.add(audience.number, [list(one) for one in values.items()], ())
        else:
            self._backlog.clear()
        return True

    def _present(self) -> Mapping[str, WireValue]:
        """The values to send."""
        values = self._link.values
        if not self._only_changed:
            return values
        changed, self._changed = self._changed, {}
        return {name: values[name] for name in changed}

    def _far_enough(self, values: Mapping[str, WireValue]) -> Mapping[str, WireValue]:
        """The values outside the deadband; all, if one is and all values are sent."""
        deadband, sent = self._deadband, self._sent
        if deadband is None:
            return values
        far = {
            name: value
            for name, value in values.items()
            if name not in sent or deadband.passes(sent[name], value)
        }
        if far and not self._only_changed:
            far = dict(values)
        sent.update(far)
        return far

    def _newest(self, seen: int) -> bytes | None:
        """The values of one message that stands for all updates after a number."""
        if not self._only_changed:
            # The present values may differ from those that were sent last.
            self._sent = {}
            return self._link.json()
        rows = self._backlog.since(seen).rows
        return encode({name: value for name, (_, value) in rows.items()}) if rows else None


class Hotlink:
    """A connect to some attributes, and its subscribers.

    :ivar values: the present value of each attribute, by complete name in the order of the
        command.
    :ivar ended: the reason, if a deleted name has ended the link.
    :ivar audience: the subscribers to every change.
    :ivar paced: the other subscribers, by their pace.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.values: dict[str, WireValue] = dict.fromkeys(names)
        self.ended: NamesRefusedError | None = None
        self.audience = Audience(lambda seen: self.json())
        self.paced: dict[Pace, PacedSubscribers] = {}
        self.observers: dict[Observer, None] = {}
        self._json: bytes | None = None

    def json(self) -> bytes:
        """JSON of all values, which is kept until a value changes."""
        if self._json is None:
            self._json = encode(self.values)
        return self._json

    def note(self, name: str, value: WireValue) -> None:
        """Note a new value."""
        self.values[name] = value
        self._json = None

    def end(self, reason: OagwError) -> None:
        """Report its end to all subscribers, and remove them."""
        self.audience.end(reason)
        paced, self.paced = self.paced, {}
        for one in paced.values():
            one.stop()
            one.audience.end(reason)
        observers, self.observers = self.observers, {}
        for observer in observers:
            observer.on_end(reason)


class Hotlinks:
    """All hotlinks of all clients."""

    def __init__(self, router: Router, clock: IReactorTime) -> None:
        self._router = router
        self._clock = clock
        self._links: dict[tuple[str, ...], Hotlink] = {}
        self._by_name: dict[str, dict[Hotlink, None]] = {}

    @property
    def count(self) -> int:
        """The number of different connects."""
        return len(self._links)

    async def connect(
        self, names: Sequence[str], subscriber: Subscriber, pace: Pace = EACH
    ) -> Hotlink:
        """Send a subscriber the changes of complete names.

        :raises NamesRefusedError: at least one of them cannot be connected.
        """
        link = await self._link(names)
        if pace == EACH:
            link.audience.add(subscriber)
            return link
        paced = link.paced.get(pace)
        if paced is None:
            paced = link.paced[pace] = PacedSubscribers(link, pace, self._clock)
        paced.add(subscriber)
        return link

    async def _link(self, names: Sequence[str]) -> Hotlink:
        key = tuple(dict.fromkeys(names))
        present = self._links.get(key)
        if present is not None:
            return present
        link = Hotlink(key)
        # Now already: a name may change or end while another system replies.
        self._index(link)
        watched: list[str] = []
        try:
            await self._watch(link, watched)
            if link.ended is not None:
                raise link.ended
        except BaseException:
            self._forget(link, watched)
            raise
        # Another client may have made the same connect in the meantime.
        shared = self._links.setdefault(key, link)
        if shared is not link:
            self._forget(link, watched)
        return shared

    def disconnect(self, link: Hotlink, subscriber: Subscriber, pace: Pace = EACH) -> None:
        """Undo :meth:`connect`; does nothing for a link that has already ended."""
        if self._links.get(link.names) is not link:
            return
        if pace == EACH:
            link.audience.remove(subscriber)
        else:
            paced = link.paced[pace]
            paced.audience.remove(subscriber)
            if not paced.audience:
                paced.stop()
                del link.paced[pace]
        self._release(link)

    async def observe(self, names: Sequence[str], observer: Observer) -> Hotlink:
        """Report the changes of complete names to an observer.

        :raises NamesRefusedError: at least one of them cannot be connected.
        """
        link = await self._link(names)
        link.observers[observer] = None
        return link

    def stop_observing(self, link: Hotlink, observer: Observer) -> None:
        """Undo :meth:`observe`; does nothing for a link that has already ended."""
        if self._links.get(link.names) is link:
            link.observers.pop(observer, None)
            self._release(link)

    def _release(self, link: Hotlink) -> None:
        if link.audience or link.paced or link.observers:
            return
        del self._links[link.names]
        self._forget(link, link.names)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """End every connect to one of these names, and report it to its subscribers."""
        touched = {link: None for name in errors for link in self._by_name.get(name, ())}
        ended: list[tuple[Hotlink, OagwError]] = []
        for link in touched:
            reasons = dict(link.ended.errors) if link.ended is not None else {}
            reasons |= {name: errors[name] for name in link.names if name in errors}
            link.ended = NamesRefusedError(reasons)
            # A link that is still being made looks at ``ended`` itself.
            if self._links.get(link.names) is link:
                del self._links[link.names]
                self._forget(link, link.names)
                ended.append((link, link.ended))
        # A subscriber may disconnect other links; all must have ended by then.
        for link, reason in ended:
            link.end(reason)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Report what one atomic set changed, in one message for each connect."""
        touched: dict[Hotlink, None] = {}
        for name, value in changes.items():
            for link in self._by_name.get(name, ()):
                link.note(name, value)
                touched[link] = None
        for link in touched:
            # An error at one link must not keep the others from the change.
            try:
                if link.audience:
                    link.audience.notify(link.json())
            except Exception:
                _log.failure("a change could not be sent to a connect")
            if link.paced or link.observers:
                _notify_others(link, changes)

    async def _watch(self, link: Hotlink, watched: list[str]) -> None:
        for system, part in self._router.by_system(link.names).items():
            present = await system.watch(part)
            watched += part
            for name, value in zip(part, present, strict=True):
                link.note(name, value)

    def _index(self, link: Hotlink) -> None:
        for name in link.names:
            self._by_name.setdefault(name, {})[link] = None

    def _forget(self, link: Hotlink, watched: Sequence[str]) -> None:
        for name in link.names:
            links = self._by_name[name]
            del links[link]
            if not links:
                del self._by_name[name]
        ended = link.ended.errors if link.ended is not None else ()
        left = [name for name in watched if name not in ended]
        for system, part in self._router.by_system(left).items():
            system.unwatch(part)


def _notify_others(link: Hotlink, changes: Mapping[str, WireValue]) -> None:
    """Report a change to subscribers with a pace, and to observers."""
    for paced in list(link.paced.values()):
        try:
            paced.want(changes)
        except Exception:
            _log.failure("a change could not be sent to a paced connect")
    for observer in list(link.observers):
        try:
            observer.on_change(changes)
        except Exception:
            _log.failure("an observer failed at a change")
