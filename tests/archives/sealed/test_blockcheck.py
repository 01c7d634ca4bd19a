"""Checking blocks: each fault has a sentence."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.blocks.blockcodec import encode, summary
from oagw.archives.blocks.chunks import chunk
from oagw.archives.sealed.blockcheck import CheckReport, check_blocks, check_runs, is_block

#: The samples of a block: a series, with 100 times.
_TIMES = list(range(100))


def row(number: int = 1, times: list[int] = _TIMES, **changed: Any) -> list[Any]:
    """The row of a block, as it should be but for some columns."""
    count = len(times)
    [block] = chunk(
        ([7] * count, times, [0.5] * count, [257] * count, [0] * count)
    ).blocks()
    columns = {
        "id": number,
        "run": 1,
        "kind": int(block.columns.kind),
        "first_series": 7,
        "last_series": 7,
        "first": times[0],
        "last": times[-1],
        "samples": count,
        "data": encode(block),
        "summary": summary(block.columns),
    }
    return list({**columns, **changed}.values())


class BlockCheckTests(SynchronousTestCase):
    timeout = 30

    def faults(self, *rows: list[Any], month: int = 0) -> list[str]:
        self.counts: dict[int, int] = {}
        self.report = CheckReport()
        read: list[int] = []
        found = [*check_blocks(rows, self.counts, self.report, month, read.append)]
        self.assertEqual(read, sorted(read))
        return found

    def test_sound_blocks_are_counted(self) -> None:
        """Blocks, samples, and samples of each run."""
        self.assertEqual(self.faults(row(1), row(2, [100, 101], summary=None)), [])
        self.assertEqual((self.report.blocks, self.report.samples), (2, 102))
        self.assertEqual(self.counts, {1: 102})

    def test_faults(self) -> None:
        """Bytes, index, summary, month and order."""
        data = row()[8]
        for fault, rows in (
            ("its checksum does not match", [row(data=data[:-1] + b"?")]),
            ("and should have [7, 7, 0, 99, 99]", [row(samples=99)]),
            ("its summary does not match", [row(summary=summary_of_others())]),
            ("it has times of another month", [row(times=[5, 10**18], summary=None)]),
            ("it is not in order after the previous block", [row(1), row(2)]),
        ):
            [found] = self.faults(*rows)
            self.assertIn(fault, found)
            self.assertTrue(found.startswith(f"block {len(rows)}: "), found)

    def test_runs_have_as_many_samples_as_they_say(self) -> None:
        """Fewer, more, or none."""
        faults = [*check_runs([(1, 5), (2, 5), (3, 0), (4, 1)], {1: 5, 2: 6})]
        self.assertEqual(
            faults,
            [
                "run 2: it has 6 values, and should have 5",
                "run 4: it has 0 values, and should have 1",
            ],
        )

    def test_a_row_that_is_intact(self) -> None:
        """By column; a row of any other values is not."""
        names = ("id", "run", "kind", "first_series", "last_series", "first", "last")
        sound = dict(zip((*names, "samples", "data"), row(), strict=False))
        self.assertTrue(is_block(sound))
        self.assertFalse(is_block({**sound, "last": 100}))
        self.assertFalse(is_block({**sound, "data": b"damage"}))
        self.assertFalse(is_block({**sound, "data": None}))

    def test_reports_are_added(self) -> None:
        """The faults of another archive begin with its title."""
        report = CheckReport(files=1, blocks=2, samples=3, faults=["a"])
        report.add(CheckReport(1, 1, 1, 1, ["b"]), "systems/Plc/")
        self.assertEqual(report, CheckReport(2, 1, 3, 4, ["a", "systems/Plc/b"]))


def summary_of_others() -> Any:
    """The summary of another block."""
    return row(times=[*range(1, 101)])[9]
