"""Reading the history of a server piece by piece."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from oagw.interfaces import IScan
from oagw.model import status
from oagw.model.samples import Sample
from oagw.systems.embedded.outcome import Outcome
from oagw.systems.opcua.history import ServerHistory
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.naming import Plan, design
from oagw.systems.opcua.nodes import Variable
from tests.opcua.test_presence import SPEED, FakeServer

_US = 1000
_PAGE = 3


class KeepingServer(FakeServer):
    """Has ten values, a microsecond apart, and gives three at once."""

    def __init__(self) -> None:
        self.points: set[bytes] = set()
        self.asked = 0

    def history(
        self, variable: Variable, first: int, last: int, count: int, point: bytes | None
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        self.asked += 1
        if point is not None:
            # A point is good once.
            self.points.remove(point)
        every = [
            Sample(None if number == 4 else float(number), number * _US, status.NORMAL, 0)
            for number in range(1, 11)
        ]
        low, high = sorted((first, last))
        found = [one for one in every if low <= one.stime <= high]
        if first > last:
            found.reverse()
        begin = int(point or 0)
        end = begin + (count or _PAGE)
        more = None
        if end < len(found):
            more = str(end).encode()
            self.points.add(more)
        return succeed((found[begin:end], more))

    def forget(self, variable: Variable, point: bytes | None) -> None:
        if point is not None:
            self.points.remove(point)


class HistoryTests(SynchronousTestCase):
    """What is read, and what a server has to remember of it."""

    def setUp(self) -> None:
        self.server = KeepingServer()
        mirror = Mirror()
        names = {SPEED: "P.speed"}
        mirror.follow(Plan(names, design(names)), Outcome())
        self.number = mirror.plant.element("P", "speed", "P.speed").number
        self.history = ServerHistory(lambda: self.server, mirror)

    def scan(self, first: int, last: int, bonus: int = 0) -> IScan:
        scanning = self.history.scan(self.number, first * _US, last * _US, bonus)
        return self.successResultOf(scanning)

    def pieces(self, scan: IScan) -> list[list[object]]:
        """The values of each piece."""
        found: list[list[object]] = []
        while (part := self.successResultOf(scan.next())) is not None:
            found.append(part.values())
        return found

    def test_piece_by_piece(self) -> None:
        """A value that is none is the one before; twice the same."""
        scan = self.scan(2, 8)
        expected = [[2.0, 3.0, 3.0], [5.0, 6.0, 7.0], [8.0]]
        self.assertEqual(self.pieces(scan), expected)
        scan.rewind()
        self.assertEqual(self.pieces(scan), expected)
        self.assertEqual(self.server.points, set())

    def test_bonus_values(self) -> None:
        """Of those before it the last, in order; and the server remembers nothing."""
        found = self.pieces(self.scan(5, 6, bonus=2))
        self.assertEqual(found, [[3.0, 3.0], [5.0, 6.0], [7.0, 8.0]])
        self.assertEqual(self.server.points, set())
        self.assertEqual(self.pieces(self.scan(1, 1, bonus=1)), [[1.0], [2.0]])

    def test_a_scan_that_is_left(self) -> None:
        """The server forgets where it was."""
        scan = self.scan(1, 10)
        self.successResultOf(scan.next())
        self.assertEqual(len(self.server.points), 1)
        scan.close()
        self.assertEqual(self.server.points, set())

    def test_what_was_counted_is_not_asked_for_again(self) -> None:
        """Unless there was too much of it."""
        given = ([self.number], 1 * _US, 10 * _US, 0)
        self.assertEqual(self.successResultOf(self.history.most(*given, 10)), 10)
        asked = self.server.asked
        self.assertEqual(len(self.pieces(self.scan(1, 10))), 4)
        self.assertEqual(self.successResultOf(self.history.most(*given, 10)), 10)
        self.assertEqual(self.server.asked, asked)
        short = ServerHistory(lambda: self.server, self.history._mirror)
        self.assertGreater(self.successResultOf(short.most(*given, 4)), 4)
        self.assertEqual(self.server.points, set())
        reading = self.history.read(self.number, 1 * _US, 10 * _US, 0, 4)
        self.assertEqual(len(self.successResultOf(reading)), 4)
        self.assertEqual(self.server.points, set())
