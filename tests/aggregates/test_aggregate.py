"""The arguments of an aggregate are checked before anything is read."""

from __future__ import annotations

from datetime import UTC

from twisted.trial.unittest import SynchronousTestCase

from oagw.aggregates.aggregate import AggregateArguments, read_aggregate
from oagw.aggregates.functiontable import AggregateFunction
from oagw.aggregates.lttb import Lttb
from oagw.aggregates.reduction import IntervalReduction
from oagw.errors import ParameterError


class AggregateTests(SynchronousTestCase):
    """Reading arguments."""

    timeout = 30

    def test_intervals_and_points(self) -> None:
        """Both cut the period; a single name is not a list."""
        one = read_aggregate(AggregateArguments("min", interval=10), 0, 10**8, UTC)
        self.assertEqual(one.edges.tolist(), [at * 10**7 for at in range(11)])
        self.assertEqual((one.is_list, one.rows, one.is_choice), (False, 10, False))
        self.assertIsInstance(one.reduction(0), IntervalReduction)
        some = read_aggregate(AggregateArguments(["min", "max"], points=4), 0, 8, UTC)
        self.assertEqual(some.edges.tolist(), [0, 2, 4, 6, 8])
        self.assertTrue(some.is_list)
        self.assertEqual(
            some.functions, [AggregateFunction.MINIMUM, AggregateFunction.MAXIMUM]
        )

    def test_lttb_selects_samples(self) -> None:
        one = read_aggregate(AggregateArguments("lttb", points=50), 0, 8, UTC)
        self.assertEqual((one.rows, one.is_choice), (50, True))
        self.assertIsInstance(one.reduction(0), Lttb)

    def test_what_is_refused(self) -> None:
        """Each message names the argument."""
        for arguments, wrong in (
            (AggregateArguments("min"), "either Interval or Points"),
            (AggregateArguments("min", 10, 5), "either Interval or Points"),
            (AggregateArguments([], 10), "at least one function"),
            (AggregateArguments(["min", "MIN"], 10), "each only once"),
            (AggregateArguments(["lttb", "min"], points=9), "the only one in Function"),
            (AggregateArguments("lttb", points=1), "lttb needs Points"),
            (AggregateArguments("percentile", 10), "percentile needs Percent"),
            (AggregateArguments("perc", 10, percent=101), "percentile needs Percent"),
            (AggregateArguments("min", 10, zone="Mars/Base"), "'Mars/Base' is unknown"),
            (AggregateArguments("min", points=0), "Points is 0"),
        ):
            with self.assertRaises(ParameterError) as caught:
                read_aggregate(arguments, 0, 10**8, UTC)
            self.assertIn(wrong, caught.exception.message)
        with self.assertRaises(ParameterError):
            read_aggregate(AggregateArguments("min", 10), 5, 5, UTC)
