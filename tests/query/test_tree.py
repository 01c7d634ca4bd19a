"""A parsed query: what compares equal, and what its parts say together."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.query.parser import parse_query
from oagw.query.tree import Keyword, Literal, comparisons, operands

_ALL = "SELECT '_online.._value' FROM '*'"


class TreeTests(SynchronousTestCase):
    """Queries and their parts."""

    timeout = 30

    def test_equal_in_python_but_not_in_a_query(self) -> None:
        self.assertEqual(len({Literal.of(1), Literal.of(1.0), Literal.of(True)}), 3)

    def test_the_spelling_does_not_matter(self) -> None:
        one = parse_query(f"{_ALL} WHERE _DPT = \"A\" AND '_online.._value' > 1")
        other = parse_query(f"{_ALL}  where (_DPT == 'A') && 1 < '_online.._value'")
        self.assertEqual(one, other)
        self.assertEqual(hash(one), hash(other))

    def test_when_a_search_can_stop(self) -> None:
        for text, expected in (
            ("", None),
            (" FIRST 5", 5),
            (" LAST 5", None),
            (" SORT BY 1 FIRST 5", None),
        ):
            query = parse_query(_ALL + text)
            self.assertEqual(query.enough, expected, text)
            self.assertIs(query.is_reduced, bool(text), text)

    def test_titles_begin_with_the_name(self) -> None:
        self.assertEqual(parse_query(_ALL).header, ["", ":_online.._value"])

    def test_operands_of_a_condition(self) -> None:
        where = parse_query(f'{_ALL} WHERE NOT (_DPT = "A" OR _EL LIKE "b*")').where
        assert where is not None
        self.assertEqual(list(operands(where)), [Keyword.TYPE, Keyword.ELEMENT])
        self.assertEqual(len(list(comparisons(where))), 2)
