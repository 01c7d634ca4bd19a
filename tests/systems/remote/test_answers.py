"""Replies of a peer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import (
    ConnectionBrokenError,
    ForeignError,
    NamesRefusedError,
    UnexpectedStateError,
    error_of,
)
from oagw.model.values import WireValue
from oagw.systems.remote.answers import Refusal, TableAnswer, ValuesAnswer


class AnswerErrorTests(SynchronousTestCase):
    """Errors in replies."""

    timeout = 30

    def test_errors_are_those_of_the_peer(self) -> None:
        """Error numbers that oagw does not define are passed on too."""
        self.assertIsInstance(error_of(39, "x"), ConnectionBrokenError)
        error = ValuesAnswer(error=134, message="x").failure
        assert isinstance(error, ForeignError)
        self.assertEqual((error.code, error.message), (134, "x"))
        names = ValuesAnswer(error=7, errors={"a": Refusal(7, "y")}).failure
        assert isinstance(names, NamesRefusedError)
        self.assertEqual(names.errors["a"].message, "y")

    def test_numbers_that_are_no_errors(self) -> None:
        """Become 54, and the text says what the peer wrote."""
        for code in (0, -1, 2**31):
            reason = Refusal(code).reason
            self.assertIsInstance(reason, UnexpectedStateError)
            self.assertIn(str(code), reason.message)

    def test_an_error_without_names(self) -> None:
        """Is that of the whole reply; without a number there is none."""
        self.assertIsNone(ValuesAnswer(message="x").failure)
        with self.assertRaises(ConnectionBrokenError):
            ValuesAnswer(error=39).check()

    def test_rows_of_another_width(self) -> None:
        """Are refused, as are rows that begin with anything but a name."""
        good = TableAnswer(values=[["a", 1]])
        self.assertEqual(good.rows(2), [["a", 1]])
        every: list[list[list[WireValue]]] = [[["a"]], [["a", 1, 2]], [[1, "a"]]]
        for wrong in every:
            with self.assertRaises(UnexpectedStateError):
                TableAnswer(values=wrong).rows(2)
