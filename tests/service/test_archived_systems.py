"""A gateway that archives another one's values: real daemons, real TLS, restarts."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

from tests.postgres import postgres_server
from tests.processes import PATIENCE
from tests.service.daemon import OAGW, Client, Daemon, run
from tests.service.test_chain import ChainTestCase

WHOLE = {"T1": 0, "T2": "9999-12-31"}
PERIOD = ("--from", "1970-01-01", "--to", "2200-01-01")
DELETE = ("delete", "--dps", "Plant2:F2", *PERIOD, "--yes")
ARCHIVED = "elements are archived"
F2 = "Plant2:F2."


class ArchivedTestCase(ChainTestCase):
    """The far gateway has no history of F2; the near one has."""

    kept = "[archive]\nseal = 20\n[archive:fast]\nelements = F2\n"

    def archiving(self) -> Daemon:
        return self.near("Plant2", self.kept, archive="F*", remote_name="System1")

    def set(self, client: Client, first: int, count: int) -> None:
        """Set F2 to some numbers, one after the other."""
        for value in range(first, first + count):
            values = [{"Dp": "F2.", "Value": value}]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)

    def past(self, client: Client, count: int, **more: Any) -> list[Any]:
        """What is archived of F2, when there are so many values."""
        deadline = monotonic() + PATIENCE
        while True:
            answer = client.ask("DpGetPeriod", Dps=[F2], **{**WHOLE, **more})
            self.assertEqual(answer["Error"], 0, answer)
            [values] = answer["Values"].values() or [[]]
            if len(values) >= count:
                return list(values)
            self.assertLess(monotonic(), deadline, values)

    def check_history(self) -> Daemon:
        """A history goes through restarts of both; all values are there once, in order."""
        near = self.archiving()
        near.until_told(ARCHIVED)
        far = self.far.connect()
        refused = far.ask("DpGetPeriod", Dps=["F2."], **WHOLE)
        self.assertEqual(refused["Values"], {})
        self.set(far, 1, 100)
        client = near.connect()
        numbers = [float(number) for number in range(1, 101)]
        self.assertEqual(self.past(client, 100), numbers)
        listen = self.far.urls[0]
        self.far.stop()
        name = f"{F2}:_offline.._aut_inv"
        told = client.ask("DpGetPeriod", Dps=[name], **WHOLE)["Values"]
        invalid = next(iter(told.values()))
        self.assertEqual(invalid[-2:], [False, True])
        near.stop()
        self.restart_far(listen)
        near.start().until_told(ARCHIVED)
        self.set(self.far.connect(), 101, 20)
        client = near.connect()
        values = self.past(client, 122)
        self.assertEqual(values[:101], [*numbers, 100.0])
        self.assertEqual(values[-20:], [float(number) for number in range(101, 121)])
        self.assertEqual(sorted(set(values)), [float(at) for at in range(1, 121)])
        self.assertEqual(self.shapes(client, len(values)), 120.0)
        return near

    def shapes(self, client: Client, count: int) -> object:
        """The highest value, if all ways to ask for it agree on how many there are."""
        query = (
            "SELECT 'COUNT(_offline.._value)', 'MAX(_offline.._value)' FROM 'Plant2:F2.' "
            "TIMERANGE(0, 4E12, 1, 0)"
        )
        [[_, rows, highest]] = client.ask("DpQuery", Query=query)["Values"]
        self.assertEqual(rows, count)
        aggregate = {"Function": "max", "Points": 1}
        self.assertEqual(self.past(client, 1, Aggregate=aggregate), [highest])
        client.send("DpGetPeriod", {"Id": 9, "Dps": [F2], "Split": True, **WHOLE})
        split: list[float] = []
        progress = 0
        while progress < 100:
            body = client.receive()["DpGetPeriodResult"]
            progress = body["Progress"]
            for part in body.get("Values", {}).values():
                split += part
        self.assertEqual(len(split), count)
        return highest

    def oagw(self, *arguments: str) -> str:
        """What ``oagw archive`` says of the near gateway."""
        config, state = self.directory / "near.ini", self.directory / "near"
        place = ("--config", str(config), "--state", str(state))
        done = run(str(OAGW), "archive", *arguments, *place)
        self.assertEqual((done.returncode, done.stderr.count("Traceback")), (0, 0), done)
        return done.stdout

    def check_files(self, client: Client) -> None:
        """Values go out, away and in again by their names here."""
        before = self.past(client, 122)
        out = str(self.directory / "out.csv")
        self.oagw("export", out, "--dps", "Plant2:F*")
        lines = Path(out).read_text().splitlines()
        self.assertEqual(len(lines), 123)
        self.assertTrue(lines[-1].startswith("Plant2:F2.,float,"), lines[-1])
        self.assertEqual(self.oagw(*DELETE), "deleted 122 values\n")
        self.assertEqual(self.past(client, 0), [])
        self.assertEqual(self.oagw("import", out), "values: 122\n")
        self.assertEqual(self.oagw("import", out, "--replace"), "values: 122\n")
        self.assertEqual(self.past(client, 122), before)

    def check_backup(self, near: Daemon) -> None:
        """Values come again from a backup, while the gateway runs or stands."""
        client = near.connect()
        before = self.past(client, 122)
        backup = str(self.directory / "backup")
        self.oagw("backup", backup)
        self.oagw(*DELETE)
        self.assertEqual(self.oagw("restore", backup), "values: 122\n")
        self.assertEqual(self.past(client, 122), before)
        near.stop()
        self.oagw(*DELETE)
        self.assertEqual(self.oagw("export", "-").count("\n"), 1)
        self.oagw("restore", backup)
        self.assertIn("122 values", self.oagw("check"))
        near.start().until_told(ARCHIVED)
        self.assertEqual(self.past(near.connect(), 122), before)


class FilesTests(ArchivedTestCase):
    """The archive is in files."""

    def test_a_system_without_history_gets_one(self) -> None:
        """Values are where those of their group are kept."""
        near = self.check_history()
        self.assertTrue(list((near.state / "systems/Plant2/archive/fast").glob("*.sqlite")))
        self.check_files(near.connect())
        self.check_backup(near)

    def test_a_gateway_that_is_killed(self) -> None:
        """Goes on with the same series; no value is there twice."""
        near = self.archiving()
        near.until_told(ARCHIVED)
        self.set(self.far.connect(), 1, 50)
        # The last tenth of a second may not be on the disk yet.
        deadline = monotonic() + PATIENCE
        while self.oagw("export", "-", "--dps", "Plant2:F2").count("\n") < 51:
            self.assertLess(monotonic(), deadline)
        near.kill()
        near.start().until_told(ARCHIVED)
        self.set(self.far.connect(), 51, 10)
        values = self.past(near.connect(), 60)
        self.assertEqual(values, [float(number) for number in range(1, 61)])


class DatabaseTests(ArchivedTestCase):
    """The archive is in PostgreSQL, with a row for each value."""

    def setUp(self) -> None:
        self.server = postgres_server()
        self.kept = f"[archive]\nurl = {self.server.url}\nschema = rows\ndeliver = 100ms\n"
        super().setUp()

    def test_a_system_without_history_gets_one(self) -> None:
        """Under the names that elements have here."""
        near = self.check_history()
        self.check_backup(near)
        near.stop()
        found = self.server.select(
            "SELECT value FROM oagw.value WHERE element = 'Plant2:F2.' ORDER BY ts"
        )
        self.assertEqual(len(found), 122)
        self.assertEqual([value for (value,) in found[-20:]], list(range(101, 121)))
