"""Cells of numbers, bits, characters and bools."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dplnumbers import bits_parser, int_parser, parse_bool, parse_char, parse_float
from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType

_INT = int_parser(ElementType.INT)
_BITS = bits_parser(ElementType.BIT32)


class NumberTests(SynchronousTestCase):
    """The meaning of cells, and cells that are refused."""

    timeout = 30

    @given(st.integers(0, 2**64 - 1))
    @settings(deadline=None)
    def test_whole_numbers(self, number: int) -> None:
        """Decimal, hexadecimal, with blanks, or quoted by a spreadsheet."""
        for cell in (str(number), hex(number), f" {number} ", f'"{number}"', f"{number}.0"):
            self.assertEqual(_INT(cell, None), number, cell)

    @given(st.integers(0, 2**32 - 1))
    @settings(deadline=None)
    def test_bits(self, number: int) -> None:
        """A number, or 32 digits of which each is a bit."""
        for cell in (f"{number:032b}", hex(number), str(number)):
            if cell == str(number) and len(cell) == 32:
                continue
            self.assertEqual(_BITS(cell, None), number, cell)

    @given(st.floats(allow_nan=False))
    @settings(deadline=None)
    def test_floats(self, number: float) -> None:
        self.assertEqual(parse_float(repr(number), None), number)
        self.assertEqual(parse_float(f'"{number!r}"', None), number)

    def test_characters_and_bools(self) -> None:
        for cell, value in (("\\65", 65), ("65", 65), ("A", 65), ('"B"', 66)):
            self.assertEqual(parse_char(cell, None), value, cell)
        for cell, truth in (("1", True), ("false", False), (' "TRUE" ', True)):
            self.assertIs(parse_bool(cell, None), truth, cell)

    def test_what_is_refused(self) -> None:
        """The error has the cell and the type."""
        for parse, cell, wrong in (
            (_INT, "1_000", "'1_000' is not a valid int"),
            (_INT, "", "'' is not a valid int"),
            (parse_float, "1_0", "'1_0' is not a valid float"),
            (_BITS, "full", "'full' is not a valid"),
            (parse_bool, "2", "'2' is not a valid bool"),
            (parse_char, "ab", "'ab' is not a valid char"),
        ):
            with self.assertRaises(ConversionError) as caught:
                parse(cell, None)
            self.assertIn(wrong, caught.exception.message)
