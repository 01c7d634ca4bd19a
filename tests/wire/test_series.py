"""A period's values come in the shape that Ts asks for."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.model.times import parse_time
from oagw.wire.series import Series, encode_series

TIMES = [1_767_225_600_000_000_000, 1_767_225_600_500_999_999]
MS = [1_767_225_600_000, 1_767_225_600_500]
ISO = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.500Z"]

#: The same two values in each shape.
SHAPES: dict[int, list[object]] = {
    0: [1.5, "b"],
    1: [[MS[0], 1.5], [MS[1], "b"]],
    2: [[ISO[0], 1.5], [ISO[1], "b"]],
    3: [MS, [1.5, "b"]],
    4: [ISO, [1.5, "b"]],
}

_times = st.lists(st.integers(0, 2**63 - 1), max_size=8)


class SeriesTests(SynchronousTestCase):
    """The five shapes."""

    timeout = 30

    def test_each_shape_is_that_of_the_protocol(self) -> None:
        """Times are cut to milliseconds, as numbers or as text in UTC."""
        for shape, expected in SHAPES.items():
            with self.subTest(shape):
                text = encode_series({"A.": Series(TIMES, [1.5, "b"])}, shape)
                self.assertEqual(json.loads(text), {"A.": expected})

    def test_many_names_stand_side_by_side(self) -> None:
        """Each name has a series of its own, in the order asked for."""
        series = {"B.": Series([TIMES[0]], [True]), "A.": Series([TIMES[1]], [[1, 2]])}
        self.assertEqual(encode_series(series, 0), b'{"B.":[true],"A.":[[1,2]]}')

    def test_nothing_is_an_empty_object(self) -> None:
        """Without any series there are no names."""
        self.assertEqual(encode_series({}, 3), b"{}")

    @given(_times, st.integers(1, 4))
    @settings(deadline=None)
    def test_every_shape_carries_the_same_times(self, times: list[int], shape: int) -> None:
        """Pairs or columns, text or numbers: the milliseconds are the same."""
        values = list(range(len(times)))
        [found] = json.loads(encode_series({"A.": Series(times, values)}, shape)).values()
        if shape in (3, 4):
            found = list(zip(*found, strict=True))
        moments = [(parse_time(time) // 1_000_000, value) for time, value in found]
        self.assertEqual(
            moments, [(time // 1_000_000, at) for at, time in enumerate(times)]
        )
