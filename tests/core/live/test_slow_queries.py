"""Live queries for clients that read now and then: in the end all have the same table."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import Subscriber
from oagw.core.live.livequeries import (
    LiveQueries,
    Wish,
)
from oagw.core.router import Router
from oagw.interfaces.systems import Found
from oagw.query.resultrows import Row
from tests.core.live.test_hotlinks import FakeSystem
from tests.core.test_session import FakeOutlet
from tests.systems.bench import request, unsliced

_NAMES = ["S1:A.", "S1:B.", "S1:C.", "S1:D."]
_WISHES = [
    # These get an update for each change.
    Wish(removed=True),
    Wish(whole=True),
    Wish(whole=True, removed=True),
    # These are not.
    Wish(removed=True, blocking_time=100),
    Wish(),
]
_CLIENTS = len(_WISHES)
#: What happens: rows change and leave in one step, a client reads or stops to, time passes.
_EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.dictionaries(st.sampled_from(_NAMES), st.integers(0, 99), min_size=1),
            st.sets(st.sampled_from(_NAMES), max_size=2),
        ),
        st.tuples(st.integers(0, _CLIENTS - 1), st.booleans()),
        st.none(),
    ),
    max_size=40,
)


class _Client:
    """Keeps the table as a client would."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.outlet = FakeOutlet()
        self.subscriber = Subscriber(self.outlet, b'{"M":{"V":', counts=True)
        self.table: dict[str, int] = {}
        self.count = 0

    def read(self) -> None:
        for message in self.outlet.take():
            body = message["M"]
            self.count += 1 + body.get("Conflated", 0)
            if self.wish.whole:
                self.table = {}
            for name, value in body["V"]:
                self.table[name] = value
            for name in body.get("Removed", ()):
                self.table.pop(name, None)


class SlowQueriesTests(SynchronousTestCase):
    timeout = 30

    @given(_EVENTS)
    def test_tables(self, events: list[Any]) -> None:
        """What newer messages stand for is in them: rows, and rows that left."""
        clock, system = Clock(), FakeSystem("S1")
        queries = LiveQueries(Router([system]), clock, unsliced)
        clients = [_Client(wish) for wish in _WISHES]
        text = "SELECT '_online.._value' FROM '*.'"
        for client in clients:
            made = Deferred.fromCoroutine(
                queries.connect(request(text), client.wish, client.subscriber)
            )
            if not made.called:
                system.tables[-1].callback(Found([], 0))
            self.successResultOf(made)
        table: dict[str, int] = {}
        for event in events:
            match event:
                case None:
                    clock.advance(0.1)
                case (int(number), bool(reads)):
                    if reads:
                        clients[number].outlet.read_on()
                    else:
                        clients[number].outlet.is_behind = True
                case (dict(rows), set(gone)):
                    left = sorted((gone - set(rows)) & set(table))
                    table |= rows
                    for name in left:
                        del table[name]
                    changed: list[Row] = [[name, value] for name, value in rows.items()]
                    for listener in list(system.listeners):
                        listener.on_rows(changed, left)
        clock.advance(0.1)
        for client in clients:
            client.outlet.read_on()
            client.read()
            wish = client.wish
            if wish.whole or wish.removed:
                self.assertEqual(client.table, table, wish)
            else:
                self.assertEqual(client.table | table, client.table, wish)
        # However they fell behind and caught up, all have seen the same number of updates.
        counts = {one.count for one in clients if one.wish in _WISHES[:3]}
        self.assertEqual(len(counts), 1, counts)
