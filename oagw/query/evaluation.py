"""A condition, made ready for the elements at one place of a type.

What is known there already (type, path, system) is decided once; what is left reads
attributes. A comparison that cannot be made counts only where nothing else decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from oagw.errors import ConversionError, OagwError
from oagw.model.dptypes import ElementType
from oagw.query.comparing import Check, check_of, like_pattern, pair_check
from oagw.query.elementtypes import find_type, unknown_type
from oagw.query.subject import Place, Subject
from oagw.query.tree import (
    All,
    AnyOf,
    Column,
    Comparison,
    Condition,
    Constant,
    Keyword,
    Literal,
    Not,
    Operand,
    Operator,
)

#: The number of an element type.
_ELEMENT_TYPE = re.compile(r"\s*\d{1,9}\s*")
#: Whether a subject fits.
Test: TypeAlias = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class Undecided:
    """What has to be read of each element.

    :ivar may_fail: it has comparisons that cannot be made.
    """

    test: Test
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Impossible:
    """A comparison that cannot be made, and why."""

    error: OagwError


#: What a condition is at a place: decided, to be read, or an error.
Decision: TypeAlias = bool | Undecided | Impossible


def decide(condition: Condition, place: Place) -> Decision:
    """Make a condition ready for a place."""
    match condition:
        case Constant(value):
            return value
        case Comparison():
            return _comparison(condition, place)
        case Not():
            return _negated(decide(condition.part, place))
        case All():
            return _joined(condition.parts, place, decisive=False)
        case AnyOf():
            return _joined(condition.parts, place, decisive=True)


def _negated(decision: Decision) -> Decision:
    match decision:
        case bool():
            return not decision
        case Undecided(test, may_fail):
            return Undecided(lambda subject: not test(subject), may_fail)
        case Impossible():
            return decision


def _joined(parts: Sequence[Condition], place: Place, *, decisive: bool) -> Decision:
    """AND (a False decides) or OR (a True decides)."""
    readings: list[Undecided] = []
    impossible: Impossible | None = None
    for part in parts:
        decision = decide(part, place)
        if decision is decisive:
            return decisive
        if isinstance(decision, Undecided):
            readings.append(decision)
        elif isinstance(decision, Impossible):
            impossible = impossible or decision
    if not readings:
        return impossible or (not decisive)
    tests = [one.test for one in readings]
    if impossible is not None or any(one.may_fail for one in readings):
        return Undecided(_careful(tests, impossible, decisive), may_fail=True)
    if len(tests) == 1:
        return readings[0]
    return Undecided(_plain(tests, decisive))


def _plain(tests: Sequence[Test], decisive: bool) -> Test:
    if len(tests) == 2:
        first, second = tests
        if decisive:
            return lambda subject: first(subject) or second(subject)
        return lambda subject: first(subject) and second(subject)
    if decisive:
        return lambda subject: any(test(subject) for test in tests)
    return lambda subject: all(test(subject) for test in tests)


def _careful(tests: Sequence[Test], impossible: Impossible | None, decisive: bool) -> Test:
    """Fails only if no part decides."""

    def test(subject: Subject) -> bool:
        failed = None if impossible is None else impossible.error
        for one in tests:
            try:
                if one(subject) is decisive:
                    return decisive
            except OagwError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return not decisive

    return test


def raising(impossible: Impossible) -> Test:
    """A test that says why it cannot be made."""

    def test(subject: Subject) -> bool:
        raise impossible.error

    return test


def _comparison(comparison: Comparison, place: Place) -> Decision:
    try:
        return _decided(comparison, place)
    except ConversionError as error:
        shown = _shown(comparison.operand)
        where = f"{place.dp_type.name}.{place.node.path}"
        return Impossible(
            ConversionError(f"'{shown}' at elements '{where}': {error.message}")
        )


def _shown(operand: Operand) -> str:
    return operand.header if isinstance(operand, Column) else operand.value


def _decided(comparison: Comparison, place: Place) -> Decision:
    operand, how = comparison.operand, comparison.operator
    literals = [one for one in comparison.values if isinstance(one, Literal)]
    if len(literals) < len(comparison.values):
        return _pair(comparison, place)
    if isinstance(operand, Keyword):
        constant = place.constant(operand)
        if constant is not None:
            return _constant(operand, constant, how, literals, place)
        if operand is Keyword.DATAPOINT:
            literals = [one for one in literals if _may_be_of(place.system, how, one)]
            if not literals:
                return False
        literals = [spelled(operand, how, one) for one in literals]
    found = place.reader(operand)
    if found is None:
        # What is not there fits nothing.
        return False
    read, kind = found
    check = check_of(kind, how, literals, place.zone)

    def test(subject: Subject) -> bool:
        value = read(subject)
        return value is not None and check(value)

    return Undecided(test)


def _pair(comparison: Comparison, place: Place) -> Decision:
    [other] = comparison.values
    assert not isinstance(other, Literal)
    left, right = place.reader(comparison.operand), place.reader(other)
    if left is None or right is None:
        return False
    check = pair_check(left[1], comparison.operator, right[1])
    read, read_other = left[0], right[0]

    def test(subject: Subject) -> bool:
        first, second = read(subject), read_other(subject)
        return first is not None and second is not None and check((first, second))

    return Undecided(test)


def _constant(
    keyword: Keyword,
    constant: object,
    how: Operator,
    literals: Sequence[Literal],
    place: Place,
) -> bool:
    """A comparison of what all elements at the place have in common."""
    kind, values = ElementType.STRING, (constant,)
    if keyword is Keyword.ELEMENT_TYPE:
        kind, literals = ElementType.INT, [_element_type(one) for one in literals]
    elif keyword is Keyword.LEAF:
        kind = ElementType.BOOL
    elif isinstance(constant, tuple):
        values = constant
    if kind is ElementType.STRING:
        literals = [spelled(keyword, how, one) for one in literals]
    check: Check = check_of(kind, how, literals, place.zone)
    return any(check(value) for value in values)


def _element_type(literal: Literal) -> Literal:
    """``DPEL_FLOAT`` as its number."""
    if not isinstance(literal.value, str):
        return literal
    kind = find_type(literal.value)
    if kind is None:
        if _ELEMENT_TYPE.fullmatch(literal.value):
            return Literal.of(int(literal.value))
        raise ConversionError(unknown_type(literal.value))
    return Literal.of(int(kind))


def _may_be_of(system: str, how: Operator, literal: Literal) -> bool:
    """Whether a name can be that of a datapoint of a system; most names have no system."""
    named = str(literal.value).rpartition(":")[0]
    if not named or how not in (Operator.EQUAL, Operator.IN, Operator.LIKE):
        return True
    if how is Operator.LIKE:
        return like_pattern(named).fullmatch(system) is not None
    return named == system


def spelled(keyword: Operand, how: Operator, literal: Literal) -> Literal:
    """A name as it is compared, without what may be written around it."""
    if not isinstance(literal.value, str):
        return literal
    text = literal.value
    if keyword is Keyword.SYSTEM:
        text = text.removesuffix(":")
    elif keyword is Keyword.ELEMENT:
        text = text.removeprefix(".")
    elif keyword is Keyword.DATAPOINT:
        text = text.rpartition(":")[2].removesuffix(".")
    return Literal.of(text)
