"""What is wanted of a server that comes and goes at any moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import (
    ConnectionBrokenError,
    ElementNotFoundError,
    OagwError,
    ParameterError,
)
from oagw.model import status
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.plant.outcome import Outcome
from oagw.systems.opcua import monitoredelements
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.monitoredelements import MonitoredElements
from oagw.systems.opcua.nodenames import NamePlan, design
from oagw.systems.opcua.nodes import Reply, Variable
from tests.systems.opcua.test_serverdialler import SPEED, FakeServer


class SlowServer(FakeServer):
    """A server whose replies a test releases."""

    def __init__(self) -> None:
        self.reads: list[Deferred[list[Reply]]] = []
        self.items: list[int] = []
        self.ignored: list[int] = []
        self.refusal: OagwError | None = None
        self.gone: dict[Variable, OagwError] = {}

    def read(self, variables: Sequence[Variable]) -> Deferred[list[Reply]]:
        self.reads.append(Deferred())
        return self.reads[-1]

    def missing(self, variables: Sequence[Variable]) -> Deferred[dict[Variable, OagwError]]:
        return succeed(self.gone)

    def answer(self, value: float) -> None:
        self.reads.pop(0).callback([Sample(value, 1, status.NORMAL, 0)])

    def monitor(self, items: Mapping[int, Variable]) -> Deferred[dict[int, OagwError]]:
        self.items += items
        if self.refusal is not None:
            return succeed(dict.fromkeys(items, self.refusal))
        return super().monitor(items)

    def ignore(self, numbers: Sequence[int]) -> Deferred[None]:
        self.ignored += numbers
        return super().ignore(numbers)


class WatchingTests(SynchronousTestCase):
    """The counting of watches, and the reported changes."""

    timeout = 30

    def setUp(self) -> None:
        self.told: list[list[object]] = []
        mirror = self.mirror = Mirror()
        other = Variable("nsu=u;s=other", ("P", "other"), "", ElementType.FLOAT, 11)
        names = {SPEED: "P.speed", other: "P.other"}
        mirror.follow(NamePlan(names, design(names)), Outcome())
        self.element = mirror.plant.element("P", "speed", "P.speed")
        self.clock = Clock()
        self.watching = MonitoredElements("Plc", mirror, self.tell, self.clock)
        self.server = SlowServer()
        self.successResultOf(Deferred.fromCoroutine(self.watching.resume(self.server)))

    def tell(self, outcome: Outcome) -> None:
        if outcome.changed:
            sample = self.element.sample
            self.told.append([sample.value, bool(sample.status & status.AUT_INV)])

    def want(self) -> Deferred[dict[object, OagwError]]:
        return Deferred.fromCoroutine(self.watching.want([self.element]))  # type: ignore[arg-type]

    def news(self, *values: float) -> None:
        number = self.server.items[-1]
        samples = [Sample(value, 5, status.NORMAL, 0) for value in values]
        self.watching.on_news([(number, one) for one in samples])

    def test_what_nobody_has_read_is_invalid(self) -> None:
        """A live query may show a new element before the server has said what it is."""
        self.assertTrue(self.element.sample.status & status.AUT_INV)
        wanted = self.want()
        self.server.answer(0.0)
        self.successResultOf(wanted)
        self.assertEqual(self.told, [[0.0, False]])

    def test_a_variable_that_the_server_has_deleted(self) -> None:
        """Its value is invalid, whether the server reports that or not."""
        wanted = self.want()
        self.server.answer(1.0)
        self.successResultOf(wanted)
        self.clock.advance(10)
        self.assertEqual(self.told, [[1.0, False]])
        refusal = ElementNotFoundError("no such node")
        self.server.gone = {SPEED: refusal}
        self.clock.advance(10)
        self.assertEqual(self.told, [[1.0, False], [1.0, True]])
        self.assertEqual(self.server.ignored, self.server.items)
        self.assertFalse(self.watching.is_live(self.element))
        self.server.gone = {}
        self.clock.advance(30)
        self.server.answer(2.0)
        self.news(3.0)
        self.assertEqual(self.told[2:], [[2.0, True], [3.0, False]])
        self.watching.lose()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_each_is_watched_once(self) -> None:
        """Watchers that come during the request wait; the last to leave ends it."""
        first, second = self.want(), self.want()
        self.server.answer(2.0)
        self.successResultOf(first)
        self.successResultOf(second)
        self.assertEqual(len(self.server.items), 1)
        self.news(3.0, 4.0, 4.0, 5.0)
        self.assertEqual([one[0] for one in self.told], [2.0, 3.0, 4.0, 5.0])
        self.watching.release([self.element])
        self.assertEqual(self.server.ignored, [])
        self.watching.release([self.element])
        self.assertEqual(self.server.ignored, self.server.items)
        self.news(6.0)
        self.assertEqual(len(self.told), 4)

    def test_the_first_that_is_told_is_what_was_read(self) -> None:
        """It is not a change, even with another time; the next report is one."""
        wanting = self.want()
        self.server.answer(2.0)
        self.successResultOf(wanting)
        self.news(2.0)
        self.assertEqual(self.told, [[2.0, False]])
        self.news(2.0)
        self.assertEqual(self.told, [[2.0, False]] * 2)

    def test_who_leaves_while_it_is_asked_for(self) -> None:
        """The server is asked to stop watching it, and it is not live."""
        wanting = self.want()
        self.watching.release([self.element])
        self.server.answer(2.0)
        self.successResultOf(wanting)
        self.assertEqual(self.server.ignored, self.server.items)
        self.assertFalse(self.watching.is_live(self.element))

    def test_a_server_that_goes_before_it_has_answered(self) -> None:
        """There is no value to be shown, whichever caller asked first."""
        first, second = self.want(), self.want()
        self.watching.lose()
        self.server.reads.pop(0).errback(ConnectionBrokenError("cut"))
        self.failureResultOf(first, ConnectionBrokenError)
        self.failureResultOf(second, ConnectionBrokenError)
        self.assertFalse(self.watching.is_known(self.element))

    def test_a_server_that_comes_back(self) -> None:
        """The last value is invalid in between; then it is read again, and watched."""
        wanting = self.want()
        self.server.answer(2.0)
        self.successResultOf(wanting)
        self.watching.lose()
        self.watching.lose()
        self.assertEqual(self.told, [[2.0, False], [2.0, True]])
        self.successResultOf(self.want())
        back = Deferred.fromCoroutine(self.watching.resume(self.server))
        self.server.answer(2.0)
        self.successResultOf(back)
        self.assertEqual(self.told[-1], [2.0, False])
        self.assertEqual(len(self.server.items), 2)

    def refuse(self) -> None:
        """Want the element of a server that does not watch it."""
        self.server.refusal = ParameterError("there are too many")
        wanting = self.want()
        self.server.answer(2.0)
        self.assertEqual(self.successResultOf(wanting), {self.element: self.server.refusal})

    def test_what_is_not_watched_is_invalid(self) -> None:
        """As long as a subscriber wants it, every reader gets it as invalid."""
        self.refuse()
        self.assertEqual(self.told, [[2.0, False], [2.0, True]])
        reading = Deferred.fromCoroutine(self.watching.refresh(self.server, [self.element]))
        self.server.answer(3.0)
        self.successResultOf(reading)
        self.assertEqual(self.told[2:], [[3.0, True]])
        self.watching.release([self.element])
        reading = Deferred.fromCoroutine(self.watching.refresh(self.server, [self.element]))
        self.server.answer(3.0)
        self.successResultOf(reading)
        self.assertEqual(self.told[3:], [[3.0, False]])

    def test_what_is_not_watched_is_tried_again(self) -> None:
        """After a while, until the server watches it; its first value makes it valid."""
        self.refuse()
        self.clock.advance(30)
        self.server.answer(3.0)
        self.assertEqual(self.told[-1], [3.0, True])
        self.server.refusal = None
        self.clock.advance(30)
        self.server.answer(4.0)
        self.assertTrue(self.watching.is_live(self.element))
        self.news(4.0)
        self.assertEqual(self.told[-1], [4.0, False])
        # What is left looks whether variables are there still.
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)

    def test_it_is_tried_when_there_is_room(self) -> None:
        """There is room because the subscriber of another variable has left."""
        other = self.mirror.plant.element("P", "other", "P.other")
        wanting = Deferred.fromCoroutine(self.watching.want([other]))
        self.server.answer(1.0)
        self.successResultOf(wanting)
        self.refuse()
        self.server.refusal = None
        self.watching.release([other])
        self.clock.advance(0)
        self.server.answer(5.0)
        self.assertTrue(self.watching.is_live(self.element))

    def test_nothing_is_tried_of_a_server_that_is_gone(self) -> None:
        """The next connection watches all anyway."""
        self.refuse()
        self.watching.lose()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.told[-1], [2.0, True])

    def test_the_log_says_once_what_is_not_watched(self) -> None:
        """Of each value, however often it is wanted and tried."""
        lines: list[str] = []
        self.patch(monitoredelements._log, "warn", lambda text, **given: lines.append(text))
        self.refuse()
        self.watching.release([self.element])
        self.refuse()
        self.clock.advance(30)
        self.server.answer(2.0)
        self.assertEqual(len(lines), 1)
        other = self.mirror.plant.element("P", "other", "P.other")
        Deferred.fromCoroutine(self.watching.want([other]))
        self.server.answer(2.0)
        self.assertEqual(len(lines), 2)
