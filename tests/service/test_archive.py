"""``oagw archive`` from outside: beside a gateway that works, and for one that stands."""

from __future__ import annotations

import csv
import os
import pty
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
from twisted.trial.unittest import TestCase

from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, Client, Daemon, run

PLANT = """
[types]
Float = "float"
[datapoints]
Float = ["A", "B"]
[archive]
elements = ["A.", "B."]
"""
WHOLE = {"T1": 0, "T2": "9999-12-31"}


class ArchiveTestCase(TestCase):
    """A gateway that seals every few values, so that there is much to do."""

    timeout = 300
    seal = 20

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "plant.toml").write_text(PLANT)
        self.state = self.directory / "state"
        self.daemon = self.daemon_of(self.state).start()
        self.addCleanup(lambda: self.daemon.stop())

    def daemon_of(self, state: Path) -> Daemon:
        plant = f"system.plant={self.directory / 'plant.toml'}"
        few = ("--set", f"archive.seal={self.seal}")
        return Daemon(state, "--set", "simulate.enabled=no", "--set", plant, *few)

    def oagw(self, *arguments: str, state: Path | None = None) -> tuple[int, str, str]:
        done = run(str(OAGW), "archive", *arguments, "--state", str(state or self.state))
        return done.returncode, done.stdout, done.stderr

    def set_values(self, client: Client, first: int, count: int) -> None:
        for value in range(first, first + count):
            values = [{"Dp": name, "Value": value} for name in ("A.", "B.")]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)

    def kept(self, client: Client) -> list[list[float]]:
        found = client.ask("DpGetPeriod", Dps=["A.", "B."], **WHOLE)
        self.assertEqual(found["Error"], 0)
        return list(found["Values"].values())


