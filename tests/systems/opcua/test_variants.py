"""Values and states of OPC UA."""

from __future__ import annotations

from datetime import UTC, datetime

from asyncua import ua
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import (
    ConnectionBrokenError,
    ConversionError,
    ElementNotFoundError,
    IllegalCallError,
    NoArchivedValuesError,
    OagwError,
    ValueOutOfRangeError,
)
from oagw.model import status
from oagw.model.dptypes import ElementType as Kind
from oagw.model.times import LAST
from oagw.model.values import Value
from oagw.systems.opcua.variants import (
    KINDS,
    content,
    error_of_code,
    read_value,
    sample_of,
    to_datetime,
    to_ns,
    variant_of,
)

_T = ua.VariantType
#: Of each built-in type a value as the library has it, and as it is here.
VALUES: dict[ua.VariantType, tuple[object, Value]] = {
    _T.Boolean: (True, True),
    _T.SByte: (-128, -128),
    _T.Byte: (255, 255),
    _T.Int16: (-32768, -32768),
    _T.UInt16: (65535, 65535),
    _T.Int32: (-(2**31), -(2**31)),
    _T.UInt32: (2**32 - 1, 2**32 - 1),
    _T.Int64: (-(2**63), -(2**63)),
    _T.UInt64: (2**64 - 1, 2**64 - 1),
    _T.Float: (0.5, 0.5),
    _T.Double: (0.1, 0.1),
    _T.String: ("ä", "ä"),
    _T.DateTime: (datetime(2026, 1, 1, 0, 0, 0, 1, UTC), 1767225600000001000),
    _T.ByteString: (b"\x00", b"\x00"),
    _T.NodeId: (ua.NodeId("x", 2), "ns=2;s=x"),
    _T.StatusCode: (ua.StatusCode(ua.UInt32(0x80340000)), 0x80340000),
    _T.XmlElement: (ua.XmlElement("<a/>"), "<a/>"),
    _T.QualifiedName: (ua.QualifiedName("n", 3), "3:n"),
    _T.LocalizedText: (ua.LocalizedText("Öl", "de-AT"), {"de_AT.utf8": "Öl"}),
}


