"""Live queries that a change of the types ends."""

from __future__ import annotations

from pathlib import Path

from oagw.model.changes import (
    ChangeType,
    CreateType,
    DeleteType,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.plant.queries import queryscan as scan
from oagw.systems.slicerunner import SliceRunner
from tests.systems.bench import Bench, EmbeddedTestCase, Told, request

PLANT = """
[types]
Plain = "float"
[types.Pump]
name = "string"
speed = "int"
[types.Valve]
open = "bool"

[datapoints]
Pump = ["pump_1", "pump_2"]
Valve = ["valve_1"]

[values]
"pump_1.name" = "left"
"""
#: Seconds between two slices.
_TURN = 1e-6
PUMPS = "FROM '*' WHERE _DPT = \"Pump\""


def struct(name: str, /, **elements: ElementType) -> TypeNode:
    """A type with elements of one level."""
    children = tuple(TypeNode(one, kind) for one, kind in elements.items())
    return TypeNode(name, ElementType.STRUCT, 0, children)


class EndedQueriesTests(EmbeddedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.start()

    def assert_ended(self, told: Told, *codes: int) -> None:
        self.assertEqual([error.code for error in told.ended], list(codes))

    def assert_left(self) -> None:
        """Check that nothing of a query stays in the plant."""
        for datapoint in self.bench.system.plant.datapoints.values():
            self.assertEqual({one.tables for one in datapoint.elements}, {None})

    def test_a_named_element_that_is_no_more(self) -> None:
        """As a query that is sent then is refused, whether SELECT or WHERE names it."""
        texts = (
            f"SELECT '.speed:_online.._value' {PUMPS}",
            f"SELECT '.name' {PUMPS} AND '.speed:_online.._value' > -1",
        )
        tolds = [self.run_query(text)[1] for text in texts]
        self.change(ChangeType(struct("Pump", name=ElementType.STRING)))
        for text, told in zip(texts, tolds, strict=True):
            self.assert_ended(told, 8)
            self.assertEqual(self.query_error(text).message, told.ended[0].message)
            self.assertIn("'speed'", told.ended[0].message)
            self.assertEqual((told.rows, told.gone), ([], []))
        self.assert_left()

    def test_a_named_element_that_is_called_otherwise(self) -> None:
        """The query ends with error 8: its path no longer exists."""
        _, told = self.run_query(f"SELECT '.speed' {PUMPS}")
        root = struct("Pump", name=ElementType.STRING, rate=ElementType.INT)
        self.change(ChangeType(root, {"speed": "rate"}))
        self.assert_ended(told, 8)

    def test_others_go_on(self) -> None:
        """Queries go on if their elements stay, or if another type has the element."""
        _, stays = self.run_query(f"SELECT '.name' {PUMPS}")
        self.change(CreateType(struct("Fan", speed=ElementType.INT)))
        both = "SELECT '.name', '.speed' FROM '*' WHERE _DPT IN (\"Pump\",\"Fan\")"
        _, shared = self.run_query(both)
        _, ended = self.run_query(f"SELECT '.speed' {PUMPS}")
        self.change(ChangeType(struct("Pump", name=ElementType.STRING)))
        self.assert_ended(ended, 8)
        for told in (stays, shared):
            self.assert_ended(told)
            told.clear()
        self.set({"pump_1.name": "right"})
        self.assertEqual(stays.rows, [[["System1:pump_1", "right"]]])
        self.assertEqual(shared.rows, [[["System1:pump_1", "right", None]]])
        self.change(DeleteType("Fan"))
        self.assert_ended(stays)
        self.assert_ended(shared, 8)

    def test_a_type_without_datapoints(self) -> None:
        """Its queries end too, though none of their rows leaves."""
        self.change(CreateType(struct("Fan", speed=ElementType.INT)))
        _, told = self.run_query("SELECT '.speed' FROM '*' WHERE _DPT = \"Fan\"")
        self.change(ChangeType(struct("Fan", rate=ElementType.INT)))
        self.assert_ended(told, 8)

    def test_a_type_that_changes_while_a_query_is_made(self) -> None:
        """The result is that of the end."""
        self.patch(scan, "_SLICE", 1)
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.bench.slices = SliceRunner(self.bench.clock, turn=0, pause=_TURN)
        self.bench.open()
        self.start()
        asked, told = request(f"SELECT '.speed' {PUMPS}"), Told()
        once = self.bench.system.query(asked)
        live = self.bench.system.query_connect(asked, told)
        self.assertNoResult(once)
        self.change(ChangeType(struct("Pump", name=ElementType.STRING)))
        self.bench.clock.pump([_TURN] * 20)
        for pending in (once, live):
            self.assertEqual(self.failureResultOf(pending).value.code, 8)
        self.bench.clock.pump([_TURN] * 20)
        self.assert_left()

    def test_a_query_ends_once(self) -> None:
        """Though each of its datapoints would end it."""
        text = f"SELECT '_online.._value' {PUMPS} AND _EL = \"speed\" AND "
        _, told = self.run_query(f"{text} '_online.._value' > -1")
        root = struct("Pump", name=ElementType.STRING, speed=ElementType.BLOB)
        self.change(ChangeType(root))
        self.assert_ended(told, 11)
        self.assert_left()
