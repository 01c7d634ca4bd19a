"""The end of a variant is found without reading it."""

from __future__ import annotations

from asyncua import ua
from asyncua.ua.ua_binary import variant_to_binary
from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.opcua.valueends import UNREADABLE, skip_variant

_T = ua.VariantType


class ValueEndsTests(SynchronousTestCase):
    """Of every type, alone and in arrays."""

    timeout = 30

    VARIANTS = (
        ua.Variant(None, _T.Null),
        ua.Variant(True, _T.Boolean),
        ua.Variant(1.5, _T.Double),
        ua.Variant(2**40, _T.Int64),
        ua.Variant("text", _T.String),
        ua.Variant(None, _T.String),
        ua.Variant(b"\x00\xff", _T.ByteString),
        ua.Variant([1, 2, 3], _T.UInt16),
        ua.Variant(["a", "", "c"], _T.String),
        ua.Variant(ua.NodeId(5, 0), _T.NodeId),
        ua.Variant(ua.NodeId("name", 2), _T.NodeId),
        ua.Variant(ua.QualifiedName("name", 3), _T.QualifiedName),
        ua.Variant(ua.LocalizedText("Text", "de"), _T.LocalizedText),
        ua.Variant(ua.LocalizedText("Text"), _T.LocalizedText),
        ua.Variant(ua.DataValue(ua.Variant(1, _T.Int32)), _T.DataValue),
        ua.Variant([[1, 2], [3, 4]], _T.Int32),
    )

    def test_the_end_of_each_variant(self) -> None:
        """Is where its bytes end, whatever follows."""
        for variant in self.VARIANTS:
            body = variant_to_binary(variant)
            self.assertEqual(
                skip_variant(b"xx" + body + b"more", 2), 2 + len(body), variant
            )

    def test_bytes_that_are_cut_off(self) -> None:
        """Are an error that the library might raise as well, and never an end."""
        for variant in self.VARIANTS[1:]:
            body = variant_to_binary(variant)
            with self.assertRaises(UNREADABLE):
                skip_variant(body[:-1], 0)

    def test_variants_within_variants(self) -> None:
        """Have a limit, so that a message cannot exhaust the stack."""
        self.assertRaises(ValueError, skip_variant, b"\x18" * 100, 0)
