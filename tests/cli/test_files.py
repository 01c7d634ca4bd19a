"""Files of archived values: what is exported is imported as it was, to the last bit."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.enginetable import engine_of, open_snapshot
from oagw.cli import csvfiles, parquetfiles
from oagw.cli import sampleexport as exporting
from oagw.cli import samplerows as rows
from oagw.cli.clierrors import CommandError
from oagw.cli.gatewayaccess import gateway
from oagw.cli.sampleexport import Chosen, export, open_writer
from oagw.cli.sampleimport import Importer
from oagw.cli.stoppedgateway import GatewayParts, result_of, stopped
from oagw.cli.usedstate import STORE
from oagw.config.settings import Settings, read_settings
from oagw.gateway.stores import discard
from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.changes import CreateDatapoint, CreateType, DeleteDatapoint
from oagw.model.dptypes import BY_KEYWORD, ElementType, TypeNode
from oagw.model.samples import Sample
from oagw.model.texts import read_text, to_text
from oagw.model.times import LAST
from oagw.model.values import Value
from oagw.systems.embedded.namesnapshot import NamesSnapshot
from tests.postgres import postgres_server

KINDS = sorted(BY_KEYWORD.values())
_WHOLE = {
    ElementType.CHAR: st.integers(0, 255),
    ElementType.UINT: st.integers(0, 2**32 - 1),
    ElementType.INT: st.integers(-(2**31), 2**31 - 1),
    ElementType.BIT32: st.integers(0, 2**32 - 1),
    ElementType.BIT64: st.integers(0, 2**64 - 1),
    ElementType.LONG: st.integers(-(2**63), 2**63 - 1),
    ElementType.ULONG: st.integers(0, 2**64 - 1),
    ElementType.TIME: st.integers(0, LAST),
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
OTHERS: dict[ElementType, st.SearchStrategy[Any]] = {
    ElementType.BOOL: st.booleans(),
    ElementType.FLOAT: st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.decimals(-1000, 1000, places=2).map(float),
        st.just(-0.0),
    ),
    ElementType.STRING: st.one_of(TEXTS, st.sampled_from(["", "NULL", '"', "a,b\r\n'c"])),
    ElementType.DPID: TEXTS,
    ElementType.BLOB: st.binary(max_size=8),
    ElementType.LANG_STRING: st.dictionaries(TEXTS, TEXTS, max_size=2),
}
#: Times that are equal, near one another, in other months, and the first and last ones.
TIMES = st.one_of(
    st.integers(0, 3),
    st.integers(1_795_660_000_000_000_000, 1_795_660_000_000_000_003),
    st.integers(0, 40).map(lambda month: month * 31 * 86400 * 10**9),
    st.integers(LAST - 2, LAST),
)


def values(kind: ElementType) -> st.SearchStrategy[Any]:
    """Values of a type."""
    if kind.member is not None:
        return st.lists(values(kind.member), max_size=3).map(tuple)
    found: st.SearchStrategy[Any] = (_WHOLE | OTHERS)[kind]
    return found


#: Which element, and its value, time, status and user.
SAMPLES = st.lists(
    st.one_of(
        *(
            st.tuples(
                st.just(at),
                values(kind),
                TIMES,
                st.one_of(st.just(257), st.integers(0, 2**64 - 1)),
                st.integers(0, 3),
            )
            for at, kind in enumerate(KINDS)
        )
    ),
    max_size=40,
)


def exact(value: object) -> object:
    """A key that differs for -0.0 and 0.0, and for 1, 1.0 and true."""
    if isinstance(value, float):
        return "float", value.hex()
    if isinstance(value, list | tuple):
        return [exact(one) for one in value]
    return type(value).__name__, value


class Plant:
    """A state directory with an element of each type, and no gateway.

    :param archive: more of its configuration.
    """

    def __init__(self, seal: int = 7, archive: str = "") -> None:
        self.state = Path(tempfile.mkdtemp())
        self.settings: Settings = read_settings(
            f"[server]\nstate = {self.state}\n[archive]\nseal = {seal}\n{archive}",
            "test.ini",
            Path(),
            (),
        )
        with self.opened() as parts:
            for user in ("alice", 'bob, "the" builder'):
                parts.system.user_number(user)
            for kind in KINDS:
                root = TypeNode(f"T{kind}", kind)
                result_of(parts.system.change(CreateType(root)))
                for name in (f"{kind.name}_1", f"{kind.name}_2"):
                    result_of(parts.system.change(CreateDatapoint(name, root.name)))

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.state)

    def clear(self) -> None:
        """Remove all values."""
        with tempfile.TemporaryDirectory() as kept:
            discard(self.state, Path(kept) / "discarded")

    @contextmanager
    def opened(self) -> Iterator[GatewayParts]:
        """Its parts."""
        with stopped(self.state, self.settings) as parts:
            yield parts

    def number(self, parts: GatewayParts, name: str) -> int:
        """The series of an element."""
        return parts.system.plant.element(name, "", name).number

    def append(self, parts: GatewayParts, samples: Sequence[tuple[Any, ...]]) -> None:
        """Archive samples one by one, as corrections come."""
        for at, value, stime, status, user in samples:
            number = self.number(parts, f"{KINDS[at].name}_1")
            sample = Sample(value, stime, status, user)
            result_of(parts.archive.append([(number, sample)], True))

    def kept(self, parts: GatewayParts, name: str) -> list[object]:
        """All samples of an element."""
        number = self.number(parts, name)
        found = result_of(parts.archive.read(number, 0, LAST, 0, 10**6))
        return [(exact(one.value), one.stime, one.status, one.user) for one in found]

    def all_kept(self) -> list[list[object]]:
        """The same of all elements."""
        with self.opened() as parts:
            return [self.kept(parts, f"{kind.name}_1") for kind in KINDS]

    def chosen(self, *patterns: str, first: int = 0, last: int = LAST) -> Chosen:
        """What is to be exported."""
        known = NamesSnapshot(self.state / STORE, "System1")
        opened = partial(open_snapshot, self.state / "archive", engine_of(self.settings))
        return Chosen(opened, known, known.patterns(patterns), first, last)

    def export(self, path: Path, chosen: Chosen | None = None) -> tuple[int, int]:
        """Write a file."""
        chosen = chosen or self.chosen()
        with open_writer(str(path), path.suffix[1:]) as writer:
            return export(chosen, writer, "System1", lambda share: None)

    def import_(self, *paths: Path, keep_going: bool = False) -> tuple[int, list[str]]:
        """Read files; gives the number of values and what was left out."""
        with gateway(self.state, self.settings) as ask:
            names = [str(path) for path in paths]
            importer = Importer(
                names, None, UTC, {"System1": ask}, "System1", lambda text, share: None
            )
            outcome = importer.add(keep_going)
        return outcome.count, outcome.report()


class RoundTripTests(SynchronousTestCase):
    """Out and in again."""

    timeout = 300

    def archive(self) -> str:
        """The settings of the archive."""
        return ""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.plant = Plant(archive=self.archive())
        self.addCleanup(self.plant.remove)
        # So that writers and readers have several pieces.
        self.patch(exporting, "_AT_ONCE", 5)

    def check(self, samples: Sequence[tuple[Any, ...]], ending: str) -> None:
        path = self.directory / f"values.{ending}"
        with self.plant.opened() as parts:
            self.plant.append(parts, samples)
        before = self.plant.all_kept()
        count, elements = self.plant.export(path)
        self.assertEqual(count, len(samples))
        self.assertEqual(elements, len({one[0] for one in samples}))
        self.plant.clear()
        with self.plant.opened():
            pass
        self.assertEqual(self.plant.import_(path), (len(samples), []))
        self.assertEqual(self.plant.all_kept(), before)
        self.plant.clear()
        with self.plant.opened():
            pass

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(SAMPLES)
    # One block for both, of unsigned numbers.
    @example(
        [
            (KINDS.index(ElementType.TIME), 0, 0, 257, 0),
            (KINDS.index(ElementType.BIT64), 1 << 63, 0, 257, 0),
        ]
    )
    def test_csv(self, samples: Sequence[tuple[Any, ...]]) -> None:
        """Values of all types, corrections and equal times: nothing is lost."""
        self.check(samples, "csv")

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(SAMPLES)
    def test_parquet(self, samples: Sequence[tuple[Any, ...]]) -> None:
        """The same."""
        self.check(samples, "parquet")


class TextTests(SynchronousTestCase):
    """Values as texts."""

    timeout = 120

    @settings(max_examples=300, deadline=None)
    @given(
        st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), values(kind)))
    )
    def test_texts(self, given: tuple[ElementType, Value]) -> None:
        """A text means the value that it was made of."""
        kind, value = given
        self.assertEqual(exact(read_text(to_text(value, kind), kind)), exact(value))


class ExportTests(SynchronousTestCase):
    """The values of an export, and their order."""

    timeout = 120

    def archive(self) -> str:
        """What the configuration says of the archive."""
        return ""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def plant(self, seal: int = 7) -> Plant:
        plant = Plant(seal, self.archive())
        self.addCleanup(plant.remove)
        return plant

    def rows(self, plant: Plant, chosen: Chosen) -> list[list[str]]:
        path = self.directory / "rows.csv"
        plant.export(path, chosen)
        with path.open(newline="") as file:
            return list(csv.reader(file))[1:]

    def fill(self, plant: Plant, count: int) -> list[tuple[str, int, str]]:
        """Floats of two elements in two months, out of order; gives what is expected."""
        month = 31 * 86400 * 10**9
        kept = []
        with plant.opened() as parts:
            for at in range(count):
                name = f"FLOAT_{2 - at % 2}"
                number = plant.number(parts, name)
                stime = (at % 3 == 0) * month + at * 7 % 5
                sample = Sample(at / 4, stime, 257, 1)
                result_of(parts.archive.append([(number, sample)], True))
                kept.append((name, stime, str(at / 4)))
        return sorted(kept, key=lambda one: (one[1] // month, one[0], one[1]))

    def test_the_order(self) -> None:
        """By month, in it by name, and of a name by time and then by arrival."""
        for seal in (1, 5, 10**6):
            plant = self.plant(seal)
            expected = self.fill(plant, 60)
            found = self.rows(plant, plant.chosen())
            self.assertEqual(
                [(one[0], one[3]) for one in found],
                [(f"System1:{name}.", value) for name, _, value in expected],
            )
            self.assertEqual({one[1] for one in found}, {"float"})
            self.assertEqual({tuple(one[4:]) for one in found}, {("257", "alice", "1")})
            self.assertEqual(found[0][2], "1970-01-01T00:00:00.000000000Z")

    def test_a_part(self) -> None:
        """Patterns and a period, both ends of which belong to it; and counted the same."""
        plant = self.plant()
        expected = self.fill(plant, 60)
        month = 31 * 86400 * 10**9
        for pattern, first, last in (
            ("FLOAT_2", 0, LAST),
            ("System1:*_1.", 1, 3),
            ("{FLOAT_1,FLOAT_2}.**", 3, month + 1),
            ("INT_*", 0, LAST),
        ):
            chosen = plant.chosen(pattern, first=first, last=last)
            wanted = {
                "FLOAT_2": ("FLOAT_2",),
                "System1:*_1.": ("FLOAT_1",),
                "INT_*": (),
            }.get(pattern, ("FLOAT_1", "FLOAT_2"))
            values = [
                value
                for name, stime, value in expected
                if name in wanted and first <= stime <= last
            ]
            found = self.rows(plant, chosen)
            self.assertEqual([one[3] for one in found], values, pattern)
            counts = plant.chosen(pattern, first=first, last=last).counts(
                lambda share: None
            )
            self.assertEqual(sum(counts.values()), len(values))

    def test_former_elements(self) -> None:
        """They have their former names; unknown ones are left out and reported."""
        plant = self.plant()
        with plant.opened() as parts:
            element = parts.system.plant.element("FLOAT_1", "", "")
            parts.system.start_archiving([element])
            setting = NewValue(parts.system.value_name(element), 1.5)
            result_of(parts.system.set(SetRequest([setting], "alice"), True))
            result_of(parts.archive.append([(7, Sample(1.0, 5, 257, 0))], True))
            result_of(parts.system.change(DeleteDatapoint("FLOAT_1")))
        chosen = plant.chosen()
        [[name, *_, value, _, _, _]] = self.rows(plant, chosen)
        self.assertEqual((name, value), ("System1:FLOAT_1.", "1.5"))
        self.assertEqual(chosen.unknown, {7})

    def test_a_file_appears_when_it_is_whole(self) -> None:
        """What was there stays until then, and nothing else is left."""
        path = self.directory / "values.csv"
        path.write_text("before")
        with self.assertRaises(ZeroDivisionError), open_writer(str(path), "csv"):
            raise ZeroDivisionError
        self.assertEqual(path.read_text(), "before")
        self.assertEqual([one.name for one in self.directory.iterdir()], ["values.csv"])

    def test_numbers_are_numbers_in_parquet(self) -> None:
        """Other values, and numbers that no float has exactly, are texts."""
        plant = self.plant()
        with plant.opened() as parts:
            for kind, value in (
                (ElementType.FLOAT, 2.5),
                (ElementType.INT, -3),
                (ElementType.BOOL, True),
                (ElementType.BIT64, 2**64 - 1),
                (ElementType.STRING, "7"),
                (ElementType.TIME, 1),
                (ElementType.DYN_FLOAT, ()),
            ):
                plant.append(parts, [(KINDS.index(kind), value, 0, 257, 1)])
        path = self.directory / "values.parquet"
        plant.export(path)
        found = pq.read_table(path).to_pylist()
        self.assertEqual(
            {one["type"]: (one["value"], one["text"]) for one in found},
            {
                "float": (2.5, None),
                "int": (-3.0, None),
                "bool": (1.0, None),
                "bit64": (2.0**64, str(2**64 - 1)),
                "string": (None, "7"),
                "time": (None, "1970-01-01T00:00:00.000000001Z"),
                "dyn_float": (None, "[]"),
            },
        )
        self.assertEqual({one["user"] for one in found}, {"alice"})

    def test_parquet_without_pyarrow(self) -> None:
        """The error says how to install it."""
        plant = self.plant()
        self.patch(parquetfiles, "pa", None)
        with self.assertRaises(CommandError) as caught:
            plant.export(self.directory / "values.parquet")
        self.assertIn("pip install 'oagw[parquet]'", str(caught.exception))


class ImportTests(SynchronousTestCase):
    """Variants of files that are accepted, and those that are refused."""

    timeout = 120

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.plant = Plant()
        self.addCleanup(self.plant.remove)

    def file(self, text: str) -> Path:
        path = self.directory / "values.csv"
        path.write_bytes(text.encode())
        return path

    def kept(self, name: str) -> list[object]:
        with self.plant.opened() as parts:
            return self.plant.kept(parts, name)

    def test_a_minimal_file(self) -> None:
        """Names, times and values are enough; the system may be left out, times be ms."""
        path = self.file(
            "\ufeffelement,time,value\r\n"
            "FLOAT_1.,2026-11-26 10:00:00,1e3\r\n"
            "System1:FLOAT_1,1795687200001,-0.0\r\n"
            'STRING_1.,2026-11-26T10:00:00+00:00,"a\nb"\r\n'
            "\r\n"
            'DYN_INT_1.,2026-11-26T10:00:00Z,"[1,2]"\r\n'
        )
        self.assertEqual(self.plant.import_(path), (4, []))
        noon = 1_795_687_200_000_000_000
        self.assertEqual(
            self.kept("FLOAT_1"),
            [
                (exact(1000.0), noon, 257, 0),
                (exact(-0.0), noon + 1_000_000, 257, 0),
            ],
        )
        self.assertEqual(self.kept("STRING_1"), [(exact("a\nb"), noon, 257, 0)])
        self.assertEqual(self.kept("DYN_INT_1"), [(exact([1, 2]), noon, 257, 0)])

    def test_what_is_refused(self) -> None:
        """The error has line and reason; with keep-going the good values are imported."""
        head = "element,type,time,value,status,user,user_number\n"
        good = "System1:INT_1.,int,2026-11-26T10:00:00Z,5,257,,0\n"
        for row, reason in (
            ("System1:X.,int,2026-11-26T10:00:00Z,5,257,,0", "no datapoint 'X'"),
            ("System1:INT_1.a,int,2026-11-26T10:00:00Z,5,257,,0", "no element 'a'"),
            ("Other:INT_1.,int,2026-11-26T10:00:00Z,5,257,,0", "no system 'Other'"),
            ("System1:INT_1.,int,2026-11-26T10:00:00Z,x,257,,0", "does not fit into int"),
            ("System1:INT_1.,int,2026-11-26T10:00:00Z,1.5,257,,0", "does not fit into int"),
            (
                "System1:INT_1.,,2026-11-26T10:00:00Z,3000000000,257,,0",
                "outside the range of int",
            ),
            ("System1:INT_1.,dyn_int,2026-11-26T10:00:00Z,[1],257,,0", "into int"),
            (
                "System1:INT_1.,integer,2026-11-26T10:00:00Z,1,257,,0",
                "is not an element type",
            ),
            (
                "System1:FLOAT_1.,float,2026-11-26T10:00:00Z,nan,257,,0",
                "is not a finite number",
            ),
            ("System1:DYN_INT_1.,dyn_int,2026-11-26T10:00:00Z,1;2,257,,0", "JSON list"),
            ("System1:INT_1.,int,1969-12-31T10:00:00Z,5,257,,0", "1970 and 2262"),
            ("System1:INT_1.,int,3000-01-01T00:00:00.000000000Z,5,257,,0", "1970 and 2262"),
            ("System1:INT_1.,int,noon,5,257,,0", "is not a time"),
            ("System1:INT_1.,int,2026-11-26T10:00:00Z,5,-1,,0", "64 bits"),
            ("System1:INT_1.,int,2026-11-26T10:00:00Z,5,good,,0", "not a whole number"),
            ("System1:INT_1.,int,2026-11-26T10:00:00Z,5", "4 fields"),
        ):
            path = self.file(head + good + row + "\n" + good)
            with self.assertRaises(CommandError) as caught:
                self.plant.import_(path)
            self.assertIn(f"{path}, line 3: ", str(caught.exception))
            self.assertIn(reason, str(caught.exception))
            self.assertEqual(self.kept("INT_1"), [])
            count, left_out = self.plant.import_(path, keep_going=True)
            self.assertEqual((count, len(left_out)), (2, 1))
            self.assertIn(reason, left_out[0])
            self.assertEqual(len(self.kept("INT_1")), 2)
            self.plant.clear()

    def test_lines_are_those_of_the_file(self) -> None:
        """Also after texts of several lines; equal problems are reported once."""
        self.patch(rows, "AT_ONCE", 2)
        self.patch(csvfiles, "AT_ONCE", 2)
        path = self.file(
            'element,time,value\nSTRING_1.,1,"a\nb\nc"\nX.,1,2\nX.,1,2\nX.,1,2\n'
        )
        _, left_out = self.plant.import_(path, keep_going=True)
        self.assertEqual(len(left_out), 1)
        self.assertIn("line 5: ", left_out[0])
        self.assertIn("(and 2 more like this)", left_out[0])

    def test_what_is_no_such_file(self) -> None:
        """The error names the file and what it should have."""
        for text, reason in (
            ("", "the column 'element' is missing"),
            ("element,time,value,stauts\n", "the column 'stauts' is unknown"),
            ("element,time,value,value\n", "twice"),
            ("element;time;value\n", "separate them by commas"),
            ('element,time,value\nINT_1.,1,"5\n', "line 2"),
        ):
            path = self.file(text)
            with self.assertRaises(CommandError) as caught:
                self.plant.import_(path)
            self.assertIn(str(path), str(caught.exception))
            self.assertIn(reason, str(caught.exception))
        path.write_bytes("element,time,value\nBehälter.,1,5\n".encode("latin-1"))
        with self.assertRaises(CommandError) as caught:
            self.plant.import_(path)
        self.assertIn(f"{path}: the file is not in UTF-8", str(caught.exception))
        path = self.directory / "values.parquet"
        path.write_text("element,time,value\n")
        with self.assertRaises(CommandError) as caught:
            self.plant.import_(path)
        self.assertIn(str(path), str(caught.exception))

    def test_parquet_of_others(self) -> None:
        """Any unit of times, whole numbers, texts, and nothing more than is needed."""
        path = self.directory / "values.parquet"
        pq.write_table(
            pa.table(
                {
                    "element": ["INT_1.", "INT_1.", "X.", None],
                    "time": pa.array([1, 2, 3, None], pa.timestamp("ms")),
                    "value": pa.array([5, 6, 7, None], pa.int32()),
                }
            ),
            path,
        )
        count, left_out = self.plant.import_(path, keep_going=True)
        self.assertEqual(count, 2)
        self.assertEqual(len(left_out), 2)
        self.assertIn(f"{path}, row 3: ", "\n".join(left_out))
        self.assertEqual(
            self.kept("INT_1"),
            [(exact(5), 1_000_000, 257, 0), (exact(6), 2_000_000, 257, 0)],
        )
        pq.write_table(
            pa.table({"element": ["INT_1."], "time": ["1970-01-01"], "value": [[1]]}), path
        )
        with self.assertRaises(CommandError) as caught:
            self.plant.import_(path)
        self.assertIn("it must have numbers or texts", str(caught.exception))

    def test_users(self) -> None:
        """A name is that user, whatever the number; one that is new gets a number."""
        path = self.file(
            "element,time,value,user,user_number\n"
            "INT_1.,1,1,alice,9\nINT_1.,2,2,,9\nINT_1.,3,3,carol,1\n"
        )
        self.assertEqual(self.plant.import_(path)[0], 3)
        with self.plant.opened() as parts:
            numbers = [parts.system.user_number(name) for name in ("alice", "carol")]
        self.assertEqual(numbers[0], 1)
        users = [one[3] for one in self.kept("INT_1")]  # type: ignore[index]
        self.assertEqual(users, [1, 9, numbers[1]])


class _InDatabase:
    """The same with a database; the hot store has what is not delivered yet."""

    schema = "blocks"

    def archive(self) -> str:
        return f"url = {postgres_server().url}\nschema = {self.schema}\n"


class BlocksRoundTripTests(_InDatabase, RoundTripTests):
    """Out of blocks in a database, and in again."""


class RowsRoundTripTests(_InDatabase, RoundTripTests):
    """Out of rows in a database, and in again."""

    schema = "rows"


class BlocksExportTests(_InDatabase, ExportTests):
    """What comes out of blocks in a database."""


class RowsExportTests(_InDatabase, ExportTests):
    """What comes out of rows in a database."""

    schema = "rows"
