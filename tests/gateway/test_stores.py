"""Stores that do not belong together: refused, or right."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.enginetable import engine_of
from oagw.archives.files.backup import INCOMPLETE, backup
from oagw.archives.files.filecheck import check
from oagw.cli.archiveplaces import ArchivePlace
from oagw.cli.clierrors import CommandError
from oagw.cli.restore import check_backup
from oagw.cli.stoppedgateway import GatewayParts, result_of, stopped
from oagw.cli.storerepair import adopt_all, discard_mismatched, repair_all
from oagw.config.settings import read_settings
from oagw.gateway.stores import mismatches
from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.changes import ChangeType, CreateDatapoint, CreateType, DeleteDatapoint
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.plant.element import Element
from oagw.storage.sqlite import connect, open_database
from oagw.storage.storeidentity import SYSTEM
from oagw.systems.embedded.rowchecks import COLUMNS
from oagw.systems.embedded.systemstore import SystemStore

#: Values are sealed from this number on.
_SEAL = 4
_PARTITION = "oagw.archives.files.schema"
_FLOAT = TypeNode("Float", ElementType.FLOAT)


def _structure(*children: str) -> TypeNode:
    return TypeNode(
        "Pump",
        ElementType.STRUCT,
        children=tuple(TypeNode(name, ElementType.FLOAT) for name in children),
    )


class Gateway:
    """A state directory, and what a gateway does there."""

    def __init__(self, state: Path, seal: int = _SEAL) -> None:
        self.state = state
        self.seal = seal
        text = f"[archive]\nseal = {seal}\n"
        self.settings = read_settings(text, "x.ini", state, [f"server.state={state}"])

    @contextmanager
    def started(self) -> Iterator[GatewayParts]:
        with stopped(self.state, self.settings) as parts:
            yield parts

    def begin(self, *names: str) -> None:
        """A first start, with the types and some datapoints."""
        with self.started() as parts:
            for root in (_FLOAT, _structure("speed")):
                result_of(parts.system.change(CreateType(root)))
            for name in names:
                self.create(parts, name)

    def create(self, parts: GatewayParts, name: str, dp_type: str = "Float") -> None:
        result_of(parts.system.change(CreateDatapoint(name, dp_type)))

    def element(self, parts: GatewayParts, name: str) -> Element:
        return parts.system.plant.element(
            name.partition(".")[0], name.partition(".")[2], name
        )

    def archive(
        self, parts: GatewayParts, name: str, *values: float, user: int = 0
    ) -> None:
        """Archive values at the times 0, 1, 2, ..."""
        number = self.element(parts, name).number
        samples = [(number, Sample(one, at, 257, user)) for at, one in enumerate(values)]
        result_of(parts.archive.append(samples, True))

    def values(self, parts: GatewayParts, name: str) -> list[object]:
        number = self.element(parts, name).number
        found = result_of(parts.archive.read(number, 0, LAST, 0, 1000))
        return [one.value for one in found]

    def copy(self, target: Path) -> Gateway:
        shutil.copytree(self.state, target)
        return Gateway(target, self.seal)


class StoresTestCase(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        #: As it was some time ago.
        self.former = self.gateway("former")
        self.former.begin("A", "boiler")
        with self.former.started() as parts:
            self.former.archive(parts, "A", *range(9))
            self.former.archive(parts, "boiler", *range(100, 109))
        #: As it is: created since, and deleted again.
        self.present = self.former.copy(self.directory / "present")
        with self.present.started() as parts:
            self.present.create(parts, "new")
            self.present.archive(parts, "new", *range(200, 209), user=7)
            self.present.archive(parts, "A", *range(300, 309))
            result_of(parts.system.change(DeleteDatapoint("boiler")))
            result_of(parts.system.change(DeleteDatapoint("new")))
        self.other = self.gateway("other")
        self.other.begin("X", "Y")
        with self.other.started() as parts:
            self.other.archive(parts, "X", *range(900, 909))
            self.other.archive(parts, "Y", *range(900, 909))

    def gateway(self, name: str) -> Gateway:
        (self.directory / name).mkdir()
        return Gateway(self.directory / name)

    def month(self, gateway: Gateway) -> Path:
        [path] = (gateway.state / "archive").glob("*-*.sqlite")
        return path

    def take(self, name: str, source: Gateway) -> Callable[[Gateway], None]:
        """Put a file or directory of one gateway in the place of another's."""

        def change(gateway: Gateway) -> None:
            target = gateway.state / name
            if target.is_dir():
                shutil.rmtree(target)
                shutil.copytree(source.state / name, target)
            else:
                shutil.copy(source.state / name, target)

        return change

    def changed(self, change: Callable[[Gateway], None]) -> Gateway:
        """A copy of the present gateway with some change of its files."""
        copy = self.present.copy(Path(tempfile.mkdtemp(dir=self.directory)) / "state")
        change(copy)
        return copy


