"""Live queries are shared: over systems whose tables come when a test wants them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import Subscriber
from oagw.core.live.livequeries import (
    LiveQueries,
    QueryConnection,
    Wish,
)
from oagw.core.live.pacer import Deadband
from oagw.core.router import Router
from oagw.errors import ConversionError, OagwError, ParameterError
from oagw.interfaces.systems import (
    Found,
)
from oagw.query.resultrows import Row
from tests.core.live.test_hotlinks import FakeSystem
from tests.core.test_session import FakeOutlet
from tests.systems.bench import request, unsliced

TEXT = "SELECT '_online.._value' FROM 'F*.' REMOTE ALL"
SINGLE, ALL = Wish(), Wish(whole=True)


def found(*rows: Row) -> Found:
    return Found(list(rows), len(rows))


class LiveQueriesTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.systems = [FakeSystem("S1"), FakeSystem("S2")]
        self.own, self.other = self.systems
        self.queries = LiveQueries(Router(self.systems), self.clock, unsliced)

    def subscriber(self, head: bytes = b'{"M":{"V":') -> Subscriber:
        return Subscriber(FakeOutlet(), head)

    def connect(
        self, subscriber: Subscriber, wish: Wish = SINGLE, text: str = TEXT, **more: Any
    ) -> Deferred[QueryConnection]:
        connecting = self.queries.connect(request(text, **more), wish, subscriber)
        return Deferred.fromCoroutine(connecting)

    def answer(self, *tables: Found) -> None:
        """The systems reply, one after the other, to the pending connect."""
        for system, one in zip(self.systems, tables, strict=False):
            system.tables[-1].callback(one)

    def answer_to(self, connecting: Deferred[QueryConnection]) -> QueryConnection:
        """The systems answer with one row."""
        self.answer(found(["S1:F.", 1]), found())
        return self.successResultOf(connecting)

    def tell(self, *rows: Row, gone: Sequence[str] = (), system: int = 0) -> None:
        for listener in list(self.systems[system].listeners):
            listener.on_rows(rows, gone)

    def sent(self, subscriber: Subscriber) -> list[Any]:
        outlet = subscriber.outlet
        assert isinstance(outlet, FakeOutlet)
        return [one["M"] for one in outlet.take()]

    def test_systems_make_one_table(self) -> None:
        """The table has the rows of all systems; each system reports changes of its own."""
        for wish, expected in (
            (SINGLE, [["S2:F.", 3]]),
            (ALL, [["S1:F.", 1], ["S2:F.", 3]]),
        ):
            subscriber = self.subscriber()
            connecting = self.connect(subscriber, wish)
            self.assertNoResult(connecting)
            self.answer(found(["S1:F.", 1]), found(["S2:F.", 2]))
            connected = self.successResultOf(connecting)
            self.assertEqual(json.loads(connected.table), [["S1:F.", 1], ["S2:F.", 2]])
            self.assertIsNone(connected.late)
            self.tell(["S2:F.", 3], system=1)
            self.assertEqual(self.sent(subscriber), [{"V": expected}])
            self.queries.disconnect(connected, subscriber)
            self.assertEqual([one.listeners for one in self.systems], [[], []])
            self.assertEqual(self.queries.count, 0)

    def test_a_row_that_comes_back_stands_behind_all_others(self) -> None:
        """One that changes keeps its place."""
        subscriber = self.subscriber()
        connecting = self.connect(subscriber, ALL)
        self.answer(found(["S1:A.", 1], ["S1:B.", 2]), found(["S2:C.", 3]))
        self.successResultOf(connecting)
        self.tell(["S1:B.", 4], gone=["S1:A."])
        self.tell(["S1:B.", 5], ["S1:A.", 6])
        tables = [one["V"] for one in self.sent(subscriber)]
        self.assertEqual(
            tables,
            [
                [["S1:B.", 4], ["S2:C.", 3]],
                [["S1:B.", 5], ["S2:C.", 3], ["S1:A.", 6]],
            ],
        )

    def test_a_whole_table_that_is_read_late(self) -> None:
        """It has the present rows; its subscriber gets each change after that."""
        subscriber = self.subscriber()
        wish = Wish(whole=True, max_rate=2.0, deadband=Deadband(0))
        self.answer_to(self.connect(subscriber, wish))
        outlet = subscriber.outlet
        assert isinstance(outlet, FakeOutlet)
        outlet.is_behind = True
        self.tell(["S1:F.", 2])
        self.tell(["S1:F.", 1])
        outlet.read_on()
        self.tell(["S1:F.", 2])
        self.clock.advance(1)
        tables = [one["V"] for one in self.sent(subscriber)]
        self.assertEqual(tables, [[["S1:F.", 1]], [["S1:F.", 2]]])

    def test_a_feed_that_fails_keeps_no_other_from_a_change(self) -> None:
        """It is logged; the others of the same query, and the query itself, go on."""
        subscribers = {SINGLE: self.subscriber(), ALL: self.subscriber()}
        for wish, subscriber in subscribers.items():
            self.answer_to(self.connect(subscriber, wish))
        [live] = self.queries._queries.values()
        self.patch(live.feeds[SINGLE], "_send", lambda *_: 1 / 0)
        self.tell(["S1:F.", 2])
        self.assertEqual(self.sent(subscribers[ALL]), [{"V": [["S1:F.", 2]]}])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_what_changes_while_others_answer_is_told_after_the_table(self) -> None:
        """No change between the table of a system and the end of the connect is lost."""
        for wish, expected in (
            (SINGLE, [["S1:F.", 5], ["S1:N.", 6]]),
            (ALL, [["S1:F.", 5], ["S2:F.", 2], ["S1:N.", 6]]),
        ):
            subscriber = self.subscriber()
            connecting = self.connect(subscriber, wish)
            self.answer(found(["S1:F.", 1], ["S1:G.", 1]))
            self.tell(["S1:F.", 4], ["S1:G.", 4])
            self.tell(["S1:F.", 5], ["S1:N.", 6], gone=["S1:G."])
            self.other.tables[-1].callback(found(["S2:F.", 2]))
            connected = self.successResultOf(connecting)
            assert connected.late is not None
            self.assertCountEqual(json.loads(connected.late), expected)
            self.tell(["S1:N.", 7])
            [told] = self.sent(subscriber)
            self.assertIn(["S1:N.", 7], told["V"])
            self.assertEqual(len(told["V"]), 1 if wish is SINGLE else 3)
            self.queries.disconnect(connected, subscriber)

    def test_who_comes_later_gets_the_table_that_is_there(self) -> None:
        """It is read and encoded again only if something has changed."""
        subscribers = [self.subscriber() for _ in range(4)]
        first = self.connect(subscribers[0])
        second = self.connect(subscribers[1])
        self.answer(found(["S1:F.", 1]), found())
        tables = [self.successResultOf(one).table for one in (first, second)]
        self.assertIs(*tables)
        self.assertEqual(len(self.own.tables), 1)
        self.assertEqual(len(self.own.listeners), 1)
        self.tell(["S1:F.", 2])
        third = self.connect(subscribers[2])
        self.answer(found(["S1:F.", 2]), found())
        self.assertEqual(json.loads(self.successResultOf(third).table), [["S1:F.", 2]])
        self.successResultOf(self.connect(subscribers[3]))
        self.assertEqual(len(self.own.tables), 2)
        self.tell(["S1:F.", 3])
        counts = [len(self.sent(one)) for one in subscribers]
        self.assertEqual(counts, [2, 2, 1, 1])

    def test_wishes_are_shared_too(self) -> None:
        """A query has one listener, and one text for all subscribers with the same wish."""
        wishes = [SINGLE, SINGLE, ALL, Wish(removed=True), Wish(blocking_time=100), ALL]
        subscribers = [self.subscriber() for _ in wishes]
        connecteds = []
        for subscriber, wish in zip(subscribers, wishes, strict=True):
            connecting = self.connect(subscriber, wish)
            if not connecting.called:
                self.answer(found(["S1:F.", 1], ["S1:G.", 1]), found())
            connecteds.append(self.successResultOf(connecting))
        self.assertEqual((len(self.own.listeners), self.queries.count), (1, 1))
        self.tell(["S1:F.", 2], gone=["S1:G."])
        outlets = [one.outlet for one in subscribers]
        bodies = [
            [message.body for message in outlet.messages]
            for outlet in outlets
            if isinstance(outlet, FakeOutlet)
        ]
        self.assertEqual(bodies[0], [b'{"M":{"V":[["S1:F.",2]]}}'])
        self.assertEqual(bodies[2], [b'{"M":{"V":[["S1:F.",2]]}}'])
        self.assertEqual(bodies[3], [b'{"M":{"V":[["S1:F.",2]],"Removed":["S1:G."]}}'])
        self.assertEqual(bodies[4], [])
        self.clock.advance(0.1)
        self.assertEqual(self.sent(subscribers[4]), [{"V": [["S1:F.", 2]]}])
        self.tell(["S1:F.", 3])
        for subscriber, connected in zip(subscribers, connecteds, strict=True):
            self.queries.disconnect(connected, subscriber)
        self.assertEqual((self.own.listeners, self.clock.getDelayedCalls()), ([], []))

    def test_gathered_changes_end_as_they_are(self) -> None:
        """A row that came and left in between is not reported as present."""
        subscriber = self.subscriber()
        connecting = self.connect(subscriber, Wish(blocking_time=100, removed=True))
        self.answer(found(["S1:F.", 1]), found())
        connected = self.successResultOf(connecting)
        self.tell(["S1:N.", 1])
        self.tell(gone=["S1:N.", "S1:F."])
        self.tell(["S1:F.", 2])
        self.clock.advance(0.1)
        self.assertEqual(
            self.sent(subscriber), [{"V": [["S1:F.", 2]], "Removed": ["S1:N."]}]
        )
        self.queries.disconnect(connected, subscriber)

    def test_an_end_is_told_to_all(self) -> None:
        """No system reports further changes, and the query may be sent again."""
        ends: list[OagwError] = []
        for wish in (SINGLE, ALL, Wish(blocking_time=5)):
            subscriber = Subscriber(FakeOutlet(), b"", ends.append)
            connecting = self.connect(subscriber, wish)
            if not connecting.called:
                self.answer(found(["S1:F.", 1]), found())
            connected = self.successResultOf(connecting)
        self.tell(["S1:F.", 2])
        [listener] = self.own.listeners
        listener.on_end(ConversionError("no"))
        self.assertEqual([error.code for error in ends], [11, 11, 11])
        self.assertEqual([one.listeners for one in self.systems], [[], []])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.queries.disconnect(connected, subscriber)
        self.assertEqual(self.queries.count, 0)
        again = self.connect(self.subscriber())
        self.answer(found(), found())
        self.successResultOf(again)
        self.assertEqual(len(self.own.listeners), 1)

    def test_an_end_while_connecting_is_the_answer(self) -> None:
        """The connect gets the error, and nothing stays."""
        connecting = self.connect(self.subscriber())
        self.answer(found())
        [listener] = self.own.listeners
        listener.on_end(ConversionError("no"))
        self.other.tables[-1].callback(found())
        self.failureResultOf(connecting, ConversionError)
        self.assertEqual([one.listeners for one in self.systems], [[], []])
        self.assertEqual(self.queries.count, 0)

    def test_an_end_is_the_answer_of_all_who_wait(self) -> None:
        """All pending connects get the error, also for the whole table; nothing stays."""
        self.answer_to(self.connect(self.subscriber()))
        second = self.connect(self.subscriber(), ALL)
        third = self.connect(self.subscriber())
        [listener] = self.own.listeners
        listener.on_end(ConversionError("no"))
        self.answer(found(["S1:F.", 1]), found())
        for connecting in (second, third):
            self.failureResultOf(connecting, ConversionError)
        self.assertEqual([one.listeners for one in self.systems], [[], []])
        self.assertEqual(self.queries.count, 0)

    def test_the_table_stays_for_who_is_about_to_want_it(self) -> None:
        """A subscriber to the whole table leaves while the table is encoded for another."""
        steps: Deferred[None] = Deferred()
        leaving, staying = self.subscriber(), self.subscriber()
        waits = Wish(whole=True, blocking_time=1000)
        connected = self.answer_to(self.connect(leaving, waits))
        self.tell(["S1:F.", 2])
        self.patch(self.queries, "_slices", lambda work: steps)
        second = self.connect(staying, ALL)
        self.answer(found(["S1:F.", 2]), found())
        self.queries.disconnect(connected, leaving)
        self.tell(["S1:F.", 3])
        steps.callback(None)
        table = self.successResultOf(second)
        self.tell(["S1:G.", 1])
        self.assertEqual(self.sent(staying), [{"V": [["S1:F.", 3], ["S1:G.", 1]]}])
        self.queries.disconnect(table, staying)
        self.assertEqual(self.queries.count, 0)

    def test_the_table_goes_with_who_gave_up(self) -> None:
        """After the cancel no table is kept for subscribers to changed rows."""
        self.answer_to(self.connect(self.subscriber()))
        self.tell(["S1:F.", 2])
        self.patch(self.queries, "_slices", lambda work: Deferred())
        second = self.connect(self.subscriber(), ALL)
        self.answer(found(["S1:F.", 2]), found())
        second.cancel()
        self.failureResultOf(second, CancelledError)
        [live] = self.queries._queries.values()
        self.assertIsNone(live._table)

    def test_a_refusal_leaves_nothing(self) -> None:
        """After an error of a system or too many rows in all, nothing stays."""
        connecting = self.connect(self.subscriber())
        self.answer(found())
        self.other.tables[-1].errback(ConversionError("no"))
        self.failureResultOf(connecting, ConversionError)
        self.assertEqual(self.own.listeners, [])
        connecting = self.connect(self.subscriber(), max_rows=3)
        self.answer(found(["a", 1], ["b", 1]), found(["c", 1], ["d", 1]))
        error = self.failureResultOf(connecting, ParameterError).value
        self.assertIn("4 rows", str(error))
        self.assertEqual([one.listeners for one in self.systems], [[], []])

    def test_who_leaves_while_waiting_leaves_nothing(self) -> None:
        """The others who wait get their table."""
        first, second = self.connect(self.subscriber()), self.connect(self.subscriber())
        third = self.connect(self.subscriber())
        second.cancel()
        self.failureResultOf(second, CancelledError)
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.assertNoResult(third)
        self.answer(found(["S1:F.", 1]), found())
        self.assertEqual(json.loads(self.successResultOf(third).table), [["S1:F.", 1]])
        self.assertEqual(len(self.own.listeners), 1)
