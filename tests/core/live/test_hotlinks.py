"""Equal connects are one: watched once, encoded once, and ended with the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from oagw.core.live.audience import (
    Subscriber,
)
from oagw.core.live.hotlinks import (
    Hotlink,
    Hotlinks,
)
from oagw.core.router import Router
from oagw.errors import (
    DatapointNotFoundError,
    NamesRefusedError,
    OagwError,
    TypeNotFoundError,
)
from oagw.interfaces.systems import (
    Found,
    IReading,
    ISystem,
    PeriodRequest,
    QueryRequest,
    RowsListener,
    SetRequest,
    SystemListener,
)
from oagw.model.changes import (
    Fact,
    StructureChange,
    SystemFact,
)
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import Pattern
from oagw.model.values import WireValue
from oagw.query.tree import Query
from oagw.wire.codec import Message
from tests.core.test_session import FakeOutlet, SessionTestCase


@implementer(ISystem)
class FakeSystem:
    """A system whose replies a test releases.

    :ivar watched: how often each name is watched.
    :ivar listeners: who is told of rows of queries.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.watched: dict[str, int] = {}
        self.pending: list[Deferred[list[WireValue]]] = []
        self.tables: list[Deferred[Found]] = []
        self.listeners: list[RowsListener] = []
        self.is_slow = False
        self.refuses = False

    def start(self, listener: SystemListener) -> Deferred[None]:
        return succeed(None)

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        return succeed([0 for _ in names])

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        return succeed(None)

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        if self.refuses:
            error = DatapointNotFoundError("no")
            return fail(NamesRefusedError(dict.fromkeys(names, error)))
        for name in names:
            self.watched[name] = self.watched.get(name, 0) + 1
        values: Deferred[list[WireValue]] = Deferred()
        if self.is_slow:
            self.pending.append(values)
        else:
            values.callback([0 for _ in names])
        return values

    def unwatch(self, names: Sequence[str]) -> None:
        for name in names:
            self.watched[name] -= 1
            if not self.watched[name]:
                del self.watched[name]

    def names(self, pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        return succeed([])

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        return succeed([])

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        return fail(TypeNotFoundError("no"))

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        return succeed(None)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        return succeed([False for _ in names])

    def alias(self, text: str) -> str | None:
        return None

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        return succeed({})

    def change(self, change: StructureChange) -> Deferred[None]:
        return succeed(None)

    def query(self, request: QueryRequest) -> Deferred[Found]:
        self.tables.append(Deferred())
        return self.tables[-1]

    def query_connect(
        self, request: QueryRequest, listener: RowsListener
    ) -> Deferred[Found]:
        if listener not in self.listeners:
            self.listeners.append(listener)
        self.tables.append(Deferred())
        return self.tables[-1]

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        if listener in self.listeners:
            self.listeners.remove(listener)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        return succeed(({}, {}))


class HotlinksTests(SynchronousTestCase):
    """Sharing, over systems that only count."""

    timeout = 30

    def setUp(self) -> None:
        self.own = FakeSystem("S1")
        self.other = FakeSystem("S2")
        self.hotlinks = Hotlinks(Router([self.own, self.other]), Clock())

    def connect(self, names: Sequence[str], subscriber: Subscriber) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.hotlinks.connect(names, subscriber))

    def subscriber(self, head: bytes = b'{"R":{"Values":') -> Subscriber:
        return Subscriber(FakeOutlet(), head)

    def sent(self, subscriber: Subscriber) -> list[Any]:
        assert isinstance(subscriber.outlet, FakeOutlet)
        return subscriber.outlet.take()

    def change(self, **changes: WireValue) -> None:
        named: Mapping[str, WireValue] = {f"S1:{name}": v for name, v in changes.items()}
        self.hotlinks.on_change(named)

    def test_the_fake_is_a_system(self) -> None:
        """The fake has the interface of a system."""
        self.assertTrue(verifyObject(ISystem, self.own))

    def test_equal_connects_are_watched_once(self) -> None:
        """The second client costs the system nothing."""
        first = self.successResultOf(self.connect(["S1:a", "S1:b"], self.subscriber()))
        second = self.successResultOf(self.connect(["S1:a", "S1:b"], self.subscriber()))
        self.assertIs(first, second)
        self.assertEqual(self.own.watched, {"S1:a": 1, "S1:b": 1})

    def test_a_name_given_twice_is_watched_once(self) -> None:
        """An update has the value once."""
        link = self.successResultOf(self.connect(["S1:a", "S1:a"], self.subscriber()))
        self.assertEqual(link.names, ("S1:a",))
        self.assertEqual(self.own.watched, {"S1:a": 1})

    def test_the_last_to_leave_ends_the_watching(self) -> None:
        """Updates are sent as long as one client is left."""
        first, second = self.subscriber(), self.subscriber()
        link = self.successResultOf(self.connect(["S1:a", "S2:b"], first))
        self.successResultOf(self.connect(["S1:a", "S2:b"], second))
        self.hotlinks.disconnect(link, first)
        self.assertEqual((self.own.watched, self.other.watched), ({"S1:a": 1}, {"S2:b": 1}))
        self.change(a=1)
        self.assertEqual((self.sent(first), len(self.sent(second))), ([], 1))
        self.hotlinks.disconnect(link, second)
        self.assertEqual((self.own.watched, self.other.watched), ({}, {}))
        self.change(a=2)
        self.assertEqual(self.sent(second), [])

    def test_connects_of_one_name_each_are_told(self) -> None:
        """A name may be in several connects; each gets all of its own values."""
        one, two = self.subscriber(), self.subscriber()
        self.successResultOf(self.connect(["S1:a"], one))
        self.successResultOf(self.connect(["S1:b", "S1:a"], two))
        self.change(a=1)
        self.assertEqual(self.sent(one), [{"R": {"Values": {"S1:a": 1}}}])
        self.assertEqual(self.sent(two), [{"R": {"Values": {"S1:b": 0, "S1:a": 1}}}])

    def test_who_fails_keeps_no_other_from_a_change(self) -> None:
        """A client whose update fails is cut off; an observer that fails is logged."""

        class Failing(FakeOutlet):
            def send(self, message: Message) -> None:
                raise RuntimeError("a broken client")

        class Watching:
            def __init__(self, error: Exception | None = None) -> None:
                self.error = error
                self.changes: list[Mapping[str, WireValue]] = []

            def on_change(self, changes: Mapping[str, WireValue]) -> None:
                if self.error is not None:
                    raise self.error
                self.changes.append(changes)

            def on_end(self, reason: OagwError) -> None:
                pass

        outlet = Failing()
        other = self.subscriber()
        later = self.subscriber(b'{"S":{"Values":')
        for one in (Subscriber(outlet, b'{"R":{"Values":'), other, later):
            self.successResultOf(self.connect(["S1:a"], one))
        observers = [Watching(RuntimeError("a broken observer")), Watching()]
        for observer in observers:
            done = Deferred.fromCoroutine(self.hotlinks.observe(["S1:a"], observer))
            self.successResultOf(done)
        self.change(a=1)
        self.assertEqual(self.sent(other), [{"R": {"Values": {"S1:a": 1}}}])
        self.assertEqual(self.sent(later), [{"S": {"Values": {"S1:a": 1}}}])
        self.assertEqual(len(outlet.reasons), 1)
        self.assertEqual(observers[1].changes, [{"S1:a": 1}])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 2)

    def test_a_refused_connect_watches_nothing(self) -> None:
        """What one system has begun to watch is released when the other refuses."""
        self.other.refuses = True
        subscriber = self.subscriber()
        done = self.connect(["S1:a", "S2:b"], subscriber)
        self.failureResultOf(done, NamesRefusedError)
        self.assertEqual((self.own.watched, self.other.watched), ({}, {}))
        self.change(a=1)
        self.assertEqual(self.sent(subscriber), [])

    def test_equal_connects_at_the_same_time_become_one(self) -> None:
        """A client that connects while a slow system still replies shares the link too."""
        self.own.is_slow = True
        first = self.connect(["S1:a"], self.subscriber())
        second = self.connect(["S1:a"], self.subscriber())
        for pending in self.own.pending:
            pending.callback([5])
        self.assertIs(self.successResultOf(first), self.successResultOf(second))
        self.assertEqual(self.own.watched, {"S1:a": 1})

    def end(self, *names: str) -> None:
        """The system reports that names were deleted."""
        for name in names:
            self.own.watched.pop(name, None)
        self.hotlinks.on_end(dict.fromkeys(names, DatapointNotFoundError("gone")))

    def test_a_change_while_another_system_answers_is_not_lost(self) -> None:
        """The connect begins with what is so when it is answered."""
        self.other.is_slow = True
        done = self.connect(["S1:a", "S2:b"], self.subscriber())
        self.change(a=5)
        self.other.pending[0].callback([6])
        link = self.successResultOf(done)
        self.assertEqual(link.values, {"S1:a": 5, "S2:b": 6})

    def test_an_end_while_another_system_answers_refuses_the_connect(self) -> None:
        """It would get no updates; its other names are no longer watched."""
        self.other.is_slow = True
        subscriber = self.subscriber()
        done = self.connect(["S1:a", "S1:c", "S2:b"], subscriber)
        self.end("S1:a")
        self.end("S1:c")
        self.other.pending[0].callback([6])
        refused = self.failureResultOf(done, NamesRefusedError).value
        self.assertEqual(set(refused.errors), {"S1:a", "S1:c"})
        self.assertEqual((self.own.watched, self.other.watched), ({}, {}))
        self.change(a=1)
        self.assertEqual((self.sent(subscriber), self.hotlinks.count), ([], 0))

    def test_an_end_is_told_once_to_each_and_the_rest_is_given_back(self) -> None:
        """A connect ends as a whole; those of other names live on."""
        ends: list[tuple[str, OagwError]] = []

        def ending(who: str) -> Subscriber:
            return Subscriber(FakeOutlet(), b"", lambda error: ends.append((who, error)))

        one, two, other = ending("one"), ending("two"), ending("other")
        link = self.successResultOf(self.connect(["S1:a", "S1:b", "S2:c"], one))
        self.successResultOf(self.connect(["S1:a", "S1:b", "S2:c"], two))
        self.successResultOf(self.connect(["S1:d"], other))
        self.end("S1:a", "S1:b")
        self.assertEqual([who for who, _ in ends], ["one", "two"])
        reason = ends[0][1]
        assert isinstance(reason, NamesRefusedError)
        self.assertEqual(set(reason.errors), {"S1:a", "S1:b"})
        self.assertEqual((self.own.watched, self.other.watched), ({"S1:d": 1}, {}))
        self.hotlinks.disconnect(link, one)
        self.assertEqual(self.hotlinks.count, 1)

    def test_who_is_told_of_an_end_may_end_other_connects(self) -> None:
        """A client that is cut off at the first message of many ends them all."""
        cut: list[Callable[[], None]] = []

        def ended(error: OagwError) -> None:
            for end in cut:
                end()

        for names in (["S1:a"], ["S1:a", "S1:b"], ["S1:c"]):
            subscriber = Subscriber(FakeOutlet(), b"", ended)
            link = self.successResultOf(self.connect(names, subscriber))
            cut.append(partial(self.hotlinks.disconnect, link, subscriber))
        del cut[:2]
        self.end("S1:a", "S1:b")
        self.assertEqual((self.own.watched, self.hotlinks.count), ({}, 0))

    def test_an_ended_name_can_be_connected_again(self) -> None:
        """The new connect has nothing to do with the old one."""
        old, new = self.subscriber(), self.subscriber()
        link = self.successResultOf(self.connect(["S1:a"], old))
        self.end("S1:a")
        again = self.successResultOf(self.connect(["S1:a"], new))
        self.hotlinks.disconnect(link, old)
        self.assertEqual(self.own.watched, {"S1:a": 1})
        self.change(a=1)
        self.assertEqual((len(self.sent(old)), len(self.sent(new))), (0, 1))
        self.hotlinks.disconnect(again, new)
        self.assertEqual(self.own.watched, {})

    def test_observers_are_told_of_changes_and_of_the_end(self) -> None:
        """They share the link with clients, and may leave during a notification."""
        hotlinks = self.hotlinks
        told: list[object] = []

        class Watcher:
            link: Hotlink | None = None

            def on_change(self, changes: Mapping[str, WireValue]) -> None:
                told.append(dict(changes))
                assert self.link is not None
                if told == [{"S1:a": 1, "S1:z": 2}]:
                    return
                hotlinks.stop_observing(self.link, self)

            def on_end(self, reason: OagwError) -> None:
                told.append(reason.code)
                assert self.link is not None
                hotlinks.stop_observing(self.link, self)

        first, second = Watcher(), Watcher()
        for watcher in (first, second):
            done = Deferred.fromCoroutine(hotlinks.observe(["S1:a"], watcher))
            watcher.link = self.successResultOf(done)
        self.assertEqual(self.own.watched, {"S1:a": 1})
        self.change(a=1, z=2)
        self.assertEqual(told, [{"S1:a": 1, "S1:z": 2}] * 2)
        self.end("S1:a")
        self.assertEqual(told[2:], [7])
        self.change(a=3)
        self.assertEqual((len(told), self.own.watched, hotlinks.count), (3, {}, 0))

    def test_a_change_that_nobody_wants_is_no_error(self) -> None:
        """A report may come just after the end."""
        subscriber = self.subscriber()
        self.successResultOf(self.connect(["S1:a"], subscriber))
        self.change(b=1)
        self.assertEqual(self.sent(subscriber), [])


