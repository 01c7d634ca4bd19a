"""The bounds that several commands have."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.messages.base import MAX_NAMES, MAX_QUERY, check_count, check_length, one_of


class BoundTests(SynchronousTestCase):
    """At each bound, and one beyond it."""

    timeout = 30

    def test_names_and_texts(self) -> None:
        """The error names the argument."""
        check_count("Dps", range(MAX_NAMES))
        check_length("Query", "x" * MAX_QUERY)
        with self.assertRaisesRegex(ParameterError, "Dps has 100001 entries"):
            check_count("Dps", range(MAX_NAMES + 1))
        with self.assertRaisesRegex(ParameterError, "Query has more than 65536"):
            check_length("Query", "x" * (MAX_QUERY + 1))

    def test_arguments_with_the_same_meaning(self) -> None:
        """Exactly one of them must be given."""
        self.assertEqual(one_of(None, "b", meant="a Dp"), "b")
        for given in ((None, None), ("a", "b"), ("a", "a")):
            with self.assertRaisesRegex(ParameterError, "it needs a Dp"):
                one_of(*given, meant="a Dp")
