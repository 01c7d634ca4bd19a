"""A gateway whose archive is in PostgreSQL, from outside: over TLS, and with ``oagw``."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import TestCase
from websocket import WebSocketException

from tests.postgres import PostgresServer, postgres_server
from tests.service.daemon import OAGW, Client, Daemon, run
from tests.service.test_archive import PLANT, WHOLE

CONFIG = """
[server]
listen = wss://127.0.0.1:0/winccoa
state = {state}
[system]
plant = {plant}
[archive]
url = {url}
schema = {schema}
deliver = 100ms
[simulate]
enabled = no
"""
#: Unix sockets need none, and so it is not checked.
PASSWORD = "geheim"


class DatabaseTests(TestCase):
    """Layout ``blocks``."""

    timeout = 300
    schema = "blocks"
    server: PostgresServer

    def setUp(self) -> None:
        self.server = postgres_server()
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.state = self.directory / "state"
        plant, self.config = self.directory / "plant.toml", self.directory / "my.ini"
        plant.write_text(PLANT)
        url = self.server.url.replace("postgres@", f"postgres:{PASSWORD}@")
        self.config.write_text(
            CONFIG.format(state=self.state, plant=plant, url=url, schema=self.schema)
        )
        self.daemon = Daemon(self.state, config=str(self.config))
        self.addCleanup(lambda: self.daemon.stop())

    def oagw(self, *arguments: str) -> tuple[int, str, str]:
        done = run(str(OAGW), "archive", *arguments, "--config", str(self.config))
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done.returncode, done.stdout, done.stderr

    def set_values(self, client: Client, first: int, count: int) -> None:
        for value in range(first, first + count):
            values = [{"Dp": name, "Value": value} for name in ("A.", "B.")]
            self.assertEqual(client.ask("DpSet", Values=values, Wait=True)["Error"], 0)

    def assert_kept(self, client: Client, count: int) -> None:
        found = client.ask("DpGetPeriod", Dps=["A.", "B."], **WHOLE)
        self.assertEqual(found["Error"], 0, found)
        whole = [float(value) for value in range(count)]
        expected = [whole, whole] if count else []
        self.assertEqual(list(found["Values"].values()), expected)

    def test_a_database_that_lacks_what_was_delivered(self) -> None:
        """An older copy, or another database, is refused; adopting continues with it."""
        daemon = self.daemon.start()
        client = daemon.connect()
        self.set_values(client, 0, 20)
        self.assertEqual(self.oagw("compact")[0], 0)
        self.assertEqual(self.delivered(), 40)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.oagw("check")[0], 0)
        newest = "WHERE archive = (SELECT max(id) FROM archive)"
        for change, told in (
            ("batch = batch - 1", "older copy"),
            ("name = 'another'", "is missing"),
        ):
            self.server.select(f"UPDATE partition SET {change} {newest}")
            code, output, _ = self.oagw("check")
            self.assertEqual(code, 1)
            self.assertIn(told, output)
            with self.assertRaises(AssertionError):
                self.daemon.start()
            self.assertNotIn("Traceback", self.daemon.output)
            self.assertIn(told, self.daemon.output)
        code, output, _ = self.oagw("adopt")
        self.assertEqual(code, 0)
        self.assertIn("adopted: ", output)
        self.daemon.start()
        self.assertEqual(self.oagw("check")[0], 0)

    def delivered(self) -> int:
        """How many samples the database has of this gateway."""
        [(count,)] = self.server.select(
            "SELECT coalesce(sum(samples), 0)::bigint FROM run "
            "JOIN partition ON partition.id = partition "
            "WHERE replaced_by IS NULL AND archive = (SELECT max(id) FROM archive)"
        )
        return int(count)

    def test_the_database_is_away_for_a_while(self) -> None:
        """Clients see nothing of it but an error where they ask for what it has."""
        self.daemon.start()
        client = self.daemon.connect()
        self.set_values(client, 0, 20)
        self.assert_kept(client, 20)
        self.assertEqual(self.oagw("compact")[0], 0)
        self.assertEqual(self.delivered(), 40)
        self.server.stop()
        try:
            self.set_values(client, 20, 20)
            found = client.ask("DpGetPeriod", Dps=["A."], **WHOLE)
            self.assertEqual(found["Error"], 33)
            self.assertIn("database", found["Message"])
            self.assertEqual(client.ask("DpGet", Dps=["A."])["Error"], 0)
            self.daemon.kill()
            self.daemon.start()
            client = self.daemon.connect()
            self.set_values(client, 40, 20)
        finally:
            self.server.start()
        self.daemon.wait_for("is back")
        self.assert_kept(client, 60)
        self.assertEqual(self.oagw("compact")[0], 0)
        self.assertEqual(self.delivered(), 120)
        self.assert_kept(client, 60)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertIn(
            "are kept in the state directory until it is back", self.daemon.output
        )
        self.assertNotIn(PASSWORD, self.daemon.output)
        self.assertNotIn("Traceback", self.daemon.output)

    def test_kills(self) -> None:
        """Of the gateway and of the database, in the middle: each value is there once."""
        count = 0
        for number in range(4):
            self.daemon.start()
            client = self.daemon.connect()
            self.assert_kept(client, count)
            kill = (self.daemon.kill_process, self.restart)[number % 2]
            timer = threading.Timer(0.15 + 0.07 * number, kill)
            timer.start()
            try:
                for value in range(count, count + 500):
                    values = [{"Dp": name, "Value": value} for name in ("A.", "B.")]
                    answer = client.ask("DpSet", Values=values, Wait=True)
                    self.assertEqual(answer["Error"], 0)
                    count = value + 1
                    if not timer.is_alive() and number % 2:
                        break
            except (OSError, WebSocketException):
                # Killed; the last one may be there or not.
                pass
            timer.join()
            self.daemon.kill()
            count = self.settled(count)
        self.assertEqual(self.oagw("check")[0], 0)

    def restart(self) -> None:
        self.server.stop()
        self.server.start()

    def settled(self, count: int) -> int:
        """How many are there: those that were acknowledged, and perhaps one more."""
        self.daemon.start()
        client = self.daemon.connect()
        found = client.ask("DpGetPeriod", Dps=["A."], **WHOLE)
        [values] = found["Values"].values()
        self.assertIn(len(values), (count, count + 1))
        self.assertEqual(self.daemon.stop(), 0)
        return len(values)

    def test_oagw_archive(self) -> None:
        """Checks, saves, deletes and restores, beside the gateway and without it."""
        self.daemon.start()
        client = self.daemon.connect()
        self.set_values(client, 0, 50)
        code, output, errors = self.oagw("check")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn(", 1 months in the database, ", output)
        self.assertIn(", 100 values", output)
        backup = self.directory / "backup"
        self.assertEqual(self.oagw("backup", str(backup))[0], 0)
        self.set_values(client, 50, 10)
        every = ("--from", "1970-01-01", "--to", "2200-01-01", "--yes")
        code, output, _ = self.oagw("delete", "--dps", "A", "B", *every)
        self.assertEqual((code, output), (0, "deleted 120 values\n"))
        self.assert_kept(client, 0)
        code, output, _ = self.oagw("restore", str(backup))
        self.assertEqual((code, output), (0, "values: 100\n"))
        self.assert_kept(client, 50)
        self.assertEqual(self.oagw("compact")[0], 0)
        self.set_values(client, 50, 5)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertIn(", 110 values", self.oagw("check")[1])
        code, output, errors = self.oagw("restore", str(backup))
        self.assertEqual((code, errors), (0, ""), output)
        self.assertIn(", 100 values", self.oagw("check")[1])
        self.daemon.start()
        self.assert_kept(self.daemon.connect(), 50)


class RowsDatabaseTests(DatabaseTests):
    """Layout ``rows``."""

    schema = "rows"
