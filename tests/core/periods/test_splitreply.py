"""Long answers from the archive: made as the client reads, and only while it is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred

from tests.core.test_session import Client, SessionTestCase
from tests.systems.bench import NOW_MS, at_once

COUNT = 3000
PERIOD = {"Dps": ["K."], "T1": 0, "T2": NOW_MS + COUNT}


class LongQuestionTests(SessionTestCase):
    """Over an element with 3,000 archived values."""

    timeout = 60

    def setUp(self) -> None:
        super().setUp()
        self.working: list[Deferred[Any]] = []
        for value in range(COUNT):
            self.successResultOf(self.begin_set({"K.": value}, NOW_MS + value, wait=False))

    def test_the_next_frame_is_made_when_the_client_has_read(self) -> None:
        """The next message waits; replies to other commands may come in between."""
        sent: list[Any] = []
        ready: list[Deferred[None]] = []

        def send_part(part: bytes, is_last: bool) -> Deferred[None]:
            self.assertTrue(is_last)
            sent.append(json.loads(part)["DpGetPeriodResult"])
            ready.append(Deferred())
            return ready[-1]

        self.client.outlet.send_part = send_part  # type: ignore[method-assign]
        self.assertEqual(self.client.ask({"DpGetPeriod": {"Split": 1000, **PERIOD}}), [])
        for frames in (1, 2, 3):
            self.assertEqual(len(sent), frames)
            self.assertEqual(len(self.client.ask({"DpGet": {"Dps": ["F1."]}})), 1)
            ready[-1].callback(None)
        self.assertEqual([one["Progress"] == 100 for one in sent], [False, False, True])
        values = [one for frame in sent for one in next(iter(frame["Values"].values()))]
        self.assertEqual(values, list(range(COUNT)))

    def never(self, work: Callable[[], Any], /) -> Deferred[Any]:
        """A thread that is not done before the client has gone."""
        self.working.append(Deferred())
        return self.working[-1]

    def check_that_all_ends(self, client: Client) -> None:
        """When the client leaves, no reading starts and none stays open."""
        self.assertEqual(len(self.working), 1)
        self.assertEqual(len(self.bench.archive._scans), 1)
        client.session.close()
        self.assertTrue(self.working[0].called)
        self.assertEqual(client.outlet.take(), [])
        self.assertEqual(len(self.working), 1)
        self.assertEqual(self.bench.archive._scans, set())

    def test_who_leaves_is_sent_no_more_frames(self) -> None:
        """What is being encoded is the last."""
        self.client.context.offload = self.never
        self.client.ask({"DpGetPeriod": {**PERIOD, "Split": True}})
        self.check_that_all_ends(self.client)

    def test_who_leaves_has_nothing_aggregated(self) -> None:
        """What is being computed is the last."""
        system = self.bench.system
        system._services = replace(system._services, offload=self.never)
        aggregate = {"Function": "avg", "Points": 1000}
        self.client.ask({"DpGetPeriod": {**PERIOD, "Aggregate": aggregate}})
        self.check_that_all_ends(self.client)

    def test_the_end_of_an_aggregate_is_worked_at_elsewhere(self) -> None:
        """All values have their part in it, also if it is a single number."""
        system = self.bench.system
        system._services = replace(system._services, offload=self.never)
        aggregate = {"Function": "percentile", "Percent": 50, "Points": 1}
        self.client.ask({"DpGetPeriod": {**PERIOD, "Aggregate": aggregate}})
        for is_end in (False, True):
            self.assertEqual(self.client.outlet.take(), [])
            self.working.pop().callback(([], is_end))
        [answer] = self.client.outlet.take()
        self.assertEqual(answer["DpGetPeriodResult"]["Values"], {})

    def test_many_intervals_are_worked_at_elsewhere(self) -> None:
        """The reactor is not held by reading the arguments, nor by the samples."""
        offloaded: list[Callable[[], object]] = []

        def offload(work: Callable[[], Any], /) -> Deferred[Any]:
            offloaded.append(work)
            return at_once(work)

        self.client.context.offload = offload
        aggregate = {"Function": "count", "Interval": "1ms"}
        period = {**PERIOD, "T1": NOW_MS, "Aggregate": aggregate}
        [answer] = self.client.ask({"DpGetPeriod": period})
        [values] = answer["DpGetPeriodResult"]["Values"].values()
        self.assertEqual(values, [1] * COUNT)
        self.assertGreaterEqual(len(offloaded), 2)
