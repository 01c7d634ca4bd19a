"""``oagw archive`` from outside: beside a gateway that works, and for one that stands."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.service.daemon import OAGW, Client, Daemon, run

PLANT = """
[types]
Float = "float"
[datapoints]
Float = ["A", "B"]
[archive]
elements = ["A.", "B."]
"""
WHOLE = {"T1": 0, "T2": "9999-12-31"}


class ArchiveTests(TestCase):
    """A gateway that seals every few values, so that there is much to do."""

    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "plant.toml").write_text(PLANT)
        self.state = self.directory / "state"
        self.daemon = self.daemon_of(self.state).start()
        self.addCleanup(lambda: self.daemon.stop())

    def daemon_of(self, state: Path) -> Daemon:
        plant = f"system.plant={self.directory / 'plant.toml'}"
        few = ("--set", "archive.seal=20")
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
        code, _, errors = self.oagw("backup", str(backups[0]))
        self.assertEqual(code, 1)
        self.assertIn("not empty", errors)
        code, _, errors = self.oagw("restore", str(backups[0]))
        self.assertEqual(code, 1)
        self.assertIn("stop the gateway", errors)
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

    def test_what_is_no_archive(self) -> None:
        """Is said in one line."""
        nowhere = self.directory / "nowhere"
        for arguments, told in (
            (("check",), "no state directory"),
            (("backup", str(self.directory / "b")), "no state directory"),
            (("restore", str(self.directory)), "is no backup"),
        ):
            code, _, errors = self.oagw(*arguments, state=nowhere)
            self.assertEqual((code, errors.count("\n")), (1, 1))
            self.assertIn(told, errors)
