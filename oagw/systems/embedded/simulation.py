"""The simulated plant: sets elements by signals, and makes a history for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import NamesRefusedError
from oagw.interfaces.archives import IArchive
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model import status
from oagw.model.dptypes import BY_KEYWORD, ElementType
from oagw.model.patterns import compile_pattern
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS, NS_PER_S
from oagw.model.values import convert
from oagw.plant.element import Element
from oagw.plant.plant import Plant
from oagw.systems.embedded.signals import Signal, SignalError, SignalFunction
from oagw.systems.embedded.system import EmbeddedSystem

#: The user who sets the simulated values.
SIMULATION = "_simulation"

_CHUNK = 10_000
#: Seconds from a change of datapoints until the simulation follows it.
_REFRESH = 1.0
_log = Logger()


@dataclass(frozen=True, slots=True)
class _Driven:
    """A simulated element; ``name`` is the complete name of its value.

    Two are equal if one can replace the other without a visible difference.
    """

    element: Element
    name: str
    kind: ElementType
    signal: Signal
    function: SignalFunction = field(compare=False)


class Simulation:
    """Sets the elements that the configuration names.

    After another user has set an element, the simulation leaves it alone for ``hold``
    seconds, so that the set value can be seen. The user and the time of the present value
    decide this, so it works across a restart.

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
        #: By the name of the datapoint, which may have been deleted or replaced since.
        self._driven: dict[str, list[_Driven]] = {}
        self._by_pace: dict[float, dict[Element, _Driven]] = {}
        self._left_out: set[str] = set()
        self._loops: dict[float, LoopingCall] = {}
        self._started = False
        self._unseen: set[str] = set()
        self._refresh: IDelayedCall | None = None
        self._drive_present()
        system.on_structure.append(self._structure_changed)

    def _drive_present(self) -> None:
        chosen, unused = _choose(self._system.plant, self._signals)
        for pattern in unused:
            _log.warn("[simulate] {pattern}: it names no element", pattern=pattern)
        for element, signal in chosen.items():
            self._add(_drive(self._system, element, signal))
        self._system.start_archiving(list(chosen))

    def _add(self, driven: _Driven) -> None:
        name = driven.element.datapoint.name
        self._driven.setdefault(name, []).append(driven)
        group = self._by_pace.setdefault(driven.signal.every, {})
        group[driven.element] = driven

    def start(self) -> None:
        """Start to set values: one atomic set for all elements with the same period."""
        self._started = True
        self._tend_loops()
        self._look_soon()

    def stop(self) -> None:
        """Stop setting values."""
        self._started = False
        if self._structure_changed in self._system.on_structure:
            self._system.on_structure.remove(self._structure_changed)
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        for pace in list(self._loops):
            self._stop_loop(pace)

    def _tend_loops(self) -> None:
        """Run one loop for each period in use; running loops keep their rhythm."""
        for pace in [pace for pace, group in self._by_pace.items() if not group]:
            del self._by_pace[pace]
            self._stop_loop(pace)
        for pace in self._by_pace:
            if pace not in self._loops:
                loop = self._loops[pace] = LoopingCall(self._step, pace)
                loop.clock = self._clock
                loop.start(pace, now=False).addErrback(self._broken, pace)

    def _stop_loop(self, pace: float) -> None:
        loop = self._loops.pop(pace, None)
        if loop is not None and loop.running:
            loop.stop()

    def _structure_changed(
        self, changed: Collection[str], deleted: Collection[str]
    ) -> None:
        """Follow new, changed and deleted datapoints soon."""
        self._unseen.update(changed, deleted)
        self._look_soon()

    def _look_soon(self) -> None:
        """Follow changes of datapoints soon, many changes at once."""
        if self._started and self._unseen and self._refresh is None:
            self._refresh = self._clock.callLater(_REFRESH, self._look)

    def _look(self) -> None:
        self._refresh = None
        names, self._unseen = self._unseen, set()
        before = self._forget(names)
        chosen, _ = _choose(_part(self._system.plant, names), self._signals)
        new = [element for element in chosen if self._follow(element, chosen, before)]
        self._tend_loops()
        self._system.start_archiving(new)

    def _forget(self, names: Collection[str]) -> dict[Element, _Driven]:
        """Stop simulating datapoints; returns how their elements were simulated."""
        found: dict[Element, _Driven] = {}
        for name in names:
            for driven in self._driven.pop(name, ()):
                del self._by_pace[driven.signal.every][driven.element]
                self._left_out.discard(driven.name)
                found[driven.element] = driven
        return found

    def _follow(
        self,
        element: Element,
        chosen: Mapping[Element, Signal],
        before: Mapping[Element, _Driven],
    ) -> bool:
        """Simulate an element, without a break if its signal is the same.

        :returns: whether the signal fits the element.
        """
        try:
            driven = _drive(self._system, element, chosen[element])
        except SignalError as error:
            _log.warn("not simulated: {error}", error=error)
            return False
        present = before.get(element)
        self._add(present if present is not None and present == driven else driven)
        return True

    async def make_history(self, archive: IArchive, seconds: float, step: float) -> int:
        """Fill the archive with the last ``seconds``; returns the number of values.

        Only elements that were never set get a history. Their present values follow on
        from it, so that a walk or a counter does not jump.

        :param step: seconds between two values of an element.
        """
        now = self._system.server_time()
        count = 0
        unset = [
            driven
            for group in self._by_pace.values()
            for driven in group.values()
            if not driven.element.sample.stime
        ]
        for group in _grouped(unset, max(1, int(_CHUNK * step / (seconds or 1)))):
            # A start that was killed here may have archived the history only.
            earlier = [
                await archive.read(driven.element.number, LAST, LAST, 1, 2)
                for driven in group
            ]
            past = [
                [] if found else self._past(driven, max(0, now - seconds), now, step)
                for driven, found in zip(group, earlier, strict=True)
            ]
            samples = [
                (driven.element.number, sample)
                for driven, samples in zip(group, past, strict=True)
                for sample in samples
            ]
            await archive.append(samples, True)
            count += len(samples)
            # Only now: an element with a value counts as one with a history.
            settings = [
                NewValue(driven.name, (samples or found)[-1].value)
                for driven, samples, found in zip(group, past, earlier, strict=True)
                if samples or found
            ]
            self._system.initialize(SetRequest(settings, SIMULATION, _ms(now)))
        return count

    def _past(
        self, driven: _Driven, first: float, last: float, step: float
    ) -> list[Sample]:
        step = max(step, driven.signal.every)
        value = driven.element.sample.value
        samples = []
        try:
            for number in range(int((last - first) / step)):
                time = first + number * step
                value = convert(driven.function(time, value), driven.kind)
                samples.append(Sample(value, _ms(time), status.NORMAL, self._user))
        except Exception:
            # The gateway still starts, and the other elements get their history.
            self._left_out.add(driven.name)
            _log.failure("no longer simulated: {name}", name=driven.name)
        return samples

    def _step(self, pace: float) -> None:
        time = self._system.server_time()
        settings = []
        for driven in self._by_pace[pace].values():
            if self._waits(driven, time):
                continue
            try:
                value = driven.function(time, driven.element.sample.value)
            except Exception:
                # A signal that fails must not stop the others with the same period.
                self._left_out.add(driven.name)
                _log.failure("no longer simulated: {name}", name=driven.name)
                continue
            settings.append(NewValue(driven.name, value))
        self._set(settings)

    def _waits(self, driven: _Driven, time: float) -> bool:
        """Whether an element gets no value now."""
        return (
            self._held(driven.element.sample, time)
            or driven.name in self._left_out
            # Its name may be unknown now, or mean another element.
            or driven.element.datapoint.name in self._unseen
        )

    def _set(self, settings: Sequence[NewValue]) -> None:
        if settings:
            done = self._system.set(SetRequest(settings, SIMULATION), wait=False)
            done.addErrback(self._refused, settings)

    def _held(self, sample: Sample, time: float) -> bool:
        if sample.user == self._user or not sample.stime:
            return False
        # Also for times ahead, because a client's clock may be ahead.
        return abs(int(time * NS_PER_S) - sample.stime) < self._hold

    def _refused(self, failure: Failure, settings: Sequence[NewValue]) -> None:
        refused = failure.value
        if not isinstance(refused, NamesRefusedError):
            _log.error("the simulation pauses: {error}", error=failure.getErrorMessage())
            return
        # Deleted, locked or out of its range: the other elements still get their values.
        for name, error in refused.errors.items():
            self._left_out.add(name)
            _log.warn("no longer simulated: {error}", error=error.message)
        self._set([one for one in settings if one.name not in refused.errors])

    def _broken(self, failure: Failure, pace: float) -> None:
        self._loops.pop(pace, None)
        _log.failure("the simulation has stopped", failure)


