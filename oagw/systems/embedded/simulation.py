"""The simulated plant: drives elements with signals, now and in a made-up past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import NamesRefusedError
from oagw.interfaces import IArchive, SetRequest, Setting
from oagw.model import status
from oagw.model.dptypes import BY_KEYWORD, ElementType
from oagw.model.patterns import compile_pattern
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS, NS_PER_S
from oagw.model.values import convert
from oagw.systems.embedded.plant import Element
from oagw.systems.embedded.signals import Signal, SignalError, SignalFunction
from oagw.systems.embedded.system import EmbeddedSystem

#: Who sets the simulated values.
SIMULATION = "_simulation"

_CHUNK = 10_000
#: Seconds from a change of the datapoints until the signals are given out anew.
_REFRESH = 1.0
_log = Logger()


@dataclass(frozen=True, slots=True)
class _Driven:
    """A simulated element; ``name`` is the complete name of its value."""

    element: Element
    name: str
    kind: ElementType
    every: float
    signal: SignalFunction


class Simulation:
    """Sets the elements that the configuration names.

    An element that somebody else has set is left alone for ``hold`` seconds, so that
    what a client sets can be seen; then the signal goes on. This is told from the
    value's own user and time, so it holds over a restart.

    :param signals: signal by pattern of elements; a later one wins.
    :raises SignalError: a signal does not fit an element that its pattern names.
    """

    def __init__(
        self,
        system: EmbeddedSystem,
        signals: Mapping[str, Signal],
        hold: float,
        clock: IReactorTime,
    ) -> None:
        self._system = system
        self._signals = signals
        self._hold = int(hold * NS_PER_S)
        self._clock = clock
        self._user = system.user_number(SIMULATION)
        self._driven: list[_Driven] = []
        self._left_out: set[str] = set()
        self._loops: list[LoopingCall] = []
        self._refresh: IDelayedCall | None = None
        self._select()

    def _select(self) -> None:
        self._driven = list(_select(self._system, self._signals))
        self._system.keep_history([driven.element for driven in self._driven])

    def start(self) -> None:
        """Begin to set values: one atomic set for all elements of the same pace."""
        self._system.on_structure.append(self._structure_changed)
        self._start_loops()

    def _start_loops(self) -> None:
        by_pace: dict[float, list[_Driven]] = {}
        for driven in self._driven:
            by_pace.setdefault(driven.every, []).append(driven)
        for pace, group in by_pace.items():
            loop = LoopingCall(self._step, group)
            loop.clock = self._clock
            self._loops.append(loop)
            loop.start(pace, now=False).addErrback(self._broken)

    def stop(self) -> None:
        """Leave the elements alone from now on."""
        if self._structure_changed in self._system.on_structure:
            self._system.on_structure.remove(self._structure_changed)
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        self._stop_loops()

    def _stop_loops(self) -> None:
        for loop in self._loops:
            if loop.running:
                loop.stop()
        self._loops.clear()

    def _structure_changed(self) -> None:
        """Datapoints have come or gone: see soon, and once for many, what there is now."""
        if self._refresh is None:
            self._refresh = self._clock.callLater(_REFRESH, self._begin_anew)

    def _begin_anew(self) -> None:
        self._refresh = None
        self._stop_loops()
        self._left_out.clear()
        try:
            self._select()
        except SignalError as error:
            _log.error("the simulation has stopped: {error}", error=error)
            return
        self._start_loops()

    async def make_history(self, archive: IArchive, seconds: float, step: float) -> int:
        """Fill the archive with the last ``seconds``; returns the number of values.

        Only elements that were never set get a history. Their present values follow on
        from it, so that a walk or a counter does not jump.

        :param step: seconds between two values of an element.
        """
        now = self._clock.seconds()
        count = 0
        unset = [driven for driven in self._driven if not driven.element.sample.stime]
        for group in _grouped(unset, max(1, int(_CHUNK * step / (seconds or 1)))):
            # A start that was killed here may have archived it, and not more.
            earlier = [
                await archive.read(driven.element.number, LAST, LAST, 1, 2)
                for driven in group
            ]
            past = [
                [] if found else self._past(driven, now - seconds, now, step)
                for driven, found in zip(group, earlier, strict=True)
            ]
            samples = [
                (driven.element.number, sample)
                for driven, samples in zip(group, past, strict=True)
                for sample in samples
            ]
            await archive.append(samples, True)
            count += len(samples)
            # Only now: an element that has a value counts as one that has its history.
            settings = [
                Setting(driven.name, (samples or found)[-1].value)
                for driven, samples, found in zip(group, past, earlier, strict=True)
                if samples or found
            ]
            self._system.initialize(SetRequest(settings, SIMULATION, _ms(now)))
        return count

    def _past(
        self, driven: _Driven, first: float, last: float, step: float
    ) -> list[Sample]:
        step = max(step, driven.every)
        value = driven.element.sample.value
        samples = []
        for number in range(int((last - first) / step)):
            time = first + number * step
            value = convert(driven.signal(time, value), driven.kind)
            samples.append(Sample(value, _ms(time), status.NORMAL, self._user))
        return samples

    def _step(self, group: Sequence[_Driven]) -> None:
        time = self._clock.seconds()
        settings = [
            Setting(driven.name, driven.signal(time, driven.element.sample.value))
            for driven in group
            if not self._held(driven.element.sample, time)
            and driven.name not in self._left_out
        ]
        if settings:
            done = self._system.set(SetRequest(settings, SIMULATION), wait=False)
            done.addErrback(self._refused)

    def _held(self, sample: Sample, time: float) -> bool:
        if sample.user == self._user or not sample.stime:
            return False
        # Also ahead, for a client's clock may be fast.
        return abs(int(time * NS_PER_S) - sample.stime) < self._hold

    def _refused(self, failure: Failure) -> None:
        refused = failure.value
        if isinstance(refused, NamesRefusedError):
            # Deleted, locked or out of its range: the others go on.
            for name, error in refused.errors.items():
                self._left_out.add(name)
                _log.warn("no longer simulated: {error}", error=error.message)
            return
        _log.error("the simulation pauses: {error}", error=failure.getErrorMessage())

    def _broken(self, failure: Failure) -> None:
        _log.failure("the simulation has stopped", failure)


def _grouped(driven: Sequence[_Driven], size: int) -> Iterator[Sequence[_Driven]]:
    for start in range(0, len(driven), size):
        yield driven[start : start + size]


def _ms(time: float) -> int:
    """A time in ns that is a whole number of ms."""
    return int(time * 1000) * NS_PER_MS


def _select(system: EmbeddedSystem, signals: Mapping[str, Signal]) -> Iterator[_Driven]:
    chosen: dict[Element, Signal] = {}
    by_type: dict[ElementType, Signal] = {}
    for pattern, signal in signals.items():
        if pattern in BY_KEYWORD:
            by_type[BY_KEYWORD[pattern]] = signal
            continue
        found = list(system.plant.select(compile_pattern(pattern)))
        if not found:
            _log.warn("[simulate] {pattern}: it names no element", pattern=pattern)
        chosen.update(dict.fromkeys(found, signal))
    if by_type:
        for element in system.plant.select(compile_pattern("*.**")):
            if element.type in by_type:
                chosen.setdefault(element, by_type[element.type])
    for element, signal in chosen.items():
        kind = element.node.type
        yield _Driven(
            element=element,
            name=system.value_name(element),
            kind=kind,
            every=signal.every,
            signal=_function(_within_range(signal, element), element.name, kind),
        )


def _within_range(signal: Signal, element: Element) -> Signal:
    """A signal whose bounds, where they are not given, are those of ``_pv_range``."""
    bounds = {"min": "_min", "max": "_max"}
    stored = element.stored("_pv_range")
    found = {
        key: repr(stored[attribute])
        for key, attribute in bounds.items()
        if signal.takes(key)
        and key not in signal.parameters
        and isinstance(stored.get(attribute), int | float)
    }
    return signal.with_parameters(found) if found else signal


def _function(signal: Signal, name: str, kind: ElementType) -> SignalFunction:
    try:
        return signal.function(name, kind)
    except SignalError as error:
        raise SignalError(f"[simulate] {name}: {error}") from error