def _remove(name: str) -> Callable[[Gateway], None]:
    def change(gateway: Gateway) -> None:
        path = gateway.state / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    return change


def _empty(name: str) -> Callable[[Gateway], None]:
    def change(gateway: Gateway) -> None:
        (gateway.state / name).write_bytes(b"")

    return change


class MismatchTests(StoresTestCase):
    def test_what_does_not_belong_together_is_refused(self) -> None:
        """The start and the check name the file, and nothing is written."""
        hot, month = "archive/hot.sqlite", f"archive/{self.month(self.present).name}"
        for told, change in (
            ("system.sqlite is missing or empty", _remove(SYSTEM)),
            ("system.sqlite is missing or empty", _empty(SYSTEM)),
            ("are of different gateways", self.take(SYSTEM, self.other)),
            ("system.sqlite is an older copy", self.take(SYSTEM, self.former)),
            ("hot.sqlite is missing or empty, and belongs", _remove("archive")),
            ("hot.sqlite is missing or empty, and there are months", _remove(hot)),
            ("hot.sqlite is missing or empty, and there are months", _empty(hot)),
            ("are of different gateways", self.take(hot, self.other)),
            ("hot.sqlite is an older copy", self.take(hot, self.former)),
            ("are of different gateways", self.take("archive", self.other)),
            ("hot.sqlite is an older copy", self.take("archive", self.former)),
            ("is missing", _remove(month)),
            ("is of another archive", self.take(month, self.other)),
            ("is an older copy: values", self.take(month, self.former)),
        ):
            gateway = self.changed(change)
            before = {
                path: path.read_bytes()
                for path in gateway.state.rglob("*.sqlite")
                if path.name == SYSTEM
            }
            for _ in range(2):
                with self.assertRaises(CommandError) as raised, gateway.started():
                    pass
                self.assertIn(told, str(raised.exception))
                self.assertIn("oagw archive ", str(raised.exception))
            for path, content in before.items():
                self.assertEqual(path.read_bytes(), content, told)
            [fault] = mismatches(gateway.state, engine_of(gateway.settings))
            self.assertIn(told.split(",")[0], fault)

    def test_what_belongs_together_is_not_refused(self) -> None:
        """A directory that is copied as a whole, and starts that ended anywhere."""
        gateway = self.changed(lambda gateway: None)
        self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
        for statement in (
            # The archive has not been given the token of the last start, or it has.
            "INSERT INTO start (token) VALUES ('unfinished')",
            "UPDATE start SET confirmed = 0",
        ):
            database = sqlite3.connect(gateway.state / SYSTEM)
            with database:
                database.execute(statement)
            database.close()
            with gateway.started() as parts:
                self.assertEqual(len(gateway.values(parts, "A")), 18)
            self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])

    def test_a_month_that_was_only_begun(self) -> None:
        """A kill may leave a file without tables or rows; that is not a fault."""
        gateway = self.changed(lambda gateway: None)
        begun = gateway.state / "archive" / "2020-02.sqlite"
        with closing(connect(begun)):
            pass
        with closing(open_database(begun.with_name("2020-03.sqlite"), _PARTITION)):
            pass
        self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
        self.assertEqual(check(begun.parent, lambda what, share: None).faults, [])
        self.assertEqual(repair_all(gateway.state, gateway.settings), [])
        with gateway.started() as parts:
            self.assertEqual(len(gateway.values(parts, "A")), 18)

    def test_a_copy_that_went_its_own_way_is_refused(self) -> None:
        """Its numbers mean something else since."""
        copy = self.changed(lambda gateway: None)
        for gateway, name in ((copy, "pump"), (self.present, "valve")):
            with gateway.started() as parts:
                gateway.create(parts, name)
                gateway.archive(parts, name, *range(9))
        for name in (SYSTEM, "archive"):
            gateway = self.changed(self.take(name, copy))
            with self.assertRaises(CommandError) as raised, gateway.started():
                pass
            self.assertIn("are of different gateways", str(raised.exception))
            self.assertRaises(CommandError, adopt_all, gateway.state, gateway.settings)

    def test_an_older_copy_of_the_datapoints_gives_no_number_again(self) -> None:
        """Neither to datapoints, nor to elements of a type, nor to users, once adopted."""
        with self.present.started() as parts:
            self.present.create(parts, "pump", "Pump")
        older = (self.present.state / SYSTEM).read_bytes()
        with self.present.started() as parts:
            grown = _structure("speed", "pressure")
            result_of(parts.system.change(ChangeType(grown)))
            self.present.archive(parts, "pump.pressure", *range(9))
            self.present.create(parts, "valve")
            self.present.archive(parts, "valve", *range(9))
            request = SetRequest([NewValue("System1:A.:_original.._value", 1.0)], "bob")
            result_of(parts.system.set(request, True))
            bob = parts.system.user_number("bob")
            self.present.archive(parts, "A", 1.0, user=bob)
        (self.present.state / SYSTEM).write_bytes(older)
        [fault] = mismatches(self.present.state, engine_of(self.present.settings))
        self.assertIn(f"{SYSTEM} is an older copy than ", fault)
        adopt_all(self.present.state, self.present.settings)
        with self.present.started() as parts:
            grown = _structure("speed", "voltage")
            result_of(parts.system.change(ChangeType(grown)))
            self.present.create(parts, "conveyor")
            for name in ("pump.voltage", "conveyor"):
                self.assertEqual(self.present.values(parts, name), [])
            self.assertGreater(parts.system.user_number("carl"), bob)
            self.assertEqual(len(self.present.values(parts, "A")), 19)

    def test_adopting(self) -> None:
        """Goes on with what is there; no number means another element than before."""
        hot, month = "archive/hot.sqlite", f"archive/{self.month(self.present).name}"
        for change, kept in (
            (_remove(SYSTEM), 0),
            (_empty(SYSTEM), 0),
            (_remove("archive"), 0),
            # All that is sealed.
            (_remove(hot), 16),
            (self.take(hot, self.former), 16),
            (self.take("archive", self.former), 9),
            (_remove(month), 0),
            (self.take(month, self.other), 0),
        ):
            gateway = self.changed(change)
            found = mismatches(gateway.state, engine_of(gateway.settings))
            lines = adopt_all(gateway.state, gateway.settings)
            self.assertEqual(lines[0], f"adopted: {found[0].partition('; ')[0]}")
            self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
            with gateway.started() as parts:
                if "A" in parts.system.plant.datapoints:
                    self.assertGreaterEqual(len(gateway.values(parts, "A")), kept)
                else:
                    result_of(parts.system.change(CreateType(_FLOAT)))
                for number in range(5):
                    gateway.create(parts, f"conveyor{number}")
                    self.assertEqual(gateway.values(parts, f"conveyor{number}"), [])
            with gateway.started():
                pass
            self.assertRaises(CommandError, adopt_all, gateway.state, gateway.settings)

    def test_an_adoption_that_was_killed_is_begun_again(self) -> None:
        """It may have made the file of the datapoints, which nothing belongs to yet."""
        gateway = self.changed(_remove(SYSTEM))
        SystemStore(gateway.state / SYSTEM, Clock(), maybeDeferred).close()
        [fault] = mismatches(gateway.state, engine_of(gateway.settings))
        self.assertIn("system.sqlite is missing or empty", fault)
        adopt_all(gateway.state, gateway.settings)
        with gateway.started():
            pass

    def test_what_is_of_another_gateway_is_not_adopted(self) -> None:
        """Its numbers have no meaning here."""
        for name in (SYSTEM, "archive/hot.sqlite", "archive"):
            gateway = self.changed(self.take(name, self.other))
            with self.assertRaises(CommandError) as raised:
                adopt_all(gateway.state, gateway.settings)
            self.assertIn("oagw archive discard", str(raised.exception))
            self.assertNotIn("oagw archive adopt", str(raised.exception))

    def test_a_backup_that_was_not_finished(self) -> None:
        """It may lack systems, users and certificates, and is not restored."""
        target = self.directory / "backup"
        backup(self.present.state, target, lambda what, share: None)
        with self.assertRaises(CommandError) as raised:
            check_backup(target, self.present.settings)
        self.assertIn("is not a complete backup", str(raised.exception))
        (target / INCOMPLETE).unlink()
        check_backup(target, self.present.settings)

    def test_discarding(self) -> None:
        """Begins an empty archive, and keeps what was there."""
        for change in (
            _remove(SYSTEM),
            self.take("archive", self.other),
            _remove("archive"),
        ):
            gateway = self.changed(change)
            discard_mismatched(gateway.state, gateway.settings)
            self.assertFalse((gateway.state / "archive").exists())
            with gateway.started() as parts:
                if "A" in parts.system.plant.datapoints:
                    self.assertEqual(gateway.values(parts, "A"), [])
            self.assertRaises(
                CommandError, discard_mismatched, gateway.state, gateway.settings
            )

    def test_other_systems_have_stores_of_their_own(self) -> None:
        """They are compared, adopted and discarded like the gateway's."""
        below = self.present.state / "systems" / "Plc"
        shutil.copytree(self.former.state, below)
        (below / SYSTEM).unlink()
        place = ArchivePlace("Plc", below, Path("systems/Plc"))
        [fault] = mismatches(place.directory, engine_of(self.present.settings))
        self.assertIn(f"{below / SYSTEM} is missing", fault)
        self.assertIn(f"--state {self.present.state}'", fault)
        self.assertEqual(len(adopt_all(self.present.state, self.present.settings)), 1)
        self.assertEqual(mismatches(below, engine_of(self.present.settings)), [])
        (below / SYSTEM).unlink()
        [line] = discard_mismatched(self.present.state, self.present.settings)
        self.assertIn("systems/Plc", line)


