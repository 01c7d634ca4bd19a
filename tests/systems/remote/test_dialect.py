"""Queries for peers that return no raw rows."""

from __future__ import annotations

from datetime import UTC

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import IllegalCallError
from oagw.query.parser import parse_query
from oagw.query.querywriter import write_query
from oagw.systems.remote.dialect import OAGW, ORIGINAL, bare_query, style_of

VALUE = "_online.._value"


class BareQueryTests(SynchronousTestCase):
    """Groups and order are left out; they are made here."""

    timeout = 30

    def test_a_query_without_groups(self) -> None:
        """Its rows are as the peer sends them."""
        plain = bare_query(parse_query(f"SELECT '{VALUE}' FROM '*'", UTC))
        self.assertEqual(plain.rows([["A:x.", 1]]), [["A:x.", 1]])

    def test_groups_by_an_attribute_and_by_the_name(self) -> None:
        """The attribute is an additional column; the datapoint follows from the name."""
        text = f"SELECT 'MAX({VALUE})' FROM '*' GROUP BY _DP, '_online.._userbit1'"
        plain = bare_query(parse_query(text, UTC))
        self.assertFalse(plain.query.is_grouped)
        self.assertEqual(len(plain.query.columns), 2)
        rows = plain.rows([["A:x.y", 1, True], ["A:z.", 2, False]])
        self.assertEqual(rows, [["A:x.y", 1, "x", True], ["A:z.", 2, "z", False]])

    def test_groups_that_cannot_be_made(self) -> None:
        """The name of a row does not show its type."""
        text = f"SELECT 'MAX({VALUE})' FROM '*' GROUP BY _DPT"
        with self.assertRaises(IllegalCallError) as caught:
            bare_query(parse_query(text, UTC))
        self.assertIn("_DPT", caught.exception.message)

    def test_times_as_each_peer_reads_them(self) -> None:
        """WinCC OA's manager reads local times with dots."""
        text = f"SELECT '{VALUE}' FROM '*' TIMERANGE(1700000000123, 1700000001000, 1, 0)"
        query = parse_query(text, UTC)
        original = write_query(query, "*", style_of(ORIGINAL, UTC))
        self.assertIn("2023.11.14 22:13:20.123", original)
        self.assertIn(
            "2023-11-14T22:13:20.123", write_query(query, "*", style_of(OAGW, UTC))
        )
