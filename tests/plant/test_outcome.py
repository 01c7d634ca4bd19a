"""Outcomes collect the facts of a change, and nothing of how these are stored."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import DatapointNotFoundError
from oagw.model import status
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.samples import Sample
from oagw.plant.element import Datapoint
from oagw.plant.outcome import VALUE, Outcome

_ROOT = TypeNode("Float", ElementType.FLOAT)


def _sample(value: float, ms: int = 1) -> Sample:
    return Sample(value, ms, status.NORMAL, 0)


class OutcomeTests(SynchronousTestCase):
    """New samples of one element."""

    timeout = 10

    def setUp(self) -> None:
        dp_type = build_type("Float", _ROOT, {"Float": _ROOT})
        [self.element] = Datapoint("F", dp_type, 1).elements
        self.outcome = Outcome()

    def test_a_sample_is_a_fact_and_a_change(self) -> None:
        """It goes to the archive only if the element is archived."""
        self.outcome.take(self.element, _sample(1.0))
        self.assertEqual(self.outcome.facts, [(self.element.number, _sample(1.0))])
        self.assertEqual(self.outcome.changed, {self.element: VALUE})
        self.assertEqual(self.outcome.archived, [])
        self.element.change_config("_archive", {"_archive": True})
        self.outcome.take(self.element, _sample(2.0))
        self.assertEqual(self.outcome.archived, [(self.element.number, _sample(2.0))])

    def test_smoothing_drops_a_sample(self) -> None:
        """Then nothing has happened."""
        self.element.sample = _sample(1.0)
        self.element.change_config("_smooth", {"_std_type": 1, "_std_tol": 0.5})
        self.assertFalse(self.outcome.offer(self.element, _sample(1.2, 2)))
        self.assertEqual((self.outcome.facts, self.outcome.changed), ([], {}))
        self.assertTrue(self.outcome.offer(self.element, _sample(2.0, 3)))

    def test_the_changes_of_an_element_add_up(self) -> None:
        """Configs and value are reported together."""
        self.outcome.mark(self.element, frozenset({"_common"}))
        self.outcome.take(self.element, _sample(1.0))
        self.assertEqual(self.outcome.changed, {self.element: VALUE | {"_common"}})

    def test_watches_end_with_a_reason(self) -> None:
        """All names of the element end; no attribute is watched afterwards."""
        reason = DatapointNotFoundError("deleted")
        self.outcome.end_watches(self.element, reason)
        self.assertEqual(self.outcome.ended, {})
        self.element.watched = {"S:F.:_online.._value": "_online"}
        self.outcome.end_watches(self.element, reason)
        self.assertEqual(self.outcome.ended, {"S:F.:_online.._value": reason})
        self.assertIsNone(self.element.watched)
