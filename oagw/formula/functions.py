"""The functions of formulas, with the vendor's names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oagw.formula.checks import (
    FormulaError,
    bit_number,
    fit,
    members,
    number,
    short,
    text,
    whole,
)
from oagw.model.values import Value


@dataclass(frozen=True, slots=True)
class FormulaFunction:
    """A function and how many arguments it takes; no ``most`` is any number of them."""

    name: str
    least: int
    most: int | None
    call: Callable[..., Value]

    @property
    def takes(self) -> str:
        """The number of arguments in words."""
        if self.most is None:
            return f"{self.least} arguments or more"
        if self.most > self.least:
            return f"{self.least} or {self.most} arguments"
        return "1 argument" if self.most == 1 else f"{self.most} arguments"


def _real(name: str, count: int, compute: Callable[..., float]) -> FormulaFunction:
    """A function of floats; outside of its domain it is an error."""

    def call(*arguments: Value) -> Value:
        floats = [float(number(name, argument)) for argument in arguments]
        try:
            return fit(float(compute(*floats)))
        except (ValueError, OverflowError) as error:
            shown = ", ".join(map(repr, floats))
            raise FormulaError(f"{name}({shown}) has no result") from error

    return FormulaFunction(name, count, count, call)


def _abs(value: Value) -> Value:
    return fit(abs(number("abs", value)))


def _extreme(
    name: str, choose: Callable[[list[int | float]], int | float], values: Sequence[Value]
) -> Value:
    numbers = _numbers(name, values)
    chosen = choose(numbers)
    mixed = any(type(one) is float for one in numbers)
    return fit(float(chosen) if mixed else int(chosen))


def _numbers(name: str, values: Sequence[Value]) -> list[int | float]:
    if not values:
        raise FormulaError(f"{name} of an empty list")
    return [number(name, one) for one in values]


def _min(*arguments: Value) -> Value:
    return _extreme("min", min, arguments)


def _max(*arguments: Value) -> Value:
    return _extreme("max", max, arguments)


def _dyn_min(value: Value) -> Value:
    return _extreme("dynMin", min, members("dynMin", value))


def _dyn_max(value: Value) -> Value:
    return _extreme("dynMax", max, members("dynMax", value))


def _get_bit(value: Value, bit: Value) -> Value:
    return bool(whole("getBit", value) >> bit_number("getBit", bit) & 1)


def _strlen(value: Value) -> Value:
    return len(text("strlen", value))


def _substr(value: Value, start: Value, count: Value | None = None) -> Value:
    begin = _index("substr", start)
    length = None if count is None else begin + _index("substr", count)
    return text("substr", value)[begin:length]


def _strpos(value: Value, wanted: Value, start: Value = 0) -> Value:
    begin = _index("strpos", start)
    return text("strpos", value).find(text("strpos", wanted), begin)


def _index(name: str, value: Value) -> int:
    index = whole(name, value)
    if index < 0:
        raise FormulaError(f"{name} counts from 0, not from {index}")
    return index


def _strtolower(value: Value) -> Value:
    return short(text("strtolower", value).lower())


def _strtoupper(value: Value) -> Value:
    return short(text("strtoupper", value).upper())


def _strltrim(value: Value, characters: Value | None = None) -> Value:
    chosen = None if characters is None else text("strltrim", characters)
    return text("strltrim", value).lstrip(chosen)


def _strrtrim(value: Value, characters: Value | None = None) -> Value:
    chosen = None if characters is None else text("strrtrim", characters)
    return text("strrtrim", value).rstrip(chosen)


def _dynlen(value: Value) -> Value:
    return len(members("dynlen", value))


def _dyn_sum(value: Value) -> Value:
    return fit(sum(number("dynSum", one) for one in members("dynSum", value)))


def _dyn_avg(value: Value) -> Value:
    numbers = _numbers("dynAvg", members("dynAvg", value))
    return fit(sum(numbers) / len(numbers))


def _dyn_contains(value: Value, wanted: Value) -> Value:
    """The place of a member, counted from 1; 0 if it is none."""
    listed = members("dynContains", value)
    return listed.index(wanted) + 1 if wanted in listed else 0


#: The functions by name.
FUNCTIONS: dict[str, FormulaFunction] = {
    function.name: function
    for function in (
        FormulaFunction("abs", 1, 1, _abs),
        FormulaFunction("min", 2, None, _min),
        FormulaFunction("max", 2, None, _max),
        FormulaFunction("getBit", 2, 2, _get_bit),
        _real("fabs", 1, math.fabs),
        _real("pow", 2, math.pow),
        _real("sqrt", 1, math.sqrt),
        _real("exp", 1, math.exp),
        _real("log", 1, math.log),
        _real("log10", 1, math.log10),
        _real("sin", 1, math.sin),
        _real("cos", 1, math.cos),
        _real("tan", 1, math.tan),
        _real("asin", 1, math.asin),
        _real("acos", 1, math.acos),
        _real("atan", 1, math.atan),
        _real("atan2", 2, math.atan2),
        _real("sinh", 1, math.sinh),
        _real("cosh", 1, math.cosh),
        _real("tanh", 1, math.tanh),
        _real("deg2rad", 1, math.radians),
        _real("rad2deg", 1, math.degrees),
        _real("floor", 1, math.floor),
        _real("ceil", 1, math.ceil),
        _real("fmod", 2, math.fmod),
        FormulaFunction("strlen", 1, 1, _strlen),
        FormulaFunction("substr", 2, 3, _substr),
        FormulaFunction("strpos", 2, 3, _strpos),
        FormulaFunction("strtolower", 1, 1, _strtolower),
        FormulaFunction("strtoupper", 1, 1, _strtoupper),
        FormulaFunction("strltrim", 1, 2, _strltrim),
        FormulaFunction("strrtrim", 1, 2, _strrtrim),
        FormulaFunction("dynlen", 1, 1, _dynlen),
        FormulaFunction("dynSum", 1, 1, _dyn_sum),
        FormulaFunction("dynAvg", 1, 1, _dyn_avg),
        FormulaFunction("dynMin", 1, 1, _dyn_min),
        FormulaFunction("dynMax", 1, 1, _dyn_max),
        FormulaFunction("dynContains", 2, 2, _dyn_contains),
    )
}
