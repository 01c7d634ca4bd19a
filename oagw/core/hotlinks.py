"""Hotlinks: equal connects are one, and a change is encoded once for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oagw.core.audience import Audience, Subscriber
from oagw.core.routing import Router
from oagw.model.values import WireValue
from oagw.wire.codec import encode


class Hotlink:
    """A connect to some attributes, and all who made it.

    :ivar values: the present value of each attribute, by complete name in the
        order in which the client asked.
    """

    def __init__(self, names: tuple[str, ...], values: dict[str, WireValue]) -> None:
        self.names = names
        self.values = values
        self.audience = Audience()


class Hotlinks:
    """All hotlinks of all clients."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._links: dict[tuple[str, ...], Hotlink] = {}
        self._by_name: dict[str, dict[Hotlink, None]] = {}

    async def connect(self, names: Sequence[str], subscriber: Subscriber) -> Hotlink:
        """Let a subscriber get the changes of complete names.

        :raises NamesRefusedError: at least one of them cannot be connected.
        """
        key = tuple(dict.fromkeys(names))
        link = self._links.get(key)
        if link is None:
            values = await self._watch(key)
            # Another client may have asked for the same meanwhile.
            link = self._links.get(key)
            if link is None:
                link = self._add(Hotlink(key, values))
            else:
                self._unwatch(key)
        link.audience.add(subscriber)
        return link

    def disconnect(self, link: Hotlink, subscriber: Subscriber) -> None:
        """Undo :meth:`connect`."""
        link.audience.remove(subscriber)
        if link.audience:
            return
        del self._links[link.names]
        for name in link.names:
            links = self._by_name[name]
            del links[link]
            if not links:
                del self._by_name[name]
        self._unwatch(link.names)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """Tell everybody of what one atomic set changed: one message per connect."""
        touched: dict[Hotlink, None] = {}
        for name, value in changes.items():
            for link in self._by_name.get(name, ()):
                link.values[name] = value
                touched[link] = None
        for link in touched:
            link.audience.tell(encode(link.values))

    async def _watch(self, names: tuple[str, ...]) -> dict[str, WireValue]:
        values: dict[str, WireValue] = dict.fromkeys(names)
        watched: list[str] = []
        try:
            for system, part in self._router.by_system(names).items():
                present = await system.watch(part)
                watched += part
                values.update(zip(part, present, strict=True))
        except BaseException:
            self._unwatch(tuple(watched))
            raise
        return values

    def _unwatch(self, names: tuple[str, ...]) -> None:
        for system, part in self._router.by_system(names).items():
            system.unwatch(part)

    def _add(self, link: Hotlink) -> Hotlink:
        self._links[link.names] = link
        for name in link.names:
            self._by_name.setdefault(name, {})[link] = None
        return link
