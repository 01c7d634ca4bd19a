"""Which reported values are archived."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.samples import Sample
from oagw.model.status import AUT_INV, NORMAL, OUT_PRANGE
from oagw.systems.archived.newsamples import new_sample

NOW = 1000


def sample(value: float, stime: int, status: int = NORMAL) -> Sample:
    return Sample(value, stime, status, 0)


class NewsTests(SynchronousTestCase):
    """The last one has the value 1 and the source time 10."""

    timeout = 30

    def test_what_is_told(self) -> None:
        """Is taken as it is, or as of now, or not at all."""
        away = NORMAL | AUT_INV
        for last, told, kept in (
            (sample(1, 10), sample(1, 11), sample(1, 11)),
            (sample(1, 10), sample(2, 10), sample(2, 10)),
            (sample(1, 10), sample(1, 10), None),
            # Another status at the same time is told as of then, unless nobody knows.
            (sample(1, 10), sample(1, 10, OUT_PRANGE), sample(1, 10, OUT_PRANGE)),
            (sample(1, 10), sample(1, 10, away), sample(1, NOW, away)),
            (sample(1, NOW, away), sample(1, 10, away), None),
            (sample(1, NOW - 5, away), sample(1, 10), sample(1, NOW)),
            (sample(1, NOW - 5, away), sample(2, 10), sample(2, NOW)),
            (sample(1, NOW - 5, away), sample(2, NOW - 1), sample(2, NOW - 1)),
            # A clock over there that runs ahead.
            (sample(1, NOW + 5), sample(1, NOW + 5, away), sample(1, NOW + 5, away)),
            # A clock over there that was put back.
            (sample(1, 10), sample(2, 5), sample(2, 5)),
            # It was never set.
            (sample(0, 0), sample(3, 0), None),
        ):
            self.assertEqual(new_sample(last, told, NOW), kept, (last, told))
