"""The benchmarks run, and give all figures; what the figures are is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from benchmarks.live.suite import INSTALL, missing
from tests.processes import need_node
from tests.systems.opcua.server import NODE

_ROOT = Path(__file__).resolve().parents[2]


class BenchmarkTestCase(TestCase):
    timeout = 1200

    def run_benchmark(self, module: str, *options: str) -> str:
        """What a benchmark prints that runs to its end without a complaint."""
        done = subprocess.run(
            [sys.executable, "-m", module, *options],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            # It is to end some time; how soon is the machine's affair.
            timeout=1000,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class QuickRunTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        file = Path(self.mktemp())
        printed = self.run_benchmark("benchmarks", "--quick", "--json", str(file.resolve()))
        found = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual(
            [one["title"] for one in found["comparisons"]],
            [
                "DpGet, 1 client",
                "DpGet, 50 clients",
                "fan-out to 100",
                "fan-out to 100, bursts of 10",
            ],
        )
        self.assertEqual(
            [one["title"] for one in found["durable"]],
            ["durable DpSet, 1 client", "durable DpSet, 50 clients"],
        )
        for one in found["comparisons"]:
            self.assertIn(one["title"], printed)
            self.assertGreater(one["rate_ratio"], 0)
            self.assertGreater(one["server_ratio"], 0)
            self._check_figures(one["oagw"])
            self._check_figures(one["bare"])
        for one in found["durable"]:
            self.assertIn(one["title"], printed)
            self.assertGreater(one["fsync_ratio"], 0)
            self._check_figures(one["oagw"])
        for name in ("fsync_rate", "request_size", "answer_size", "update_size"):
            self.assertGreater(found[name], 0)

    def _check_figures(self, figures: dict[str, Any]) -> None:
        self.assertEqual(
            set(figures),
            {"rate", "p50_ms", "p99_ms", "server_us", "server_share", "client_share"},
        )
        for name, value in figures.items():
            self.assertGreater(value, 0, name)


class SizeTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Every row has a figure for each plant."""
        printed = self.run_benchmark("benchmarks.size", "--quick")
        head, *rows = printed.splitlines()
        self.assertEqual(head.split(), ["elements", "1,000", "10,000"])
        self.assertEqual(len(rows), 9)
        for row in rows:
            figures = row[44:].replace("(", "").replace(")", "").replace(",", "").split()
            self.assertGreaterEqual(len(figures), 2, row)
            for figure in figures:
                self.assertGreater(float(figure), 0, row)


class ArchiveTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Each figure has a number; blocks are small, and memory does not grow."""
        printed = self.run_benchmark("benchmarks.archive", "--quick")
        figures = {}
        for line in printed.splitlines():
            figures[line[:58].strip()] = float(line[58:].replace(",", "").split()[0])
        ours = [one for one in figures if not one.startswith(("PostgreSQL", "InfluxDB"))]
        self.assertEqual(len(ours), 18, printed)
        self.assertGreaterEqual(figures.pop("memory above idle"), 0)
        self.assertGreater(min(figures.values()), 0)
        self.assertLess(figures["bytes a value, one element"], 3)
        self.assertLess(figures["bytes a value, 10,000 elements in turn"], 5)
        slow = figures["bytes a value, 100,000 slow elements, not merged yet"]
        self.assertLess(slow, 5)


class SystemsTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Each question has a ratio, and no change is lost."""
        printed = self.run_benchmark("benchmarks.systems", "--quick")
        questions, _, changes = printed.partition("\n\n")
        _, *rows = questions.splitlines()
        self.assertEqual(len(rows), 4)
        for row in rows:
            self.assertGreater(float(row.split()[-1]), 0, row)
        self.assertEqual(changes.count("none lost"), 2)


class QueriesTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Every row has its figures, for questions and for changes."""
        printed = self.run_benchmark("benchmarks.queries", "--quick")
        questions, _, changes = printed.partition("\n\n")
        self.assertEqual(questions.splitlines()[0].split(), ["elements", "1,000", "10,000"])
        self.assertEqual(len(questions.splitlines()), 9)
        self.assertEqual(questions.count(" ms "), 16)
        _, *rows = changes.splitlines()
        self.assertEqual(len(rows), 5)
        for row in rows:
            for figure in row[52:].replace(",", "").split():
                self.assertGreaterEqual(float(figure), 0, row)


class LiveTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Each installed server has its cost; a missing one is named with the command."""
        chart = Path(self.mktemp()).absolute()
        printed = self.run_benchmark(
            "benchmarks.live", "--quick", "--only", "wss", "--chart", str(chart)
        )
        for name, install in INSTALL.items():
            if name in missing():
                self.assertIn(f"{name} is not installed and left out: {install}", printed)
            else:
                self.assertIn(f"\n  {name} ", printed)
        rows = [line for line in printed.splitlines() if line.startswith("  ")]
        ours = [line for line in rows if line.startswith("  oagw ")]
        self.assertEqual(len(ours), 5, printed)
        self.assertIn("  10,000 commands in a row ", printed)
        self.assertIn("wss: one change to 100</text>", chart.read_text())
        for row in rows:
            if "server us" in row or "p50 ms" in row:
                continue
            for figure in row[40:].replace(",", "").replace("%", "").split():
                self.assertGreater(float(figure), 0, row)


class CrowdTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """A few clients cost little, whether they do nothing, come back or do not read."""
        printed = self.run_benchmark(
            "benchmarks.live.crowd",
            *("--idle", "200", "--storm", "50", "--stuck", "20"),
            *("--readers", "20", "--sets", "200", "--seconds", "0.5"),
        )
        first, again, stuck, idle = printed.splitlines()
        self.assertRegex(first, r"^50 clients at once, first time +[\d.]+ s +[\d.]+ ms ")
        self.assertRegex(again, r"^50 clients at once, again, resumed +[\d.]+ s ")
        self.assertRegex(stuck, r"^20 clients that never read +-?[\d.]+ kB each; oth")
        self.assertRegex(idle, r"^200 idle clients +-?[\d.]+ kB each$")


class OpcuaTests(BenchmarkTestCase):
    def test_all_figures(self) -> None:
        """Each question has a ratio, and no change is lost."""
        need_node(NODE, "node-opcua")
        printed = self.run_benchmark("benchmarks.opcua", "--quick")
        questions, _, changes = printed.partition("\n\n")
        _, *rows = questions.splitlines()
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertGreater(float(row.split()[-1]), 0, row)
        self.assertIn("none lost", changes)
