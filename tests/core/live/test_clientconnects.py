"""Connects that take their time: commands take effect in the order of sending."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.manager import DatapointManager
from oagw.errors import ConversionError
from oagw.interfaces.systems import Found
from tests.core.live.test_hotlinks import FakeSystem
from tests.core.test_session import Client, SessionTestCase
from tests.systems.bench import unsliced

LARGE, SMALL = (f"SELECT '_online.._value' FROM '{name}.'" for name in "FG")


class SlowConnectsTests(SynchronousTestCase):
    """Over a system whose answers come when a test wants them."""

    timeout = 30

    def setUp(self) -> None:
        self.system = FakeSystem("S")
        self.system.is_slow = True
        self.clock = Clock()
        self.manager = DatapointManager([self.system], self.clock, unsliced)
        self.client = Client(self.manager, SessionTestCase.rules, self.clock)

    def query(self, text: str) -> Deferred[Found]:
        """Connect a query with the Id 7; what its system will answer."""
        self.assertEqual(self.client.ask({"DpQueryConnect": {"Id": 7, "Query": text}}), [])
        return self.system.tables[-1]

    def bodies(self) -> list[Any]:
        return [body for one in self.client.outlet.take() for body in one.values()]

    def tell(self) -> list[object]:
        """A row changes for all who listen; the values of each message."""
        for number, listener in enumerate(self.system.listeners):
            listener.on_rows([["S:F.", number]], ())
        return [body["Values"] for body in self.bodies()]

    def test_a_query_is_disconnected_before_it_is_answered(self) -> None:
        """No update follows, and its Id is free."""
        self.query(LARGE)
        disconnect = {"DpQueryDisconnect": {"Id": 7}}
        self.assertEqual(self.client.ask(disconnect), [])
        self.assertEqual(self.system.listeners, [])
        [answer] = self.client.ask(disconnect)
        self.assertEqual(answer["DpQueryDisconnectResult"]["Error"], 32)
        self.assertEqual(len(self.client.context.query_connects), 0)

    def test_the_later_query_of_an_id_stays(self) -> None:
        """In whichever order the two are made."""
        for earlier_first in (True, False):
            earlier, later = self.query(LARGE), self.query(SMALL)
            if earlier_first:
                earlier.callback(Found([["S:F.", 0]], 1))
                self.assertEqual(
                    [body["Values"] for body in self.bodies()], [[["S:F.", 0]]]
                )
            later.callback(Found([["S:G.", 0]], 1))
            self.assertEqual([body["Values"] for body in self.bodies()], [[["S:G.", 0]]])
            self.assertEqual(self.tell(), [[["S:F.", 0]]])
            self.assertEqual(self.client.ask({"DpQueryDisconnect": {"Id": 7}}), [])
            self.assertEqual(self.system.listeners, [])

    def test_a_query_that_is_refused_takes_nobodys_place(self) -> None:
        """The earlier one goes on, whether it has been answered or not."""
        for is_answered in (True, False):
            earlier = self.query(LARGE)
            if is_answered:
                earlier.callback(Found([["S:F.", 0]], 1))
                self.assertEqual([body["Error"] for body in self.bodies()], [0])
            self.query(SMALL).errback(ConversionError("no"))
            self.assertEqual([body["Error"] for body in self.bodies()], [11])
            if not is_answered:
                earlier.callback(Found([["S:F.", 0]], 1))
                self.assertEqual([body["Error"] for body in self.bodies()], [0])
            self.assertEqual(self.tell(), [[["S:F.", 0]]])
            self.assertEqual(self.client.ask({"DpQueryDisconnect": {"Id": 7}}), [])

    def test_values_are_disconnected_before_they_are_answered(self) -> None:
        """No update follows, whatever the system replies later."""
        for error in (None, ConversionError("no")):
            self.client.ask({"DpConnect": {"Id": 7, "Dps": ["F."]}})
            self.assertEqual(self.client.ask({"DpDisconnect": {"Id": 7}}), [])
            pending = self.system.pending.pop()
            if error is None:
                pending.callback([0])
            else:
                self.system.watched.clear()
                pending.errback(error)
            self.assertEqual(self.client.outlet.take(), [])
            self.assertEqual(self.manager.hotlinks.count, 0)
            self.assertEqual(len(self.client.context.connects), 0)

    def test_the_later_values_of_an_id_stay(self) -> None:
        """An earlier connect that completes last sends no updates."""
        for name in ("F.", "G."):
            self.client.ask({"DpConnect": {"Id": 7, "Dps": [name]}})
        for pending in reversed(self.system.pending):
            pending.callback([0])
        [body] = self.bodies()
        self.assertEqual(list(body["Values"]), ["S:G.:_online.._value"])
        self.assertEqual(self.system.watched, {"S:G.:_online.._value": 1})

    def test_nothing_is_left_of_who_goes(self) -> None:
        """Connects that are being made end with the session."""
        self.query(LARGE)
        self.client.ask({"DpConnect": {"Dps": ["F."]}})
        self.client.session.close()
        self.system.pending.pop().callback([0])
        self.assertEqual((self.system.listeners, self.system.watched), ([], {}))
        self.assertEqual(self.client.outlet.take(), [])
