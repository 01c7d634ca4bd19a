"""Random queries over random plants: the planner finds what a naive search finds, and a
live query's table with all that it tells is what the same query finds anew."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    DeleteDatapoint,
    RenameDatapoint,
    StructureChange,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.patterns import Pattern, compile_pattern
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.queries import (
    queryscan as scan,
)
from oagw.plant.queries import (
    selection,
)
from oagw.query.resultrows import Row
from oagw.systems.slicerunner import SliceRunner
from tests.systems.bench import Bench, Told, request

PLANT = """
[types]
One = "float"
_Text = "string"
[types.Two]
a = "float"
b = "string"
[types.Two.c]
a = "bool"
t = "time"
[types.Three]
a = "int"
d = "string"

[datapoints]
One = ["A1", "B1"]
_Text = ["_I1"]
Two = ["A2", "B2", "AB"]
Three = ["A3", "x"]
"""
NAMES = ["A1", "B1", "_I1", "A2", "B2", "AB", "A3", "x", "new", "A9", "_I9"]
TYPES = ["One", "_Text", "Two", "Three"]
PATHS = ["", "a", "b", "c.a", "c.t", "d"]
_TURN = 1e-6

#: Whether a row fits; None if a comparison cannot be made.
Truth = bool | None
Judge = Callable[[Element], Truth]


@dataclass(frozen=True)
class Where:
    """A condition as a text, and an independent test whether an element fits."""

    text: str
    judge: Judge


def value_of(element: Element) -> Any:
    return element.sample.value


def _keyword(
    name: str, of: Callable[[Element], str], values: list[str]
) -> st.SearchStrategy[Where]:
    equal = st.sampled_from(values).map(
        lambda value: Where(f'{name} = "{value}"', lambda element: of(element) == value)
    )
    unequal = st.sampled_from(values).map(
        lambda value: Where(f"{name} <> '{value}'", lambda element: of(element) != value)
    )
    among = st.lists(st.sampled_from(values), min_size=1, max_size=3).map(
        lambda some: Where(
            f"{name} IN ({','.join(repr(one) for one in some)})",
            lambda element: of(element) in some,
        )
    )
    like = st.tuples(st.booleans(), st.sampled_from(values), st.integers(0, 2)).map(
        lambda found: _like(name, of, *found)
    )
    return st.one_of(equal, unequal, among, like)


def _like(
    name: str, of: Callable[[Element], str], negated: bool, value: str, cut: int
) -> Where:
    text = value[:cut] + "*"
    expected = value[:cut]
    return Where(
        f'{name} {"NOT " if negated else ""}LIKE "{text}"',
        lambda element: of(element).startswith(expected) != negated,
    )


def _number(found: tuple[str, int]) -> Where:
    operator, number = found
    compare: Callable[[Any], bool] = {
        "<": lambda value: value < number,
        ">=": lambda value: value >= number,
        "==": lambda value: value == number,
        "!=": lambda value: value != number,
    }[operator]

    def judge(element: Element) -> Truth:
        if element.type is ElementType.TIME:
            return bool(compare(value_of(element) // 1_000_000))
        if element.type is not ElementType.STRING:
            return bool(compare(value_of(element)))
        # Texts equal numbers that look like them, and have no order with them.
        if operator in ("<", ">="):
            return None
        return bool((value_of(element) == str(number)) == (operator == "=="))

    return Where(f"'_online.._value' {operator} {number}", judge)


def _text(found: tuple[str, str]) -> Where:
    operator, text = found

    def judge(element: Element) -> Truth:
        value = value_of(element)
        if element.type is ElementType.STRING:
            return bool(value < text if operator == "<" else value == text)
        # A text that is a number is one.
        if element.type is ElementType.TIME or text != "1":
            return None
        return bool(value < 1 if operator == "<" else value == 1)

    return Where(f"'_online.._value' {operator} \"{text}\"", judge)


def _userbit(wanted: bool) -> Where:
    return Where(
        f"'_original.._userbit1' == {wanted}",
        lambda element: bool(element.sample.status >> 24 & 1) == wanted,
    )


def _alias(element: Element) -> str:
    return str(element.stored("_common").get("_alias", ""))


ATOMS = st.one_of(
    _keyword("_DPT", lambda element: element.datapoint.dp_type.name, TYPES),
    _keyword("_DP", lambda element: element.datapoint.name, NAMES),
    _keyword("_EL", lambda element: element.node.path, PATHS),
    _keyword("_ALIAS", _alias, ["", "one", "two"]),
    st.sampled_from(["FLOAT", "STRING", "BOOL", "INT", "TIME"]).map(
        lambda name: Where(
            f"_ELC == DPEL_{name}", lambda element: element.type is ElementType[name]
        )
    ),
    st.tuples(st.sampled_from(["<", ">=", "==", "!="]), st.integers(0, 3)).map(_number),
    st.tuples(st.sampled_from(["<", "=="]), st.sampled_from(["a", "1", "b"])).map(_text),
    st.booleans().map(_userbit),
)


def _negated(one: Where) -> Where:
    def judge(element: Element) -> Truth:
        found = one.judge(element)
        return None if found is None else not found

    return Where(f"NOT ({one.text})", judge)


def _joined(found: tuple[list[Where], bool]) -> Where:
    parts, is_or = found

    def judge(element: Element) -> Truth:
        truths = [part.judge(element) for part in parts]
        if is_or in truths:
            return is_or
        return None if None in truths else not is_or

    word = " OR " if is_or else " AND "
    return Where(word.join(f"({part.text})" for part in parts), judge)


WHERES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(_negated),
        st.tuples(st.lists(inner, min_size=2, max_size=3), st.booleans()).map(_joined),
    ),
    max_leaves=5,
)
PATTERNS = st.sampled_from(
    [
        "*.**",
        "*",
        "A*.**",
        "*2.**",
        "*.a",
        "*.c.*",
        "A2.**",
        "{A1,B1}.",
        "{A2,x}.{a,b}",
        "_*.",
        "?1.",
        "*B.**",
        "_I1.",
        "{*.a,A*.b}",
        "new.**",
        "{x.a,B2.{b,a},A2.a,B1.,A1.}",
        "{x,B2,AB,A2,A1}.a",
    ]
)


@dataclass(frozen=True)
class Asked:
    """A query, and what it means."""

    text: str
    pattern: str
    where: Where | None


def _asked(found: tuple[str, Where | None]) -> Asked:
    pattern, where = found
    text = f"SELECT '_online.._value','_online.._stime' FROM '{pattern}'"
    return Asked(text if where is None else f"{text} WHERE {where.text}", pattern, where)


#: An alias leads to few of what FROM means, and to others later.
_BY_ALIAS = st.tuples(
    st.sampled_from(["*.**", "A*.**", "{*1.,*.a}"]),
    _keyword("_ALIAS", _alias, ["one", "two"]),
)
QUERIES = st.one_of(st.tuples(PATTERNS, st.one_of(st.none(), WHERES)), _BY_ALIAS).map(
    _asked
)

#: No element has an alias until it is set.
_ALIASES = st.dictionaries(
    st.tuples(
        st.sampled_from(["A1", "B1", "A2", "x"]),
        st.sampled_from(["", "a"]),
        st.just("_common.._alias"),
    ),
    st.sampled_from(["one", "two", ""]),
    min_size=1,
    max_size=2,
)
_values = st.one_of(st.integers(0, 3), st.sampled_from(["a", "1", "b"]), st.booleans())
SETS = st.dictionaries(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(PATHS),
        st.sampled_from(["_original.._value", "_original.._userbit1", "_common.._alias"]),
    ),
    st.one_of(_values, st.sampled_from(["one", "two", ""])),
    min_size=1,
    max_size=3,
)
_names = st.sampled_from(NAMES)
FLOAT, STRING = ElementType.FLOAT, ElementType.STRING
CHANGES: st.SearchStrategy[StructureChange] = st.one_of(
    st.builds(CreateDatapoint, _names, st.sampled_from(TYPES)),
    st.builds(DeleteDatapoint, _names),
    st.builds(RenameDatapoint, _names, _names),
    st.sampled_from(
        [
            TypeNode("Three", ElementType.STRUCT, 0, children)
            for children in (
                (TypeNode("a", ElementType.INT), TypeNode("b", FLOAT)),
                (TypeNode("a", STRING), TypeNode("d", STRING)),
                (TypeNode("d", STRING),),
            )
        ]
    ).map(lambda root: ChangeType(root, {})),
)
STEPS = st.lists(st.one_of(SETS, _ALIASES, CHANGES), max_size=12)


class Plant:
    """A bench that random steps change."""

    def __init__(self, directory: str, slices: SliceRunner | None = None) -> None:
        self.bench = Bench(Path(directory), PLANT)
        if slices is not None:
            self.bench.slices = slices
        self.system = self.bench.system

    def do(self, step: dict[tuple[str, str, str], object] | StructureChange) -> None:
        """Change something; what is refused changes nothing."""
        if isinstance(step, dict):
            settings_ = [
                NewValue(f"System1:{name}.{path}:{attribute}", value)
                for (name, path, attribute), value in step.items()
            ]
            done: Deferred[Any] = self.system.set(SetRequest(settings_, "anna"), False)
        else:
            done = self.system.change(step)
        done.addErrback(lambda failure: failure.trap(OagwError, NamesRefusedError))
        self.bench.clock.advance(0.001)

    def leaves(self, pattern: Pattern) -> Iterator[Element]:
        """All elements with a value, in the order of a query's answer."""
        names = [one.literal for one in pattern.alternatives]

        def place(datapoint: Datapoint) -> int:
            if None in names:
                return datapoint.number
            return (*names, datapoint.name).index(datapoint.name)

        for datapoint in sorted(self.system.plant.datapoints.values(), key=place):
            for element in datapoint.elements:
                if element.type.holds_value:
                    yield element

    def naive(self, asked: Asked) -> dict[str, Any] | None:
        """The rows by name, found without any index; None if one cannot be decided.

        They stand in the order of an answer.
        """
        pattern = compile_pattern(asked.pattern)
        where = "" if asked.where is None else asked.where.text
        widens = re.search("_EL|_ELC", where) is not None
        internal = _asks_for_internal(asked.where)
        found: dict[str, Any] = {}
        for element in self.leaves(pattern):
            name, path = element.datapoint.name, element.node.path
            if not any(
                (name[:1] != "_" or one.internal or internal)
                and one.datapoint.fullmatch(name)
                and (one.matches_element(path) or (widens and not one.has_element))
                for one in pattern.alternatives
            ):
                continue
            fits = asked.where is None or asked.where.judge(element)
            if fits is None:
                return None
            if fits:
                value = value_of(element)
                if element.type is ElementType.TIME:
                    value //= 1_000_000
                found[f"System1:{element.name}"] = [
                    value,
                    element.sample.stime // 1_000_000,
                ]
        return found


