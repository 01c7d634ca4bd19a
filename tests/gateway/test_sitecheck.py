"""The check of a system, run over an embedded one."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail

from oagw.core.manager import DatapointManager
from oagw.errors import ConnectionBrokenError
from oagw.gateway.sitecheck import DATAPOINT, TYPE, SiteCheck, SiteReport
from tests.systems.bench import EmbeddedTestCase, unsliced


class SiteCheckTests(EmbeddedTestCase):
    def check(self, write: bool) -> SiteReport:
        system, clock = self.bench.system, self.bench.clock
        manager = DatapointManager([system], clock, unsliced)
        # From here on it is the system's listener, in place of the bench.
        started = Deferred.fromCoroutine(manager.start())
        self.successResultOf(started)
        done = Deferred.fromCoroutine(SiteCheck(manager, system, clock, write).run())
        return self.successResultOf(done)

    def test_reading_changes_nothing(self) -> None:
        """Each function works, or is skipped with a reason."""
        report = self.check(write=False)
        self.assertEqual(report.failed, 0, report.lines)
        self.assertGreaterEqual(report.worked, 13)
        self.assertFalse([line for line in report.lines if "dpSetWait" in line])
        self.assertEqual(self.events, [])

    def test_writing_leaves_nothing(self) -> None:
        """The type and the datapoints of the check are deleted again."""
        report = self.check(write=True)
        self.assertEqual(report.failed, 0, report.lines)
        self.assertEqual(report.worked, len(report.lines))
        plant = self.bench.system.plant
        self.assertNotIn(TYPE, plant.types)
        self.assertNotIn(DATAPOINT, plant.datapoints)

    def test_a_failure_is_a_line(self) -> None:
        """With the number and the text of the error; the other functions are called."""
        error = ConnectionBrokenError("the plant is away")
        self.patch(self.bench.system, "types", lambda pattern, own: fail(error))
        report = self.check(write=False)
        self.assertEqual(report.failed, 1)
        [line] = [line for line in report.lines if line.startswith("FAILED")]
        self.assertIn("dpTypes", line)
        self.assertIn(f"error {error.code}: the plant is away", line)
        self.assertGreater(len(report.lines), 10)
