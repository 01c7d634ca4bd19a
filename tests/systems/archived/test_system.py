"""Values of a system that is elsewhere, archived here."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, fail
from zope.interface.verify import verifyObject

from oagw.errors import DataManagerError, NamesRefusedError, ParameterError
from oagw.interfaces.systems import ISystem
from oagw.model.values import WireValue
from tests.crash import series_in
from tests.systems.archived.bench import A_WHILE, ArchivedTestCase
from tests.systems.bench import NOW_MS
from tests.systems.remote.chain import Wire
from tests.systems.remote.test_original import KNOWN

SPEED = "Plant2:pump_01.value.speed"


class RecordingTests(ArchivedTestCase):
    """What comes into the archive."""

    def test_is_a_system(self) -> None:
        """It has what the core asks of a system."""
        self.assertTrue(verifyObject(ISystem, self.archived))

    def test_values_that_patterns_name(self) -> None:
        """With time and status, each once, and nothing else."""
        self.far_set({"F1.": 1, "pump_01.value.speed": 7, "pump_01.state.text": "x"}, 1)
        self.far_set({"F1.": 2}, 2)
        self.far_set({"F1.": 2}, 3)
        self.far_set({"F1.:_original.._userbit1": True}, 4)
        self.assertEqual(self.past("F1."), [[1, 1.0], [2, 2.0], [3, 2.0], [4, 2.0]])
        bits = self.past("F1.:_offline.._userbit1")
        self.assertEqual([bit for _, bit in bits], [False, False, False, True])
        self.assertEqual(self.past(SPEED), [[1, 7.0]])
        refused = self.ask("DpGetPeriod", Dps=["pump_01.state.text"], T1=0, T2=NOW_MS)
        self.assertEqual(refused["Values"], {})

    def test_what_no_archive_can_have(self) -> None:
        """A time of the year 9999 or too many bits are left out; the rest goes on."""
        name = "Plant2:F1.:_original.."
        for attribute, value in (
            # Of the year 2286: its ns need all 64 bits, and an archive has 63.
            ("_stime", 10**13),
            ("_stime", 253_402_300_799_000),
            ("_stime", 2**63),
            ("_status64", 2**64),
            ("_value", 10**400),
            ("_value", "text"),
        ):
            before = self.archived._recorder._slots[f"{name}{attribute}"][0].values[:]
            self.archived.on_change({f"{name}{attribute}": value})
            for number, one in enumerate(("_value", "_stime", "_status64")):
                self.archived.on_change({f"{name}{one}": before[number]})
        self.far_set({"F1.": 2, "pump_01.value.speed": 3}, 2)
        self.assertEqual(self.past("F1."), [[2, 2.0]])
        self.assertEqual(self.past(SPEED), [[2, 3.0]])

    def test_nobody_has_set_it(self) -> None:
        """The initial value of an element is not history."""
        self.assertEqual(self.past("F2."), [])

    def test_the_same_again_is_not_archived_again(self) -> None:
        """After a reconnect, a restart, and a kill before the value could be noted."""
        self.far_set({"F1.": 1}, 1)
        self.wire.break_off("the cable was cut")
        self.wire.connect()
        self.bench.clock.advance(A_WHILE)
        # It was unknown in between, and is known again.
        self.assertEqual(len(self.past("F1.")), 3)
        self.restart()
        self.assertEqual(len(self.past("F1.")), 3)
        self.far_set({"F1.": 9}, 10_000)
        self.successResultOf(self.archive.append([], True))
        self.crash()
        self.assertEqual([value for _, value in self.past("F1.")], [1, 1, 1, 9])
        self.far_set({"F1.": 10}, 10_001)
        self.assertEqual([value for _, value in self.past("F1.")], [1, 1, 1, 9, 10])

    def test_while_it_is_away(self) -> None:
        """The value is invalid from then on, and valid again when it is back."""
        self.far_set({"F1.": 1}, 1)
        self.bench.clock.advance(5)
        self.wire.break_off("the cable was cut")
        self.bench.clock.advance(5)
        self.wire.connect()
        self.bench.clock.advance(0)
        self.assertEqual(self.past("F1."), [[1, 1.0], [5000, 1.0], [10000, 1.0]])
        invalid = [bit for _, bit in self.past("F1.:_offline.._aut_inv")]
        self.assertEqual(invalid, [False, True, False])

    def test_it_has_changed_while_it_was_away(self) -> None:
        """The new value has its own time; the others are not asked for."""
        self.far_set({"F1.": 1}, 1)
        self.wire.break_off("the cable was cut")
        self.bench.clock.advance(5)
        self.far_set({"F1.": 2}, 3000)
        self.far_set({"F1.": 3}, 4000)
        self.wire.connect()
        self.bench.clock.advance(0)
        self.assertEqual(self.past("F1.")[-1], [4000, 3.0])
        self.assertNotIn([3000, 2.0], self.past("F1."))

    def test_datapoints_that_come_later(self) -> None:
        """They are archived, whether they are created during a connection or not."""
        direct = self.direct()
        direct.ask({"DpCreate": {"Dp": "F7", "Type": "Float"}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"F7.": 1}, 1)
        self.assertEqual(self.past("F7."), [[1, 1.0]])
        self.wire.break_off("the cable was cut")
        direct.ask({"DpCreate": {"Dp": "F8", "Type": "Float"}})
        self.wire.connect()
        self.bench.clock.advance(0)
        self.far_set({"F8.": 2}, 2)
        self.assertEqual(self.past("F8."), [[2, 2.0]])

    def test_a_value_that_changes_while_the_first_is_looked_for(self) -> None:
        """Both are archived, and the newest is known to be."""
        looked_for: Deferred[int] = Deferred()
        self.patch(self.archive, "most", lambda *given: looked_for)
        self.direct().ask({"DpCreate": {"Dp": "F7", "Type": "Float"}})
        self.far_set({"F7.": 1}, 1)
        self.bench.clock.advance(A_WHILE)
        self.far_set({"F7.": 2}, 2)
        looked_for.callback(0)
        self.assertEqual(self.kept.plant.element("F7", "", "F7").sample.value, 2.0)
        self.restart()
        self.assertEqual(self.past("F7."), [[1, 1.0], [2, 2.0]])

    def test_datapoints_that_are_no_more(self) -> None:
        """Can be read still; one of the same name and type goes on with the series."""
        self.far_set({"F1.": 1}, 1)
        direct = self.direct()
        direct.ask({"DpDelete": {"Dp": "F1"}})
        self.bench.clock.advance(A_WHILE)
        self.assertEqual(self.past("F1."), [[1, 1.0]])
        self.restart()
        self.assertEqual(self.past("F1."), [[1, 1.0]])
        direct.ask({"DpCreate": {"Dp": "F1", "Type": "Float"}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"F1.": 5}, 5000)
        self.assertEqual(self.past("F1."), [[1, 1.0], [5000, 5.0]])

    def test_a_datapoint_of_another_type(self) -> None:
        """Has a series of its own; the other one is not lost."""
        direct = self.direct()
        direct.ask({"DpCreate": {"Dp": "F7", "Type": "Pump"}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"F7.value.speed": 1}, 1)
        direct.ask({"DpDelete": {"Dp": "F7"}})
        direct.ask({"DpCreate": {"Dp": "F7", "Type": "Float"}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"F7.": 2}, 2)
        self.assertEqual(self.past("F7."), [[2, 2.0]])
        self.assertEqual(self.past("F7.value.speed"), [[1, 1.0]])

    def test_another_name(self) -> None:
        """The history stays with the datapoint."""
        self.far_set({"F1.": 1}, 1)
        self.direct().ask({"DpRename": {"Dp": "F1", "NewName": "Fx"}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"Fx.": 2}, 2)
        self.assertEqual(self.past("Fx."), [[1, 1.0], [2, 2.0]])

    def test_a_type_that_changes(self) -> None:
        """New elements are taken up; those that stay keep their series."""
        self.far_set({"pump_01.value.speed": 1}, 1)
        children = [
            {"Name": "torque", "Type": "float"},
            {"Name": "speed", "Type": "float"},
            {"Name": "running", "Type": "string"},
        ]
        value = {"Name": "value", "Type": "struct", "Children": children}
        node = {"Name": "Pump", "Type": "struct", "Children": [value]}
        self.direct().ask({"DpTypeChange": {"Node": node}})
        self.bench.clock.advance(A_WHILE)
        self.far_set({"pump_01.value.torque": 3, "pump_01.value.running": "yes"}, 3)
        self.far_set({"pump_01.value.speed": 4}, 4)
        self.assertEqual(self.past(SPEED), [[1, 1.0], [4, 4.0]])
        self.assertEqual(self.past("pump_01.value.torque"), [[3, 3.0]])
        self.assertEqual(self.past("pump_01.value.running"), [[3, "yes"]])

    def test_series_stay_the_same(self) -> None:
        """After restarts, and when other patterns have come and gone in between."""
        self.far_set({"F1.": 1, "F2.": 1}, 1)
        self.patterns = ["F2"]
        self.restart()
        self.far_set({"F1.": 2, "F2.": 2}, 2)
        self.assertEqual(self.past("F2."), [[1, 1.0], [2, 2.0]])
        # Neither the system nor, any more, this one archives it: what there is, is read.
        self.assertEqual(self.past("F1."), [[1, 1.0]])
        self.not_archived("F1.", T1=NOW_MS + 2, T2=NOW_MS + 3)
        self.patterns = ["F*"]
        self.restart()
        self.assertEqual(self.past("F1."), [[1, 1.0], [2, 2.0]])
        self.assertEqual(len(set(self.archive_series())), 2)

    def archive_series(self) -> list[int]:
        return series_in(self.archive)

    def test_an_archive_that_cannot_be_read(self) -> None:
        """A value twice is better than none."""
        refused = fail(DataManagerError("the database is away"))
        self.patch(self.archive, "most", lambda *given: refused)
        self.direct().ask({"DpCreate": {"Dp": "F7", "Type": "Float"}})
        self.far_set({"F7.": 1}, 1)
        self.bench.clock.advance(A_WHILE)
        self.successResultOf(self.archive.append([], True))
        self.assertEqual(self.archive_series(), [self.number("F7")])

    def number(self, name: str) -> int:
        return self.kept.plant.element(name, "", name).number

    def test_elements_that_are_not_watched(self) -> None:
        """Are invalid from then on, or an error if they never were; and tried again."""
        self.far_set({"F1.": 1}, 1)
        recorder = self.archived._recorder
        watch = recorder._system.watch

        def refuse(names: Sequence[str]) -> Deferred[list[WireValue]]:
            refused = [one for one in names if ":F" in one]
            if not refused:
                return watch(names)
            error = ParameterError("there are too many")
            return fail(NamesRefusedError(dict.fromkeys(refused, error)))

        self.patch(recorder._system, "watch", refuse)
        # As after a restart.
        recorder._slots.clear()
        elements = [
            self.kept.plant.element(*name)
            for name in (
                ("F1", "", "F1"),
                ("F2", "", "F2"),
                ("pump_01", "value.speed", "p"),
            )
        ]
        self.successResultOf(Deferred.fromCoroutine(recorder.want(elements)))
        self.assertEqual(list(recorder.refused), elements[:2])
        invalid = [bit for _, bit in self.past("F1.:_offline.._aut_inv")]
        self.assertEqual(invalid, [False, True])
        answer = self.ask("DpGetPeriod", Dps=["F1.", "F2."], T1=0, T2=NOW_MS)
        self.assertEqual(answer["Errors"]["F2."]["Code"], 46)
        self.assertIn("there are too many", answer["Errors"]["F2."]["Message"])
        self.far_set({"pump_01.value.speed": 2}, 2)
        self.assertEqual(self.past(SPEED), [[2, 2.0]])
        self.bench.clock.advance(60)
        self.assertEqual(len(self.past("F1.")), 2)
        self.patch(recorder._system, "watch", watch)
        self.bench.clock.advance(60)
        self.assertEqual(recorder.refused, {})
        invalid = [bit for _, bit in self.past("F1.:_offline.._aut_inv")]
        self.assertEqual(invalid, [False, True, False])

    def test_an_archive_without_room(self) -> None:
        """Values are lost, which is said; then it goes on."""
        self.far_set({"F1.": 1}, 1)
        limit = self.archive._commits._limit
        self.archive._commits._limit = -1
        self.far_set({"F1.": 2}, 2)
        self.archive._commits._limit = limit
        self.far_set({"F1.": 3}, 3)
        self.assertEqual(self.past("F1."), [[1, 1.0], [3, 3.0]])


class EverythingTests(ArchivedTestCase):
    """Two stars are all elements of all datapoints."""

    patterns = ["**"]

    def test_all_elements(self) -> None:
        """But those of internal datapoints."""
        self.far_set({"F1.": 1, "pump_01.state.text": "x", "A.df": [1.5]}, 1)
        self.far_set({"_Internal.": 1}, 2)
        self.assertEqual(self.past("F1."), [[1, 1.0]])
        self.assertEqual(self.past("pump_01.state.text"), [[1, "x"]])
        self.assertEqual(self.past("A.df"), [[1, [1.5]]])
        self.not_archived("_Internal.")
        query = "SELECT 'COUNT(_offline.._value)' FROM '**' TIMERANGE(0, 4E12, 1, 0)"
        self.wire.commands.clear()
        self.assertEqual(self.ask("DpQuery", Query=query)["Values"], [["", 3]])
        self.assertEqual(self.wire.commands, [])


class OriginalEverythingTests(EverythingTests):
    """The same of an end that knows no names."""

    def new_wire(self) -> Wire:
        wire = super().new_wire()
        wire.known = KNOWN
        return wire

    def test_all_elements(self) -> None:
        """But lists without members."""
        self.far_set({"F1.": 1, "pump_01.state.text": "x"}, 1)
        self.assertEqual(self.past("F1."), [[1, 1.0]])
        self.assertEqual(self.past("pump_01.state.text"), [[1, "x"]])


class ReadingTests(ArchivedTestCase):
    """What is archived here is read here, the rest elsewhere."""

    patterns = ["F*", "pump_*.value.speed"]

    def setUp(self) -> None:
        super().setUp()
        for at in range(1, 5):
            self.far_set({"F1.": at, "K.": at, "pump_01.value.speed": at}, at)
            self.far_set({"pump_01.value.running": at % 2}, at)

    def test_periods(self) -> None:
        """Of both together, and all shapes of answers."""
        both = self.ask("DpGetPeriod", Dps=["F1.", "K.", "Nope."], T1=0, T2="2100-01-01")
        self.assertEqual(list(both["Values"].values()), [[1, 2, 3, 4], [1, 2, 3, 4]])
        self.assertEqual(both["Errors"]["Nope."]["Code"], 7)
        self.assertEqual(self.past("F1.", T1=NOW_MS + 3), [[3, 3.0], [4, 4.0]])
        self.assertEqual(self.past("F1.", T1=NOW_MS + 3, Count=1)[0], [2, 2.0])
        highest = {"Function": "max", "Points": 1}
        self.assertEqual([one for _, one in self.past("F1.", Aggregate=highest)], [4.0])

    def test_while_it_is_away(self) -> None:
        """What is archived here can be read; of the rest that is said."""
        self.wire.break_off("the cable was cut")
        self.assertEqual(len(self.past("F1.")), 5)
        both = self.ask("DpGetPeriod", Dps=["F1.", "K."], T1=0, T2=NOW_MS + 3)
        self.assertEqual(list(both["Values"].values()), [[1, 2, 3]])
        self.assertEqual(both["Errors"]["K."]["Code"], 39)
        self.assertEqual(len(self.rows("F1.")), 5)
        self.assertEqual(len(self.rows("{F1.,K.}")), 5)
        refused = self.ask("DpQuery", Query=self.text("K."))
        self.assertEqual(refused["Error"], 39)

    def text(self, source: str, columns: str = "'_offline.._value'") -> str:
        return f"SELECT {columns} FROM '{source}' TIMERANGE(0, 4E12, 1, 0)"

    def rows(self, source: str, columns: str = "'_offline.._value'") -> list[list[object]]:
        answer = self.ask("DpQuery", Query=self.text(source, columns))
        self.assertEqual(answer["Error"], 0, answer)
        rows: list[list[object]] = answer["Values"]
        return rows

    def test_queries(self) -> None:
        """Each value comes from one place, also where a pattern means both."""
        here = [["Plant2:F1.", NOW_MS + at, float(at)] for at in range(1, 5)]
        self.wire.commands.clear()
        self.assertEqual(self.rows("F*"), here)
        self.assertEqual(self.rows("F1."), here)
        self.assertEqual(self.wire.commands, [])
        there = [["Plant2:K.", NOW_MS + at, float(at)] for at in range(1, 5)]
        self.assertEqual(self.rows("K."), there)
        self.assertEqual(self.rows("{F1,K}"), [*here, *there])
        names = [name for name, *_ in self.rows("pump_01.value.*")]
        speed, running = "Plant2:pump_01.value.speed", "Plant2:pump_01.value.running"
        self.assertEqual(names, [speed] * 4 + [running] * 4)
        counts = self.rows("{F1,K,pump_01.value.*}", "'COUNT(_offline.._value)'")
        self.assertEqual(counts, [["", 16]])
        [highest] = self.rows("pump_01.value.speed", "'MAX(_offline.._value)'")
        self.assertEqual(highest[1], 4.0)
        query = self.text("pump_*", "'value.speed:_offline.._value'")
        named = self.ask("DpQuery", Query=query.replace("TIME", 'WHERE _DPT = "Pump" TIME'))
        self.assertEqual([value for *_, value in named["Values"]], [1.0, 2.0, 3.0, 4.0])
        self.patterns = ["pump_*."]
        self.restart()
        named = self.ask("DpQuery", Query=query.replace("TIME", 'WHERE _DPT = "Pump" TIME'))
        # Not archived here any more, but the far gateway archives it too.
        self.assertEqual([value for *_, value in named["Values"]], [1.0, 2.0, 3.0, 4.0])

    def test_a_plan(self) -> None:
        """Says who has been asked."""
        explained = self.ask("DpQuery", Query=self.text("{F1,K}"), Explain=True)
        self.assertEqual({one["System"] for one in explained["Plan"]}, {"Plant2"})


class OriginalTests(ArchivedTestCase):
    """The far end knows sections 1 and 2 of the protocol, and no types."""

    patterns = ["F*", "{pump_*.value.**,pump_*.state.*}", "A.d*"]

    def new_wire(self) -> Wire:
        wire = super().new_wire()
        wire.known = KNOWN
        return wire

    def test_it_has_a_history_too(self) -> None:
        """Elements are what their values are; a change is one sample."""
        for at in range(1, 4):
            self.far_set({"F1.": at}, at)
            values = {"value.speed": at, "value.running": at % 2, "state.text": f"{at}"}
            self.far_set({f"pump_01.{name}": one for name, one in values.items()}, at)
        self.assertEqual(self.past("F1."), [[at, float(at)] for at in range(1, 4)])
        self.assertEqual(self.past(SPEED), [[at, float(at)] for at in range(1, 4)])
        running = self.past("pump_01.value.running")
        self.assertEqual(running, [[1, True], [2, False], [3, True]])
        self.assertEqual(self.past("pump_01.state.text")[-1], [3, "3"])

    def test_after_a_reconnect(self) -> None:
        """The attributes of an element come together still."""
        self.far_set({"F1.": 1, "pump_01.state.text": "x"}, 1)
        self.wire.break_off("the cable was cut")
        self.wire.connect()
        self.bench.clock.advance(0)
        self.far_set({"F1.": 2}, 5000)
        self.far_set({"F1.": 3}, 5001)
        self.assertEqual(self.past("F1.")[-2:], [[5000, 2.0], [5001, 3.0]])

    def test_a_list_without_members_tells_nothing(self) -> None:
        """It is archived from the next connection on, when it has some."""
        self.far_set({"A.df": [1.5], "A.ds": ["x"]}, 1)
        self.not_archived("A.df")
        self.restart()
        self.assertEqual(self.past("A.df"), [[1, [1.5]]])
        self.assertEqual(self.past("A.ds"), [[1, ["x"]]])
