"""Cells are values, and values cells."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dplcells import (
    Comment,
    format_cell,
    format_comment,
    parse_cell,
    parse_comment,
)
from oagw.dpl.dplwriter import section
from oagw.dpl.languages import NAMES
from oagw.dpl.sections import read_sections
from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType as E
from oagw.model.times import LAST
from oagw.model.values import Value, convert

VIENNA = ZoneInfo("Europe/Vienna")

#: A cell, its type, and the value that it stands for (times in UTC).
CELLS: list[tuple[str, E, object]] = [
    ("1", E.BOOL, True),
    ("FALSE", E.BOOL, False),
    ("true", E.BOOL, True),
    ("2.4418604651163", E.FLOAT, 2.4418604651163),
    ("-2.266667e+038", E.FLOAT, -2.266667e38),
    ('"1.5"', E.FLOAT, 1.5),
    (" 100 ", E.INT, 100),
    ("-5", E.INT, -5),
    ("5.0", E.INT, 5),
    ("0x1F", E.UINT, 31),
    ("9223372036854775807", E.LONG, 2**63 - 1),
    ("0x8300000000000101", E.BIT64, 0x8300000000000101),
    ("0x0", E.BIT32, 0),
    ("257", E.BIT32, 257),
    ("0" * 30 + "11", E.BIT32, 3),
    ("1" + "0" * 63, E.BIT64, 2**63),
    ("\\255", E.CHAR, 255),
    ("65", E.CHAR, 65),
    ("A", E.CHAR, 65),
    ('""', E.STRING, ""),
    ("", E.STRING, ""),
    ('"a\\"b\\\\"', E.STRING, 'a"b\\'),
    ('"a\\nb\\tc\\rd"', E.STRING, "a\nb\tc\rd"),
    ('"a\nb\\\nc"', E.STRING, "a\nb\nc"),
    ('"C:\\dir"', E.STRING, "C:\\dir"),
    ("Pump.FwdFbk", E.STRING, "Pump.FwdFbk"),
    ("alert.", E.DPID, "alert."),
    (" ", E.DPID, ""),
    ('"4F413a"', E.BLOB, b"OA:"),
    ("4F413A", E.BLOB, b"OA:"),
    ('""', E.BLOB, b""),
    ("23.12.2020 14:37:47.160", E.TIME, 1_608_734_267_160_000_000),
    ("01.01.1970 00:00:00.000", E.TIME, 0),
    ('lt:1 LANG:10001 "x" ', E.LANG_STRING, {"en_US.utf8": "x"}),
    (
        'lt:2 LANG:10000 "" LANG:0 "b"',
        E.LANG_STRING,
        {"de_AT.utf8": "", "de_AT.iso88591": "b"},
    ),
    ('lt:2 LANG:9999 "x"', E.LANG_STRING, {"LANG:9999": "x"}),
    ("Pump", E.LANG_STRING, {"en_US.utf8": "Pump"}),
    ("", E.LANG_STRING, {}),
    ("", E.DYN_STRING, ()),
    (" ", E.DYN_INT, ()),
    ('"a", "", "b, \\"c"', E.DYN_STRING, ("a", "", 'b, "c')),
    ("Pump.FwdFbk, x", E.DYN_STRING, ("Pump.FwdFbk", "x")),
    ("17, 17, 0", E.DYN_INT, (17, 17, 0)),
    ('"17, 0"', E.DYN_INT, (17, 0)),
    ('"_a, _b"', E.DYN_DPID, ("_a", "_b")),
    ("_a, Pump1.value", E.DYN_DPID, ("_a", "Pump1.value")),
    ("\\1, \\2", E.DYN_CHAR, (1, 2)),
    ("01.01.1970 00:00:00.001, 01.01.1970 00:00:01.000", E.DYN_TIME, (10**6, 10**9)),
    ('"00", ""', E.DYN_BLOB, (b"\0", b"")),
    (
        'lt:1 LANG:10001 "x, y" , lt:0 ',
        E.DYN_LANG_STRING,
        ({"en_US.utf8": "x, y"}, {}),
    ),
]

#: A cell that does not hold a value of the type.
WRONG: list[tuple[str, E]] = [
    ("", E.FLOAT),
    ("", E.BOOL),
    ("", E.TIME),
    ("2", E.BOOL),
    ("1_0", E.FLOAT),
    ("1,5", E.FLOAT),
    ("1_0", E.INT),
    ("1.5", E.INT),
    ("x", E.UINT),
    ("0xx", E.BIT32),
    ("ab", E.CHAR),
    ('"a"b', E.STRING),
    ('"a', E.STRING),
    ('"a", "b"', E.STRING),
    ("4F4", E.BLOB),
    ("31.02.2020 00:00:00.000", E.TIME),
    ("2020", E.TIME),
    ('lt:1 LANG:10001 x"', E.LANG_STRING),
    ('"a", "b', E.DYN_STRING),
    ("1, x", E.DYN_INT),
    ("1", E.STRUCT),
    ("1", E.REFERENCE),
]

TEXTS = st.text(st.characters(codec="utf-8"))

WHOLE = {
    E.CHAR: (0, 2**8 - 1),
    E.UINT: (0, 2**32 - 1),
    E.INT: (-(2**31), 2**31 - 1),
    E.BIT32: (0, 2**32 - 1),
    E.BIT64: (0, 2**64 - 1),
    E.LONG: (-(2**63), 2**63 - 1),
    E.ULONG: (0, 2**64 - 1),
    E.TIME: (86_400 * 10**9, LAST - 86_400 * 10**9),
}

ONE: dict[E, st.SearchStrategy[Value]] = {
    **{kind: st.integers(low, high) for kind, (low, high) in WHOLE.items()},
    E.BOOL: st.booleans(),
    E.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    E.STRING: TEXTS,
    E.DPID: TEXTS,
    E.BLOB: st.binary(max_size=20),
    E.LANG_STRING: st.dictionaries(
        TEXTS | st.sampled_from([*NAMES.values(), "LANG:5", "LANG:9999", "LANG:05"]), TEXTS
    ),
}


def values(kind: E) -> st.SearchStrategy[Value]:
    """All values of a type."""
    if kind.member is None:
        return ONE[kind]
    return st.lists(ONE[kind.member], max_size=5).map(tuple)


KINDS = sorted(kind for kind in E if kind.holds_value)

ZONES: list[tzinfo] = [UTC, VIENNA, timezone(timedelta(hours=-5, minutes=-30))]


class ParseTests(SynchronousTestCase):
    """What a cell stands for."""

    timeout = 30

    def test_cells(self) -> None:
        """What comes out is converted without loss."""
        for text, kind, value in CELLS:
            with self.subTest((text, kind)):
                self.assertEqual(convert(parse_cell(text, kind, UTC), kind), value)

    def test_wrong_cells(self) -> None:
        """The sentence shows the cell, and not more than is good for a message."""
        for text, kind in WRONG:
            with self.subTest((text, kind)):
                error = self.assertRaises(ConversionError, parse_cell, text, kind, UTC)
                self.assertIn("cell", error.message)
        error = self.assertRaises(ConversionError, parse_cell, "x" * 999, E.INT)
        self.assertLess(len(error.message), 100)

    def test_every_type_with_a_value_has_cells(self) -> None:
        """No type is missing."""
        self.assertEqual({kind for kind in KINDS if kind.member is None}, set(ONE))


class FormatTests(SynchronousTestCase):
    """How a value is written."""

    timeout = 30

    def test_forms(self) -> None:
        """As the ASCII manager has them."""
        forms: list[tuple[Value, E, str]] = [
            (True, E.BOOL, "1"),
            (0.1, E.FLOAT, "0.1"),
            (255, E.CHAR, "\\255"),
            (0x8300000000000101, E.BIT64, "0x8300000000000101"),
            ('a"b\n', E.STRING, '"a\\"b\\n"'),
            ("alert.", E.DPID, "alert."),
            ("", E.DPID, " "),
            (b"OA:", E.BLOB, '"4F413A"'),
            (1_608_734_267_160_000_000, E.TIME, "23.12.2020 14:37:47.160"),
            (1_608_734_267_160_000_001, E.TIME, "23.12.2020 14:37:47.160000001"),
            ({"de_AT.utf8": "x"}, E.LANG_STRING, 'lt:1 LANG:10000 "x" '),
            ((), E.DYN_STRING, ""),
            (("a", ""), E.DYN_STRING, '"a", ""'),
            (("_a", ""), E.DYN_DPID, '_a, ""'),
            ((1, 2), E.DYN_INT, "1, 2"),
        ]
        for value, kind, text in forms:
            with self.subTest((value, kind)):
                self.assertEqual(format_cell(value, kind, UTC), text)

    def test_no_value_has_no_cell(self) -> None:
        """A structure is not written."""
        self.assertRaises(ConversionError, format_cell, 1, E.STRUCT)

    @given(st.data())
    @settings(deadline=None, max_examples=400)
    def test_what_is_written_is_read(self, data: st.DataObject) -> None:
        """Every value of every type, in any zone, in a row of one line."""
        kind = data.draw(st.sampled_from(KINDS))
        value = data.draw(values(kind))
        zone = data.draw(st.sampled_from(ZONES))
        cell = format_cell(value, kind, zone)
        text = "".join(
            section("DpValue", ("ElementName", "Value", "End"), [("x", cell, "e")])
        )
        self.assertEqual(text.count("\n"), 4)
        (read,) = read_sections(text)
        (row,) = read.rows()
        self.assertEqual(row.cell("End"), "e")
        self.assertEqual(convert(parse_cell(row.cell("Value"), kind, zone), kind), value)


class CommentTests(SynchronousTestCase):
    """Descriptions, formats and units."""

    timeout = 30

    def test_parts(self) -> None:
        """Description, format and unit, in each language."""
        comment = parse_comment('lt:2 LANG:10000 "Druck@%5.2f@bar" LANG:10001 "p@@" ')
        self.assertEqual(
            comment,
            Comment(
                {"de_AT.utf8": "Druck", "en_US.utf8": "p"},
                {"de_AT.utf8": "%5.2f", "en_US.utf8": ""},
                {"de_AT.utf8": "bar", "en_US.utf8": ""},
            ),
        )

    def test_other_forms(self) -> None:
        """Without an @ it is a description; of too many the last two count."""
        for text, parts in (
            ('lt:1 LANG:10001 "Flow"', ("Flow", "", "")),
            ('lt:1 LANG:10001 "Flow@%d"', ("Flow", "%d", "")),
            ('lt:1 LANG:10001 "a@b@%d@l"', ("a@b", "%d", "l")),
            ('"Flow@@l"', ("Flow", "", "l")),
            ("Flow", ("Flow", "", "")),
        ):
            with self.subTest(text):
                comment = parse_comment(text)
                found = (comment.description, comment.format, comment.unit)
                self.assertEqual(found, tuple({"en_US.utf8": part} for part in parts))

    def test_no_comment(self) -> None:
        """An empty cell has none in any language."""
        for text in ("", '""', "lt:0 "):
            with self.subTest(text):
                self.assertEqual(parse_comment(text), Comment({}, {}, {}))

    @given(
        st.dictionaries(
            st.sampled_from(sorted(NAMES.values())),
            st.tuples(
                TEXTS,
                *[st.text(st.characters(exclude_characters="@", codec="utf-8"))] * 2,
            ),
        )
    )
    @settings(deadline=None)
    def test_what_is_written_is_read(self, texts: dict[str, tuple[str, ...]]) -> None:
        """Also a description with an @ in it."""
        comment = Comment(
            *({name: parts[index] for name, parts in texts.items()} for index in range(3))
        )
        self.assertEqual(parse_comment(format_comment(comment)), comment)
