"""Reading the history of a server piece by piece."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, ParameterError, UnexpectedStateError
from oagw.interfaces.archives import IScan
from oagw.model import status
from oagw.model.samples import Sample
from oagw.plant.outcome import Outcome
from oagw.systems.opcua import history
from oagw.systems.opcua.history import ServerHistory
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.nodenames import NamePlan, design
from oagw.systems.opcua.nodes import PointLostError, Variable
from tests.systems.opcua.test_serverdialler import SPEED, FakeServer

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


class HistoryTestCase(SynchronousTestCase):
    """The history of one variable."""

    timeout = 30
    server: KeepingServer

    def setUp(self) -> None:
        self.server = KeepingServer()
        mirror = Mirror()
        names = {SPEED: "P.speed"}
        mirror.follow(NamePlan(names, design(names)), Outcome())
        self.number = mirror.plant.element("P", "speed", "P.speed").number
        self.history = ServerHistory(lambda: self.server, mirror)

    def scan(self, first: int, last: int, bonus: int = 0) -> IScan:
        scanning = self.history.scan(self.number, first * _US, last * _US, bonus)
        return self.successResultOf(scanning)


class HistoryTests(HistoryTestCase):
    """Reads of a server's history, and the continuation points that it keeps."""

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
        self.patch(history, "HELD", 3)
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


class UnorderedServer(KeepingServer):
    """Gives three of its values at once, in an order of its own.

    :param order: the times of its values, in microseconds, as it gives them.
    """

    def __init__(self, *order: int) -> None:
        super().__init__()
        self.every = [
            Sample(float(at), time * _US, status.NORMAL, 0) for at, time in enumerate(order)
        ]

    def history(
        self, variable: Variable, first: int, last: int, count: int, point: bytes | None
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        self.asked += 1
        begin = int(point or 0)
        end = begin + (count or _PAGE)
        more = str(end).encode() if end < len(self.every) else None
        return succeed((self.every[begin:end], more))

    def forget(self, variable: Variable, point: bytes | None) -> None:
        pass


class OrderTests(HistoryTestCase):
    """A server that gives values out of order, or others than those it is asked for."""

    def times(
        self, order: tuple[int, ...], first: int, last: int, bonus: int = 0
    ) -> list[tuple[int, object]]:
        self.server = UnorderedServer(*order)
        scan = self.scan(first, last, bonus)
        found: list[tuple[int, object]] = []
        while (part := self.successResultOf(scan.next())) is not None:
            pairs = zip(part.stime.tolist(), part.values(), strict=True)
            found += [(time // _US, value) for time, value in pairs]
        return found

    def test_values_come_in_order(self) -> None:
        """Within a piece and over several; those of one time as they came."""
        for order, expected in (
            ((3, 1, 2), [1, 2, 0]),
            ((7, 8, 9, 4, 5, 6, 1, 2, 3), [6, 7, 8, 3, 4, 5, 0, 1, 2]),
            ((9, 8, 7, 6, 5), [4, 3, 2, 1, 0]),
            ((5, 5, 5, 1, 5), [3, 0, 1, 2, 4]),
            ((1, 99, 2, 0, 3), [0, 2, 4]),
        ):
            found = self.times(order, 1, 10)
            self.assertEqual([value for _, value in found], expected, order)

    def test_bonus_values_of_a_server_that_reads_one_way(self) -> None:
        """It begins at one end, however it is asked: the nearest are found nevertheless."""
        up = tuple(range(1, 10))
        for order in (up, up[::-1]):
            found = self.times(order, 5, 6, bonus=2)
            self.assertEqual([time for time, _ in found], [3, 4, 5, 6, 7, 8])

    def test_out_of_order_after_much(self) -> None:
        """What has been handed on cannot be put in order any more."""
        self.patch(history, "HELD", 3)
        self.server = UnorderedServer(3, 4, 5, 1, 2)
        scan = self.scan(1, 10)
        self.successResultOf(scan.next())
        error = self.failureResultOf(scan.next(), ParameterError)
        self.assertIn("out of order", error.getErrorMessage())

    def test_much_out_of_order(self) -> None:
        """At most as many values are sorted as are held at once."""
        self.patch(history, "HELD", 5)
        self.server = UnorderedServer(9, 8, 7, 6, 5, 4, 3, 2, 1)
        error = self.failureResultOf(self.scan(1, 10).next(), ParameterError)
        self.assertIn("out of order", error.getErrorMessage())


class ForgetfulServer(UnorderedServer):
    """Goes on from a place once, and then has forgotten where it was."""

    def history(
        self, variable: Variable, first: int, last: int, count: int, point: bytes | None
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        if point == b"lost":
            return fail(PointLostError("no such point"))
        self.asked += 1
        found = [one for one in self.every if first <= one.stime <= last]
        if point is not None:
            return succeed((found[_PAGE : 2 * _PAGE], b"lost"))
        more = str(_PAGE).encode() if len(found) > _PAGE else None
        return succeed((found[:_PAGE], more))


class EndlessServer(UnorderedServer):
    """Gives the same for ever."""

    def history(
        self, variable: Variable, first: int, last: int, count: int, point: bytes | None
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        return succeed((self.every, b"on"))


class OddHistoryTests(HistoryTestCase):
    """Servers that lose the thread."""

    def test_a_place_that_the_server_has_forgotten(self) -> None:
        """It is asked again for what comes after: each value comes once."""
        for times in (
            (1, 2, 3, 4, 5, 6, 7, 8, 9),
            (1, 2, 3, 4, 5, 5, 5, 6, 7),
            (2, 2, 2, 3),
        ):
            self.server = ForgetfulServer(*times)
            scan = self.scan(1, 10)
            found: list[object] = []
            while (part := self.successResultOf(scan.next())) is not None:
                found += part.values()
            self.assertEqual(found, [float(at) for at in range(len(times))], times)
        self.server = ForgetfulServer(9, 8, 7, 6, 5, 4, 3, 2, 1)
        error = self.failureResultOf(self.scan(1, 10).next(), PointLostError)
        self.assertIn("no such point", error.getErrorMessage())

    def test_a_server_without_end(self) -> None:
        """It gets no further requests, and the caller gets an error."""
        for times, bonus in (((), 0), ((3, 4), 0), ((), 1)):
            self.server = EndlessServer(*times)
            error = self.failureResultOf(self.scan(1, 10, bonus).next(), OagwError)
            self.assertIn("the history of nsu", error.getErrorMessage())

    def test_one_that_cannot_be_read_spoils_no_other(self) -> None:
        """It counts as none, and is an error when it is read."""
        given = (1 * _US, 10 * _US, 0)
        good = self.server
        self.server = EndlessServer()
        self.assertEqual(
            self.successResultOf(self.history.most([self.number], *given, 9)), 0
        )
        self.server = good
        scanning = self.history.scan(self.number, *given)
        self.failureResultOf(scanning, UnexpectedStateError)
