"""The archive's database: while it is away, when it comes back, and who may use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.archive import Archive
from oagw.archives.blocks.months import months_before, start_of
from oagw.archives.policy import KEEP_ALL, Policy, no_name
from oagw.archives.postgres.database import Database
from oagw.archives.postgres.postgresstore import PostgresStore
from oagw.archives.postgres.rowcopy import RowCopy
from oagw.archives.postgres.writeconnection import WriteConnection
from oagw.archives.retention import Retention
from oagw.archives.sealed.partitions import StoreAwayError
from oagw.config.secret import Secret
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.storage.damage import StorageError
from tests.contracts.archive import AT_ONCE, sample
from tests.crash import has_ended, hot_connection, hot_of, is_away, kill, maintenance_of
from tests.postgres import PostgresServer, postgres_server

#: A day in November 2026.
NOW = 1_795_660_000
SEAL_ALL = Policy(1)


class AddressTests(SynchronousTestCase):
    """``[archive] url``."""

    timeout = 30

    def test_ports_that_nothing_listens_to_are_refused(self) -> None:
        """They would be tried for ever; several hosts may have a port each."""
        for port in ("99999999", "0", "70000"):
            with self.assertRaises(StorageError) as caught:
                Database(Secret(f"postgresql://user:hidden@db:{port}/history"))
            self.assertIn(f"'{port}' is not a port", str(caught.exception))
            self.assertNotIn("hidden", str(caught.exception))
        Database(Secret("postgresql://a:5432,b:5433/history"))
        self.assertEqual(
            Database(Secret("postgresql://oagw@")).name, "the database oagw on localhost"
        )


class _DatabaseCase(SynchronousTestCase):
    """Archives in a database, which may be stopped and started."""

    timeout = 120
    layout = "blocks"
    server: PostgresServer

    def setUp(self) -> None:
        self.server = postgres_server()
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.clock = Clock()
        self.clock.advance(NOW)

    def opened(
        self,
        policy: Policy = SEAL_ALL,
        name: str = "archive",
        system: str = "System1",
        name_of: Callable[[int], str] = no_name,
        group_of: Callable[[int], str] = no_name,
    ) -> Archive:
        store = PostgresStore(Secret(self.server.url), self.layout, system)
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        archive = Archive(directory / "hot.sqlite", store, self.clock, AT_ONCE, policy)
        self.successResultOf(archive.start(group_of, name_of))
        self.addCleanup(self.close, archive)
        return archive

    def close(self, archive: Archive) -> None:
        """End it, if it has not ended."""
        if not has_ended(archive):
            self.successResultOf(archive.stop())

    def append(self, archive: Archive, *samples: tuple[int, Sample]) -> None:
        self.successResultOf(archive.append(samples, True))
        maintenance_of(archive).seal_if_due()

    def times(self, archive: Archive, series: int = 1) -> list[int]:
        found = self.successResultOf(archive.read(series, 0, LAST, 0, 10**6))
        return [one.stime for one in found]

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is stopped during the block."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()

    def wait_for_it(self) -> None:
        """As long as it takes until it is looked for again."""
        self.clock.advance(40)


class AwayTests(_DatabaseCase):
    """Acknowledged samples are kept, and delivered when the database is back."""

    def test_values_wait_for_the_database(self) -> None:
        """They are taken while it is away, and are in it afterwards, each once."""
        archive = self.opened()
        self.append(archive, (1, sample(1)))
        with self.away():
            self.append(archive, (1, sample(2)))
            self.append(archive, (1, sample(3)), (2, sample(3)))
            self.assertTrue(is_away(archive))
        self.assertEqual(len(self.flushLoggedErrors()), 0)
        self.wait_for_it()
        self.assertEqual(self.times(archive), [1, 2, 3])
        self.assertEqual(hot_of(archive).all_count, 0)

    def test_what_it_has_cannot_be_read_meanwhile(self) -> None:
        """The error names it and the reason; what has come since is read all the same."""
        archive = self.opened()
        self.append(archive, (1, sample(1)))
        with self.away():
            self.append(archive, (2, sample(5)))
            self.append(archive, (2, sample(7)))
            failure = self.failureResultOf(archive.read(1, 0, 9, 0, 9), StoreAwayError)
            self.assertRegex(
                failure.getErrorMessage(), "the database postgres on .* cannot"
            )
            found = self.successResultOf(archive.read(2, 6, 9, 0, 9))
            self.assertEqual([one.stime for one in found], [7])
        self.wait_for_it()
        self.assertEqual(self.times(archive), [1])

    def test_a_gateway_starts_without_it(self) -> None:
        """It keeps all samples from before and since; a kill in between loses none."""
        archive = self.opened(KEEP_ALL)
        self.append(archive, (1, sample(1)))
        kill(archive)
        with self.away():
            archive = self.opened()
            self.append(archive, (1, sample(2)))
            kill(archive)
            archive = self.opened()
            self.append(archive, (1, sample(3)))
        self.wait_for_it()
        self.assertEqual(self.times(archive), [1, 2, 3])
        self.close(archive)
        self.assertEqual(self.times(self.opened()), [1, 2, 3])

    def test_a_restart_is_noticed_by_nobody_who_reads(self) -> None:
        """Connections that were idle are tried before they are used."""
        archive = self.opened()
        self.append(archive, (1, sample(1)))
        self.assertEqual(self.times(archive), [1])
        with self.away():
            pass
        with patch("oagw.archives.postgres.database._DOUBTFUL", 0.0):
            self.assertEqual(self.times(archive), [1])

    def test_a_commit_of_which_nothing_is_known(self) -> None:
        """The answer to it was lost: what it has written is there once."""
        for is_done in (True, False):
            archive = self.opened(name=f"archive {is_done}")
            self.append(archive, (1, sample(1)))
            writing = WriteConnection.writing

            @contextmanager
            def lost(
                writer: WriteConnection, is_done: bool = is_done, writing: object = writing
            ) -> Iterator[object]:
                with writer._database.reaching():
                    assert callable(writing)
                    with writing(writer) as connection:
                        yield connection
                        if not is_done:
                            raise psycopg.OperationalError("the server has gone")
                    raise psycopg.OperationalError("the server has gone")

            with patch.object(WriteConnection, "writing", lost):
                self.append(archive, (1, sample(2)), (start_of(3), sample(start_of(3))))
            self.assertTrue(is_away(archive))
            self.wait_for_it()
            self.assertEqual(self.times(archive), [1, 2])
            self.assertEqual(hot_of(archive).all_count, 0)
            self.assertEqual(self.times(archive, start_of(3)), [start_of(3)])

    def test_a_deletion_is_refused_while_it_is_away(self) -> None:
        """No deletion is acknowledged that has not happened."""
        archive = self.opened()
        self.append(archive, (1, sample(1)))
        with self.away():
            self.failureResultOf(archive.delete([1], 0, 9), StoreAwayError)
        self.wait_for_it()
        self.assertEqual(self.times(archive), [1])
        self.assertEqual(self.successResultOf(archive.delete([1], 0, 9)), 1)


class AwayRowsTests(AwayTests):
    """The same with a row for each value."""

    layout = "rows"


class SharingTests(_DatabaseCase):
    """Who uses the database, and how."""

    def test_archives_are_kept_apart(self) -> None:
        """Also if two gateways have the same name."""
        archives = [self.opened(name=name) for name in ("one", "other")]
        for time, archive in enumerate(archives):
            self.append(archive, (1, sample(time)))
        self.assertEqual([self.times(one) for one in archives], [[0], [1]])

    def test_one_gateway_writes_an_archive(self) -> None:
        """A gateway with a copy of the same files waits until the first has ended."""
        archive = self.opened()
        self.append(archive, (1, sample(1)))
        copy = self.directory / "copy"
        copy.mkdir()
        hot_connection(archive).execute("VACUUM INTO ?", (str(copy / "hot.sqlite"),))
        other = self.opened(name="copy")
        failure = self.failureResultOf(other.read(1, 0, 9, 0, 9), StoreAwayError)
        self.assertIn("another connection writes the archive", failure.getErrorMessage())
        self.close(archive)
        self.wait_for_it()
        self.assertEqual(self.times(other), [1])

    def test_a_layout_stays(self) -> None:
        """What is there would not be found otherwise."""
        self.close(self.opened())
        self.layout = "rows"
        with self.assertRaises(StorageError) as caught:
            self.opened()
        self.assertIn("[archive] schema = blocks", str(caught.exception))

    def test_a_schema_of_a_later_version_is_refused(self) -> None:
        """An older oagw does not touch what it does not know."""
        self.close(self.opened())
        [(version,)] = self.server.select("SELECT number FROM version")
        self.server.select("UPDATE version SET number = 99")
        try:
            with self.assertRaises(StorageError) as caught:
                self.opened()
        finally:
            self.server.select("UPDATE version SET number = %s", version)
        self.assertIn("version 99, written by a later oagw", str(caught.exception))

    def test_a_user_who_may_not_make_the_schema_is_told_what_to_do(self) -> None:
        """Of a database in which there is nothing of oagw yet."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE stranger LOGIN")
            connection.execute("CREATE DATABASE other")
            try:
                url = self.server.url.replace("postgres@/postgres", "stranger@/other")
                store = PostgresStore(Secret(url), self.layout, "System1")
                with self.assertRaises(StorageError) as caught:
                    store.load("0" * 32, no_name)
                store.close()
            finally:
                connection.execute("DROP DATABASE other WITH (FORCE)")
                connection.execute("DROP ROLE stranger")
        self.assertIn("GRANT CREATE ON DATABASE", str(caught.exception))

    def test_months_go(self) -> None:
        """What need not be kept leaves the database."""
        for self.layout, table in (("blocks", "block"), ("rows", "sample")):
            month = months_before(self.clock.seconds())
            policy = Policy(1, Retention(age=40 * 86400))
            archive = self.opened(policy, self.layout)
            before = self.server.select(f"SELECT count(*) FROM {table}")
            for back in (4, 2, 1, 0):
                self.append(archive, (1, sample(start_of(month - back))))
            self.clock.advance(3600)
            left = [start_of(month - back) for back in (1, 0)]
            self.assertEqual(self.times(archive), left)
            [(count,)] = self.server.select(f"SELECT count(*) FROM {table}")
            self.assertEqual(count, before[0][0] + 2)

    def test_an_address_that_is_none(self) -> None:
        """The error shows nothing of it: it may be a password."""
        with self.assertRaises(StorageError) as caught:
            PostgresStore(Secret("postgresql://u:geheim@[x"), "blocks", "System1")
        self.assertNotIn("geheim", repr(caught.exception))
        self.assertIn("[archive] url", str(caught.exception))