class ClientsTests(SessionTestCase):
    """The same, seen from clients of the embedded system."""

    def setUp(self) -> None:
        super().setUp()
        self.clients = [self.client, self.new_client(), self.new_client()]

    def all_ask(self, sent: object) -> None:
        for client in self.clients:
            client.ask(sent)

    def messages(self) -> list[Any]:
        """The one message that each client has got."""
        found = []
        for client in self.clients:
            [message] = client.outlet.messages
            client.outlet.messages = []
            found.append(message)
        return found

    def test_clients_with_the_same_id_share_one_message(self) -> None:
        """A change is encoded once for all of them."""
        self.all_ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.set({"F1.": 1})
        first, second, third = self.messages()
        self.assertIs(first, second)
        self.assertIs(first, third)

    def test_spellings_of_one_name_are_one_connect(self) -> None:
        """What counts is the complete name."""
        spellings = ["F1.", "System1:F1", "F1.:_online.._value"]
        for client, spelling in zip(self.clients, spellings, strict=True):
            client.ask({"DpConnect": {"Id": 1, "Dps": [spelling]}})
        self.set({"F1.": 1})
        first, second, third = self.messages()
        self.assertIs(first, second)
        self.assertIs(first, third)

    def test_clients_of_one_query_share_one_message(self) -> None:
        """Equal queries are evaluated and encoded once, however they are spelled."""
        for client, query in zip(
            self.clients,
            (
                "SELECT '_online.._value' FROM 'F*.'",
                'select "_online.._value" from "F*."',
                "SELECT ':_online.._value'  FROM 'F*.';",
            ),
            strict=True,
        ):
            client.ask({"DpQueryConnect": {"Id": 1, "Query": query}})
        self.set({"F1.": 1, "F2.": 2})
        first, second, third = self.messages()
        self.assertIs(first, second)
        self.assertIs(first, third)

    def test_one_of_many_leaves_a_query(self) -> None:
        """The others still get its rows; who comes later sees the present table."""
        query = "SELECT '_online.._value' FROM 'F1.'"
        self.all_ask({"DpQueryConnect": {"Id": 1, "Query": query}})
        self.clients[0].ask({"DpQueryDisconnect": {"Id": 1}})
        self.set({"F1.": 1})
        counts = [len(client.outlet.take()) for client in self.clients]
        self.assertEqual(counts, [0, 1, 1])
        for client in self.clients[1:]:
            client.ask({"DpQueryDisconnect": {"Id": 1}})
        [answer] = self.clients[0].ask({"DpQueryConnect": {"Id": 2, "Query": query}})
        self.assertEqual(answer["DpQueryConnectResult"]["Values"], [["System1:F1.", 1.0]])
        self.set({"F1.": 2})
        self.assertEqual([len(client.outlet.take()) for client in self.clients], [1, 0, 0])

    def test_a_set_is_told_in_whole(self) -> None:
        """One atomic set of many values is one message for each connect."""
        names = ["F1.", "F2.", "pump_01.value.speed", "pump_02.value.speed"]
        self.all_ask({"DpConnect": {"Id": 1, "Dps": names}})
        self.client.ask({"DpSet": {"Values": [{"Dp": name, "Value": 5} for name in names]}})
        for client in self.clients:
            answers = client.outlet.take()
            if client is not self.client:
                [answer] = answers
                values = answer["DpConnectResult"]["Values"]
                self.assertEqual(list(values.values()), [5.0] * 4)

    def test_a_new_client_sees_the_present_values(self) -> None:
        """A shared link has the newest values for a client that connects later."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.set({"F1.": 1})
        late = self.new_client()
        [answer] = late.ask({"DpConnect": {"Id": 9, "Dps": ["F1."]}})
        self.assertEqual(list(answer["DpConnectResult"]["Values"].values()), [1.0])

    def test_when_all_have_left_the_system_watches_nothing(self) -> None:
        """The element forgets what the core wanted to know."""
        self.all_ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.all_ask({"DpQueryConnect": {"Query": "SELECT '_online.._value' FROM 'F1.'"}})
        element = self.bench.system.plant.element("F1", "", "F1.")
        self.assertIsNotNone(element.watched)
        self.assertIsNotNone(element.tables)
        for client in self.clients:
            client.session.close()
        self.assertIsNone(element.watched)
        self.assertIsNone(element.tables)
