"""Chunks: samples by series and time, on their way to blocks."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks import chunks
from oagw.archives.blocks.chunks import Chunk, chunk, merged, of_series
from oagw.archives.blocks.months import start_of
from oagw.model.columns import Kind

_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.floats(allow_nan=False),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
    st.text(max_size=2),
)
_ROWS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), _VALUES), max_size=30)

Row = tuple[int, int, Any]


def chunk_of(rows: list[Row]) -> Chunk:
    """A chunk; the user of each sample is its place of arrival."""
    series, times, values = ([row[at] for row in rows] for at in range(3))
    return chunk((series, times, values, [0] * len(rows), list(range(len(rows)))))


def rows_of(one: Chunk, series: int) -> list[tuple[int, str]]:
    """Times and values (with their types) of a series."""
    columns = one.of(series)
    samples = [] if columns is None else columns.samples()
    return [(sample.stime, repr(sample.value)) for sample in samples]


def expected(rows: list[Row], series: int) -> list[tuple[int, str]]:
    mine = [(time, repr(value)) for number, time, value in rows if number == series]
    return sorted(mine, key=lambda row: row[0])


class ChunkTests(SynchronousTestCase):
    timeout = 60

    @given(_ROWS, st.integers(0, 30))
    def test_samples_are_ordered(self, rows: list[Row], middle: int) -> None:
        """By series and time, and equal times by arrival; also after merging."""
        together = merged([chunk_of(rows[:middle]), chunk_of(rows[middle:])])
        for one in (chunk_of(rows), together):
            self.assertEqual(len(one), len(rows))
            for series in (1, 2, 3, 4):
                self.assertEqual(rows_of(one, series), expected(rows, series))

    @given(_ROWS.filter(bool), st.integers(1, 8))
    def test_blocks_have_all_samples(self, rows: list[Row], full: int) -> None:
        """Blocks of a series are of one kind; no block is too large."""
        with patch.object(chunks, "FULL", full):
            blocks = list(chunk_of(rows).blocks())
        kinds: dict[int, set[Kind]] = {}
        found: dict[int, list[tuple[int, str]]] = {}
        for block in blocks:
            self.assertLessEqual(len(block.columns), full)
            for series, columns in block.each():
                kinds.setdefault(series, set()).add(block.columns.kind)
                samples = columns.samples()
                found.setdefault(series, [])
                found[series] += [(one.stime, repr(one.value)) for one in samples]
        for series in {row[0] for row in rows}:
            self.assertEqual(found[series], expected(rows, series))
            self.assertEqual(len(kinds[series]), 1)

    def test_months(self) -> None:
        """A chunk within one month is passed on without a copy."""
        one = chunk_of([(1, 5, 1.0), (2, 7, 2.0)])
        [(month, same)] = one.by_month()
        self.assertEqual(month, 0)
        self.assertIs(same, one)
        two = chunk_of([(1, start_of(2), 1.0), (1, 5, 2.0), (2, start_of(2) - 1, 3.0)])
        found = [(month, part.stime.tolist()) for month, part in two.by_month()]
        self.assertEqual(found, [(0, [5]), (1, [start_of(2) - 1]), (2, [start_of(2)])])

    def test_numbers_and_lengths(self) -> None:
        """The series of a chunk, and how many samples each has."""
        one = chunk_of([(9, 1, 1.0), (3, 1, 1.0), (9, 0, "text")])
        self.assertEqual(one.numbers.tolist(), [3, 9])
        self.assertEqual(one.lengths.tolist(), [1, 2])

    def test_a_chunk_of_columns(self) -> None:
        """Pieces of several series, numbers and texts, become one chunk."""
        source = chunk_of([(1, 1, 1.5), (2, 2, "text"), (1, 3, 2.5)])
        pieces = [(series, source.of(series)) for series in (2, 1)]
        one = of_series([(series, columns) for series, columns in pieces if columns])
        self.assertEqual(rows_of(one, 1), [(1, "1.5"), (3, "2.5")])
        self.assertEqual(rows_of(one, 2), [(2, "'text'")])
        self.assertEqual(one.series.dtype, np.int64)
