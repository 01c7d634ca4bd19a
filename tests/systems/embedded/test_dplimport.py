"""DPL imports while the system is running: clients see the import as a whole."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.errors import OagwError, UnexpectedStateError
from oagw.model.changes import (
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    EventKind,
    RenameDatapoint,
    StructureChange,
)
from oagw.model.dptypes import ElementType, TypeNode
from tests.dpl.plans import config, values
from tests.systems.bench import NOW_MS
from tests.systems.embedded.dplbench import STATION, TURN, DplTestCase, files


class LiveTests(DplTestCase):
    """Others are connected while files are imported."""

    timeout = 60

    def test_hotlinks(self) -> None:
        """They report all new values in one update, and no others."""
        self.connect("F1.", "F2.", "K.")
        rows = [("F1.", "Float", "5"), ("F2.", "Float", "6")]
        self.load(STATION, values(*rows, *[("A.i", "All", "1")] * 2000))
        name = "System1:{}:_online.._value"
        self.assertEqual(self.changes, [{name.format("F1."): 5.0, name.format("F2."): 6.0}])

    def test_live_queries(self) -> None:
        """They take in new datapoints, and the changed values of others."""
        _, told = self.run_query("SELECT '_online.._value' FROM '{F1,S*}.**'")
        rows = (("F1.", "Float", "5"), ("S1.total", "Station", "6"))
        self.load(STATION + values(*rows))
        found = {row[0]: row[1] for rows in told.rows for row in rows}
        self.assertEqual(found["System1:F1."], 5.0)
        self.assertEqual(found["System1:S1.total"], 6.0)
        self.assertEqual(len(found), 9)

    def test_events(self) -> None:
        """Types and datapoints that come, and aliases of those that were there."""
        text = (
            STATION + '# Aliases/Comments\nAliasId\tAliasName\tCommentName\nF1.\t"Eff"\t\n'
        )
        self.load(text)
        self.assertEqual(
            [(event.kind, event.name) for event in self.events],
            [
                (EventKind.DP_TYPE_CREATED, "Motor"),
                (EventKind.DP_TYPE_CREATED, "Station"),
                (EventKind.DP_CREATED, "System1:S1"),
                (EventKind.DP_CREATED, "System1:S2"),
                (EventKind.DP_ALIAS_CHANGED, "System1:F1."),
            ],
        )

    def test_functions(self) -> None:
        """What was computed stays; it is computed again when a parameter changes."""
        text = STATION + values(("S1.total", "Station", "17"), ("F1.", "Float", "1"))
        text += config(
            "DpFunction",
            "_dp_fct.._type _dp_fct.._param _dp_fct.._fct",
            'S1.total Station 60 F1.,S1.motor.speed:_online.._value "p1+p2"',
        )
        self.load(text)
        self.assertEqual(self.value("S1.total"), 17.0)
        self.set({"F1.": 2, "S1.motor.speed": 40})
        self.assertEqual(self.value("S1.total"), 42.0)
        self.reopen()
        self.set({"F1.": 3})
        self.assertEqual(self.value("S1.total"), 43.0)
        self.load(values(("S1.motor.speed", "Station", "50")))
        self.assertEqual(self.value("S1.total"), 53.0)

    def test_functions_that_cannot_be_computed(self) -> None:
        """They are there, and the report says why they are not computed."""
        columns = "_dp_fct.._type _dp_fct.._param _dp_fct.._fct"
        for row, reason in (
            ('F1. Float 60 Nope.:_online.._value "p1"', "no datapoint 'Nope'"),
            ('F1. Float 60 F2.:_online.._value "p1+"', "the function of 'F1.'"),
            ('F1. Float 60 F1.:_online.._value "p1"', "depend on itself"),
            ('S1.total Station 60 S1.total:_online.._value "p1"', "depend on itself"),
        ):
            plan = self.load(STATION + config("DpFunction", columns, row))
            [warning] = plan.warnings
            self.assertIn(reason, warning, row)
            self.load(config("DpFunction", "_dp_fct.._type", f"{row[: row.index('60')]}0"))

    def test_archived_elements(self) -> None:
        """They are archived from the import on."""
        text = config(
            "DbArchiveInfo",
            "DetailNr _archive.._type _archive.._archive _archive.._class",
            "S1.total Station ~ 45 1 ~",
            "S1.total Station 1 15 ~ _ValueArchive_5",
        )
        self.load(STATION + text)
        self.set({"S1.total": 5}, NOW_MS + 1000)
        self.assertEqual(self.history("S1.total"), [(NOW_MS + 1000, 5.0)])
        self.assertEqual(self.get("S1.total:_archive.1._class"), ["_ValueArchive_5"])

    def test_ranges_judge_the_values_that_were_there(self) -> None:
        """A config that comes without a value is applied to the present one."""
        self.set({"F1.": 50})
        columns = "_default.._type _default.._value _default.._set_pvrange"
        text = config("DpDefaultValue", columns, "F1. Float 3 7 1")
        text += config(
            "PvssRangeCheck", "_pv_range.._type _pv_range.._max", "F1. Float 7 10"
        )
        self.load(text)
        name = "F1.:_pv_range.._max"
        self.assertEqual(self.value(name), 10.0)
        self.assertEqual(self.refused({"F1.": 60}), {"F1.:_original.._value": 30})


class MeanwhileTests(DplTestCase):
    """The import takes many turns, in which others do what they do."""

    timeout = 60

    def setUp(self) -> None:
        super().setUp()
        rows = [(f"S{number}.total", "Station", "1") for number in range(3, 2000)]
        datapoints = [f"S{number}\tStation\t0\n" for number in range(3, 2000)]
        head = "\n# Datapoint/DpId\nDpName\tTypeName\tID\n"
        self.text = STATION + head + "".join(datapoints) + values(*rows)

    def test_the_structure_is_the_imports(self) -> None:
        """Other changes of it wait; a second import is refused."""
        done = self.begin(self.text)
        for _ in range(3):
            self.bench.clock.advance(TURN)
        self.assertFalse(done.called)
        changes: list[StructureChange] = [
            CreateDatapoint("New", "Station"),
            RenameDatapoint("F1", "F9"),
            CreateType(TypeNode("T", ElementType.FLOAT)),
            DeleteDatapoint("F1"),
        ]
        waiting = [self.bench.system.change(change) for change in changes]
        second = self.failureResultOf(self.begin(STATION), UnexpectedStateError)
        self.assertEqual(second.value.code, 54)
        self.assertIn("an import is under way", second.value.message)
        for one in waiting:
            self.assertNoResult(one)
        self.finish(done)
        self.successResultOf(done)
        *good, bad = waiting
        for one in good:
            self.successResultOf(one)
        self.assertEqual(self.failureResultOf(bad, OagwError).value.code, 7)
        self.assertEqual(self.get("New.total", "S3.total"), [0.0, 1.0])
        self.load(STATION)

    def test_after_a_refusal_all_goes_on(self) -> None:
        """A failed import does not block other changes."""
        self.refused_load(values(("F1.", "Float", "x")))
        self.successResultOf(self.bench.system.change(CreateDatapoint("New", "Float")))
        self.assertEqual(self.get("New."), [0.0])

    def test_values_go_on(self) -> None:
        """Others get and set; the later one counts, here and after a restart."""
        done = self.begin(self.text + values(("F1.", "Float", "5"), ("F2.", "Float", "6")))
        self.bench.clock.advance(TURN)
        self.set({"F1.": 1, "K.": 2})
        created = "S1" in self.bench.system.plant.datapoints
        self.finish(done)
        self.assertTrue(created)
        self.set({"F2.": 3})
        for _ in range(2):
            self.assertEqual(self.get("F1.", "F2.", "K."), [5.0, 3.0, 2.0])
            self.reopen()

    def test_a_value_for_a_new_datapoint(self) -> None:
        """A client that sees it already may set it; disk and memory agree after all."""
        done = self.begin(self.text)
        while "S1999" not in self.bench.system.plant.datapoints:
            self.bench.clock.advance(TURN)
        self.set({"S1999.total": 8, "S1.total": 9})
        self.finish(done)
        for _ in range(2):
            self.assertEqual(self.get("S1999.total", "S1.total"), [1.0, 9.0])
            self.reopen()

    def test_what_a_client_was_told_to_be_durable(self) -> None:
        """It sets what the import has just put there: a kill takes nothing of it back."""
        comments = "# Aliases/Comments\nAliasId\tAliasName\tCommentName\n"
        aliases = [f'S{number}.total\t"a{number}"\t""\n' for number in range(3, 2000)]
        done = self.begin(
            values(("F1.", "Float", "11"))
            + self.text
            + comments
            + '\nF1.\t""\tlt:1 LANG:10001 "from the file@@"\n'
            + "".join(aliases)
        )
        while self.value("F1.") != 11.0:
            self.bench.clock.advance(TURN)
        self.set(
            {
                "F1.": 99,
                "F1.:_common.._unit": "bar",
                "S3.total": 8,
                "S3.total:_common.._alias": "mine",
                "S3.total:_common.._unit": "l",
            }
        )
        self.assertFalse(done.called)
        self.finish(done)
        for _ in range(2):
            self.assertEqual(
                self.get(
                    "F1.",
                    "F1.:_common.._unit",
                    "S3.total",
                    "S3.total:_common.._alias",
                    "S3.total:_common.._unit",
                    "S4.total:_common.._alias",
                ),
                [99.0, "bar", 8.0, "mine", "l", "a4"],
            )
            self.crash()

    def test_a_client_that_sees_a_new_datapoint_early(self) -> None:
        """It gets the value that the import sets."""
        done = self.begin(self.text)
        while "S1999" not in self.bench.system.plant.datapoints:
            self.bench.clock.advance(TURN)
        self.connect("S1999.total")
        self.finish(done)
        self.assertEqual(self.told()[-1], {"S1999.total:_online.._value": 1.0})

    def test_an_alias_that_is_taken_meanwhile(self) -> None:
        """Its present element keeps it, and the report says so."""
        done = self.begin(self.text)
        self.bench.clock.advance(TURN)
        self.set({"F1.:_common.._alias": "Second"})
        self.finish(done)
        plan = self.successResultOf(done)
        self.assertEqual(self.bench.system.alias("Second"), "F1.")
        self.assertIn(
            "'S2.' does not get the alias 'Second': it has just been given to 'F1.'",
            plan.warnings,
        )

    def test_what_is_being_done(self) -> None:
        """A waiting caller gets the progress."""
        told: list[str] = []
        importing = self.dpl.import_running(files(self.text), False, told.append)
        self.finish(Deferred.fromCoroutine(importing))
        self.assertEqual(
            told,
            [
                "reading",
                "taking over 3998 datapoints, values and configs",
                "writing to disk",
            ],
        )
