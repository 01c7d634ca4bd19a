"""What a condition demands of types and names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.query.demands import Demands, demands_of
from oagw.query.parser import parse_query


def demands(condition: str) -> Demands:
    """The demands of a query's WHERE."""
    query = parse_query(f"SELECT '_online.._value' FROM '*' WHERE {condition}")
    return demands_of(query.where)


class DemandTests(SynchronousTestCase):
    timeout = 30

    def test_nothing(self) -> None:
        """Values, ORs and unequal names leave every datapoint possible."""
        for condition in (
            "'_online.._value' = 1",
            '_DPT = "A" OR _DP = "x"',
            '_DP != "x"',
            '_DP > "x"',
            'NOT (_DP = "x")',
        ):
            self.assertEqual(demands(condition), Demands(), condition)
        self.assertEqual(demands_of(None), Demands())

    def test_types(self) -> None:
        """All that AND joins hold at once."""
        self.assertEqual(demands('_DPT = "A"').types, frozenset({"A"}))
        self.assertEqual(demands('_DPT IN ("A", "B")').types, frozenset({"A", "B"}))
        self.assertEqual(
            demands('_DPT IN ("A", "B") AND _DPT IN ("B", "C")').types, frozenset({"B"})
        )
        self.assertEqual(demands('_DPT = "A" AND _DPT = "B"').types, frozenset())

    def test_names(self) -> None:
        """As a whole, or by their beginning and end."""
        self.assertEqual(demands('_DP LIKE "pump"').names, demands('_DP = "pump"').names)
        self.assertEqual(demands('_DP LIKE "pu*p?1"').affixes, (("pu", "1"),))
        self.assertIsNone(demands('_DP LIKE "pu*"').names)
        self.assertEqual(demands('_DPT LIKE "pu*"'), Demands())

    def test_aliases(self) -> None:
        """Elements without one are found by no index."""
        self.assertEqual(demands('_ALIAS = "north"').aliases, frozenset({"north"}))
        self.assertIsNone(demands('_ALIAS = ""').aliases)
        self.assertIsNone(demands('_ALIAS IN ("north", "")').aliases)
