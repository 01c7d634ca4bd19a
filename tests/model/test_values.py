"""Values are converted where that loses nothing, else refused."""

from __future__ import annotations

import base64
import math
from datetime import UTC

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConversionError, OagwError, SourceTimeRangeError
from oagw.model.dptypes import ElementType as E
from oagw.model.values import convert, default_value, restore, to_wire

#: What came in, the type, and what it becomes.
GOOD: list[tuple[object, E, object]] = [
    (1, E.FLOAT, 1.0),
    (1.5, E.FLOAT, 1.5),
    ("2.5", E.FLOAT, 2.5),
    (" 2.5e3 ", E.FLOAT, 2500.0),
    (True, E.FLOAT, 1.0),
    (2**53, E.FLOAT, float(2**53)),
    # As JavaScript and Go print doubles: not the exact integer, but the shortest one.
    (3033333333333333500, E.FLOAT, 9.1e18 / 3),
    ("3033333333333333500", E.FLOAT, 9.1e18 / 3),
    (2**53 + 1, E.FLOAT, float(2**53)),
    (100000000000000000000, E.FLOAT, 1e20),
    (10**308, E.FLOAT, 1e308),
    ("1" + "0" * 308, E.FLOAT, 1e308),
    ([3033333333333333500, 1], E.DYN_FLOAT, (9.1e18 / 3, 1.0)),
    ("5e-324", E.FLOAT, 5e-324),
    ("1e-400", E.FLOAT, 0.0),
    # A whole number stays what it is, however it is written.
    (9007199254740993, E.LONG, 9007199254740993),
    ("9007199254740993.0", E.LONG, 9007199254740993),
    ("9.007199254740993e15", E.LONG, 9007199254740993),
    ("18446744073709551615e0", E.ULONG, 2**64 - 1),
    (1e3, E.INT, 1000),
    ("1e3", E.INT, 1000),
    ("250e-1", E.CHAR, 25),
    ("1.5E1", E.UINT, 15),
    (-0.0, E.INT, 0),
    ("5", E.INT, 5),
    (" -5 ", E.INT, -5),
    ("+5", E.INT, 5),
    (5.0, E.INT, 5),
    (True, E.INT, 1),
    (2**31 - 1, E.INT, 2**31 - 1),
    (-(2**31), E.INT, -(2**31)),
    (255, E.CHAR, 255),
    (2**32 - 1, E.UINT, 2**32 - 1),
    (2**32 - 1, E.BIT32, 2**32 - 1),
    (2**64 - 1, E.BIT64, 2**64 - 1),
    ("18446744073709551615", E.ULONG, 2**64 - 1),
    (-(2**63), E.LONG, -(2**63)),
    (0, E.BOOL, False),
    (1, E.BOOL, True),
    (1.0, E.BOOL, True),
    (False, E.BOOL, False),
    ("TRUE", E.BOOL, True),
    ("false", E.BOOL, False),
    ("0", E.BOOL, False),
    ("text", E.STRING, "text"),
    (5, E.STRING, "5"),
    (1.5, E.STRING, "1.5"),
    (True, E.STRING, "TRUE"),
    ("Pump1.value", E.DPID, "Pump1.value"),
    ("2026-01-01T00:00:00Z", E.TIME, 1_767_225_600_000_000_000),
    (1, E.TIME, 1_000_000),
    ("aGk=", E.BLOB, b"hi"),
    (b"hi", E.BLOB, b"hi"),
    ("", E.BLOB, b""),
    ("Pump", E.LANG_STRING, {"en_US.utf8": "Pump"}),
    ({"de_AT.utf8": "Pumpe"}, E.LANG_STRING, {"de_AT.utf8": "Pumpe"}),
    ([1, "2"], E.DYN_FLOAT, (1.0, 2.0)),
    ([], E.DYN_STRING, ()),
    (("a",), E.DYN_STRING, ("a",)),
    ([1], E.DYN_TIME, (1_000_000,)),
    (["aGk="], E.DYN_BLOB, (b"hi",)),
]