class ArchiveTests(ArchiveTestCase):
    """Checking, saving and restoring."""

    def test_check(self) -> None:
        """Counts all, finds nothing wrong while the gateway works, and finds damage."""
        client = self.daemon.connect()
        self.set_values(client, 0, 100)
        code, output, _ = self.oagw("check")
        self.assertEqual((code, output.splitlines()[1:]), (0, ["no fault"]))
        self.assertIn(", 200 values", output)
        self.daemon.stop()
        [path] = (self.state / "archive").glob("*-*.sqlite")
        whole = path.read_bytes()
        for damage, told in (
            ("UPDATE block SET data = zeroblob(length(data)) WHERE id = ?", "checksum"),
            ("UPDATE block SET last = last + 1 WHERE id = ?", "should have"),
            ("UPDATE block SET samples = samples + 1 WHERE id = ?", "should have"),
            ("DELETE FROM block WHERE id = ?", "run "),
        ):
            path.write_bytes(whole)
            database = sqlite3.connect(path)
            [number] = database.execute("SELECT max(id) FROM block").fetchone()
            database.execute(damage, (number,))
            database.commit()
            database.close()
            code, output, errors = self.oagw("check")
            self.assertEqual(code, 1, damage)
            self.assertIn(path.name, output)
            self.assertIn(told, output)
            self.assertIn("faults", errors)

    def test_backup_and_restore(self) -> None:
        """A backup beside a working gateway has what was acknowledged before, once."""
        client = self.daemon.connect()
        self.set_values(client, 0, 200)
        other = self.daemon.connect()
        worker = threading.Thread(target=self.set_values, args=(other, 200, 300))
        worker.start()
        backups = [self.directory / f"backup{number}" for number in range(3)]
        for backup in backups:
            code, output, errors = self.oagw("backup", str(backup))
            self.assertEqual((code, errors), (0, ""))
            self.assertIn("files", output)
        worker.join()
        self.assert_elsewhere(backups[0])
        code, _, errors = self.oagw("backup", str(backups[0]))
        self.assertEqual(code, 1)
        self.assertIn("not empty", errors)
        self.daemon.stop()
        for backup in backups:
            code, output, errors = self.oagw("restore", str(backup))
            self.assertEqual((code, errors), (0, ""))
            self.assertEqual(self.oagw("check")[0], 0)
            daemon = self.daemon_of(self.state).start()
            for values in self.kept(daemon.connect()):
                self.assertGreaterEqual(len(values), 200)
                self.assertEqual(values, [float(at) for at in range(len(values))])
            self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(list(self.state.glob("replaced-*"))), len(backups))

    def assert_elsewhere(self, backup: Path) -> None:
        """A gateway that is restored elsewhere has users, certificate and key."""
        for name in ("users", "private_key.pem"):
            self.assertEqual((backup / name).stat().st_mode & 0o777, 0o600)
        self.assertEqual(backup.stat().st_mode & 0o777, 0o700)
        elsewhere = self.directory / "elsewhere"
        code, _, errors = self.oagw("restore", str(backup), state=elsewhere)
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual((elsewhere / "private_key.pem").stat().st_mode & 0o777, 0o600)
        daemon = self.daemon_of(elsewhere).start()
        try:
            # With the certificate that clients have of the first one.
            url = daemon.urls[0] + "?username=demo&password=demo"
            client = Client(url, self.daemon.certificate)
            self.assertGreaterEqual(len(self.kept(client)[0]), 200)
        finally:
            self.assertEqual(daemon.stop(), 0)

    def test_restore_beside_a_gateway_that_runs(self) -> None:
        """Values of a backup replace present ones; later values stay."""
        client = self.daemon.connect()
        self.set_values(client, 0, 50)
        backup = self.directory / "backup"
        self.assertEqual(self.oagw("backup", str(backup))[0], 0)
        first, _ = self.kept(client)
        times = client.ask("DpGetPeriod", Dps=["A."], **WHOLE, Ts=1)["Values"]
        [stamps] = [[row[0] for row in rows] for rows in times.values()]
        begin, end = (
            datetime.fromtimestamp(stamps[at] / 1000, UTC).isoformat() for at in (10, 19)
        )
        period = ("--from", begin, "--to", end)
        self.assertEqual(self.oagw("delete", "--dps", "A", "B", *period, "--yes")[0], 0)
        self.set_values(client, 50, 5)
        # Others may have been set in the same ms.
        left = [at for at in range(50) if not stamps[10] <= stamps[at] <= stamps[19]]
        gone = [*(first[at] for at in left), *map(float, range(50, 55))]
        self.assertEqual(self.kept(client), [gone, gone])
        code, output, errors = self.oagw("restore", str(backup), "--dps", "A", *period)
        self.assertEqual((code, output, errors), (0, f"values: {50 - len(left)}\n", ""))
        whole = [float(value) for value in range(55)]
        self.assertEqual(self.kept(client), [whole, gone])
        code, output, errors = self.oagw("restore", str(backup))
        self.assertEqual((code, output, errors), (0, "values: 100\n", ""))
        self.assertEqual(self.kept(client), [whole, whole])
        client.ask("DpDelete", Dp="B")
        code, output, _ = self.oagw("restore", str(backup))
        self.assertEqual((code, output.splitlines()[0]), (0, "values: 50"))
        self.assertIn("left out: the backup: ", output)
        self.assertIn("'System1:B.'", output)
        self.assertIn("create the datapoints and restore them", output)

    def test_what_is_no_archive(self) -> None:
        """Is said in one line."""
        nowhere = self.directory / "nowhere"
        for arguments, told in (
            (("check",), "no gateway has run with"),
            (("backup", str(self.directory / "b")), "no gateway has run with"),
            (("restore", str(self.directory)), "is not a backup"),
            (("export", "-"), "no gateway has run with"),
            (("import", "x.csv"), "no gateway has run with"),
            (
                ("delete", "--dps", "A", "--from", "0", "--to", "1"),
                "no gateway has run with",
            ),
            (("compact",), "no gateway has run with"),
        ):
            code, _, errors = self.oagw(*arguments, state=nowhere)
            self.assertEqual((code, errors.count("\n")), (1, 1))
            self.assertIn(told, errors)


