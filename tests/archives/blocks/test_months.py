"""Months in UTC."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.months import (
    file_of,
    month_of,
    months,
    months_before,
    start_of,
    text_of,
)
from oagw.model.times import LAST


class MonthTests(SynchronousTestCase):
    timeout = 60

    @given(st.integers(0, LAST))
    def test_a_time_is_in_its_month(self, time: int) -> None:
        """Between its start and that of the next."""
        [month] = months(np.array([time], np.int64)).tolist()
        self.assertLessEqual(start_of(month), time)
        self.assertLess(time, start_of(month + 1))

    def test_texts_and_files(self) -> None:
        """A file is named by its month; other files belong to none."""
        directory = Path("archive")
        for month, text in ((0, "1970-01"), (682, "2026-11"), (-1, "1969-12")):
            self.assertEqual(text_of(month), text)
            path = file_of(directory, month)
            self.assertEqual(path, directory / f"{text}.sqlite")
            self.assertEqual(month_of(path), month)
        for name in ("hot.sqlite", "2026-11.sqlite-wal", "2026-1.sqlite"):
            self.assertIsNone(month_of(directory / name))

    def test_the_month_of_a_time_in_seconds(self) -> None:
        """The last second of a month belongs to it."""
        self.assertEqual(months_before(31 * 86400 - 1), 0)
        self.assertEqual(months_before(31 * 86400), 1)
