"""The aliases of a remote system, kept here so that names are completed at once."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.errors import OagwError
from oagw.model.changes import EventKind, SystemEvent
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames
from oagw.systems.remote.questions import DP_GET_ALIAS, DP_GET_ALL_ALIASES

_log = Logger()
#: All datapoints, internal ones included.
_EVERYWHERE = "{**,_**}"
#: Seconds between two searches for unknown aliases.
_AGAIN = 10.0
#: Events after which an alias may belong to another element, or to none.
_MOVING = (EventKind.DP_DELETED, EventKind.DP_RENAMED, EventKind.DP_TYPE_CHANGED)


class Aliases:
    """Elements by alias, as the peer last listed them."""

    def __init__(self, name: str, names: PeerNames, clock: IReactorTime) -> None:
        self._own = f"{name}:"
        self._names = names
        self._clock = clock
        self._link: PeerLink | None = None
        self._elements: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._asked_at = 0.0

    def find(self, text: str) -> str | None:
        """Return the element (``Dp.element``) of an alias.

        :param text: an alias, optionally followed by the path of an element below it.
        """
        alias = text
        while alias:
            element = self._elements.get(alias)
            if element is not None:
                below = text[len(alias) :]
                return element + (below[1:] if element.endswith(".") else below)
            alias = alias.rpartition(".")[0]
        self._look_again()
        return None

    def _look_again(self) -> None:
        """Load aliases again: peers may not report new ones. The next call finds it."""
        link = self._link
        if link is None or self._clock.seconds() - self._asked_at < _AGAIN:
            return
        loading = Deferred.fromCoroutine(self.load(link))
        loading.addErrback(
            lambda failure: _log.debug("aliases: {reason}", reason=failure.value)
        )

    async def load(self, link: PeerLink) -> None:
        """Load all aliases from the peer.

        :raises OagwError: the peer does not reply, or refuses.
        """
        self._link = link
        self._asked_at = self._clock.seconds()
        arguments = {"DpFilter": self._names.pattern_out(_EVERYWHERE)}
        answer = await link.ask(DP_GET_ALL_ALIASES, arguments)
        answer.check()
        self._elements.clear()
        self._aliases.clear()
        for name, alias in (answer.values or {}).items():
            own = self._names.own(name)
            if own is not None:
                self.note(own, alias)

    def lose(self) -> None:
        """Note that the connection is lost; known aliases stay."""
        self._link = None

    def note(self, name: str, alias: object) -> None:
        """Give an element (complete name) an alias; an empty one removes it."""
        element = name.removeprefix(self._own)
        before = self._aliases.pop(element, None)
        if before is not None and self._elements.get(before) == element:
            del self._elements[before]
        if isinstance(alias, str) and alias:
            self._aliases[element] = alias
            self._elements[alias] = element

    def note_set(self, values: Mapping[str, object]) -> None:
        """Follow a set of attributes, by complete name; some may be aliases."""
        for name, value in values.items():
            if name.endswith(":_common.._alias"):
                self.note(name.removesuffix(":_common.._alias"), value)

    async def follow(self, event: SystemEvent) -> None:
        """Follow an event that may concern aliases.

        :raises OagwError: the peer does not reply, or refuses.
        """
        link = self._link
        if link is None:
            return
        if event.kind is EventKind.DP_ALIAS_CHANGED:
            name = event.name
            answer = await link.ask(DP_GET_ALIAS, {"Dp": self._names.out(name)})
            answer.check()
            self.note(name, answer.value)
        elif event.kind in _MOVING and (self._elements or self._aliases):
            try:
                await self.load(link)
            except OagwError as error:
                _log.debug("aliases: {reason}", reason=error)