class ValueTests(ArchiveTestCase):
    """Values out, in and gone, beside a gateway that works and without one."""

    seal = 10

    def rows(self, path: Path) -> list[dict[str, str]]:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    def test_export_meanwhile(self) -> None:
        """While values are set and sealed: each that was acknowledged before, once."""
        client, other = self.daemon.connect(), self.daemon.connect()
        self.set_values(client, 0, 20)
        acknowledged = [20]
        ended = threading.Event()

        def work() -> None:
            while not ended.is_set():
                self.set_values(other, acknowledged[0], 1)
                acknowledged[0] += 1

        worker = threading.Thread(target=work)
        worker.start()
        try:
            for number in range(4):
                path = self.directory / f"values.{('csv', 'parquet')[number % 2]}"
                before = acknowledged[0]
                code, _, errors = self.oagw("export", str(path))
                self.assertEqual(code, 0, errors)
                if path.suffix == ".csv":
                    found = [
                        (one["element"], float(one["value"])) for one in self.rows(path)
                    ]
                else:
                    table = pq.read_table(path).to_pylist()
                    found = [(one["element"], one["value"]) for one in table]
                for name in ("System1:A.", "System1:B."):
                    values = [value for element, value in found if element == name]
                    self.assertEqual(values, [float(at) for at in range(len(values))])
                    self.assertGreaterEqual(len(values), before)
        finally:
            ended.set()
            worker.join()
        self.assertEqual(self.oagw("check")[0], 0)

    def test_out_and_in_again(self) -> None:
        """A gateway that runs takes them, and so does the command itself if none does."""
        client = self.daemon.connect()
        self.set_values(client, 0, 100)
        expected = [float(at) for at in range(100)]
        for name, running in (("values.csv", True), ("values.parquet", False)):
            path = str(self.directory / name)
            code, _, errors = self.oagw("export", path, "--dps", "A.")
            self.assertEqual((code, errors), (0, "100 values of 1 elements\n"))
            # Twice, and then once again.
            for option, times in (((), 2), (("--replace",), 1)):
                code, output, errors = self.oagw("import", path, *option)
                self.assertEqual((code, output, errors), (0, "values: 100\n", ""))
                # Two that were set in one ms come again as two, after both.
                values = sorted(float(one["value"]) for one in self.exported("A."))
                self.assertEqual(values, sorted(expected * times))
            self.assertEqual(len(self.exported("B.")), 100)
            if running:
                self.assertEqual(self.kept(client), [expected, expected])
                self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.oagw("check")[0], 0)
        self.daemon.start()
        self.assertEqual(self.kept(self.daemon.connect()), [expected, expected])

    def exported(self, *patterns: str) -> list[dict[str, str]]:
        code, output, errors = self.oagw("export", "-", "--dps", *patterns)
        if "nothing was exported" not in errors:
            self.assertEqual(code, 0, errors)
        return list(csv.DictReader(output.splitlines()))

    def test_import_of_what_is_wrong(self) -> None:
        """Nothing is imported, unless keep-going is given."""
        path = self.directory / "values.csv"
        path.write_text(
            "element,time,value\nA.,2026-11-26T10:00:00Z,1\nC.,2026-11-26T10:00:00Z,2\n"
            "A.,2026-11-26T10:00:00Z,x\n"
        )
        code, output, errors = self.oagw("import", str(path))
        self.assertEqual((code, output), (1, ""))
        self.assertIn(f"{path}, line 3: 'C.': there is no datapoint 'C'\n", errors)
        self.assertIn(f"{path}, line 4: 'A.': 'x' does not fit into float\n", errors)
        self.assertIn("nothing was imported", errors)
        self.assertEqual(self.exported("A."), [])
        code, output, _ = self.oagw("import", str(path), "--keep-going", "--replace")
        self.assertEqual(code, 0)
        self.assertEqual(output.splitlines()[0], "values: 1")
        self.assertEqual(output.count("left out: "), 2)
        self.assertEqual([one["value"] for one in self.exported("A.")], ["1.0"])

    def test_delete(self) -> None:
        """Asks on a terminal; without one needs --yes. Nothing else is deleted."""
        client = self.daemon.connect()
        self.set_values(client, 0, 30)
        times = [one["time"] for one in self.exported("A.")]
        period = ("--dps", "A", "--from", times[0], "--to", times[9])
        code, _, errors = self.oagw("delete", *period)
        self.assertEqual(code, 1)
        count = sum(one <= times[9] for one in times)
        self.assertIn(f"{count} values of 1 elements from ", errors)
        self.assertIn("--yes", errors)
        self.assertEqual(self.answered("n\n", "delete", *period), 1)
        self.assertEqual(len(self.exported("A.")), 30)
        self.assertEqual(self.answered("y\n", "delete", *period), 0)
        self.assertEqual(len(self.exported("A.")), 30 - count)
        self.assertEqual(len(self.exported("B.")), 30)
        self.assertEqual(self.daemon.stop(), 0)
        rest = ("--dps", "**", "--from", "1970-01-01", "--to", "2200-01-01", "--yes")
        code, output, _ = self.oagw("delete", *rest)
        self.assertEqual((code, output), (0, f"deleted {60 - count} values\n"))
        self.assertEqual(self.exported("**"), [])
        code, _, errors = self.oagw("delete", *rest)
        self.assertEqual(code, 1)
        self.assertIn("nothing was deleted: there are no such values from ", errors)

    def answered(self, answer: str, *arguments: str) -> int:
        """Run a command whose standard input is a terminal; returns its exit code."""
        ours, theirs = pty.openpty()
        try:
            command = [str(OAGW), "archive", *arguments, "--state", str(self.state)]
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=ENVIRONMENT,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.write(ours, answer.encode())
            return process.wait(60)
        finally:
            os.close(ours)
            os.close(theirs)

    def test_compact(self) -> None:
        """All is sealed and there is one run of each month; nothing is lost."""
        client = self.daemon.connect()
        self.set_values(client, 0, 33)
        for _ in range(2):
            self.assertEqual(self.oagw("compact")[0], 0)
            [path] = (self.state / "archive").glob("*-*.sqlite")
            database = sqlite3.connect(path)
            runs = database.execute("SELECT samples FROM run WHERE NOT replaced").fetchall()
            database.close()
            self.assertEqual(runs, [(66,)])
            self.assertEqual(len(self.exported("**")), 66)
            self.daemon.stop()

    def test_what_is_wrong(self) -> None:
        """Is said in one line."""
        path = self.directory / "values.csv"
        empty = self.directory / "empty.csv"
        empty.write_text("element,time,value\n")
        for arguments, told in (
            (("export", "values.txt"), "--format"),
            (("export", "-", "--format", "parquet"), "standard output"),
            (("export", "-", "--dps", "{A"), "open brace"),
            (("export", "-", "--dps", "Other:A"), "no system 'Other'"),
            (("export", "-", "--dps", "Nope*"), "no element matches 'Nope*'"),
            (
                ("delete", "--dps", "No.x", "--from", "0", "--to", "9", "--yes"),
                "no element matches 'No.x'",
            ),
            (("import", str(empty)), "the files have no values"),
            (("export", "-", "--from", "noon"), "is not a time"),
            (("export", "-", "--from", "2026-02-01", "--to", "2026-01-01"), "later than"),
            (("export", str(self.directory / "no" / "x.csv")), "No such file"),
            (("import", str(path)), "No such file"),
        ):
            code, output, errors = self.oagw(*arguments)
            self.assertEqual((code, errors.count("\n"), output), (1, 1, ""), errors)
            self.assertIn(told, errors)
