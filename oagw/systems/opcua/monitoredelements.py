"""The watched elements of a server: each once at the server, and counted here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model import status
from oagw.model.samples import Sample
from oagw.plant.element import Element
from oagw.plant.outcome import Outcome
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.nodes import News, Reply, Server

_log = Logger()
#: Elements per read: the result of one takes some milliseconds, and others are served
#: between two.
PART = 500
#: Seconds after which elements that the server refuses to watch are tried again.
_AGAIN = 30.0
#: Seconds between two checks whether the variables of some items still exist.
_CHECK = 10.0


class MonitoredElements:
    """Keeps the samples of watched elements as the server reports them.

    An element that the server refuses to watch is invalid as long as it is wanted, even if
    it can be read: otherwise it would look valid, and never change. It is tried again.

    :param name: the name of the system, for the log.
    :param notify: reports what has changed.
    """

    def __init__(
        self,
        name: str,
        mirror: Mirror,
        notify: Callable[[Outcome], None],
        clock: IReactorTime,
    ) -> None:
        self._name = name
        self._mirror = mirror
        self._notify = notify
        self._clock = clock
        #: Errors of elements that the server refuses to watch.
        self._refused: dict[Element, OagwError] = {}
        self._retry: IDelayedCall | None = None
        self._check: IDelayedCall | None = None
        #: The number of the item that was checked last.
        self._checked = 0
        #: Refused elements that have been logged.
        self._reported: set[Element] = set()
        self._counts: dict[Element, int] = {}
        #: Elements whose sample has come from the server.
        self._known: set[Element] = set()
        #: The number of the item of each element that the server watches.
        self._numbers: dict[Element, int] = {}
        self._elements: dict[int, Element] = {}
        #: Items without a report so far.
        self._unheard: set[int] = set()
        self._next = 0
        # One caller after the other: a second one waits for what the first has begun.
        self._lock = DeferredLock()
        self._server: Server | None = None

    def is_live(self, element: Element) -> bool:
        """Whether the sample of an element is the present one."""
        return element in self._numbers

    def is_known(self, element: Element) -> bool:
        """Whether the sample of an element has come from the server, at whatever time."""
        return element in self._known

    def note(self, elements: Iterable[Element]) -> None:
        """Count elements that the next connection shall watch."""
        for one in elements:
            self._counts[one] = self._counts.get(one, 0) + 1

    async def want(self, elements: Sequence[Element]) -> dict[Element, OagwError]:
        """Watch elements; their samples are present when this returns.

        :returns: errors of some, which count as wanted and are tried again.
        :raises OagwError: the server does not reply; none is watched.
        """
        self.note(elements)
        try:
            return await self._begin(elements)
        except BaseException:
            self.release(elements)
            raise

    async def _begin(self, elements: Iterable[Element]) -> dict[Element, OagwError]:
        async with self._lock:
            new = [
                one
                for one in dict.fromkeys(elements)
                if one in self._counts and one not in self._numbers
            ]
            server = self._server
            if server is None and not self._known.issuperset(new):
                raise ConnectionBrokenError(
                    "the connection to the server was lost meanwhile"
                )
            if server is None or not new:
                return {}
            errors = await self._watch(server, new)
            if server is self._server:
                self._refuse(new, errors)
            return errors

    def _refuse(
        self, elements: Iterable[Element], errors: Mapping[Element, OagwError]
    ) -> None:
        """Make refused elements invalid, and try them again later."""
        for one in elements:
            error = errors.get(one)
            if error is not None and one in self._counts:
                self._refused[one] = error
            else:
                self._refused.pop(one, None)
        self._spoil(errors)
        if self._refused:
            self._report()
            self._try_in(_AGAIN)

    def _report(self) -> None:
        new = [one for one in self._refused if one not in self._reported]
        if not new:
            return
        self._reported.update(new)
        element, error = new[0], self._refused[new[0]]
        _log.warn(
            "{name}: {count} values cannot be watched and are invalid, such as "
            "{element}: {error}; oagw tries again every {seconds:g} s, and when other "
            "values are released",
            name=self._name,
            count=len(new),
            element=element.name,
            error=error,
            seconds=_AGAIN,
        )

    def _try_in(self, seconds: float) -> None:
        """Try refused elements again, some seconds from now."""
        if self._retry is not None and self._retry.active():
            if self._retry.getTime() <= self._clock.seconds() + seconds:
                return
            self._retry.cancel()
        self._retry = self._clock.callLater(seconds, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        if self._refused:
            trying = Deferred.fromCoroutine(self._begin(list(self._refused)))
            trying.addCallbacks(self._tried, self._not_tried)

    def _tried(self, _: object) -> None:
        if self._reported and not self._refused:
            self._reported.clear()
            _log.info("{name}: all values are watched again", name=self._name)

    def _not_tried(self, failure: Failure) -> None:
        self._note(failure)
        if self._refused:
            self._try_in(_AGAIN)

    def _note(self, failure: Failure) -> None:
        # Usually the connection has ended, and the next one watches everything.
        _log.debug("{why}", why=failure.getErrorMessage())

    def _spoil(self, elements: Iterable[Element]) -> None:
        """Make elements invalid."""
        outcome = Outcome()
        for element in elements:
            sample = element.sample
            if not sample.status & status.AUT_INV:
                bits = sample.status | status.AUT_INV
                outcome.take(element, msgspec.structs.replace(sample, status=bits))
        self._notify(outcome)

    async def _watch(
        self, server: Server, elements: Sequence[Element]
    ) -> dict[Element, OagwError]:
        # Read first: what the server reports from then on is never older.
        errors = await self.refresh(server, elements)
        good = [
            one
            for one in elements
            if one in self._counts and one not in errors and self._mirror.known(one)
        ]
        items = {}
        for one in good:
            self._next += 1
            items[self._next] = self._mirror.variable(one)
            self._numbers[one] = self._next
            self._elements[self._next] = one
        self._unheard.update(items)
        try:
            refused = await server.monitor(items)
        except BaseException:
            for number in items:
                self._forget(number)
            raise
        for number, error in refused.items():
            element = self._elements.get(number)
            if element is not None:
                errors[element] = error
            self._forget(number)
        left = [number for number in items if number not in self._elements]
        if left and server is self._server:
            # These were released while they were being created.
            self._ignore(server, [one for one in left if one not in refused])
        return errors

    async def refresh(
        self, server: Server, elements: Sequence[Element]
    ) -> dict[Element, OagwError]:
        """Read elements, and report those that have changed; returns errors."""
        errors: dict[Element, OagwError] = {}
        for start in range(0, len(elements), PART):
            part = elements[start : start + PART]
            known = [one for one in part if self._mirror.known(one)]
            replies = await server.read([self._mirror.variable(one) for one in known])
            self._learn(dict(zip(known, replies, strict=True)), errors)
        return errors

    def _learn(
        self, replies: Mapping[Element, Reply], errors: dict[Element, OagwError]
    ) -> None:
        outcome = Outcome()
        for element, reply in replies.items():
            if isinstance(reply, OagwError):
                errors[element] = reply
                continue
            if element in self._counts:
                self._known.add(element)
            if element in self._refused:
                reply = msgspec.structs.replace(reply, status=reply.status | status.AUT_INV)
            if element not in self._numbers:
                _take(outcome, element, reply)
        self._notify(outcome)
        self._spoil(errors)

    def release(self, elements: Iterable[Element]) -> None:
        """Stop watching elements, unless another subscriber wants them."""
        left: list[int] = []
        for one in elements:
            count = self._counts.get(one)
            if count is None:
                continue
            if count > 1:
                self._counts[one] = count - 1
                continue
            del self._counts[one]
            self._known.discard(one)
            self._refused.pop(one, None)
            number = self._numbers.get(one)
            if number is not None:
                self._forget(number)
                left.append(number)
        if left and self._server is not None:
            self._ignore(self._server, left)

    def _ignore(self, server: Server, numbers: Sequence[int]) -> None:
        if numbers:
            server.ignore(numbers).addCallbacks(self._freed, self._note)

    def _freed(self, _: object) -> None:
        """Try refused elements soon: the server may have room for them."""
        if self._refused:
            self._try_in(0)

    def _forget(self, number: int) -> None:
        self._unheard.discard(number)
        element = self._elements.pop(number, None)
        if element is not None and self._numbers.get(element) == number:
            del self._numbers[element]

    def lose_elements(self, elements: Iterable[Element]) -> None:
        """Forget deleted elements."""
        for one in elements:
            self._counts.pop(one, None)
            self._known.discard(one)
            self._refused.pop(one, None)
            number = self._numbers.get(one)
            if number is not None:
                self._forget(number)

    async def resume(self, server: Server) -> None:
        """Watch all wanted elements over a new connection."""
        self._server = server
        self._check_later()
        await self._begin(list(self._counts))

    def _check_later(self) -> None:
        self._check = self._clock.callLater(_CHECK, self._check_some)

    def _check_some(self) -> None:
        """Check whether the variables of some items still exist.

        Not every server reports deleted variables; their last value would stay valid.
        """
        server = self._server
        if server is None:
            return
        numbers = sorted(self._elements)
        at = bisect_right(numbers, self._checked)
        part = numbers[at : at + PART]
        self._checked = part[-1] if at + PART < len(numbers) else 0
        looking = Deferred.fromCoroutine(self._look_at(server, part))
        looking.addErrback(self._note)
        looking.addCallback(
            lambda _: self._check_later() if server is self._server else None
        )

    async def _look_at(self, server: Server, numbers: Sequence[int]) -> None:
        variables = {
            number: self._mirror.variable(self._elements[number])
            for number in numbers
            if number in self._elements and self._mirror.known(self._elements[number])
        }
        if not variables:
            return
        missing = await server.missing(list(variables.values()))
        gone: dict[Element, OagwError] = {}
        left: list[int] = []
        for number, variable in variables.items():
            element = self._elements.get(number)
            if element is not None and variable in missing:
                gone[element] = missing[variable]
                left.append(number)
                self._forget(number)
        self._ignore(server, left)
        if gone and server is self._server:
            self._refuse(gone, gone)

    def stop(self) -> None:
        """Cancel retries and checks."""
        for later in (self._retry, self._check):
            if later is not None and later.active():
                later.cancel()

    def lose(self) -> None:
        """Make all values invalid: the connection is lost."""
        self._server = None
        self._numbers.clear()
        self._elements.clear()
        self._unheard.clear()
        self._refused.clear()
        self._reported.clear()
        self.stop()
        self._spoil(self._counts)

    def on_news(self, news: News) -> None:
        """Take samples that the server has reported.

        Samples of different elements are one change; a further one of the same element is
        another change, so that none is skipped.
        """
        outcome = Outcome()
        for number, sample in news:
            element = self._elements.get(number)
            if element is None or self._is_known_already(number, element, sample):
                continue
            if element in outcome.changed:
                self._notify(outcome)
                outcome = Outcome()
            _take(outcome, element, sample)
        self._notify(outcome)

    def _is_known_already(self, number: int, element: Element, sample: Sample) -> bool:
        """Whether the first report of an item repeats what has just been read.

        Times may differ: for a value without a time, some servers use that of the answer.
        """
        if number not in self._unheard:
            return False
        self._unheard.discard(number)
        known = element.sample
        return (sample.value, sample.status) == (known.value, known.status)


def _take(outcome: Outcome, element: Element, sample: Sample) -> None:
    """Give an element a sample, if it differs from its own."""
    if sample.value is None:
        sample = msgspec.structs.replace(sample, value=element.sample.value)
    if sample != element.sample:
        outcome.take(element, sample)
