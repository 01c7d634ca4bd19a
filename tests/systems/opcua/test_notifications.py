"""Messages with new values, as the library writes them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.opcua import notifications
from oagw.systems.opcua.notifications import UnreadableError, read_news
from oagw.systems.opcua.variants import KINDS, sample_of
from tests.systems.opcua.test_variants import VALUES

_NOW = 42
_MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


def written(*values: ua.DataValue) -> bytes:
    """A message of items that are numbered from 0 on."""
    items = [ua.MonitoredItemNotification(number, one) for number, one in enumerate(values)]
    return bytes(struct_to_binary(ua.DataChangeNotification(items)))


def data(value: Any, kind: Any = None, code: int = 0, **times: Any) -> ua.DataValue:
    status = ua.StatusCode(ua.UInt32(code))
    return ua.DataValue(ua.Variant(value, kind), StatusCode=status, **times)


class NotificationTests(SynchronousTestCase):
    """The same as the library reads, and what it does not."""

    timeout = 30

    def test_values_of_all_types(self) -> None:
        """Scalars and arrays, one after the other."""
        given, kinds = [], []
        for kind, (there, _) in VALUES.items():
            given += [data(there, kind, SourceTimestamp=_MOMENT), data([there] * 2, kind)]
            kinds += [KINDS[kind], KINDS[kind].dyn]
        found, overflow = read_news(written(*given), dict(enumerate(kinds)), _NOW)
        expected = [
            (number, sample_of(one, kind, _NOW))
            for number, (one, kind) in enumerate(zip(given, kinds, strict=True))
        ]
        self.assertEqual(found, expected)
        self.assertFalse(overflow)

    def test_what_is_there_of_a_value(self) -> None:
        """Any of its parts may be missing; unknown items are skipped."""
        given = [
            ua.DataValue(),
            ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(0x808C0000))),
            data(1.0, ServerTimestamp=_MOMENT, ServerPicoseconds=7),
            data(2.0, code=0x40900000, SourceTimestamp=_MOMENT, SourcePicoseconds=7),
            data(3.0, SourceTimestamp=datetime.min, ServerTimestamp=_MOMENT),
            data(4.0, SourceTimestamp=datetime.max),
            data(float("nan")),
            data(None),
            data(5.0),
        ]
        kind = KINDS[ua.VariantType.Double]
        numbers = [number for number in range(len(given)) if number != 2]
        found, _ = read_news(written(*given), dict.fromkeys(numbers, kind), _NOW)
        expected = [(number, sample_of(given[number], kind, _NOW)) for number in numbers]
        self.assertEqual(found, expected)
        times = {number: sample.stime for number, sample in found}
        self.assertEqual(times[4], times[3])
        self.assertEqual((times[5], times[8]), (_NOW, _NOW))

    def test_a_queue_that_had_no_room(self) -> None:
        """One such value is enough."""
        body = written(data(1.0), data(2.0, code=0x480), data(3.0))
        kinds = dict.fromkeys(range(3), KINDS[ua.VariantType.Double])
        self.assertTrue(read_news(body, kinds, _NOW)[1])
        self.assertFalse(read_news(body, {0: kinds[0]}, _NOW)[1])

    def test_what_cannot_be_read(self) -> None:
        """Wherever it ends, and whatever is in it."""
        body = written(data("text"), data(2.0, SourceTimestamp=_MOMENT))
        kinds = {0: KINDS[ua.VariantType.String], 1: KINDS[ua.VariantType.Double]}
        # Behind the values there is a list that nobody needs.
        for length in range(len(body) - 4):
            with self.assertRaises(UnreadableError):
                read_news(body[:length], kinds, _NOW)
        with self.assertRaises(UnreadableError):
            read_news(struct.pack("<iIBB", 1, 0, 1, 63), kinds, _NOW)

    def test_a_value_that_cannot_be_read(self) -> None:
        """Is none; those before it and after it are what they are."""
        wrong = [
            ua.Variant([1, 2, 3], ua.VariantType.Int32, [1 << 30, 1 << 30]),
            ua.Variant(ua.NodeId(1 << 20, 300), ua.VariantType.NodeId),
            ua.Variant([ua.Variant("x")] * 2, ua.VariantType.Variant, is_array=True),
            ua.Variant(
                [ua.DataValue(ua.Variant(1))], ua.VariantType.DataValue, is_array=True
            ),
            ua.Variant(ua.LocalizedText("a", "b"), ua.VariantType.LocalizedText),
            ua.Variant(ua.QualifiedName("a", 2), ua.VariantType.QualifiedName),
            ua.Variant(
                ua.ExtensionObject(ua.NodeId(5, 2), b"12"), ua.VariantType.ExtensionObject
            ),
            ua.Variant(ua.ExtensionObject(), ua.VariantType.ExtensionObject),
            ua.Variant(["a", None], ua.VariantType.String, is_array=True),
            ua.Variant(_MOMENT, ua.VariantType.DateTime),
        ]
        given = [data(1.0), *map(ua.DataValue, wrong), data(2.0)]
        kinds = dict.fromkeys(range(len(given)), KINDS[ua.VariantType.Double])

        def refuse(rest: object) -> None:
            raise ua.UaError("it cannot be read")

        self.patch(notifications, "variant_from_binary", refuse)
        found, _ = read_news(written(*given), kinds, _NOW)
        values = [sample.value for _, sample in found]
        self.assertEqual(values, [1.0, *[None] * len(wrong), 2.0])
