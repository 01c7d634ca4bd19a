"""Columns of whole numbers: what is written is read again, and damage is detected."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.integers import (
    ByteReader,
    compress,
    decompress,
    read_above,
    read_bytes,
    read_differences,
    read_smaller,
    write_above,
    write_bytes,
    write_differences,
    write_smaller,
)

_NUMBERS = st.lists(
    st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(0, 300)),
    min_size=1,
    max_size=50,
)


class IntegersTests(SynchronousTestCase):
    timeout = 60

    @given(_NUMBERS, st.integers(1, 7))
    def test_numbers_come_back(self, given_: list[int], every: int) -> None:
        """As offsets, as differences that start again now and then, and as the shorter."""
        numbers = np.array(given_, np.int64)
        starts = np.arange(0, len(numbers), every)
        data = (
            write_above(numbers)
            + write_differences(numbers, starts)
            + write_smaller(numbers, starts)
        )
        reader = ByteReader(data)
        self.assertEqual(read_above(reader, len(numbers)).tolist(), given_)
        self.assertEqual(read_differences(reader, len(numbers), starts).tolist(), given_)
        self.assertEqual(read_smaller(reader, len(numbers), starts).tolist(), given_)
        self.assertEqual(reader.at, len(data))

    def test_the_shorter_encoding_is_chosen(self) -> None:
        """Times at equal distances take a few bytes only."""
        times = np.arange(0, 10**12, 10**9)
        start = np.array([0])
        shorter = write_smaller(times, start)
        self.assertLess(len(shorter), 50)
        self.assertLess(len(shorter), len(write_above(times)))

    @given(st.binary(max_size=200))
    def test_bytes_come_back(self, data: bytes) -> None:
        """Whether compressing makes them shorter or not."""
        self.assertEqual(read_bytes(ByteReader(write_bytes(data))), data)
        self.assertEqual(decompress(compress(data)), data)

    def test_damage_is_detected(self) -> None:
        """Bytes that end too early, another encoding or length, no compressed data."""
        data = write_above(np.arange(1000) ** 2)
        with self.assertRaisesRegex(ValueError, "ends too soon"):
            read_above(ByteReader(data[:-1]), 1000)
        with self.assertRaisesRegex(ValueError, "ends too soon"):
            read_above(ByteReader(data[:3]), 1000)
        with self.assertRaisesRegex(ValueError, "another encoding"):
            read_above(ByteReader(b"\x01" + data[1:]), 1000)
        with self.assertRaisesRegex(ValueError, "another length"):
            read_above(ByteReader(data), 999)
        self.assertRaises(ValueError, decompress, b"no such data")
