"""Windows: samples of several elements side by side, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.interfaces.archives import IScan
from oagw.model.columns import Columns, columns
from oagw.model.samples import Sample
from oagw.plant.queries.windows import Windows


@implementer(IScan)
class _Pieces:
    """A scan of samples that are there already."""

    def __init__(self, pieces: Sequence[Sequence[Sample]]) -> None:
        self.pieces = [columns(one) for one in pieces]

    def next(self) -> Deferred[Columns | None]:
        return succeed(self.pieces.pop(0) if self.pieces else None)

    def rewind(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


_SOURCES = st.lists(
    st.one_of(
        st.none(),
        st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=4),
    ),
    min_size=1,
    max_size=3,
)


class WindowsTests(SynchronousTestCase):
    timeout = 30

    @given(_SOURCES)
    def test_all_samples_in_order(self, sources: list[list[list[int]] | None]) -> None:
        """Each is in one window, and no time is in two."""
        scans: list[_Pieces | None] = []
        every: list[list[Sample]] = []
        for number, pieces in enumerate(sources):
            times = iter(sorted(time for piece in pieces or () for time in piece))
            made = [
                [
                    Sample(number * 1000 + at, next(times), 0, 0)
                    for at, _ in enumerate(piece)
                ]
                for piece in pieces or ()
            ]
            scans.append(None if pieces is None else _Pieces(made))
            every.append([sample for piece in made for sample in piece])
        found: list[list[Sample]] = [[] for _ in sources]
        windows = Windows(scans)
        before = -1
        while window := self.successResultOf(Deferred.fromCoroutine(windows.next())):
            self.assertTrue(any(map(len, window)))
            times_here = [time for one in window for time in one.stime.tolist()]
            if len(scans) > 1:
                self.assertGreater(min(times_here), before)
            before = max(times_here)
            for one, part in zip(found, window, strict=True):
                one += part.samples()
        self.assertEqual(found, every)

    def test_few_pieces_are_held(self) -> None:
        """A window comes before all of any scan is read."""
        scans = [
            _Pieces([[Sample(0.5, 10 * at + number, 0, 0)] for at in range(100)])
            for number in range(3)
        ]
        windows = Windows(scans)
        self.successResultOf(Deferred.fromCoroutine(windows.next()))
        for scan in scans:
            self.assertGreater(len(scan.pieces), 95)
