"""The scanner splits a text into pieces, and errors quote the place."""

from __future__ import annotations

import re
from functools import partial

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import SyntaxFaultError
from oagw.model.scanner import fault_in, scan

_PIECES = re.compile(r"(?P<space>\s+)|(?P<word>[a-z]+)|'(?P<text>[^']*)'")


class ScannerTests(SynchronousTestCase):
    """A language of words and texts."""

    timeout = 30

    def cut(self, text: str) -> list[tuple[str, str, int]]:
        def fault(position: int) -> SyntaxFaultError:
            return fault_in("query", text, position, "unexpected")

        return list(scan(text, _PIECES, fault))

    def test_pieces_have_kind_text_and_position(self) -> None:
        """Spaces are left out, and a group does not contain its quotes."""
        self.assertEqual(self.cut(" ab 'c d'"), [("word", "ab", 1), ("text", "c d", 4)])
        self.assertEqual(self.cut(""), [])

    def test_an_error_says_where(self) -> None:
        """Positions in messages count from 1."""
        with self.assertRaises(SyntaxFaultError) as caught:
            self.cut("ab  7\n8")
        self.assertEqual(
            caught.exception.message, "query, position 5, near '7 8': unexpected"
        )

    def test_the_end_has_its_own_words(self) -> None:
        fault = partial(fault_in, "formula", "ab")
        self.assertEqual(
            fault(2, "expected ')'").message,
            "formula, position 3, at the end: expected ')'",
        )