class ValueTests(SynchronousTestCase):
    """There and back."""

    timeout = 30

    def test_each_type_there_and_back(self) -> None:
        """Scalars and arrays."""
        for kind, (there, here) in VALUES.items():
            element = KINDS[kind]
            self.assertEqual(read_value(there, element), here, kind)
            variant = variant_of(here, int(kind), element)
            self.assertEqual((variant.Value, variant.VariantType), (there, kind))
            self.assertEqual(read_value([there, there], element.dyn), (here, here))
            many = variant_of((here,), int(kind), element.dyn)
            self.assertEqual((many.Value, many.is_array), ([there], True))
        self.assertEqual(read_value([[1, 2], [3, 4]], Kind.DYN_INT), (1, 2, 3, 4))
        self.assertEqual(read_value([], Kind.DYN_INT), ())

    def test_what_does_not_fit_is_no_value(self) -> None:
        """It is not replaced by a similar value."""
        for value, kind in (
            (None, Kind.INT),
            (float("nan"), Kind.FLOAT),
            ([1.0, float("inf")], Kind.DYN_FLOAT),
            ("text", Kind.INT),
            ([1], Kind.INT),
            (1, Kind.DYN_INT),
            # What Python would make another value of.
            ("12", Kind.INT),
            (5.7, Kind.INT),
            (2**40, Kind.INT),
            (-1, Kind.ULONG),
            (256, Kind.CHAR),
            ("false", Kind.BOOL),
            (1, Kind.BOOL),
            ("1.5", Kind.FLOAT),
            ("abc", Kind.DYN_STRING),
            (5, Kind.BLOB),
            (b"abc", Kind.STRING),
            (ua.LocalizedText("a"), Kind.STRING),
            (ua.ExtensionObject(), Kind.STRING),
            ("\udcfcber", Kind.STRING),
            (ua.LocalizedText("\udcfcber"), Kind.LANG_STRING),
            (datetime(1950, 1, 1), Kind.TIME),
            (datetime(2300, 1, 1), Kind.TIME),
        ):
            self.assertIsNone(read_value(value, kind), value)

    def test_texts_in_another_encoding_are_no_values(self) -> None:
        """The library keeps bytes that are no UTF-8 as half surrogate pairs."""
        odd = b"gr\xf6\xdfe".decode("utf-8", "surrogateescape")
        for value, kind in (
            (odd, Kind.STRING),
            (ua.LocalizedText(odd, "de-AT"), Kind.LANG_STRING),
            (["ä", odd], Kind.DYN_STRING),
        ):
            self.assertIsNone(read_value(value, kind), kind)
            data = ua.DataValue(ua.Variant(value, ua.VariantType.Variant))
            data.Value.Value = value
            self.assertTrue(sample_of(data, kind, 5).status & status.AUT_INV, kind)

    def test_bounds_of_the_variables_type(self) -> None:
        """They may be narrower than the element's."""
        for value, kind in (
            (128, _T.SByte),
            (-32769, _T.Int16),
            (65536, _T.UInt16),
            (1e39, _T.Float),
            ("no guid", _T.Guid),
            ("no node", _T.NodeId),
        ):
            with self.assertRaises(ConversionError):
                variant_of(value, int(kind), KINDS[kind])

    def test_what_fits_in_another_form(self) -> None:
        """Servers may send bytes for an array of Byte, and other numbers."""
        self.assertEqual(read_value(b"\1\2", Kind.DYN_CHAR), (1, 2))
        self.assertEqual(read_value([1, 2], Kind.BLOB), b"\1\2")
        self.assertEqual(read_value(5.0, Kind.INT), 5)
        self.assertEqual(read_value(5, Kind.FLOAT), 5.0)

    def test_null_values(self) -> None:
        """An empty text is often sent as null; a number that is null is none."""
        for variant, expected in (
            (ua.Variant(None, _T.String), ""),
            (ua.Variant(None, _T.ByteString), b""),
            (ua.Variant(None, _T.Double, is_array=True), []),
            (ua.Variant(), None),
        ):
            self.assertEqual(content(variant), expected)

    def test_times_that_are_none(self) -> None:
        """No time is the first one, never is the last one, and both can be written back."""
        low, high = (ua.win_epoch_to_datetime(ticks) for ticks in (0, 2**63 - 1))
        self.assertEqual((low.year, high.year), (1601, 9999))
        for moment, ns in ((low, 0), (high, LAST), (datetime.min, 0), (datetime.max, LAST)):
            self.assertEqual(read_value(moment, Kind.TIME), ns)
        written = [
            variant_of(ns, 13, Kind.TIME).Value for ns in (0, LAST, LAST // 10**6 * 10**6)
        ]
        self.assertEqual(written, [low, high, high])
        self.assertEqual(ua.datetime_to_win_epoch(written[1]), 2**63 - 1)
        self.assertEqual(read_value([low, high], Kind.DYN_TIME), (0, LAST))

    def test_times(self) -> None:
        """With the microseconds that the library has."""
        ns = 1767225600123456000
        self.assertEqual(to_ns(to_datetime(ns)), ns)
        self.assertEqual(to_ns(datetime(1970, 1, 1, 0, 0, 1)), 10**9)


class StateTests(SynchronousTestCase):
    """Status codes."""

    timeout = 30

    def sample(
        self, code: int, value: object = 1.0, **times: datetime
    ) -> tuple[object, ...]:
        data = ua.DataValue(
            ua.Variant(value), StatusCode=ua.StatusCode(ua.UInt32(code)), **times
        )
        found = sample_of(data, Kind.FLOAT, 42)
        return found.value, found.stime, found.status

    def test_good_uncertain_and_bad(self) -> None:
        """Bad is invalid, uncertain has a userbit."""
        uncertain = status.NORMAL | status.userbit(1)
        bad = status.NORMAL | status.AUT_INV
        self.assertEqual(self.sample(0), (1.0, 42, status.NORMAL))
        self.assertEqual(self.sample(0x40900000), (1.0, 42, uncertain))
        self.assertEqual(self.sample(0x808C0000), (1.0, 42, bad))
        self.assertEqual(self.sample(0, None), (None, 42, bad))

    def test_the_source_time_is_first(self) -> None:
        """Then the server's, then ours."""
        one, two = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
        both = self.sample(0, SourceTimestamp=one, ServerTimestamp=two)
        self.assertEqual(both[1], to_ns(one))
        self.assertEqual(self.sample(0, ServerTimestamp=two)[1], to_ns(two))
        for none in (
            datetime(1601, 1, 1),
            datetime(9999, 12, 31, 23, 59, 59),
            datetime.min,
        ):
            times = {"SourceTimestamp": none, "ServerTimestamp": two}
            self.assertEqual(self.sample(0, **times)[1], to_ns(two))
            self.assertEqual(self.sample(0, SourceTimestamp=none)[1], 42)

    def test_codes_are_errors(self) -> None:
        """With WinCC OA's numbers, and the server's words."""
        expected: dict[str, type[OagwError]] = {
            "BadNodeIdUnknown": ElementNotFoundError,
            "BadTypeMismatch": ConversionError,
            "BadOutOfRange": ValueOutOfRangeError,
            "BadHistoryOperationUnsupported": NoArchivedValuesError,
            "BadSessionClosed": ConnectionBrokenError,
            "BadTimeout": ConnectionBrokenError,
            "BadNotWritable": IllegalCallError,
            "BadUserAccessDenied": IllegalCallError,
        }
        for name, kind in expected.items():
            # Bits that say more about it do not make another code of it.
            code = ua.StatusCode(ua.UInt32(getattr(ua.StatusCodes, name) | 0x480))
            error = error_of_code(code, "it was not written")
            self.assertIs(type(error), kind, name)
            self.assertIn(name, error.message)
            self.assertIn("it was not written", error.message)