def _grouped(driven: Sequence[_Driven], size: int) -> Iterator[Sequence[_Driven]]:
    for start in range(0, len(driven), size):
        yield driven[start : start + size]


def _ms(time: float) -> int:
    """A time in ns, rounded down to whole ms."""
    return int(time * 1000) * NS_PER_MS


def _part(plant: Plant, names: Collection[str]) -> Plant:
    """A plant with only those of the named datapoints that exist."""
    found = [plant.datapoints[name] for name in names if name in plant.datapoints]
    part = Plant()
    for dp_type in {one.dp_type.name: one.dp_type for one in found}.values():
        part.add_type(dp_type)
    part.load(found)
    return part


def _choose(
    plant: Plant, signals: Mapping[str, Signal]
) -> tuple[dict[Element, Signal], list[str]]:
    """The signal of each element that has one, and the patterns without an element."""
    chosen: dict[Element, Signal] = {}
    unused: list[str] = []
    by_type: dict[ElementType, Signal] = {}
    for pattern, signal in signals.items():
        if pattern in BY_KEYWORD:
            by_type[BY_KEYWORD[pattern]] = signal
            continue
        found = list(plant.select(compile_pattern(pattern)))
        if not found:
            unused.append(pattern)
        chosen.update(dict.fromkeys(found, signal))
    if by_type:
        for element in plant.select(compile_pattern("*.**")):
            if element.type in by_type:
                chosen.setdefault(element, by_type[element.type])
    return chosen, unused


def _drive(system: EmbeddedSystem, element: Element, signal: Signal) -> _Driven:
    """An element with its signal.

    :raises SignalError: the signal does not fit the element.
    """
    within = _within_range(signal, element)
    function = _function(within, element.name, element.type)
    return _Driven(element, system.value_name(element), element.type, within, function)


def _within_range(signal: Signal, element: Element) -> Signal:
    """A signal with the bounds of ``_pv_range``, unless it has its own."""
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
