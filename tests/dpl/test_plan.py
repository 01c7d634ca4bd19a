"""A plan collects warnings and counts."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import Plan, Problem


class PlanTests(SynchronousTestCase):
    """Warnings and counts."""

    timeout = 30

    def test_warnings_are_kept_once(self) -> None:
        """A limited number of warnings is kept; further ones are only counted."""
        plan = Plan()
        for number in range(2000):
            plan.warn(f"warning {number}")
            plan.warn("warning 0")
        plan.warn_of_column("a.dpl", 3, "Odd")
        self.assertEqual(len(set(plan.warnings)), len(plan.warnings))
        self.assertGreaterEqual(plan.counts["more warnings"], 2000 - len(plan.warnings))

    def test_a_column_is_in_the_line_after_the_name(self) -> None:
        plan = Plan()
        plan.warn_of_column("a.dpl", 3, "Odd")
        self.assertIn("a.dpl, line 4: the column 'Odd' is unknown", plan.warnings[0])

    def test_existing_data_is_not_nothing(self) -> None:
        plan = Plan()
        self.assertTrue(plan.is_empty)
        plan.count("datapoints left out")
        self.assertTrue(plan.is_empty)
        plan.count("existing datapoints")
        self.assertFalse(plan.is_empty)

    def test_a_problem_says_where(self) -> None:
        self.assertEqual(str(Problem("a.dpl", 3, 7, "odd")), "a.dpl, line 3, column 7: odd")