class RowsTests(_DatabaseCase):
    """The rows as users query them with SQL."""

    layout = "rows"

    def rows(self, system: str) -> list[tuple[object, ...]]:
        return self.server.select(
            "SELECT element, (extract(epoch FROM ts) * 1000000)::bigint, ns, value, text, "
            "status FROM value WHERE element LIKE %s ORDER BY ts, ns",
            f"{system}:%",
        )

    def test_a_row_for_each_value(self) -> None:
        """With its name; numbers as such, the rest as text."""
        archive = self.opened(system="Rows1", name_of=lambda number: f"Pump{number}.value")
        values: tuple[Any, ...] = (
            1.5,
            -(2**63),
            True,
            "größe",
            b"ab",
            [1, 2],
            {"en_US.utf8": "Pump"},
        )
        for time, value in enumerate(values):
            self.append(archive, (7, sample(time * 1000 + time, value)))
        element = "Rows1:Pump7.value"
        texts = [None, None, None, "größe", "YWI=", "[1,2]", '{"en_US.utf8":"Pump"}']
        numbers = [1.5, float(-(2**63)), 1.0, None, None, None, None]
        expected = [
            (element, time, time, number, text, 257)
            for time, (number, text) in enumerate(zip(numbers, texts, strict=True))
        ]
        self.assertEqual(self.rows("Rows1"), expected)

    def test_what_is_deleted_is_not_there(self) -> None:
        """It is gone at once, and leaves the table when no scan reads it."""
        archive = self.opened(system="Rows2", name_of=lambda number: f"Pump{number}.value")
        for time in range(5):
            self.append(archive, (1, sample(time)))
        begun = self.successResultOf(archive.scan(1, 0, 9, 0))
        self.assertEqual(self.successResultOf(archive.delete([1], 1, 3)), 3)
        self.assertEqual([row[2] for row in self.rows("Rows2")], [0, 4])
        found = self.successResultOf(begun.next())
        assert found is not None
        self.assertEqual(found.stime.tolist(), [0, 1, 2, 3, 4])
        begun.close()
        self.assertEqual(
            self.server.select("SELECT count(*) FROM sample WHERE gone IS NOT NULL"), [(0,)]
        )

    def test_a_new_name_is_known(self) -> None:
        """As soon as there are more values; the old one is not needed any more."""
        names = {1: "Old.value"}
        archive = self.opened(system="Rows3", name_of=lambda number: names.get(number, ""))
        self.append(archive, (1, sample(1)))
        names[1] = "New.value"
        self.append(archive, (1, sample(2)))
        self.assertEqual({row[0] for row in self.rows("Rows3")}, {"Rows3:New.value"})
        del names[1]
        self.append(archive, (1, sample(3)))
        self.assertEqual({row[0] for row in self.rows("Rows3")}, {"Rows3:New.value"})


