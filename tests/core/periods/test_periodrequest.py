"""What the arguments of a DpGetPeriod mean."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from oagw.core.periods.periodrequest import read_request
from oagw.errors import OagwError
from oagw.interfaces.systems import PeriodRequest
from oagw.model.times import LAST
from oagw.wire.messages.periods import DpGetPeriod, PeriodAggregate
from tests.core.test_session import SessionTestCase
from tests.systems.bench import NOW_MS

MS = 1_000_000


class PeriodRequestTests(SessionTestCase):
    """In the zone UTC."""

    def read(self, t1: Any, t2: Any, **more: Any) -> PeriodRequest:
        """The request of a command."""
        command = DpGetPeriod(dps=["K."], t1=t1, t2=t2, **more)
        work = read_request(self.client.context, command)
        return self.successResultOf(Deferred.fromCoroutine(work))

    def reason(self, t1: Any, t2: Any, **more: Any) -> str:
        """Why a command is refused."""
        command = DpGetPeriod(**{"dps": ["K."], "t1": t1, "t2": t2, **more})
        work = Deferred.fromCoroutine(read_request(self.client.context, command))
        return str(self.failureResultOf(work, OagwError).value)

    def test_the_end_includes_its_millisecond(self) -> None:
        """A client that has seen a value at T2 gets it."""
        request = self.read(NOW_MS, NOW_MS + 1)
        self.assertEqual(request.first, NOW_MS * MS)
        self.assertEqual(request.last, (NOW_MS + 2) * MS - 1)
        finer = self.read(NOW_MS, "2023-11-14T22:13:20.0000005Z")
        self.assertEqual(finer.last, NOW_MS * MS + 500)

    def test_an_interval_ends_where_the_next_begins(self) -> None:
        """The value at T2 belongs to none of them."""
        aggregate = PeriodAggregate("avg", 1000)
        request = self.read(NOW_MS, NOW_MS + 2000, aggregate=aggregate)
        self.assertEqual(request.last, (NOW_MS + 2000) * MS - 1)
        assert request.aggregate is not None
        self.assertEqual(request.aggregate.rows, 2)

    def test_what_is_refused(self) -> None:
        """Times in the wrong order, in a wrong unit, and too many intervals."""
        self.assertIn("is later than", self.reason(NOW_MS + 1, NOW_MS))
        self.assertIn("is ms since the epoch", self.reason(NOW_MS * 1000, LAST))
        week = NOW_MS + 7 * 24 * 3600 * 1000
        reason = self.reason(
            NOW_MS,
            week,
            dps=[f"K{number}." for number in range(17)],
            aggregate=PeriodAggregate("avg", 1000),
        )
        self.assertIn("max_period_values", reason)