def _asks_for_internal(where: Where | None) -> bool:
    """Whether one of the conditions that must hold names what is internal."""
    if where is None:
        return False
    text = where.text
    while _is_whole(text) and text.startswith("("):
        text = text[1:-1]
    parts = _split(text, " AND ")
    if len(parts) > 1:
        return any(_asks_for_internal(Where(part, where.judge)) for part in parts)
    return re.match(r"(?:_DPT|_DP) (?:=|IN|LIKE) ?\(?.*['\"]_", text) is not None


def _is_whole(text: str) -> bool:
    """Whether the parentheses at both ends belong together."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and at < len(text) - 1:
            return False
    return True


def _split(text: str, word: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and text.startswith(word, at):
            parts.append(text[start:at])
            start = at + len(word)
    return [*parts, text[start:]]


def by_name(rows: list[Row]) -> dict[str, Any]:
    return {str(row[0]): row[1:] for row in rows}


def settle(told: Told, table: dict[str, Any]) -> None:
    """Apply the reported changes to a table."""
    for rows, gone in zip(told.rows, told.gone, strict=True):
        for name in gone:
            table.pop(name)
        table.update(by_name(rows))
    told.clear()


_SETTINGS = settings(
    deadline=None, max_examples=120, suppress_health_check=list(HealthCheck)
)


class AnyQueryTests(SynchronousTestCase):
    timeout = 600

    def setUp(self) -> None:
        # A small plant takes the ways of a large one.
        self.patch(selection, "_MANY", 1)

    def check(self, plant: Plant, asked: Asked) -> dict[str, Any] | None:
        """One query now, by the planner and without it."""
        expected = plant.naive(asked)
        pending = plant.system.query(request(asked.text))
        if expected is None:
            self.assertEqual(self.failureResultOf(pending, OagwError).value.code, 11)
            return None
        found = self.successResultOf(pending)
        self.assertEqual(by_name(found.rows), expected, asked.text)
        self.assertEqual([row[0] for row in found.rows], list(expected), asked.text)
        self.assertEqual(found.count, len(expected))
        return expected

    @given(STEPS, st.lists(QUERIES, min_size=1, max_size=6))
    @_SETTINGS
    def test_the_planner_finds_what_a_naive_search_finds(
        self, steps: list[Any], queries: list[Asked]
    ) -> None:
        """Over any plant, by whichever way."""
        with tempfile.TemporaryDirectory() as directory:
            plant = Plant(directory)
            for step in steps:
                plant.do(step)
            for asked in queries:
                self.check(plant, asked)

    @given(STEPS, st.lists(QUERIES, min_size=1, max_size=4))
    @_SETTINGS
    def test_live_tables_follow(self, steps: list[Any], queries: list[Asked]) -> None:
        """The first table with all reported changes equals the result of a new query."""
        with tempfile.TemporaryDirectory() as directory:
            plant = Plant(directory)
            live: list[tuple[Asked, Told, dict[str, Any]]] = []
            for asked in queries:
                told = Told()
                pending = plant.system.query_connect(request(asked.text), told)
                if plant.naive(asked) is None:
                    self.assertFalse(hasattr(pending.result, "rows"), asked.text)
                    self.failureResultOf(pending, OagwError)
                else:
                    live.append((asked, told, by_name(self.successResultOf(pending).rows)))
            for step in steps:
                plant.do(step)
                for asked, told, table in live:
                    self.assertLessEqual(len(told.rows), 1)
                    if told.ended:
                        continue
                    settle(told, table)
                    expected = self.check(plant, asked)
                    if expected is not None:
                        self.assertEqual(table, expected, asked.text)

    @given(STEPS, QUERIES, st.integers(0, 4))
    @_SETTINGS
    def test_slices_find_what_is_there_in_the_end(
        self, steps: list[Any], asked: Asked, few: int
    ) -> None:
        """For any changes between the slices."""
        self.patch(scan, "_SLICE", 1)
        with tempfile.TemporaryDirectory() as directory:
            plant = Plant(directory)
            slices = SliceRunner(plant.bench.clock, turn=0, pause=_TURN)
            plant.bench.slices = slices
            plant.bench.kill()
            plant.bench.open()
            plant.system = plant.bench.system
            told = Told()
            pending = plant.system.query_connect(request(asked.text), told)
            once = plant.system.query(request(asked.text))
            first = plant.system.query(request(f"{asked.text} FIRST {few}"))
            limited = plant.system.query(request(asked.text, max_rows=few))
            asking = (pending, once, first, limited)
            for step in steps:
                if any(one.called for one in asking):
                    break
                plant.do(step)
            while not all(one.called for one in asking):
                plant.bench.clock.advance(_TURN)
            expected = plant.naive(asked)
            results: list[Any] = []
            for one in asking:
                one.addBoth(results.append)
            if expected is None or told.ended:
                return
            rows = [[name, *values] for name, values in expected.items()]
            for number, found in enumerate(results):
                if not hasattr(found, "rows"):
                    # It could not be decided while something else was there.
                    self.assertEqual(found.value.code, 11)
                elif number == 2:
                    self.assertEqual(found.rows[:few], rows[:few], asked.text)
                elif number == 3:
                    self.assertEqual(found.count, len(rows), asked.text)
                    if len(rows) <= few:
                        self.assertEqual(found.rows, rows, asked.text)
                else:
                    self.assertEqual(found.rows, rows, asked.text)