#: What does not fit.
BAD: list[tuple[object, E]] = [
    ("abc", E.FLOAT),
    ("", E.FLOAT),
    ("1_0", E.FLOAT),
    ("nan", E.FLOAT),
    ("inf", E.FLOAT),
    (math.nan, E.FLOAT),
    (math.inf, E.FLOAT),
    (10**400, E.FLOAT),
    ("1e400", E.FLOAT),
    ("-1e400", E.FLOAT),
    ("0x10", E.FLOAT),
    ("9" * 5000, E.ULONG),
    ("1e20", E.ULONG),
    ("1e999", E.INT),
    ("2.5e0", E.INT),
    ("1e-1", E.INT),
    (2.5, E.LONG),
    (2.0**64, E.ULONG),
    (None, E.FLOAT),
    ([1], E.FLOAT),
    ({}, E.FLOAT),
    (1.5, E.INT),
    ("1.5", E.INT),
    ("x", E.INT),
    ("", E.INT),
    ("+-5", E.INT),
    ("--5", E.INT),
    ("-", E.INT),
    ("٣", E.INT),
    (2**31, E.INT),
    (-(2**31) - 1, E.INT),
    (math.nan, E.INT),
    (math.inf, E.INT),
    (-1, E.UINT),
    (256, E.CHAR),
    (2**64, E.ULONG),
    (2, E.BOOL),
    (0.5, E.BOOL),
    ("yes", E.BOOL),
    (None, E.BOOL),
    (None, E.STRING),
    ([], E.STRING),
    ({}, E.STRING),
    (5, E.DPID),
    (True, E.TIME),
    ("soon", E.TIME),
    (None, E.TIME),
    ("not base64!", E.BLOB),
    ("ü", E.BLOB),
    (5, E.BLOB),
    (5, E.LANG_STRING),
    ({"en_US.utf8": 5}, E.LANG_STRING),
    ("abc", E.DYN_STRING),
    (5, E.DYN_INT),
    ({}, E.DYN_INT),
    ([1, "x"], E.DYN_INT),
    ([[1]], E.DYN_INT),
    ([None], E.DYN_STRING),
]

_LEAF_TYPES = [kind for kind in E if kind.holds_value]
_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.text("+-0123456789.e ", max_size=25),
        st.text("ABCabc+/=", max_size=12),
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=4), st.dictionaries(st.text(max_size=5), below, max_size=3)
    ),
    max_leaves=8,
)
#: Times come in as ms and are ns inside, so converting one twice is another time.
_STABLE_TYPES = [kind for kind in _LEAF_TYPES if kind not in (E.TIME, E.DYN_TIME)]