class UpgradeTests(StoresTestCase):
    def make_former_version(self, gateway: Gateway) -> None:
        """Have files as the version before tokens left them."""
        for name, version, drop in (
            (SYSTEM, 2, ("archive", "start", "file")),
            ("archive/hot.sqlite", 4, ("start", "used", "partition")),
        ):
            database = sqlite3.connect(gateway.state / name)
            for table in drop:
                database.execute(f"DROP TABLE {table}")
            if version == 2:
                for table in COLUMNS:
                    database.execute(f"ALTER TABLE {table} DROP COLUMN checked")
            if version == 4:
                database.execute("ALTER TABLE identity DROP COLUMN adopting")
            database.execute(f"PRAGMA user_version = {version}")
            database.commit()
            database.close()
        for path in (gateway.state / "archive").glob("*-*.sqlite"):
            database = sqlite3.connect(path)
            database.execute("ALTER TABLE sealed DROP COLUMN owner")
            database.execute("PRAGMA user_version = 2")
            database.commit()
            database.close()

    def test_an_earlier_version_is_joined_at_the_first_start(self) -> None:
        """From then on its stores belong together."""
        gateway = self.changed(self.make_former_version)
        self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
        with gateway.started() as parts:
            self.assertEqual(len(gateway.values(parts, "A")), 18)
        self.assertEqual(mismatches(gateway.state, engine_of(gateway.settings)), [])
        (gateway.state / SYSTEM).unlink()
        with self.assertRaises(CommandError), gateway.started():
            pass

    def test_an_earlier_version_without_its_datapoints_is_refused(self) -> None:
        """Also if the archive has no token of anybody; again and again."""
        gateway = self.changed(self.make_former_version)
        (gateway.state / SYSTEM).unlink()
        for _ in range(2):
            with self.assertRaises(CommandError) as raised, gateway.started():
                pass
            self.assertIn("system.sqlite is missing or empty", str(raised.exception))
