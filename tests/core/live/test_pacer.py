"""Fewer updates for those who wish it, and never one that misleads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import Subscriber
from oagw.core.live.hotlinks import (
    Hotlink,
    Pace,
    PacedSubscribers,
)
from oagw.core.live.pacer import (
    Deadband,
    Pacer,
)
from oagw.model.values import WireValue
from tests.core.test_session import FakeOutlet


class DeadbandTests(SynchronousTestCase):
    timeout = 30

    def test_numbers(self) -> None:
        """It differs by more than the amount or the percentage of the last one sent."""
        for deadband, told, passing, others in (
            (Deadband(2), 10, (12.5, 7, -100), (12, 8.0, 10)),
            (Deadband(0), 1.5, (1.6,), (1.5,)),
            (Deadband(10, True), 200, (221, 179.9), (220, 180)),
            (Deadband(10, True), -50, (-56, 0), (-55, -45)),
            (Deadband(10, True), 0, (0.1, -1), (0,)),
            # No double holds it.
            (Deadband(1), 10**400, (1.5, -(10**400)), (10**400,)),
            (Deadband(10, True), 10**400, (1.5, 10**401), (10**400,)),
        ):
            for value in passing:
                self.assertTrue(deadband.passes(told, value), (deadband, told, value))
            for value in others:
                self.assertFalse(deadband.passes(told, value), (deadband, told, value))

    def test_what_is_no_number(self) -> None:
        """A non-numeric value is sent whenever it differs."""
        cases: list[tuple[WireValue, WireValue, bool]] = [
            ("a", "b", True),
            ("a", "a", False),
            (None, 1.0, True),
            (1.0, None, True),
            (None, None, False),
            (True, False, True),
            (True, True, False),
            (1, True, True),
            ([1, 2], [1, 3], True),
            ([1, 2], [1, 2], False),
        ]
        for told, value, passes in cases:
            self.assertIs(Deadband(1000).passes(told, value), passes, (told, value))


class PacerTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(100)
        self.told: list[float] = []
        self.has_something = True

    def tell(self) -> bool:
        if self.has_something:
            self.told.append(self.clock.seconds() - 100)
        return self.has_something

    def test_the_first_at_once(self) -> None:
        """After the first, one update is sent in each interval with changes."""
        pacer = Pacer(self.clock, 0, 0.5, self.tell)
        for _ in range(16):
            pacer.want()
            self.clock.advance(0.125)
        self.assertEqual(self.told, [0, 0.5, 1.0, 1.5, 2.0])
        self.clock.advance(5)
        self.assertEqual(len(self.told), 5)
        pacer.want()
        self.assertEqual(self.told[-1], 7)

    def test_nothing_to_tell(self) -> None:
        """What was too small a change does not make the next one wait."""
        pacer = Pacer(self.clock, 0, 0.5, self.tell)
        self.has_something = False
        pacer.want()
        self.has_something = True
        pacer.want()
        self.assertEqual(self.told, [0])

    def test_delay(self) -> None:
        """Changes gather first; the longer of the two counts."""
        pacer = Pacer(self.clock, 0.25, 1, self.tell)
        for _ in range(20):
            pacer.want()
            self.clock.advance(0.125)
        self.assertEqual(self.told, [0.25, 1.25, 2.25])

    def test_stop(self) -> None:
        """No further updates are sent."""
        pacer = Pacer(self.clock, 1, 0, self.tell)
        pacer.want()
        pacer.stop()
        pacer.stop()
        self.clock.advance(2)
        self.assertEqual(self.told, [])


#: Sets of values, and how long nothing happens after them.
_SETS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("ab"), st.integers(-30, 30), min_size=1),
        st.sampled_from([0.0, 0.125, 0.25, 1.0]),
        st.booleans(),
    ),
    max_size=30,
)


class PacedTests(SynchronousTestCase):
    """Values of a DpConnect."""

    timeout = 30

    @given(
        _SETS,
        st.sampled_from([None, 2.0]),
        st.sampled_from([None, 0.0, 5.0]),
        st.booleans(),
    )
    def test_what_a_client_knows(
        self,
        sets: list[Any],
        rate: float | None,
        amount: float | None,
        only_changed: bool,
    ) -> None:
        """It is never further from the values than it wished, for longer than it wished.

        Also if it does not read for a while.
        """
        clock = Clock()
        clock.advance(100)
        link = Hotlink(("a", "b"))
        link.note("a", 0)
        link.note("b", 0)
        outlet = FakeOutlet()
        deadband = None if amount is None else Deadband(amount)
        paced = PacedSubscribers(link, Pace(rate, deadband, only_changed), clock)
        paced.add(Subscriber(outlet, b'{"M":{"V":'))
        known: dict[str, int] = {"a": 0, "b": 0}
        times: list[float] = []
        changed: set[str] = set()

        def look() -> None:
            for message in outlet.take():
                told = message["M"]["V"]
                self.assertLessEqual(set(told), changed if only_changed else set("ab"))
                self.assertNotEqual(told, {})
                known.update(told)
                times.append(clock.seconds())
                self.assertTrue(only_changed or known == link.values)

        for values, pause, reads in sets:
            for name, value in values.items():
                link.note(name, value)
            changed |= set(values)
            if not reads:
                outlet.is_behind = True
            paced.want([*values, "c"])
            if reads:
                outlet.read_on()
            look()
            for _ in range(int(pause * 8)):
                clock.advance(0.125)
                look()
        clock.advance(1)
        outlet.read_on()
        look()
        for name, present in link.values.items():
            assert isinstance(present, int)
            self.assertLessEqual(abs(present - known[name]), amount or 0)
        # What it has missed comes when it reads on.
        if rate is not None and all(reads for *_, reads in sets):
            gaps = [later - earlier for earlier, later in pairwise(times)]
            self.assertGreaterEqual(min(gaps, default=1.0), 1 / rate)
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_who_is_behind_and_limited(self) -> None:
        """What it reads late is the present value; it learns of each one after that."""
        clock = Clock()
        clock.advance(100)
        link = Hotlink(("a",))
        outlet = FakeOutlet()
        paced = PacedSubscribers(link, Pace(2.0, Deadband(0)), clock)
        paced.add(Subscriber(outlet, b'{"M":{"V":'))
        for value in (1, 0):
            link.note("a", value)
            outlet.is_behind = value == 1
            paced.want(["a"])
        outlet.read_on()
        link.note("a", 1)
        paced.want(["a"])
        clock.advance(1)
        self.assertEqual([one["M"]["V"] for one in outlet.take()], [{"a": 0}, {"a": 1}])

    def test_who_comes_later(self) -> None:
        """It has newer values: the next change is sent to all, however small."""
        link = Hotlink(("a",))
        link.note("a", 0.0)
        outlets = [FakeOutlet(), FakeOutlet()]
        paced = PacedSubscribers(link, Pace(None, Deadband(10)), Clock())
        for outlet, values in zip(outlets, ((1.0, 9.0), (8.0, 7.0)), strict=True):
            paced.add(Subscriber(outlet, b'{"M":{"V":'))
            for value in values:
                link.note("a", value)
                paced.want("a")
        told = [[one["M"]["V"]["a"] for one in outlet.take()] for outlet in outlets]
        self.assertEqual(told, [[1.0, 8.0], [8.0]])
