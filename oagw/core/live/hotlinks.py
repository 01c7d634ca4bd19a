"""Hotlinks: equal connects are one, and a change is encoded once for each of them."""

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
from oagw.core.live.pacing import (
    Deadband,
    Pacer,
)
from oagw.core.routing import Router
from oagw.errors import NamesRefusedError, OagwError
from oagw.model.values import WireValue
from oagw.wire.codec import encode

_log = Logger()


class Observer(Protocol):
    """Who is told of changes inside the gateway."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """One atomic set changed values, by complete name; some may be others'."""
        ...

    def on_end(self, reason: OagwError) -> None:
        """There is nothing left to be told of."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """What some subscribers of a hotlink wish to be told.

    :ivar max_rate: updates a second at most.
    :ivar deadband: what is too small a change.
    :ivar only_changed: updates have the values that changed, and not all of them.
    """

    max_rate: float | None = None
    deadband: Deadband | None = None
    only_changed: bool = False


#: Be told of each change, with all values.
EACH = Pace()


class Paced:
    """The subscribers of a hotlink who wish the same pace."""

    def __init__(self, link: Hotlink, pace: Pace, clock: IReactorTime) -> None:
        self.audience = Audience(self._newest)
        self._link = link
        self._deadband = pace.deadband
        self._only_changed = pace.only_changed
        self._changed: dict[str, None] = {}
        self._told: dict[str, WireValue] = {}
        #: Of those who are behind, if they are to get what has changed.
        self._backlog = Backlog()
        interval = 1 / pace.max_rate if pace.max_rate else 0
        self._pacer = Pacer(clock, 0, interval, self._tell)
        self.stop = self._pacer.stop

    def add(self, subscriber: Subscriber) -> None:
        """Tell one more; it knows newer values than those that the others were told."""
        self.audience.add(subscriber)
        self._told = {}

    def want(self, changes: Iterable[str]) -> None:
        """Attributes of the hotlink have changed; others may be among them."""
        if self._only_changed:
            values = self._link.values
            self._changed.update((name, None) for name in changes if name in values)
        self._pacer.want()

    def _tell(self) -> bool:
        values = self._far_enough(self._present())
        if not values:
            return False
        audience = self.audience
        audience.tell(encode(values) if self._only_changed else self._link.json())
        if audience.late and self._only_changed:
            self._backlog.add(audience.number, [list(one) for one in values.items()], ())
        else:
            self._backlog.clear()
        return True

    def _present(self) -> Mapping[str, WireValue]:
        """What there is to tell."""
        values = self._link.values
        if not self._only_changed:
            return values
        changed, self._changed = self._changed, {}
        return {name: values[name] for name in changed}

    def _far_enough(self, values: Mapping[str, WireValue]) -> Mapping[str, WireValue]:
        """What of it is far enough from what was told; one value that is counts for all."""
        deadband, told = self._deadband, self._told
        if deadband is None:
            return values
        far = {
            name: value
            for name, value in values.items()
            if name not in told or deadband.passes(told[name], value)
        }
        if far and not self._only_changed:
            far = dict(values)
        told.update(far)
        return far

    def _newest(self, seen: int) -> bytes | None:
        """What one message has to say instead of all updates after a number."""
        if not self._only_changed:
            # The present values may be other ones than those that all were told last.
            self._told = {}
            return self._link.json()
        rows = self._backlog.since(seen).rows
        return encode({name: value for name, (_, value) in rows.items()}) if rows else None


class Hotlink:
    """A connect to some attributes, and all who made it.

    :ivar values: the present value of each attribute, by complete name in the
        order in which the client asked.
    :ivar ended: why it has ended by itself, if it has.
    :ivar audience: those who are told of each change.
    :ivar paced: those who wish less, by what they wish.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.values: dict[str, WireValue] = dict.fromkeys(names)
        self.ended: NamesRefusedError | None = None
        self.audience = Audience(lambda seen: self.json())
        self.paced: dict[Pace, Paced] = {}
        self.observers: dict[Observer, None] = {}
        self._json: bytes | None = None

    def json(self) -> bytes:
        """JSON of all values; of two connects to the same, the second is given it ready."""
        if self._json is None:
            self._json = encode(self.values)
        return self._json

    def note(self, name: str, value: WireValue) -> None:
        """A value has changed."""
        self.values[name] = value
        self._json = None

    def end(self, reason: OagwError) -> None:
        """Tell all that it has ended; nobody is left then."""
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
        """How many different connects there are."""
        return len(self._links)

    async def connect(
        self, names: Sequence[str], subscriber: Subscriber, pace: Pace = EACH
    ) -> Hotlink:
        """Let a subscriber get the changes of complete names.

        :raises NamesRefusedError: at least one of them cannot be connected.
        """
        link = await self._link(names)
        if pace == EACH:
            link.audience.add(subscriber)
            return link
        paced = link.paced.get(pace)
        if paced is None:
            paced = link.paced[pace] = Paced(link, pace, self._clock)
        paced.add(subscriber)
        return link

    async def _link(self, names: Sequence[str]) -> Hotlink:
        key = tuple(dict.fromkeys(names))
        present = self._links.get(key)
        if present is not None:
            return present
        link = Hotlink(key)
        # From now on, because a name may change or end while another system answers.
        self._index(link)
        watched: list[str] = []
        try:
            await self._watch(link, watched)
            if link.ended is not None:
                raise link.ended
        except BaseException:
            self._forget(link, watched)
            raise
        # Another client may have asked for the same meanwhile.
        shared = self._links.setdefault(key, link)
        if shared is not link:
            self._forget(link, watched)
        return shared

    def disconnect(self, link: Hotlink, subscriber: Subscriber, pace: Pace = EACH) -> None:
        """Undo :meth:`connect`; of a link that has ended by itself nothing is left."""
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
        """Tell an observer of the changes of complete names.

        :raises NamesRefusedError: at least one of them cannot be connected.
        """
        link = await self._link(names)
        link.observers[observer] = None
        return link

    def stop_observing(self, link: Hotlink, observer: Observer) -> None:
        """Undo :meth:`observe`; of a link that has ended by itself nothing is left."""
        if self._links.get(link.names) is link:
            link.observers.pop(observer, None)
            self._release(link)

    def _release(self, link: Hotlink) -> None:
        if link.audience or link.paced or link.observers:
            return
        del self._links[link.names]
        self._forget(link, link.names)

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """End every connect to one of these names, and tell who made it."""
        touched = {link: None for name in errors for link in self._by_name.get(name, ())}
        ended: list[tuple[Hotlink, OagwError]] = []
        for link in touched:
            reasons = dict(link.ended.errors) if link.ended is not None else {}
            reasons |= {name: errors[name] for name in link.names if name in errors}
            link.ended = NamesRefusedError(reasons)
            # One that is still being made finds out by itself.
            if self._links.get(link.names) is link:
                del self._links[link.names]
                self._forget(link, link.names)
                ended.append((link, link.ended))
        # Who is told may disconnect others: all of them must have ended by then.
        for link, reason in ended:
            link.end(reason)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Tell everybody of what one atomic set changed: one message per connect."""
        touched: dict[Hotlink, None] = {}
        for name, value in changes.items():
            for link in self._by_name.get(name, ()):
                link.note(name, value)
                touched[link] = None
        for link in touched:
            # What fails at one must keep no other from the change.
            try:
                if link.audience:
                    link.audience.tell(link.json())
            except Exception:
                _log.failure("a change could not be sent to a connect")
            if link.paced or link.observers:
                _tell_others(link, changes)

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


def _tell_others(link: Hotlink, changes: Mapping[str, WireValue]) -> None:
    """Report a change to those who get less than each of them, and inside the gateway."""
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