def _whole(low: int, high: int) -> st.SearchStrategy[object]:
    return st.integers(low, high)


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
#: What JSON has for a value of each type that is not a list.
_WIRE: dict[E, st.SearchStrategy[object]] = {
    E.BOOL: st.booleans(),
    E.CHAR: _whole(0, 255),
    E.UINT: _whole(0, 2**32 - 1),
    E.INT: _whole(-(2**31), 2**31 - 1),
    E.BIT32: _whole(0, 2**32 - 1),
    E.BIT64: _whole(0, 2**64 - 1),
    E.LONG: _whole(-(2**63), 2**63 - 1),
    E.ULONG: _whole(0, 2**64 - 1),
    E.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    E.STRING: _text,
    E.DPID: _text,
    E.LANG_STRING: _text,
    E.TIME: _whole(0, (2**63 - 1) // 10**6),
    E.BLOB: st.binary(max_size=20).map(lambda one: base64.b64encode(one).decode()),
}


class ConvertTests(SynchronousTestCase):
    """The way in."""

    timeout = 30

    def test_converts_what_loses_nothing(self) -> None:
        """Each value becomes one of the element's type, with that type in Python too."""
        for came, kind, expected in GOOD:
            with self.subTest(f"{came!r} as {kind.keyword}"):
                value = convert(came, kind, UTC)
                self.assertEqual(value, expected)
                self.assertIs(type(value), type(expected))

    def test_what_has_thousands_of_digits(self) -> None:
        """It is refused like any other number that is too large, also inside a list."""
        for came, kind in (
            (10**5000, E.FLOAT),
            (-(10**5000), E.INT),
            (10**5000, E.BOOL),
            (10**5000, E.STRING),
            (10**5000, E.DPID),
            ([10**5000], E.DYN_FLOAT),
            ([10**5000], E.STRING),
        ):
            with self.assertRaises(ConversionError) as caught:
                convert(came, kind)
            self.assertIn("a number with thousands of digits", caught.exception.message)

    def test_refuses_what_does_not_fit(self) -> None:
        """Anything else is error 11, and the message shows the value."""
        for came, kind in BAD:
            with self.subTest(f"{came!r} as {kind.keyword}"):
                with self.assertRaises(ConversionError) as caught:
                    convert(came, kind, UTC)
                self.assertEqual(caught.exception.code, 11)

    def test_a_time_that_cannot_be_stored_has_its_own_number(self) -> None:
        """A time before 1970 is error 20."""
        with self.assertRaises(SourceTimeRangeError):
            convert(-1, E.TIME)

    def test_errors_stay_short(self) -> None:
        """A huge value is not repeated in the message."""
        with self.assertRaises(ConversionError) as caught:
            convert("x" * 10_000, E.INT)
        self.assertLess(len(caught.exception.message), 200)

    @given(_json, st.sampled_from(_LEAF_TYPES))
    @example("+-5", E.INT)
    @example(1e306, E.TIME)
    @settings(deadline=None, max_examples=500)
    def test_anything_is_converted_or_refused(self, came: object, kind: E) -> None:
        """Any JSON gives a value or a numbered error."""
        try:
            convert(came, kind, UTC)
        except OagwError as error:
            self.assertIn(error.code, (11, 20))

    @given(_json, st.sampled_from(_STABLE_TYPES))
    @settings(deadline=None, max_examples=500)
    def test_converting_twice_changes_nothing(self, came: object, kind: E) -> None:
        """A value that has the type already stays as it is."""
        try:
            value = convert(came, kind, UTC)
        except OagwError:
            return
        self.assertEqual(convert(value, kind, UTC), value)

    @given(st.sampled_from([kind for kind in E if kind.holds_value]), st.data())
    @settings(max_examples=400, deadline=None)
    def test_what_leaves_comes_back(self, kind: E, data: st.DataObject) -> None:
        """What a client reads it can set again, and has the same value then."""
        one = _WIRE[kind.member or kind]
        came = data.draw(st.lists(one, max_size=5) if kind.member else one)
        value = convert(came, kind)
        left = to_wire(value, kind)
        self.assertEqual(left, came, kind.keyword)
        self.assertEqual(convert(left, kind), value, kind.keyword)

    @given(st.integers(-(2**63), 2**64), st.sampled_from([E.INT, E.UINT, E.LONG, E.ULONG]))
    @settings(deadline=None)
    def test_integers_stay_within_their_width(self, number: int, kind: E) -> None:
        """A number is taken unchanged or refused, never cut."""
        low, high = {
            E.INT: (-(2**31), 2**31 - 1),
            E.UINT: (0, 2**32 - 1),
            E.LONG: (-(2**63), 2**63 - 1),
            E.ULONG: (0, 2**64 - 1),
        }[kind]
        try:
            value = convert(number, kind)
        except ConversionError:
            self.assertFalse(low <= number <= high)
        else:
            self.assertTrue(low <= number <= high)
            self.assertEqual(value, number)


class WireTests(SynchronousTestCase):
    """The way out."""

    timeout = 30

    def test_plain_values_are_json_already(self) -> None:
        """Numbers, booleans, text and names leave as they are."""
        for value, kind in (
            (True, E.BOOL),
            (5, E.INT),
            (2**64 - 1, E.BIT64),
            (1.5, E.FLOAT),
            ("text", E.STRING),
            ("Pump1.", E.DPID),
        ):
            with self.subTest(kind.keyword):
                self.assertEqual(to_wire(value, kind), value)

    def test_times_leave_as_milliseconds(self) -> None:
        """The rest below a millisecond is cut off, also within a list."""
        self.assertEqual(to_wire(1_999_999, E.TIME), 1)
        self.assertEqual(to_wire((1_999_999, 2_000_000), E.DYN_TIME), [1, 2])

    def test_blobs_leave_as_base64(self) -> None:
        """Bytes come back from the text."""
        shown = to_wire(b"\x00\xff", E.BLOB)
        assert isinstance(shown, str)
        self.assertEqual(base64.b64decode(shown), b"\x00\xff")
        self.assertEqual(to_wire((b"hi",), E.DYN_BLOB), ["aGk="])

    def test_a_lang_string_leaves_in_the_servers_language(self) -> None:
        """Where that language is missing another text is better than none."""
        both = {"de_AT.utf8": "Pumpe", "en_US.utf8": "Pump"}
        self.assertEqual(to_wire(both, E.LANG_STRING), "Pump")
        self.assertEqual(to_wire({"de_AT.utf8": "Pumpe"}, E.LANG_STRING), "Pumpe")
        self.assertEqual(to_wire({}, E.LANG_STRING), "")
        self.assertEqual(to_wire((both,), E.DYN_LANG_STRING), ["Pump"])

    def test_lists_leave_as_lists(self) -> None:
        """A dyn value is an array on the wire."""
        self.assertEqual(to_wire((1.0, 2.0), E.DYN_FLOAT), [1.0, 2.0])

    def test_every_type_has_a_default_that_fits_it(self) -> None:
        """What an element holds at first could have been set."""
        for kind in _LEAF_TYPES:
            with self.subTest(kind.keyword):
                value = default_value(kind)
                self.assertEqual(convert(value, kind), value)
                to_wire(value, kind)

    def test_a_stored_list_is_a_tuple_again(self) -> None:
        """What the disk gives back as a list is a value of a dyn type."""
        self.assertEqual(restore([1, 2]), (1, 2))
        self.assertEqual(restore("text"), "text")
