"""How a peer reports changes: in bulk by DpWatch, or by DpConnect."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from twisted.internet.defer import Deferred

from oagw.errors import NamesRefusedError, OagwError
from oagw.model.values import WireValue
from oagw.systems.remote.answers import ValuesAnswer, WatchAnswer
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.questions import DP_CONNECT, DP_UNWATCH, DP_WATCH

#: Called with what one atomic set has changed, by the peer's names.
OnChange: TypeAlias = Callable[[Mapping[str, WireValue]], None]
OnEnd: TypeAlias = Callable[[Mapping[str, OagwError]], None]
#: Present values by name, and errors by name.
Present: TypeAlias = tuple[dict[str, WireValue], dict[str, OagwError]]

#: Names per command.
_CHUNK = 10_000
#: Names per connect; the peer repeats all of them with each change.
_TOGETHER = 20


class PeerFeed(Protocol):
    """Reports changes of a peer's attributes."""

    async def add(self, names: Sequence[str]) -> Present:
        """Watch more names; returns their values and errors.

        :raises OagwError: the peer does not reply, or refuses.
        """
        ...

    def remove(self, names: Sequence[str]) -> None:
        """Stop watching names."""
        ...


class BulkFeed:
    """Watches through DpWatch: one message has many changes."""

    def __init__(self, link: PeerLink, on_change: OnChange, on_end: OnEnd) -> None:
        self._link = link
        self._on_change = on_change
        self._on_end = on_end
        link.on_watch = self._on_answer

    def _on_answer(self, answer: WatchAnswer) -> None:
        for changes in answer.changes or ():
            self._on_change(changes)
        errors = answer.by_name
        if errors:
            self._on_end(errors)

    async def add(self, names: Sequence[str]) -> Present:
        """Watch more names; see :class:`PeerFeed`."""
        values: dict[str, WireValue] = {}
        errors: dict[str, OagwError] = {}
        for start in range(0, len(names), _CHUNK):
            part = names[start : start + _CHUNK]
            answer = await self._link.ask(DP_WATCH, {"Dps": list(part)})
            values |= answer.values or {}
            wrong = answer.by_name
            if not wrong:
                answer.check()
            errors |= wrong
        return values, errors

    def remove(self, names: Sequence[str]) -> None:
        """Stop watching names; see :class:`PeerFeed`."""
        for start in range(0, len(names), _CHUNK):
            part = names[start : start + _CHUNK]
            self._link.ask(DP_UNWATCH, {"Dps": list(part)}).addErrback(lambda _: None)


class ConnectFeed:
    """Watches through DpConnect, for a peer without DpWatch.

    The peer sends all values of a connect when one of them has changed. Values that differ
    from the last message count as changed; if none differs, all of them do.
    """

    def __init__(self, link: PeerLink, on_change: OnChange, on_end: OnEnd) -> None:
        self._link = link
        self._on_change = on_change
        self._on_end = on_end
        self._numbers: dict[str, int] = {}
        #: By the Id of a connect: the names that are still watched, and all values.
        self._wanted: dict[int, set[str]] = {}
        self._values: dict[int, dict[str, WireValue]] = {}

    async def add(self, names: Sequence[str]) -> Present:
        """Watch more names; see :class:`PeerFeed`."""
        pending = deque(self._connect(group) for group in _groups(names))
        try:
            return await self._answers(pending)
        finally:
            for _, number, answer in pending:
                # An earlier one has failed, so these replies are not used.
                answer.addErrback(lambda _: None)
                self._link.close(number)

    async def _answers(
        self, pending: deque[tuple[list[str], int, Deferred[ValuesAnswer]]]
    ) -> Present:
        """Take the replies of connects; removes those that have one from ``pending``."""
        values: dict[str, WireValue] = {}
        errors: dict[str, OagwError] = {}
        while pending:
            group, number, coming = pending.popleft()
            answer = await coming
            error = answer.failure or _refused(answer)
            if error is None:
                found = answer.values or {}
                self._values[number] = dict(found)
                self._wanted[number] = set(group)
                self._numbers |= dict.fromkeys(group, number)
                values |= found
                continue
            self._link.forget(number)
            if len(group) == 1:
                errors[group[0]] = _of_name(error, group[0])
                continue
            # A connect is refused as a whole; one by one they show which name is wrong.
            for one in group:
                present, wrong = await self.add([one])
                values |= present
                errors |= wrong
        return values, errors

    def _connect(self, names: list[str]) -> tuple[list[str], int, Deferred[ValuesAnswer]]:
        number, answer = self._link.open(
            DP_CONNECT,
            {"Dps": names, "Answer": True},
            lambda answer: self._on_answer(number, answer),
        )
        return names, number, answer

    def _on_answer(self, number: int, answer: ValuesAnswer) -> None:
        error = answer.failure
        known = self._values.get(number)
        if known is None:
            return
        if error is not None:
            del self._values[number]
            self._on_end({name: _of_name(error, name) for name in known})
            return
        values = answer.values or {}
        changed = {name: one for name, one in values.items() if known.get(name) != one}
        known.update(values)
        self._on_change(changed or values)
        if answer.errors:
            self._on_end(answer.by_name)

    def remove(self, names: Sequence[str]) -> None:
        """Stop watching names; a connect ends with the last of its names."""
        for name in names:
            number = self._numbers.pop(name, None)
            wanted = self._wanted.get(number or 0, set())
            wanted.discard(name)
            if number is not None and not wanted:
                self._wanted.pop(number, None)
                self._values.pop(number, None)
                self._link.close(number)


def _groups(names: Sequence[str]) -> Iterator[list[str]]:
    """Group names into connects: all in one if they are few, else one per element."""
    if len(names) <= _TOGETHER:
        groups: Iterable[list[str]] = [list(names)] if names else []
    else:
        elements: dict[str, list[str]] = {}
        for name in names:
            elements.setdefault(name.rpartition(":")[0], []).append(name)
        groups = elements.values()
    for group in groups:
        for start in range(0, len(group), _TOGETHER):
            yield group[start : start + _TOGETHER]


def _refused(answer: ValuesAnswer) -> OagwError | None:
    """The error of a reply that has only errors of names."""
    return NamesRefusedError(answer.by_name) if answer.errors else None


def _of_name(error: OagwError, name: str) -> OagwError:
    if isinstance(error, NamesRefusedError):
        return error.errors.get(name, error.first)
    return error
