"""The benchmarks run, and give all figures; what the figures are is not tested."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from benchmarks.live.suite import INSTALL, missing
from tests.opcua.server import NODE
from tests.processes import need_node

_ROOT = Path(__file__).resolve().parents[2]


class QuickRunTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        file = Path(self.mktemp())
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--quick", "--json", file.resolve()],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
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
            self.assertIn(one["title"], done.stdout)
            self.assertGreater(one["rate_ratio"], 0)
            self.assertGreater(one["server_ratio"], 0)
            self._check_figures(one["oagw"])
            self._check_figures(one["bare"])
        for one in found["durable"]:
            self.assertIn(one["title"], done.stdout)
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


class SizeTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Every row has a figure for each plant."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.size", "--quick"],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        head, *rows = done.stdout.splitlines()
        self.assertEqual(head.split(), ["elements", "1,000", "10,000"])
        self.assertEqual(len(rows), 9)
        for row in rows:
            figures = row[44:].replace("(", "").replace(")", "").replace(",", "").split()
            self.assertGreaterEqual(len(figures), 2, row)
            for figure in figures:
                self.assertGreater(float(figure), 0, row)


class ArchiveTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Each has a number; blocks are small, and memory does not grow."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.archive", "--quick"],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        figures = {}
        for line in done.stdout.splitlines():
            figures[line[:58].strip()] = float(line[58:].replace(",", "").split()[0])
        ours = [one for one in figures if not one.startswith(("PostgreSQL", "InfluxDB"))]
        self.assertEqual(len(ours), 18, done.stdout)
        self.assertGreaterEqual(figures.pop("memory above idle"), 0)
        self.assertGreater(min(figures.values()), 0)
        self.assertLess(figures["bytes a value, one element"], 3)
        self.assertLess(figures["bytes a value, 10,000 elements in turn"], 5)
        slow = figures["bytes a value, 100,000 slow elements, not merged yet"]
        self.assertLess(slow, 5)


class SystemsTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Each question has a ratio, and no change is lost."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.systems", "--quick"],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        questions, _, changes = done.stdout.partition("\n\n")
        _, *rows = questions.splitlines()
        self.assertEqual(len(rows), 4)
        for row in rows:
            self.assertGreater(float(row.split()[-1]), 0, row)
        self.assertEqual(changes.count("none lost"), 2)


class QueriesTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Every row has its figures, for questions and for changes."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.queries", "--quick"],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        questions, _, changes = done.stdout.partition("\n\n")
        self.assertEqual(questions.splitlines()[0].split(), ["elements", "1,000", "10,000"])
        self.assertEqual(len(questions.splitlines()), 9)
        self.assertEqual(questions.count(" ms "), 16)
        _, *rows = changes.splitlines()
        self.assertEqual(len(rows), 5)
        for row in rows:
            for figure in row[52:].replace(",", "").split():
                self.assertGreaterEqual(float(figure), 0, row)


class LiveTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Each server that is there has its cost; what is not is named with the command."""
        chart = Path(self.mktemp()).absolute()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.live"),
                *("--quick", "--only", "wss", "--chart", str(chart)),
            ],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name, install in INSTALL.items():
            if name in missing():
                self.assertIn(
                    f"{name} is not installed and left out: {install}", done.stdout
                )
            else:
                self.assertIn(f"\n  {name} ", done.stdout)
        rows = [line for line in done.stdout.splitlines() if line.startswith("  ")]
        ours = [line for line in rows if line.startswith("  oagw ")]
        self.assertEqual(len(ours), 5, done.stdout)
        self.assertIn("  10,000 commands in a row ", done.stdout)
        self.assertIn("wss: one change to 100</text>", chart.read_text())
        for row in rows:
            if "server us" in row or "p50 ms" in row:
                continue
            for figure in row[40:].replace(",", "").replace("%", "").split():
                self.assertGreater(float(figure), 0, row)


class CrowdTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """A few clients cost little, whether they do nothing, come back or do not read."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.live.crowd"),
                *("--idle", "200", "--storm", "50", "--stuck", "20"),
            ],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        first, again, stuck, idle = done.stdout.splitlines()
        self.assertRegex(first, r"^50 clients at once, first time +[\d.]+ s +[\d.]+ ms ")
        self.assertRegex(again, r"^50 clients at once, again, resumed +[\d.]+ s ")
        self.assertRegex(stuck, r"^20 clients that never read +-?[\d.]+ kB each; oth")
        self.assertRegex(idle, r"^200 idle clients +-?[\d.]+ kB each$")


class OpcuaTests(TestCase):
    timeout = 120

    def test_all_figures(self) -> None:
        """Each question has a ratio, and no change is lost."""
        need_node(NODE, "node-opcua")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.opcua", "--quick"],
            cwd=_ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=110,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        questions, _, changes = done.stdout.partition("\n\n")
        _, *rows = questions.splitlines()
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertGreater(float(row.split()[-1]), 0, row)
        self.assertIn("none lost", changes)
