"""What FROM matches, and which queries are refused."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import IllegalCallError, ParameterError
from oagw.query.parser import parse_query
from oagw.query.scope import check_live, check_scope, historical, widened

_ALL = "SELECT '_online.._value' FROM '*'"


class ScopeTests(SynchronousTestCase):
    """Queries as a whole."""

    timeout = 30

    def test_internal_datapoints_are_matched_if_they_are_named(self) -> None:
        """By their type or their own name."""
        for where, internal in (
            ('_DPT = "_Event"', True),
            ('_DP LIKE "System1:_x*"', True),
            ('_DPT = "Pump"', False),
            ("_LEAF", False),
        ):
            found = widened(parse_query(f"{_ALL} WHERE {where}")).source
            self.assertTrue(found.alternatives)
            self.assertEqual(
                {one.internal for one in found.alternatives}, {internal}, where
            )

    def test_elements_are_matched_if_where_distinguishes_them(self) -> None:
        """Otherwise a pattern without an element part matches roots."""
        plain = widened(parse_query(_ALL)).source
        wide = widened(parse_query(f'{_ALL} WHERE _EL = "a.b"')).source
        self.assertFalse(plain.matches("P", "a.b"))
        self.assertTrue(wide.matches("P", "a.b"))

    def test_named_elements_need_a_type(self) -> None:
        query = "SELECT '.a:_online.._value' FROM '*'"
        typed = parse_query(f'{query} WHERE _DPT = "T"')
        check_scope(typed)
        with self.assertRaises(ParameterError) as caught:
            check_scope(replace(typed, where=None))
        self.assertIn("add WHERE _DPT", caught.exception.message)

    def test_only_queries_of_the_present_are_live(self) -> None:
        check_live(parse_query(_ALL))
        for text in (
            f"{_ALL} TIMERANGE(0,1,1,0)",
            "SELECT MAX('_online.._value') FROM '*'",
        ):
            with self.assertRaises(IllegalCallError) as caught:
                check_live(parse_query(text))
            self.assertIn("use DpQuery", caught.exception.message)

    def test_only_archive_queries_read_the_past(self) -> None:
        self.assertEqual(historical(parse_query(_ALL)), [])
        [column] = historical(parse_query(f"{_ALL} TIMERANGE(0,1,1,0)"))
        self.assertEqual(column.attribute, "_value")
