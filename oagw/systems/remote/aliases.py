"""The aliases of a remote system, for names are complete before they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.errors import OagwError
from oagw.model.changes import (
    EventKind,
    SystemEvent,
)
from oagw.systems.remote.link import Link
from oagw.systems.remote.peernames import Names
from oagw.systems.remote.questions import DP_GET_ALIAS, DP_GET_ALL_ALIASES

_log = Logger()
#: All datapoints, the internal ones too.
_EVERYWHERE = "{**,_**}"
#: Seconds after which an alias that is not known is looked for again.
_AGAIN = 10.0
#: After these an alias may be of another element, or of none.
_MOVING = (EventKind.DP_DELETED, EventKind.DP_RENAMED, EventKind.DP_TYPE_CHANGED)


class Aliases:
    """Elements by alias, as the peer has told them."""

    def __init__(self, name: str, names: Names, clock: IReactorTime) -> None:
        self._own = f"{name}:"
        self._names = names
        self._clock = clock
        self._link: Link | None = None
        self._elements: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._asked_at = 0.0

    def find(self, text: str) -> str | None:
        """The element (``Dp.element``) that an alias stands for.

        :param text: an alias, which may be followed by the path of an element below.
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
        """It may be new, and the peer tells of no new ones: the next time it is known."""
        link = self._link
        if link is None or self._clock.seconds() - self._asked_at < _AGAIN:
            return
        loading = Deferred.fromCoroutine(self.load(link))
        loading.addErrback(
            lambda failure: _log.debug("aliases: {reason}", reason=failure.value)
        )

    async def load(self, link: Link) -> None:
        """Ask for all of them."""
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
        """The connection is gone; what is known stays so."""
        self._link = None

    def note(self, name: str, alias: object) -> None:
        """An element (by its complete name) has this alias now; none if it is empty."""
        element = name.removeprefix(self._own)
        before = self._aliases.pop(element, None)
        if before is not None and self._elements.get(before) == element:
            del self._elements[before]
        if isinstance(alias, str) and alias:
            self._aliases[element] = alias
            self._elements[alias] = element

    def note_set(self, values: Mapping[str, object]) -> None:
        """Attributes have been set, by complete name; aliases may be among them."""
        for name, value in values.items():
            if name.endswith(":_common.._alias"):
                self.note(name.removesuffix(":_common.._alias"), value)

    async def follow(self, event: SystemEvent) -> None:
        """Something has happened that may concern aliases.

        :raises OagwError: the peer could not be asked.
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
