"""Slow clients: what they get instead of all updates, against a client that gets all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.core.live.backlog import (
    Backlog,
    RowChanges,
)
from oagw.core.live.hotlinks import Hotlink
from oagw.errors import DatapointNotFoundError
from oagw.query.resultrows import Row
from oagw.wire.codec import encode
from tests.core.test_session import FakeOutlet

_NAMES = "abcd"
_UPDATES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(_NAMES), st.integers(0, 99), max_size=4),
        st.sets(st.sampled_from(_NAMES), max_size=2),
    ),
    max_size=20,
)


class BacklogTests(SynchronousTestCase):
    timeout = 30

    @given(_UPDATES, st.integers(0, 20))
    def test_since(self, updates: list[tuple[dict[str, int], set[str]]], seen: int) -> None:
        """It is what all the updates after one come to, one after the other."""
        backlog, naive = Backlog(), RowChanges()
        for number, (rows, gone) in enumerate(updates, 1):
            left = sorted(gone - set(rows))
            changed: list[Row] = [[name, value] for name, value in rows.items()]
            backlog.add(number, changed, left)
            if number > seen:
                naive.add(changed, left)
        found = backlog.since(seen)
        self.assertEqual((found.rows, found.gone), (naive.rows, naive.gone))

    def test_nothing_is_left_of_what_nobody_needs(self) -> None:
        """The backlog is empty when no client is behind."""
        backlog = Backlog()
        backlog.add(1, [["a", 1]], [])
        backlog.clear()
        self.assertFalse(backlog.since(0))


#: What happens: values are set in one step, or one of the clients reads or stops to.
_EVENTS = st.lists(
    st.one_of(
        st.dictionaries(st.sampled_from(_NAMES), st.integers(0, 99), min_size=1),
        st.tuples(st.integers(0, 2), st.booleans()),
    ),
    max_size=40,
)


class HotlinkTests(SynchronousTestCase):
    """Values of a DpConnect."""

    timeout = 30

    @given(_EVENTS)
    def test_clients_that_read_now_and_then(self, events: list[Any]) -> None:
        """Each sees some of the states, in order, none that never was, and the last."""
        link = Hotlink(tuple(_NAMES))
        outlets = [FakeOutlet() for _ in range(3)]
        for number, outlet in enumerate(outlets):
            head = b'{"M":{"V":' if number else b'{"M":{"Id":1,"V":'
            link.audience.add(Subscriber(outlet, head, counts=True))
        states = []
        for event in events:
            if isinstance(event, dict):
                for name, value in event.items():
                    link.note(name, value)
                states.append(dict(link.values))
                link.audience.notify(link.json())
            elif event[1]:
                outlets[event[0]].read_on()
            else:
                outlets[event[0]].is_behind = True
        for outlet in outlets:
            outlet.read_on()
            messages = [one["M"] for one in outlet.take()]
            left_out = sum(one.get("Conflated", 0) for one in messages)
            self.assertEqual(outlet.conflated, left_out)
            self.assertEqual(len(messages) + left_out, len(states))
            at = -1
            for message in messages:
                at += 1 + message.get("Conflated", 0)
                self.assertEqual(message["V"], states[at])
        self.assertEqual(link.audience.late, set())


class AudienceTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.outlet = FakeOutlet()

    def test_without_a_newest_nothing_is_left_out(self) -> None:
        """Events are all sent, also to a client that is behind."""
        audience = Audience()
        audience.add(Subscriber(self.outlet, b'{"M":{"V":'))
        self.outlet.is_behind = True
        for number in range(3):
            audience.notify(encode(number))
        self.assertEqual([one["M"]["V"] for one in self.outlet.take()], [0, 1, 2])
        self.assertEqual(self.outlet.waiting, {})

    def test_who_leaves_is_not_waited_for(self) -> None:
        """An outlet forgets a subscriber that leaves, and all when the audience ends."""
        audience = Audience(lambda seen: b"1")
        leaving, other = (Subscriber(self.outlet, b"[[") for _ in range(2))
        audience.add(leaving)
        audience.add(other)
        self.outlet.is_behind = True
        audience.notify(b"1")
        self.assertEqual(len(self.outlet.waiting), 2)
        audience.remove(leaving)
        self.assertEqual(list(self.outlet.waiting), [other])
        audience.end(DatapointNotFoundError("gone"))
        self.assertEqual((self.outlet.waiting, audience.late), ({}, set()))

    def test_nothing_to_tell(self) -> None:
        """A row that has come and gone in between makes no message."""
        audience = Audience(lambda seen: None)
        audience.add(Subscriber(self.outlet, b"[["))
        self.outlet.is_behind = True
        audience.notify(b"1")
        audience.notify(b"2")
        self.outlet.read_on()
        self.assertEqual((self.outlet.messages, self.outlet.conflated), ([], 1))
