"""Attributes of an element share one scan of the archive."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.interfaces.systems import PeriodRequest
from oagw.plant.cells import Cells
from oagw.plant.periods.sharedscan import SharedScan
from tests.systems.bench import EmbeddedTestCase


class SharedScanTests(EmbeddedTestCase):
    """The shared scan of one archived element."""

    def test_the_last_reader_closes_the_scan(self) -> None:
        """A second reader starts at the beginning of the same scan."""
        self.set({"K.": 1.5})
        system = self.bench.system
        cell = Cells(system.plant).find(self.full("K.", "_offline"))
        request = PeriodRequest([cell.name], 0, 2**63 - 1, 0, 100)
        shared = SharedScan(system.archive, cell, request)
        shared.join()
        shared.join()
        scans = []
        for _ in range(2):
            scan = self.successResultOf(Deferred.fromCoroutine(shared.begin()))
            scans.append(scan)
            columns = self.successResultOf(scan.next())
            assert columns is not None
            self.assertEqual(columns.floats().tolist(), [1.5])
        self.assertIs(*scans)
        closed: list[bool] = []
        self.patch(scans[0], "close", lambda: closed.append(True))
        shared.leave()
        self.assertEqual(closed, [])
        shared.leave()
        self.assertEqual(closed, [True])
