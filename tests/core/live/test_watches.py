"""A watch sends all changes of a turn in one message, in the order of commands."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.watches import InOrder, Watch
from oagw.core.router import Router
from oagw.wire.codec import Message
from tests.core.live.test_hotlinks import FakeSystem
from tests.core.test_session import FakeOutlet

A, B = "S:A.:_online.._value", "S:B.:_online.._value"


class WatchTests(SynchronousTestCase):
    """Over a system that replies when a test wants."""

    timeout = 30

    def setUp(self) -> None:
        self.system = FakeSystem("S")
        self.clock = Clock()
        self.outlet = FakeOutlet()
        self.watch = Watch(Router([self.system]), self.outlet, self.clock)

    def begin(self, *names: str) -> Deferred[Any]:
        """Add names."""
        return Deferred.fromCoroutine(self.watch.add(names))

    def changes(self) -> list[Any]:
        """The changes of each message."""
        return [one["DpWatchResult"]["Changes"] for one in self.outlet.take()]

    def test_the_changes_of_a_turn_are_one_message(self) -> None:
        """Changes of an atomic set stay together; other names are left out."""
        self.successResultOf(self.begin(A, B))
        self.assertEqual(self.watch.count, 2)
        self.watch.on_change({A: 1, B: 2, "S:C.": 3})
        self.watch.on_change({A: 4})
        self.assertEqual(self.changes(), [])
        self.clock.advance(0)
        self.assertEqual(self.changes(), [[{A: 1, B: 2}, {A: 4}]])

    def test_no_reply_overtakes_a_change(self) -> None:
        """What was gathered leaves before it."""
        self.successResultOf(self.begin(A))
        self.watch.on_change({A: 1})
        InOrder(self.outlet, self.watch).send(Message(b'{"Reply":1}'))
        first, second = self.outlet.take()
        self.assertIn("DpWatchResult", first)
        self.assertEqual(second, {"Reply": 1})

    def test_a_removal_waits_for_what_is_being_added(self) -> None:
        """Afterwards nothing is watched, and the system knows it."""
        self.system.is_slow = True
        adding = self.begin(A)
        removing = Deferred.fromCoroutine(self.watch.remove([A]))
        self.assertNoResult(removing)
        self.system.pending.pop(0).callback([0])
        self.successResultOf(adding)
        self.successResultOf(removing)
        self.assertEqual(self.watch.count, 0)
        self.assertEqual(self.system.watched, {})

    def test_a_cancelled_wait_leaves_the_turn_to_others(self) -> None:
        """One that waits for its turn may be cancelled."""
        self.system.is_slow = True
        first, second = self.begin(A), self.begin(B)
        second.cancel()
        self.failureResultOf(second, CancelledError)
        self.system.pending.pop(0).callback([0])
        self.successResultOf(first)
        third = self.begin(B)
        self.system.pending.pop(0).callback([0])
        self.successResultOf(third)
        self.assertEqual(self.watch.count, 2)
