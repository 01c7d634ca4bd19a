"""A formula compiled to a tree of closures, so that evaluation needs no lookups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from oagw.formula.checks import fit, short, truth
from oagw.formula.expressions import (
    Call,
    Chain,
    Choice,
    FormulaLiteral,
    Node,
    Parameter,
    Prefix,
)
from oagw.formula.operators import INFIX, PREFIX
from oagw.formula.syntax import parse
from oagw.model.values import Value

_Run: TypeAlias = Callable[[Sequence[Value]], Value]


@dataclass(frozen=True, slots=True)
class Formula:
    """The formula of a datapoint function.

    :ivar text: the source text.
    :ivar parameters: the numbers of the parameters that it uses, counted from 1.
    """

    text: str
    parameters: frozenset[int]
    _run: _Run = field(repr=False, compare=False)

    def evaluate(self, values: Sequence[Value]) -> Value:
        """Return the result for the parameter values; the first value is p1.

        :param values: as many values as the formula has parameters.
        :raises FormulaError: there is no result for these values.
        """
        result = self._run(values)
        if type(result) is float:
            return fit(result)
        return short(result) if type(result) is str else result


def compile_formula(text: str, parameter_count: int) -> Formula:
    """Compile the text of a formula.

    :param parameter_count: the number of parameters, which is the number of the last one.
    :raises SyntaxFaultError: with the position, what was found there and what is expected.
    """
    tree, parameters = parse(text, parameter_count)
    return Formula(text, parameters, _compile(tree))


def _compile(node: Node) -> _Run:
    match node:
        case FormulaLiteral(value):
            return lambda values: value
        case Parameter(number):
            return itemgetter(number - 1)
        case Prefix(symbol, operand):
            return _prefix(symbol, _compile(operand))
        case Chain(first, rest):
            return _chain(
                _compile(first), [(symbol, _compile(one)) for symbol, one in rest]
            )
        case Choice(branches, otherwise):
            return _choice(
                [(_compile(condition), _compile(then)) for condition, then in branches],
                _compile(otherwise),
            )
        case Call(function, arguments):
            return _call(function.call, [_compile(argument) for argument in arguments])


def _prefix(symbol: str, operand: _Run) -> _Run:
    apply = PREFIX[symbol]
    return lambda values: apply(operand(values))


def _chain(first: _Run, rest: list[tuple[str, _Run]]) -> _Run:
    symbol, second = rest[0]
    if symbol in ("&&", "||"):
        return _logic(symbol == "||", [first, *(operand for _, operand in rest)])
    apply = INFIX[symbol]
    if len(rest) == 1:
        return lambda values: apply(first(values), second(values))
    steps = [(INFIX[symbol], operand) for symbol, operand in rest]

    def run(values: Sequence[Value]) -> Value:
        result = first(values)
        for apply, operand in steps:
            result = apply(result, operand(values))
        return result

    return run


def _logic(decisive: bool, operands: list[_Run]) -> _Run:
    """Compile ``||`` or ``&&``; the first decisive operand ends the evaluation."""

    def run(values: Sequence[Value]) -> Value:
        for operand in operands:
            if truth(operand(values)) is decisive:
                return decisive
        return not decisive

    return run


def _choice(branches: list[tuple[_Run, _Run]], otherwise: _Run) -> _Run:
    def run(values: Sequence[Value]) -> Value:
        for condition, then in branches:
            if truth(condition(values)):
                return then(values)
        return otherwise(values)

    return run


def _call(function: Callable[..., Value], arguments: list[_Run]) -> _Run:
    if len(arguments) == 1:
        (argument,) = arguments
        return lambda values: function(argument(values))
    return lambda values: function(*[argument(values) for argument in arguments])
