"""The bounds of DpGetPeriod."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.messages.periods import MAX_SPLIT, USUAL_SPLIT, DpGetPeriod, PeriodAggregate


class PeriodTests(SynchronousTestCase):
    """Count, Ts and Split."""

    timeout = 30

    def period(self, **options: Any) -> DpGetPeriod:
        """A command that has been checked."""
        command = DpGetPeriod(dps=["A."], t1=0, t2=1, **options)
        command.check()
        return command

    def test_the_size_of_a_frame(self) -> None:
        """By default the reply is one frame."""
        for split, size in (
            (None, None),
            (False, None),
            (True, USUAL_SPLIT),
            (1, 1),
            (MAX_SPLIT, MAX_SPLIT),
        ):
            self.assertEqual(self.period(split=split).frame_size, size)
        for wrong in (0, -1, MAX_SPLIT + 1):
            with self.assertRaisesRegex(ParameterError, f"Split is {wrong}"):
                self.period(split=wrong)

    def test_counts_and_shapes(self) -> None:
        """An aggregate has no bonus values."""
        for wrong in ({"count": -1}, {"ts": 5}, {"ts": -1}):
            with self.assertRaises(ParameterError):
                self.period(**wrong)
        self.period(count=2, ts=4)
        self.period(count=0, aggregate=PeriodAggregate("avg"))
        with self.assertRaisesRegex(ParameterError, "no bonus values"):
            self.period(count=1, aggregate=PeriodAggregate("avg"))
