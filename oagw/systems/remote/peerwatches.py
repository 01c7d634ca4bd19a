"""Watched attributes of a remote system: each once at the peer, and counted here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oagw.errors import (
    ConnectionBrokenError,
    NamesRefusedError,
    OagwError,
    UnexpectedStateError,
)
from oagw.interfaces.systems import SystemListener
from oagw.model.status import while_away
from oagw.model.values import WireValue
from oagw.systems.remote.feeds import BulkFeed, ConnectFeed, PeerFeed
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames


@dataclass(slots=True)
class _Watched:
    """A watched attribute.

    :ivar count: the number of watches, pending ones included.
    :ivar is_known: the peer has sent its value.
    """

    count: int = 0
    is_known: bool = False
    value: WireValue = None


class PeerWatches:
    """The watched attributes of a system, by their names here."""

    def __init__(self, name: str, names: PeerNames) -> None:
        self._system = name
        self._names = names
        self._watched: dict[str, _Watched] = {}
        self._feed: PeerFeed | None = None
        self.listener: SystemListener | None = None

    @property
    def count(self) -> int:
        """The number of watched attributes."""
        return len(self._watched)

    def open(self, link: PeerLink, is_bulk: bool) -> None:
        """Use a new connection for further watches."""
        kind = BulkFeed if is_bulk else ConnectFeed
        self._feed = kind(link, self._on_change, self._on_end)

    async def resume(self) -> None:
        """Watch all attributes again after a reconnect, and report what has changed."""
        feed = self._feed
        assert feed is not None
        wanted = [name for name, one in self._watched.items() if one.is_known]
        values, errors = await self._add(feed, wanted)
        left = [name for name in wanted if name not in self._watched]
        if left:
            feed.remove(self._names.all_out(left))
        self._note(values)
        self._end(errors)

    async def _add(
        self, feed: PeerFeed, names: Sequence[str]
    ) -> tuple[dict[str, WireValue], dict[str, OagwError]]:
        """Watch more names at the peer; returns values and errors by the names here."""
        found, wrong = await feed.add(self._names.all_out(names))
        values, errors = self._names.all_back(found), self._names.errors_back(wrong)
        for name in names:
            if name not in values and name not in errors:
                errors[name] = UnexpectedStateError(f"{self._system} sent no value for it")
        return values, errors

    def lose(self) -> None:
        """Report all values as invalid: the connection is lost."""
        self._feed = None
        changes: dict[str, WireValue] = {}
        for name, one in self._watched.items():
            if one.is_known:
                one.value = while_away(name.rpartition(".")[2], one.value)
                changes[name] = one.value
        if changes and self.listener is not None:
            self.listener.on_change(changes)

    def last(self, name: str) -> WireValue | OagwError:
        """The last value of an attribute, or an error, while the peer is away."""
        one = self._watched.get(name)
        return one.value if one is not None and one.is_known else self._away()

    def _away(self) -> OagwError:
        return ConnectionBrokenError(f"{self._system} is away, and its value is unknown")

    async def watch(self, names: Sequence[str]) -> list[WireValue]:
        """Watch attributes; returns their present values.

        :raises NamesRefusedError: at least one cannot be watched; then none is.
        """
        entries = [self._watched.setdefault(name, _Watched()) for name in names]
        for one in entries:
            one.count += 1
        pairs = dict(zip(names, entries, strict=True))
        try:
            await self._learn([name for name, one in pairs.items() if not one.is_known])
        except BaseException:
            self.unwatch(names)
            raise
        return [one.value for one in entries]

    async def _learn(self, names: Sequence[str]) -> None:
        if not names:
            return
        if self._feed is None:
            raise NamesRefusedError(dict.fromkeys(names, self._away()))
        try:
            values, errors = await self._add(self._feed, names)
        except NamesRefusedError:
            raise
        except OagwError as error:
            raise NamesRefusedError(dict.fromkeys(names, error)) from error
        for name, value in values.items():
            one = self._watched.get(name)
            if one is not None:
                one.value, one.is_known = value, True
        if errors:
            raise NamesRefusedError(errors)

    def unwatch(self, names: Iterable[str]) -> None:
        """End watches; names that have ended by themselves are ignored."""
        left: list[str] = []
        for name in names:
            one = self._watched.get(name)
            if one is None:
                continue
            one.count -= 1
            if one.count <= 0:
                del self._watched[name]
                left.append(name)
        if left and self._feed is not None:
            self._feed.remove(self._names.all_out(left))

    def _on_change(self, values: Mapping[str, WireValue]) -> None:
        self._note(self._names.all_back(values))

    def _note(self, changes: dict[str, WireValue]) -> None:
        """Take changed values by the names here, and report them."""
        watched = self._watched
        strange = False
        for name, value in changes.items():
            one = watched.get(name)
            if one is not None:
                one.value, one.is_known = value, True
            else:
                strange = True
        if strange:
            # Ignore names that were not watched: a peer must not report other systems.
            changes = {name: value for name, value in changes.items() if name in watched}
        if changes and self.listener is not None:
            self.listener.on_change(changes)

    def _on_end(self, errors: Mapping[str, OagwError]) -> None:
        self._end(self._names.errors_back(errors))

    def _end(self, errors: Mapping[str, OagwError]) -> None:
        """Report names, by the names here, that are no longer watched."""
        ended = {name: error for name, error in errors.items() if name in self._watched}
        for name in ended:
            del self._watched[name]
        if ended and self.listener is not None:
            self.listener.on_end(ended)
