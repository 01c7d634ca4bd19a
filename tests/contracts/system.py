"""What every backend must do: the cases of ``ISystem``.

A backend's test class is this and ``TestCase``, with hooks of its own. It declares in
``can`` what its datapoints and their keeper make possible; where a backend cannot do
something, it must say so with the right error, and the same case asserts that.

The plant is that of :data:`tests.systems.bench.PLANT`: floats ``F1``, ``F2`` (2.5) and
``K`` (archived), ``A`` with elements of every type, and pumps.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from oagw.errors import (
    ConnectionBrokenError,
    ConversionError,
    DatapointNotFoundError,
    ElementNotFoundError,
    IllegalCallError,
    NamesRefusedError,
    OagwError,
    ParameterError,
    TypeNotFoundError,
)
from oagw.interfaces.systems import (
    ISystem,
    NewValue,
    PeriodRequest,
    QueryRequest,
    SetRequest,
)
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    EventKind,
    Fact,
    RenameDatapoint,
    StructureChange,
    SystemEvent,
    SystemFact,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.patterns import compile_pattern
from oagw.model.times import NS_PER_MS
from oagw.model.values import WireValue
from oagw.query.parser import parse_query
from oagw.query.resultrows import Row

# Only the backends' classes are test cases: trial runs whatever is one.
if TYPE_CHECKING:
    _Base = TestCase
else:
    _Base = object

#: Datapoints and types can be created, changed and deleted from here.
STRUCTURE = "structure"
#: Attributes besides the value can be set: status bits, aliases, configs.
CONFIGS = "configs"
#: A set of several values is one change, and is reported as one.
ATOMIC = "atomic"
#: It knows users by name and number.
USERS = "users"

#: Source times of the samples of K, in ms since the epoch.
TIMES = [1_600_000_000_000 + 1000 * number for number in range(5)]
VALUES: list[WireValue] = [1.0, 2.0, 3.0, 4.0, 5.0]


class Subscriber:
    """Keeps what a system reports.

    :ivar changes: the values of each atomic change, by name.
    :ivar ended: why names are no longer watched, of each report.
    :ivar rows: the rows of each change of a live query; ``gone`` those that left it.
    """

    def __init__(self) -> None:
        self.changes: list[dict[str, WireValue]] = []
        self.ended: list[dict[str, OagwError]] = []
        self.events: list[SystemEvent] = []
        self.rows: list[list[Row]] = []
        self.gone: list[list[str]] = []
        self.reasons: list[OagwError] = []
        self._waiting: list[tuple[Callable[[], object], Deferred[None]]] = []

    def until(self, condition: Callable[[], object]) -> Deferred[None]:
        """Fires when a report has made something true."""
        done: Deferred[None] = Deferred()
        self._waiting.append((condition, done))
        self._look()
        return done

    def _look(self) -> None:
        for one in list(self._waiting):
            if one[0]():
                self._waiting.remove(one)
                one[1].callback(None)

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        self.changes.append(dict(changes))
        self._look()

    def on_end(self, errors: Any) -> None:
        """Note the end of names or of a live query."""
        if isinstance(errors, OagwError):
            self.reasons.append(errors)
        else:
            self.ended.append(dict(errors))
        self._look()

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        self.events += events
        self._look()

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        self.rows.append([list(row) for row in rows])
        self.gone.append(list(gone))
        self._look()


class SystemContract(_Base):
    """Every method of a system, and its errors."""

    timeout = 120
    #: What the backend can do.
    can: ClassVar[frozenset[str]] = frozenset()
    #: The name of the type of F1.
    float_type = "Float"

    system: ISystem
    subscriber: Subscriber

    def setUp(self) -> Deferred[None]:  # type: ignore[override]
        self.subscriber = Subscriber()
        return Deferred.fromCoroutine(self.begin())

    def tearDown(self) -> Deferred[None]:  # type: ignore[override]
        return Deferred.fromCoroutine(self.end())

    async def begin(self) -> None:
        """Make the system, and start it."""
        raise NotImplementedError

    async def end(self) -> None:
        """Stop the system, unless it is stopped, and what is behind it."""
        raise NotImplementedError

    async def settle(self) -> None:
        """Return when all that follows from what was done has been reported."""
        raise NotImplementedError

    async def until(self, condition: Callable[[], object]) -> None:
        """Return when reports have made something true, which they must."""
        await self.settle()
        self.assertTrue(condition())

    async def lose_datapoint(self, name: str) -> None:
        """Let a datapoint be deleted."""
        await self.system.change(DeleteDatapoint(name))
        await self.settle()

    async def keep_waiting(self) -> Deferred[Any]:
        """Send requests that get no reply while the system runs."""
        raise NotImplementedError

    def name(self, element: str, attribute: str = "_original.._value") -> str:
        """A complete name."""
        return f"{self.system.name}:{element}:{attribute}"

    async def get(self, *names: str) -> list[WireValue | OagwError]:
        return await self.system.get(names)

    async def set(
        self, values: Mapping[str, object], at_ms: int | None = None, wait: bool = True
    ) -> None:
        """Set original values of elements."""
        settings = [NewValue(self.name(name), value) for name, value in values.items()]
        time = None if at_ms is None else at_ms * NS_PER_MS
        await self.system.set(SetRequest(settings, "anna", time), wait)
        await self.settle()

    async def refusal(self, asked: Awaitable[object]) -> OagwError:
        """The error of what is refused."""
        try:
            result = await asked
        except OagwError as error:
            return error
        raise AssertionError(f"it was not refused: {result!r}")

    async def refused_names(self, asked: Awaitable[object]) -> dict[str, OagwError]:
        """The errors by name of a request that is refused as a whole."""
        error = await self.refusal(asked)
        self.assertIsInstance(error, NamesRefusedError)
        assert isinstance(error, NamesRefusedError)
        return dict(error.errors)

    async def cannot(self, asked: Awaitable[object], *parts: str) -> None:
        """What a backend cannot do is error 53, with a sentence that says why."""
        error = await self.refusal(asked)
        self.assertEqual(error.code, IllegalCallError.code)
        for part in parts:
            self.assertIn(part, error.message)

    def query_of(self, text: str, **more: Any) -> QueryRequest:
        limits: dict[str, Any] = {"max_rows": 1000, "max_values": 1000}
        return QueryRequest(parse_query(text, UTC), **{**limits, **more})

    def reported(self) -> list[dict[str, WireValue]]:
        """What was reported since the last time."""
        told, self.subscriber.changes[:] = list(self.subscriber.changes), []
        return told

    # Reading and setting

    async def test_is_a_system(self) -> None:
        """It has all that the core asks of one."""
        self.assertTrue(verifyObject(ISystem, self.system))

    async def test_reads_are_answered_name_by_name(self) -> None:
        """A value or an error each, in the order of the names."""
        online = self.name("F2.", "_online.._value")
        names = [self.name("Nope."), self.name("F2."), self.name("F1.nope")]
        names += [self.name("F1.", "_nope.._value"), self.name("F1.", "_online.._nope")]
        for age in (None, 3600.0):
            found = await self.system.get([*names, online, self.name("A.s")], age)
            codes = [one.code if isinstance(one, OagwError) else one for one in found]
            self.assertEqual(codes, [7, 2.5, 8, 9, 19, 2.5, ""])
            self.assertEqual(await self.system.get([], age), [])

    async def test_a_set_takes_effect(self) -> None:
        """With its source time, whether it is waited for or not."""
        for number, wait in ((1, True), (2, False)):
            await self.set({"F1.": number, "A.s": str(number)}, TIMES[number], wait)
            stime = self.name("F1.", "_original.._stime")
            found = await self.get(self.name("F1."), self.name("A.s"), stime)
            self.assertEqual(found, [float(number), str(number), TIMES[number]])

    async def test_a_set_is_refused_as_a_whole(self) -> None:
        """Each wrong name has its error, and nothing is set."""
        wrong = {"Nope.": 7, "F1.nope": 8, "A.i": 11}
        values = {"F2.": 9.0, "Nope.": 1, "F1.nope": 1, "A.i": "x"}
        settings = [NewValue(self.name(one), value) for one, value in values.items()]
        request = SetRequest(settings, "anna")
        errors = await self.refused_names(self.system.set(request, True))
        codes = {name: error.code for name, error in errors.items()}
        self.assertEqual(codes, {self.name(one): code for one, code in wrong.items()})
        self.assertIn("A.i", errors[self.name("A.i")].message)
        self.assertEqual(await self.get(self.name("F2.")), [2.5])

    async def test_attributes_besides_the_value(self) -> None:
        """Are set, or refused with the name and what can be set."""
        bit = self.name("F1.", "_original.._userbit1")
        asked = self.system.set(SetRequest([NewValue(bit, True)], "anna"), True)
        if CONFIGS in self.can:
            await asked
            self.assertEqual(await self.get(bit), [True])
            return
        errors = await self.refused_names(asked)
        self.assertEqual({name: one.code for name, one in errors.items()}, {bit: 53})
        self.assertIn("_original.._value", errors[bit].message)

    # Watching

    async def test_watched_changes_are_reported(self) -> None:
        """What one set changed is one report, under complete names."""
        names = [self.name("F1."), self.name("F2.", "_online.._value")]
        self.assertEqual(await self.system.watch(names), [0.0, 2.5])
        await self.set({"F1.": 1, "K.": 1})
        await self.until(lambda: self.subscriber.changes)
        self.assertEqual(self.reported(), [{names[0]: 1.0}])
        await self.set({"F1.": 2, "F2.": 2})
        reported = self.reported()
        both = {name: value for one in reported for name, value in one.items()}
        self.assertEqual(both, {names[0]: 2.0, names[1]: 2.0})
        if ATOMIC in self.can:
            self.assertEqual(reported, [both])
        self.system.unwatch(names)
        await self.set({"F1.": 3, "F2.": 3})
        self.assertEqual(self.reported(), [])

    async def test_watches_are_counted(self) -> None:
        """Each change is reported once, until the last watch ends."""
        name = self.name("F1.")
        self.assertEqual(await self.system.watch([name]), [0.0])
        self.assertEqual(await self.system.watch([name, name]), [0.0, 0.0])
        for value, left in ((1.0, 2), (2.0, 1), (3.0, 0)):
            await self.set({"F1.": value})
            self.assertEqual(self.reported(), [{name: value}], f"{left} are left then")
            self.system.unwatch([name])
        await self.set({"F1.": 4})
        self.assertEqual(self.reported(), [])
        # It is not watched any longer, so it has no effect.
        self.system.unwatch([name, self.name("F2."), self.name("Nope.")])
        self.assertEqual(await self.system.watch([name]), [4.0])
        await self.set({"F1.": 5})
        self.assertEqual(self.reported(), [{name: 5.0}])

    async def test_watching_nothing(self) -> None:
        """Is answered at once."""
        self.assertEqual(await self.system.watch([]), [])
        self.system.unwatch([])

    async def test_a_watch_is_refused_as_a_whole(self) -> None:
        """Each wrong name has its error, and the others are not watched."""
        good, wrong = self.name("F1."), self.name("Nope.")
        other = self.name("F2.nope")
        errors = await self.refused_names(self.system.watch([good, wrong, other]))
        codes = {name: error.code for name, error in errors.items()}
        self.assertEqual(codes, {wrong: 7, other: 8})
        await self.set({"F1.": 1})
        self.assertEqual(self.reported(), [])
        # One that watches it already goes on.
        await self.system.watch([good])
        await self.refused_names(self.system.watch([good, wrong]))
        await self.set({"F1.": 2})
        self.assertEqual(self.reported(), [{good: 2.0}])

    async def test_deleted_while_it_is_watched(self) -> None:
        """That is reported once, with the reason; ending the watch does no harm."""
        name, other = self.name("F1."), self.name("F2.")
        await self.system.watch([name, other])
        await self.lose_datapoint("F1")
        await self.until(lambda: self.subscriber.ended)
        [errors] = self.subscriber.ended
        self.assertEqual({one: error.code for one, error in errors.items()}, {name: 7})
        self.assertIn("F1", errors[name].message)
        self.system.unwatch([name])
        again = await self.refused_names(self.system.watch([name]))
        self.assertEqual([error.code for error in again.values()], [7])
        self.reported()
        await self.set({"F2.": 1})
        self.assertEqual(self.reported(), [{other: 1.0}])

    # Queries

    async def test_a_query_finds_rows(self) -> None:
        """With its columns, the number of rows, and the plan if that is wanted."""
        request = self.query_of("SELECT '_original.._value' FROM 'F*.'")
        found = await self.system.query(request)
        rows = [[f"{self.system.name}:F1.", 0.0], [f"{self.system.name}:F2.", 2.5]]
        self.assertEqual((sorted(found.rows, key=str), found.count), (rows, 2))
        plan = self.query_of("SELECT '_original.._value' FROM 'F*.'", explain=True)
        self.assertTrue((await self.system.query(plan)).plan)

    async def test_what_a_query_cannot_decide(self) -> None:
        """Error 11 if a comparison cannot be made, 8 if no type has a named element."""
        compared = self.query_of(
            "SELECT '_original.._value' FROM 'F*.' WHERE '_original.._value' == \"x\""
        )
        error = await self.refusal(self.system.query(compared))
        self.assertEqual(error.code, ConversionError.code)
        [kind] = await self.system.lookup(Fact.TYPE_NAME, [self.name("A.")])
        named = self.query_of(
            f"SELECT '.nope:_original.._value' FROM '*' WHERE _DPT = \"{kind}\""
        )
        error = await self.refusal(self.system.query(named))
        self.assertEqual(error.code, ElementNotFoundError.code)

    async def test_a_live_query_reports_its_rows(self) -> None:
        """The whole table first, then rows that changed and names that left."""
        text = "SELECT '_online.._value' FROM 'F*.' WHERE '_online.._value' > 2"
        request, rows = self.query_of(text), Subscriber()
        name, other = f"{self.system.name}:F2.", f"{self.system.name}:F1."
        found = await self.system.query_connect(request, rows)
        self.assertEqual((found.rows, found.count), ([[name, 2.5]], 1))
        # Again, it only gives the table.
        await self.set({"F2.": 3})
        found = await self.system.query_connect(request, rows)
        self.assertEqual((found.rows, found.count), ([[name, 3.0]], 1))
        self.assertEqual((rows.rows, rows.gone), ([[[name, 3.0]]], [[]]))
        await self.set({"F1.": 4})
        self.assertEqual((rows.rows[1:], rows.gone[1:]), ([[[other, 4.0]]], [[]]))
        await self.set({"F2.": 1})
        self.assertEqual((rows.rows[2:], rows.gone[2:]), ([[]], [[name]]))
        self.system.query_disconnect(request.query, rows)
        await self.set({"F2.": 5})
        self.assertEqual((len(rows.rows), rows.reasons), (3, []))
        # One that has ended does no harm.
        self.system.query_disconnect(request.query, rows)
        # Nor did the end of one listener end another's.
        other_rows = Subscriber()
        await self.system.query_connect(request, rows)
        await self.system.query_connect(request, other_rows)
        self.system.query_disconnect(request.query, rows)
        await self.set({"F2.": 6})
        self.assertEqual((len(rows.rows), other_rows.rows), (3, [[[name, 6.0]]]))

    async def test_a_live_query_with_too_many_rows(self) -> None:
        """Says how many there are, and is not connected."""
        rows = Subscriber()
        text = "SELECT '_online.._value' FROM 'F*.'"
        request = self.query_of(text, max_rows=1)
        found = await self.system.query_connect(request, rows)
        self.assertEqual(found.count, 2)
        await self.set({"F1.": 1})
        self.assertEqual(rows.rows, [])
        found = await self.system.query_connect(self.query_of(text), rows)
        self.assertEqual((len(found.rows), found.count), (2, 2))

    async def test_a_row_leaves_with_its_datapoint(self) -> None:
        """A deleted datapoint is reported as removed, and the query goes on."""
        rows = Subscriber()
        request = self.query_of("SELECT '_online.._value' FROM 'F*.'")
        await self.system.query_connect(request, rows)
        await self.lose_datapoint("F1")
        found = await self.system.query_connect(request, rows)
        self.assertEqual(found.rows, [[f"{self.system.name}:F2.", 2.5]])
        self.assertIn([f"{self.system.name}:F1."], rows.gone)
        await self.set({"F2.": 1})
        self.assertEqual(rows.rows[-1], [[f"{self.system.name}:F2.", 1.0]])

    # History

    async def past(self) -> None:
        """Give K its samples."""
        for time, value in zip(TIMES, VALUES, strict=True):
            await self.set({"K.": value}, time)

    def period_of(
        self, *names: str, first: int = 0, bonus: int = 0, limit: int = 1000
    ) -> PeriodRequest:
        last = TIMES[-1] * NS_PER_MS
        return PeriodRequest(names, first * NS_PER_MS, last, bonus, limit)

    async def test_a_period_is_read_piece_by_piece(self) -> None:
        """Twice the same after a rewind; in the order of its times; then nothing."""
        await self.past()
        name = self.name("K.", "_offline.._value")
        status = self.name("K.", "_offline.._invalid")
        request = self.period_of(name, status, first=TIMES[2], bonus=1)
        readings, errors = await self.system.period(request)
        self.assertEqual((sorted(readings), errors), (sorted([name, status]), {}))
        for _ in range(2):
            for asked, expected in ((name, VALUES[1:]), (status, [False] * 4)):
                times: list[int] = []
                values: list[WireValue] = []
                while (piece := await readings[asked].next()) is not None:
                    self.assertTrue(len(piece.times))
                    times += [one // NS_PER_MS for one in piece.times.tolist()]
                    values += piece.value_list()
                self.assertEqual((times, values), (TIMES[1:], expected))
                self.assertIsNone(await readings[asked].next())
            for one in readings.values():
                one.rewind()
        for one in readings.values():
            one.close()
            one.close()

    async def test_a_period_that_is_left(self) -> None:
        """Is closed before anything, or after a part, was read."""
        await self.past()
        request = self.period_of(self.name("K.", "_offline.._value"))
        for pieces in range(2):
            readings, _ = await self.system.period(request)
            for reading in readings.values():
                for _ in range(pieces):
                    self.assertIsNotNone(await reading.next())
                reading.close()

    async def test_what_is_wrong_with_a_period(self) -> None:
        """Names have their own errors; too many values are refused altogether."""
        await self.past()
        good = self.name("K.", "_offline.._value")
        wrong, other = self.name("Nope.", "_offline.._value"), self.name("A.s")
        other = self.name("A.s", "_offline.._value")
        readings, errors = await self.system.period(self.period_of(good, wrong, other))
        self.assertEqual(list(readings), [good])
        codes = {name: error.code for name, error in errors.items()}
        self.assertEqual(codes, {wrong: 7, other: 46})
        for one in readings.values():
            one.close()
        asked = self.system.period(self.period_of(good, limit=4))
        error = await self.refusal(asked)
        self.assertEqual(error.code, ParameterError.code)

    # Names and types

    async def test_names_and_types_are_found(self) -> None:
        """By pattern, of datapoints and of elements, all or of one type."""
        system = self.system
        own = f"{system.name}:"
        found = await system.names(compile_pattern("F*"), None)
        self.assertEqual(sorted(found), [f"{own}F1", f"{own}F2"])
        found = await system.names(compile_pattern("pump_01.**.speed"), None)
        self.assertEqual(found, [f"{own}pump_01.value.speed"])
        [kind, *_] = await system.lookup(Fact.TYPE_NAME, [self.name("F1.")])
        assert isinstance(kind, str)
        found = await system.names(compile_pattern("{F1,A}"), kind)
        self.assertEqual(found, [f"{own}F1"])
        self.assertEqual(await system.names(compile_pattern("F*"), "Nope"), [])
        self.assertIn(kind, await system.types(compile_pattern("*"), False))
        self.assertEqual(await system.types(compile_pattern("Nope*"), True), [])

    async def test_types_are_described(self) -> None:
        """With their elements; an unknown one is an error."""
        [kind] = await self.system.lookup(Fact.TYPE_NAME, [self.name("A.")])
        root = await self.system.definition(str(kind), True)
        self.assertEqual(root.name, kind)
        elements = {one.name: one.type for one in root.children}
        self.assertEqual(elements["i"], ElementType.INT)
        self.assertEqual(elements["s"], ElementType.STRING)
        error = await self.refusal(self.system.definition("Nope", False))
        self.assertEqual(error.code, TypeNotFoundError.code)
        self.assertIn("Nope", error.message)

    async def test_facts_about_names(self) -> None:
        """An answer or an error each, in the order of the names."""
        names = [self.name("F1."), self.name("Nope."), self.name("F1.nope")]
        found = await self.system.lookup(Fact.EXISTS, names)
        self.assertEqual(found, [True, False, False])
        found = await self.system.lookup(Fact.ELEMENT_TYPE, names)
        codes = [one.code if isinstance(one, OagwError) else one for one in found]
        self.assertEqual(codes, [int(ElementType.FLOAT), 7, 8])
        for fact in Fact:
            self.assertEqual(await self.system.lookup(fact, []), [])

    async def test_facts_about_the_system(self) -> None:
        """It is not redundant, and therefore active; the rest depends on the backend."""
        system = self.system
        self.assertIs(await system.inform(SystemFact.REDUNDANT, None), False)
        self.assertIs(await system.inform(SystemFact.REDU_ACTIVE, None), True)
        await self.cannot(system.inform(SystemFact.VERSION, None), "version")
        if USERS not in self.can:
            await self.cannot(system.inform(SystemFact.USER_ID, "anna"), system.name)
            await self.cannot(system.inform(SystemFact.USER_NAME, 0), system.name)
            return
        await self.set({"F1.": 1})
        number = await system.inform(SystemFact.USER_ID, "anna")
        assert isinstance(number, int)
        self.assertEqual(await system.inform(SystemFact.USER_NAME, number), "anna")
        for fact, about in ((SystemFact.USER_ID, "nobody"), (SystemFact.USER_NAME, 999)):
            error = await self.refusal(system.inform(fact, about))
            self.assertEqual(error.code, ParameterError.code)

    async def test_aliases(self) -> None:
        """Are known as soon as they are set; a backend without any has none."""
        system, everything = self.system, compile_pattern("**")
        self.assertIsNone(system.alias("Kettle"))
        self.assertEqual(await system.aliases(everything, lambda alias: True), {})
        alias = NewValue(self.name("F1.", "_common.._alias"), "Kettle")
        asked = system.set(SetRequest([alias], "anna"), True)
        if CONFIGS not in self.can:
            await self.refused_names(asked)
            self.assertIsNone(system.alias("Kettle"))
            return
        await asked
        await self.settle()
        self.assertEqual(system.alias("Kettle"), "F1.")
        self.assertIsNone(system.alias("kettle"))
        found = await system.aliases(everything, lambda alias: alias.startswith("K"))
        self.assertEqual(list(found.values()), ["Kettle"])
        self.assertTrue(next(iter(found)).startswith(f"{system.name}:F1."))
        self.assertEqual(await system.aliases(everything, lambda alias: False), {})
        self.assertEqual(
            await system.aliases(compile_pattern("F2"), lambda alias: True), {}
        )

    # Changes of what there is

    async def test_the_structure_is_changed(self) -> None:
        """With an event for each change; or refused, and then nothing has changed."""
        float_node = TypeNode("v", ElementType.FLOAT)
        new_type = TypeNode("New", ElementType.STRUCT, 0, (float_node,))
        changes: list[tuple[StructureChange, EventKind, str]] = [
            (CreateType(new_type), EventKind.DP_TYPE_CREATED, "New"),
            (CreateDatapoint("N1", "New"), EventKind.DP_CREATED, "N1"),
            (CopyDatapoint("N1", "N2"), EventKind.DP_CREATED, "N2"),
            (RenameDatapoint("N2", "N3"), EventKind.DP_RENAMED, "N2"),
            (
                ChangeType(
                    TypeNode(
                        "New",
                        ElementType.STRUCT,
                        0,
                        (float_node, TypeNode("w", ElementType.INT)),
                    )
                ),
                EventKind.DP_TYPE_CHANGED,
                "New",
            ),
            (DeleteDatapoint("N1"), EventKind.DP_DELETED, "N1"),
            (DeleteDatapoint("N3"), EventKind.DP_DELETED, "N3"),
            (DeleteType("New"), EventKind.DP_TYPE_DELETED, "New"),
        ]
        self.subscriber.events.clear()
        if STRUCTURE not in self.can:
            for change, _, _ in changes:
                await self.cannot(self.system.change(change), self.system.name)
            self.assertEqual(await self.system.names(compile_pattern("N*"), None), [])
            self.assertEqual(self.subscriber.events, [])
            return
        for number, (change, kind, name) in enumerate(changes, 1):
            await self.system.change(change)
            await self.until(lambda: len(self.subscriber.events) >= number)  # noqa: B023
            event = self.subscriber.events[-1]
            self.assertEqual(
                (event.kind, event.name.partition(":")[2] or event.name),
                (
                    kind,
                    name,
                ),
            )
        self.assertEqual(len(self.subscriber.events), len(changes))

    async def test_changes_that_are_refused(self) -> None:
        """Say why, and change nothing."""
        changes: list[tuple[StructureChange, int]] = [
            (CreateDatapoint("F1", self.float_type), 34),
            (CreateDatapoint("N1", "Nope"), TypeNotFoundError.code),
            (DeleteDatapoint("Nope"), DatapointNotFoundError.code),
            (RenameDatapoint("Nope", "N1"), DatapointNotFoundError.code),
            (DeleteType("Nope"), TypeNotFoundError.code),
        ]
        before = await self.system.names(compile_pattern("*"), None)
        for change, code in changes:
            error = await self.refusal(self.system.change(change))
            expected = code if STRUCTURE in self.can else IllegalCallError.code
            self.assertEqual(error.code, expected, error.message)
        after = await self.system.names(compile_pattern("*"), None)
        self.assertEqual(sorted(after), sorted(before))

    # The end

    async def test_a_stop_while_something_waits(self) -> None:
        """Every waiting caller gets an error; the stop itself succeeds."""
        waiting = await self.keep_waiting()
        await self.system.stop()
        error = await self.refusal(waiting)
        self.assertTrue(error.message)


class DistantContract(SystemContract):
    """A system that is elsewhere, and may be away."""

    async def part(self) -> None:
        """Break the connection to what is behind the system."""
        raise NotImplementedError

    async def meet(self) -> None:
        """Let the connection come back."""
        raise NotImplementedError

    async def test_while_it_is_away(self) -> None:
        """What is watched is invalid and has its last value; all else is error 39."""
        system, name = self.system, self.name("F2.", "_online.._value")
        invalid = self.name("F2.", "_online.._invalid")
        await system.watch([name, invalid])
        rows = Subscriber()
        request = self.query_of("SELECT '_online.._value' FROM 'F*.'")
        await system.query_connect(request, rows)
        self.reported()
        await self.part()
        await self.until(lambda: self.subscriber.changes)
        self.assertTrue(any(one.get(invalid) for one in self.reported()))
        self.assertEqual(await system.get([name, invalid]), [2.5, True])
        [unknown] = await system.get([self.name("A.s")])
        assert isinstance(unknown, OagwError)
        errors = [unknown, *await system.get([name], 0.0)]
        settings = [NewValue(self.name("F1."), 1)]
        new = self.query_of("SELECT '_online.._stime' FROM 'F*.'")
        for asked in (
            system.watch([self.name("F1."), self.name("A.s")]),
            system.set(SetRequest(settings, "anna"), True),
            system.query(request),
            system.query_connect(new, Subscriber()),
            system.names(compile_pattern("*"), None),
            system.types(compile_pattern("*"), True),
            system.definition(self.float_type, False),
            system.aliases(compile_pattern("*"), lambda alias: True),
        ):
            errors.append(await self.refusal(asked))
        for error in errors:
            if isinstance(error, NamesRefusedError):
                error = error.first
            assert isinstance(error, ConnectionBrokenError), error
            self.assertIn(system.name, error.message)
        await self.meet()
        await self.until(lambda: self.subscriber.changes)
        self.assertEqual(await system.get([name, invalid]), [2.5, False])
        self.reported()
        await self.set({"F2.": 7})
        self.assertIn(name, {one for each in self.reported() for one in each})
        self.assertEqual(rows.rows[-1], [[f"{system.name}:F2.", 7.0]])
