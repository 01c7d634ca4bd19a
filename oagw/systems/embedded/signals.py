"""Signals of simulated elements: pure functions of the time, or of the last value."""

from __future__ import annotations

import math
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from oagw.errors import ConversionError
from oagw.model.dptypes import ElementType
from oagw.model.values import convert

#: The value at a time (s since the epoch); its second argument is the last value.
SignalFunction: TypeAlias = Callable[[float, object], object]
#: Limit of the values in the simulated history of one element.
_MOST_HISTORY = 1_000_000


class SignalError(Exception):
    """The text of a signal is wrong; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A shape with its parameters, from the configuration.

    :ivar every: seconds between two values.
    """

    shape: str
    parameters: Mapping[str, str]
    every: float

    def takes(self, parameter: str) -> bool:
        """Whether the shape has a parameter."""
        return parameter in _KEYS[self.shape]

    def with_parameters(self, parameters: Mapping[str, str]) -> Signal:
        """A copy with more parameters."""
        return replace(self, parameters={**self.parameters, **parameters})

    def function(self, name: str, kind: ElementType) -> SignalFunction:
        """The function of one element; other elements have other phases.

        :raises SignalError: the shape or a bound does not fit the element's type.
        """
        build, kinds = _SHAPES[self.shape]
        if kind not in kinds:
            raise SignalError(f"{self.shape} cannot drive '{name}', a {kind.keyword}")
        try:
            signal = build(_Parameters(self.parameters, name))
        except ValueError as error:
            raise SignalError(str(error)) from error
        for key in ("min", "max"):
            if key in self.parameters and kind in _WHOLE:
                self._check(key, kind)
        if kind in _WHOLE:
            return lambda time, last: round(_number(signal(time, last)))
        return signal

    def _check(self, key: str, kind: ElementType) -> None:
        try:
            convert(round(float(self.parameters[key])), kind)
        except ConversionError as error:
            raise SignalError(f"{key}: {error.message}") from error


_WHOLE = {
    ElementType.CHAR,
    ElementType.UINT,
    ElementType.INT,
    ElementType.LONG,
    ElementType.ULONG,
}
_NUMBERS = {ElementType.FLOAT, *_WHOLE}


def parse_signal(text: str, duration: Callable[[str], float]) -> Signal:
    """Read ``sine min=0 max=100 period=60s every=1s``.

    :param duration: reads a duration in seconds; raises ``ValueError``.
    :raises SignalError: the shape or a parameter is unknown or has a bad value.
    """
    shape, *pieces = text.split() or [""]
    if shape not in _SHAPES:
        raise SignalError(f"'{shape}' is not a signal; there are {', '.join(_SHAPES)}")
    parameters: dict[str, str] = {}
    for piece in pieces:
        key, separator, value = piece.partition("=")
        if not separator or key not in _KEYS[shape]:
            known = ", ".join(sorted(_KEYS[shape]))
            raise SignalError(f"'{piece}' is not a parameter of {shape}; it has {known}")
        parameters[key] = value
    try:
        for key in _DURATIONS & set(parameters):
            parameters[key] = repr(duration(parameters[key]))
        every = float(parameters.pop("every", "1"))
        if every < 0.01:
            raise SignalError("every must be at least 10 ms")
        signal = Signal(shape, parameters, every)
        # Building it once finds wrong values before anything runs.
        _SHAPES[shape][0](_Parameters(parameters, ""))
    except ValueError as error:
        raise SignalError(f"'{text}': {error}") from error
    return signal


def check_history(signals: Mapping[str, Signal], seconds: float, step: float) -> None:
    """Refuse a history that would not fit into memory.

    :raises SignalError: one element would get too many values.
    """
    steps = [max(step, signal.every) for signal in signals.values()]
    if steps and seconds > _MOST_HISTORY * min(steps):
        raise SignalError(
            f"[simulate] history: an element would get more than {_MOST_HISTORY} values; "
            "choose a shorter history or a longer history_step"
        )


class _Parameters:
    """Typed access to the parameters, with a different phase for each element."""

    def __init__(self, parameters: Mapping[str, str], name: str) -> None:
        self._parameters = parameters
        self.seed = zlib.crc32(name.encode())

    def number(self, key: str, default: float) -> float:
        number = float(self._parameters.get(key, default))
        if not math.isfinite(number):
            raise ValueError(f"{key} must be a finite number")
        return number

    def texts(self, key: str, default: str) -> list[str]:
        return self._parameters.get(key, default).split(",")

    def period(self) -> float:
        period = self.number("period", 60)
        if period <= 0:
            raise ValueError("period must be positive")
        return period

    def phase(self) -> float:
        """In periods, 0 to 1."""
        return self.number("phase", (self.seed % 1000) / 1000)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


def _turn(parameters: _Parameters) -> Callable[[float], float]:
    """A function: the position of a time in the period, 0 to 1."""
    period, phase = parameters.period(), parameters.phase()
    return lambda time: (time / period + phase) % 1.0


def _sine(parameters: _Parameters) -> SignalFunction:
    low, high = parameters.number("min", 0), parameters.number("max", 100)
    turn = _turn(parameters)

    def value(time: float, last: object) -> object:
        swing = (1 + math.sin(2 * math.pi * turn(time))) / 2
        return round(low + (high - low) * swing, 3)

    return value


def _ramp(parameters: _Parameters) -> SignalFunction:
    low, high = parameters.number("min", 0), parameters.number("max", 100)
    turn = _turn(parameters)
    return lambda time, last: round(low + (high - low) * turn(time), 3)


def _walk(parameters: _Parameters) -> SignalFunction:
    low, high = parameters.number("min", 0), parameters.number("max", 100)
    step = parameters.number("step", (high - low) / 50)
    chance = random.Random(parameters.seed)

    def value(time: float, last: object) -> object:
        moved = _number(last) + chance.uniform(-step, step)
        return round(min(max(moved, low), high), 3)

    return value


def _square(parameters: _Parameters) -> SignalFunction:
    turn, duty = _turn(parameters), parameters.number("duty", 0.5)
    return lambda time, last: turn(time) < duty


def _counter(parameters: _Parameters) -> SignalFunction:
    step, limit = (
        int(parameters.number("step", 1)),
        int(parameters.number("max", 2**31 - 1)),
    )

    def value(time: float, last: object) -> object:
        following = int(_number(last)) + step
        return following if following <= limit else 0

    return value


def _cycle(parameters: _Parameters) -> SignalFunction:
    turn, texts = _turn(parameters), parameters.texts("values", "off,on")
    return lambda time, last: texts[int(turn(time) * len(texts)) % len(texts)]


_TIMING = {"period", "phase", "every"}
_DURATIONS = {"period", "every"}
_SHAPES: Mapping[str, tuple[Callable[[_Parameters], SignalFunction], set[ElementType]]] = {
    "sine": (_sine, _NUMBERS),
    "ramp": (_ramp, _NUMBERS),
    "walk": (_walk, _NUMBERS),
    "square": (_square, {ElementType.BOOL}),
    "counter": (_counter, _NUMBERS),
    "cycle": (_cycle, {ElementType.STRING}),
}
_KEYS = {
    "sine": {"min", "max"} | _TIMING,
    "ramp": {"min", "max"} | _TIMING,
    "walk": {"min", "max", "step", "every"},
    "square": {"duty"} | _TIMING,
    "counter": {"step", "max", "every"},
    "cycle": {"values"} | _TIMING,
}