class EncodingTests(_DatabaseCase):
    """Only a database in UTF8 can hold every text."""

    def test_a_database_with_another_encoding_is_refused(self) -> None:
        """The start names the encoding and says how to create a right database."""
        for encoding in ("SQL_ASCII", "LATIN1", "EUC_JP"):
            name = f"in_{encoding.lower()}"
            create = (
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' "
                "LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            with psycopg.connect(self.server.url, autocommit=True) as connection:
                connection.execute(create.encode())
            url = self.server.url.replace("/postgres?", f"/{name}?")
            store = PostgresStore(Secret(url), self.layout, "System1")
            with self.assertRaises(StorageError) as caught:
                store.load("an identity", no_name)
            store.close()
            self.assertIn(f"its encoding is {encoding}", str(caught.exception))
            self.assertIn("ENCODING 'UTF8'", str(caught.exception))


class RefusedRowsTests(_DatabaseCase):
    """What the database refuses does not keep the rest from being delivered."""

    layout = "rows"

    def refusing(self, condition: str) -> Archive:
        """An archive whose database refuses some rows."""
        archive = self.opened(Policy(1000), name_of=lambda series: f"Pump{series}.text")
        name = f"refusal_{abs(hash(condition))}"
        self.server.select(
            f"ALTER TABLE sample ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"
        )
        drop = f"ALTER TABLE sample DROP CONSTRAINT {name}"
        self.addCleanup(self.server.select, drop)
        return archive

    def values(self, archive: Archive, series: int) -> list[object]:
        found = self.successResultOf(archive.read(series, 0, LAST, 0, 10**6))
        return [one.value for one in found]

    def deliver(self, archive: Archive, values: list[str]) -> str:
        """Deliver texts of one element in one batch; gives what was logged of it."""
        self.append(archive, *((1, sample(at, one)) for at, one in enumerate(values)))
        logged: list[str] = []
        with patch.object(RowCopy, "_log") as log:
            maintenance_of(archive).seal_if_due(1)
        for call in log.error.mock_calls:
            logged.append(call.args[0].format(**call.kwargs))
        self.assertEqual(hot_of(archive).all_count, 0)
        return "\n".join(logged)

    def test_a_refused_text_is_kept_as_an_exact_value(self) -> None:
        """It is in no column that people read, but in every answer of the gateway."""
        archive = self.refusing("text <> 'odd'")
        logged = self.deliver(archive, ["a", "b", "odd", "c", "odd"])
        self.assertEqual(self.values(archive, 1), ["a", "b", "odd", "c", "odd"])
        self.assertEqual(logged.count("refuses rows"), 1)
        self.assertIn("0 values are left out, and 2 values are stored without", logged)
        self.assertIn("'Pump1.text' at 1970-01-01T00:00:00.000Z", logged)

    def test_a_refused_row_is_left_out(self) -> None:
        """The others of the delivery are all there."""
        archive = self.refusing("ns <> 2")
        logged = self.deliver(archive, ["a", "b", "odd", "c"])
        self.assertEqual(self.values(archive, 1), ["a", "b", "c"])
        self.assertIn("1 values are left out", logged)
        self.append(archive, (1, sample(9, "later")))
        maintenance_of(archive).seal_if_due(1)
        self.assertEqual(self.values(archive, 1), ["a", "b", "c", "later"])

    def test_a_text_that_an_index_cannot_hold(self) -> None:
        """A limit of an index that people have added concerns that text alone."""
        archive = self.opened(Policy(1000))
        self.server.select("CREATE INDEX by_text ON sample (text)")
        self.addCleanup(self.server.select, "DROP INDEX by_text")
        large = "".join(map(chr, range(0x4E00, 0x4E00 + 9000)))
        self.deliver(archive, ["a", large, "b"])
        self.assertEqual(self.values(archive, 1), ["a", large, "b"])
