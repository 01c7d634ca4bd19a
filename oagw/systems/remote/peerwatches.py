"""What is watched of a remote system: each attribute once, however many want it."""

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
from oagw.systems.remote.feeds import BulkFeed, ConnectFeed, Feed
from oagw.systems.remote.link import Link
from oagw.systems.remote.peernames import Names


@dataclass(slots=True)
class _Watched:
    """A watched attribute.

    :ivar count: how many want it, those included whom the peer has not answered yet.
    :ivar is_known: the peer has told its value.
    """

    count: int = 0
    is_known: bool = False
    value: WireValue = None


class Watching:
    """The watched attributes of a system, by their names here."""

    def __init__(self, name: str, names: Names) -> None:
        self._system = name
        self._names = names
        self._watched: dict[str, _Watched] = {}
        self._feed: Feed | None = None
        self.listener: SystemListener | None = None

    @property
    def count(self) -> int:
        """How many attributes are watched."""
        return len(self._watched)

    def open(self, link: Link, is_bulk: bool) -> None:
        """A connection is there: more can be watched from now on."""
        kind = BulkFeed if is_bulk else ConnectFeed
        self._feed = kind(link, self._on_change, self._on_end)

    async def resume(self) -> None:
        """Watch all again that were watched before, and tell what has changed."""
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
        self, feed: Feed, names: Sequence[str]
    ) -> tuple[dict[str, WireValue], dict[str, OagwError]]:
        """Have more names watched: a value or an error of each, by the names here."""
        found, wrong = await feed.add(self._names.all_out(names))
        values, errors = self._names.all_back(found), self._names.errors_back(wrong)
        for name in names:
            if name not in values and name not in errors:
                errors[name] = UnexpectedStateError(
                    f"{self._system} has not answered for it"
                )
        return values, errors

    def lose(self) -> None:
        """The connection is gone: all values are invalid from now on."""
        self._feed = None
        changes: dict[str, WireValue] = {}
        for name, one in self._watched.items():
            if one.is_known:
                one.value = while_away(name.rpartition(".")[2], one.value)
                changes[name] = one.value
        if changes and self.listener is not None:
            self.listener.on_change(changes)

    def last(self, name: str) -> WireValue | OagwError:
        """The value of an attribute while the peer is away, as it was last known."""
        one = self._watched.get(name)
        return one.value if one is not None and one.is_known else self._away()

    def _away(self) -> OagwError:
        return ConnectionBrokenError(f"{self._system} is away, and its value is not known")

    async def watch(self, names: Sequence[str]) -> list[WireValue]:
        """Want attributes; gives their present values.

        :raises NamesRefusedError: at least one cannot be watched; none is wanted then.
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
        """Want attributes no more; those that have ended by themselves do no harm."""
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
        """Values have changed, by the names here."""
        watched = self._watched
        strange = False
        for name, value in changes.items():
            one = watched.get(name)
            if one is not None:
                one.value, one.is_known = value, True
            else:
                strange = True
        if strange:
            # A peer speaks for what it is asked, and for no other system's values.
            changes = {name: value for name, value in changes.items() if name in watched}
        if changes and self.listener is not None:
            self.listener.on_change(changes)

    def _on_end(self, errors: Mapping[str, OagwError]) -> None:
        self._end(self._names.errors_back(errors))

    def _end(self, errors: Mapping[str, OagwError]) -> None:
        """Names are watched no more, by the names here."""
        ended = {name: error for name, error in errors.items() if name in self._watched}
        for name in ended:
            del self._watched[name]
        if ended and self.listener is not None:
            self.listener.on_end(ended)
