"""Blocks: whatever is encoded comes back bit by bit, and damage is seen."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.blockcodec import (
    SUB_BLOCK,
    SUMMARY,
    Block,
    decode,
    encode,
    read_summary,
    summary,
)
from oagw.model.columns import Columns, Kind, columns, joined
from oagw.model.samples import Sample

_TIMES = st.one_of(
    st.integers(0, 2**63 - 1),
    st.integers(0, 10**6).map(lambda number: 10**18 + number * 10**9),
    st.integers(0, 10**6).map(lambda number: 10**18 + number * 10**6),
)
_VALUES: list[st.SearchStrategy[Any]] = [
    st.floats(),
    st.integers(-(10**7), 10**7).map(lambda number: number / 1000),
    st.sampled_from([0.0, -0.0, 0.1, 0.30000000000000004, 1e15, 1e300, -5e-324]),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 100),
    st.integers(0, 2**64 - 1),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(0, 3), max_size=3),
    st.one_of(st.booleans(), st.floats(0, 1), st.integers(0, 1)),
]


def _rows(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[int, Sample]]]:
    status = st.sampled_from([0, 257, 2**63, 2**64 - 1])
    one = st.builds(Sample, values, _TIMES, status, st.integers(0, 2**31))
    series = st.one_of(st.integers(0, 2), st.integers(0, 2**63 - 1))
    return st.lists(st.tuples(series, one), min_size=1, max_size=100)


def block(rows: list[tuple[int, Sample]]) -> Block:
    """A block of samples, by series and time."""
    rows = sorted(rows, key=lambda row: (row[0], row[1].stime))
    numbers = np.array([series for series, _ in rows], np.int64)
    series, starts = np.unique(numbers, return_index=True)
    return Block(series, starts, columns([one for _, one in rows]))


def exact(one: Columns) -> list[tuple[Any, ...]]:
    """All bits: 0.0 is not -0.0, True not 1, and a NaN is itself."""
    return [
        (
            struct.pack("<d", row.value) if type(row.value) is float else repr(row.value),
            row.stime,
            row.status,
            row.user,
        )
        for row in one.samples()
    ]


class BlockTests(SynchronousTestCase):
    timeout = 120

    @given(st.one_of([_rows(values) for values in _VALUES]))
    @settings(deadline=None, max_examples=300)
    def test_what_is_encoded_comes_back(self, rows: list[tuple[int, Sample]]) -> None:
        """Each series has its own samples, and other series have none."""
        given_ = block(rows)
        found = decode(encode(given_))
        self.assertEqual(exact(found.columns), exact(given_.columns))
        for series in given_.series.tolist():
            mine, expected = found.of(series), given_.of(series)
            assert mine is not None
            assert expected is not None
            self.assertEqual(exact(mine), exact(expected))
        absent = next(one for one in range(200) if one not in given_.series.tolist())
        self.assertIsNone(found.of(absent))

    @given(
        st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=50),
        st.integers(0, 8),
    )
    @example([5, 25], 1)
    @settings(deadline=None, max_examples=200)
    def test_decimals_are_exact(self, numbers: list[int], digits: int) -> None:
        """The number that is kept and its decimals are the shortest text of the float."""
        values = [number / 10**digits for number in numbers]
        found = decode(encode(block([(1, Sample(one, 0, 0, 0)) for one in values])))
        kept = found.columns
        if kept.digits is None:
            return
        for whole, value in zip(kept.bits.tolist(), values, strict=True):
            self.assertEqual(float(f"{whole}e-{kept.digits}"), value)
            if value and 1e-4 <= abs(value) < 1e16:
                text = f"{abs(whole):0{kept.digits + 1}}"
                cut = len(text) - kept.digits
                text = f"{text[:cut]}.{text[cut:].rstrip('0') or '0'}"
                self.assertEqual(text, repr(abs(value)))

    def test_two_decimals_and_regular_times_are_small(self) -> None:
        """Less than three bytes a value."""
        numbers = np.random.default_rng(1).normal(0, 1, 4096).cumsum().round(2)
        rows = [
            (1, Sample(value, 10**18 + at * 10**9, 257, 1))
            for at, value in enumerate(numbers.tolist())
        ]
        self.assertLess(len(encode(block(rows))), 2 * 4096)

    @given(st.data())
    @settings(deadline=None, max_examples=100)
    def test_damage_is_seen(self, data: st.DataObject) -> None:
        """Whichever bit it is, and wherever the end is missing."""
        rows = [(number % 3, Sample(number / 8, number, 257, 1)) for number in range(40)]
        whole = encode(block(rows))
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        self.assertRaises(ValueError, decode, bytes(damaged))
        self.assertRaises(ValueError, decode, whole[: bit // 8])

    def test_a_later_version_is_told(self) -> None:
        """An older oagw does not guess."""
        import zlib

        data = bytearray(encode(block([(1, Sample(1.0, 0, 0, 0))])))
        data[4] = 9
        data[:4] = struct.pack("<I", zlib.crc32(data[4:]))
        with self.assertRaises(ValueError) as caught:
            decode(bytes(data))
        self.assertIn("version 9", str(caught.exception))


class SummaryTests(SynchronousTestCase):
    timeout = 60

    @given(
        st.lists(st.floats(-1e300, 1e300), min_size=SUB_BLOCK, max_size=300),
    )
    @settings(deadline=None, max_examples=50)
    def test_minimum_and_maximum_of_each_part(self, values: list[float]) -> None:
        """With the time at which it begins."""
        given_ = columns([Sample(value, at, 0, 0) for at, value in enumerate(values)])
        found = summary(given_)
        assert found is not None
        expected = [
            (start, min(values[start : start + 64]), max(values[start : start + 64]))
            for start in range(0, len(values), 64)
        ]
        self.assertEqual(np.frombuffer(read_summary(found), SUMMARY).tolist(), expected)

    @given(st.data())
    def test_damage_is_seen(self, data: st.DataObject) -> None:
        """Whichever bit is another; summaries of earlier versions have no checksum."""
        samples = [Sample(at / 4, at, 257, 1) for at in range(200)]
        whole = summary(columns(samples))
        assert whole is not None
        self.assertEqual(read_summary(read_summary(whole)), read_summary(whole))
        damaged = bytearray(whole)
        bit = data.draw(st.integers(0, 8 * len(whole) - 1))
        damaged[bit // 8] ^= 1 << (bit % 8)
        self.assertRaises(ValueError, read_summary, bytes(damaged))

    def test_what_has_none(self) -> None:
        """Few samples, texts, no numbers, numbers that a float does not have."""
        for value in ("a", math.nan, math.inf, 2**60, 2**64 - 1, -(2**63)):
            rows = [Sample(value, at, 0, 0) for at in range(100)]
            self.assertIsNone(summary(columns(rows)), value)
        self.assertIsNone(summary(columns([Sample(1.0, 0, 0, 0)] * 63)))
        self.assertIsNotNone(summary(columns([Sample(True, 0, 0, 0)] * 64)))


class ColumnsTests(SynchronousTestCase):
    timeout = 60

    @given(
        st.lists(
            st.lists(st.one_of(_VALUES), max_size=4).map(
                lambda values: [Sample(value, 1, 2, 3) for value in values]
            ),
            max_size=4,
        )
    )
    @settings(deadline=None, max_examples=200)
    def test_columns_of_any_kinds_are_joined(self, parts: list[list[Sample]]) -> None:
        """The same samples as before, one after the other."""
        whole = joined([columns(part) for part in parts])
        self.assertEqual(
            exact(whole), [row for part in parts for row in exact(columns(part))]
        )

    def test_kinds(self) -> None:
        """Numbers are held as such as long as that loses nothing."""
        for values, kind in (
            ([1.0, 2.5], Kind.FLOAT),
            ([1, -(2**63)], Kind.INT),
            ([1, 2**63], Kind.UINT),
            ([-1, 2**63], Kind.OTHER),
            ([True], Kind.BOOL),
            ([True, 1], Kind.OTHER),
            (["a"], Kind.OTHER),
        ):
            rows = columns([Sample(value, 0, 0, 0) for value in values])
            self.assertIs(rows.kind, kind, values)
            self.assertEqual(rows.values(), values)
