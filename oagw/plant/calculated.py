"""Calculated elements: datapoint functions (``_dp_fct``) and what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from twisted.logger import Logger

from oagw.errors import (
    IllegalCallError,
    OagwError,
    ParameterError,
    SystemUnknownError,
)
from oagw.formula.checks import FormulaError
from oagw.formula.compiler import Formula, compile_formula
from oagw.model import status
from oagw.model.behaviour import next_sample
from oagw.model.configs.declarations import Edit
from oagw.model.configs.processing import DP_FUNCTION
from oagw.model.identifiers import ONLINE_VALUE, Address, parse
from oagw.model.samples import Sample
from oagw.model.values import Value, convert
from oagw.plant.cells import (
    Cell,
    Cells,
)
from oagw.plant.entries import config_set
from oagw.plant.outcome import (
    VALUE,
    Outcome,
    Renamed,
)
from oagw.plant.plant import Element
from oagw.plant.servertime import ServerTime

_log = Logger()
_CONFIG = "_dp_fct"


@dataclass(slots=True, eq=False)
class Calculated:
    """An element whose value is computed from others'.

    :ivar compares: a result equal to the present value is no new one.
    """

    element: Element
    formula: Formula
    parameters: list[Cell]
    compares: bool

    def uses(self, element: Element, configs: Set[str]) -> bool:
        """Whether a parameter belongs to these configs of an element."""
        return any(
            cell.element is element and cell.config.name in configs
            for cell in self.parameters
        )

    def sample(self, user: int, time: ServerTime) -> Sample | None:
        """The new sample; ``None`` if there is none, or the element is inactive.

        It is invalid if a parameter is, or if the result cannot be computed: then the
        last value stays. Its source time is the newest of the parameters', as far as these
        are not of a clock that was set back since.
        """
        element = self.element
        present = element.sample
        if not present.status & status.ACTIVE:
            return None
        edit = Edit(value=present.value, has_value=True)  # type: ignore[arg-type]
        if any(_is_invalid(cell) for cell in self.parameters):
            edit.set_bits |= status.AUT_INV
        try:
            values = [_read(cell) for cell in self.parameters]
            result = convert(self.formula.evaluate(values), element.type)
            if element.behaviour is not None:
                element.behaviour.check(result)
            edit.value = result
        except (FormulaError, OagwError):
            edit.set_bits |= status.AUT_INV
        times = [cell.element.sample.stime for cell in self.parameters]
        stime = time.newest([present.stime, *times])
        found = next_sample(present, edit, stime, user, element.behaviour)
        if self.compares and (found.value, found.status) == (present.value, present.status):
            return None
        return found


def _is_invalid(cell: Cell) -> bool:
    """Whether a parameter's value is none to calculate with."""
    bits = cell.element.sample.status
    if cell.config.name == "_online" and status.is_default(bits):
        return status.is_online_bad(bits)
    return status.is_invalid(bits)


def _read(cell: Cell) -> Value:
    value = cell.attribute.read(cell.element)
    if value is None:
        raise FormulaError(f"'{cell.name}' has no value")
    return value


class Functions:
    """All calculated elements of a system."""

    def __init__(self, cells: Cells, own_system: str, time: ServerTime) -> None:
        self._cells = cells
        self._time = time
        self._own_system = own_system
        self._installed: dict[Element, Calculated] = {}
        #: Those whose function cannot be computed now, such as for want of a parameter;
        #: and the datapoints of which one must be another for that to change.
        self._waiting: dict[Element, frozenset[str]] = {}

    def compile(self, element: Element, config: Mapping[str, Value]) -> Calculated | None:
        """Read a function and find its parameters; ``None`` if there is none to compute.

        :raises SyntaxFaultError: the function is not well formed.
        :raises OagwError: a parameter does not exist.
        """
        # Half a function is one that is being written: it is not computed yet.
        if config.get("_type", DP_FUNCTION) != DP_FUNCTION or "_param" not in config:
            return None
        text = str(config.get("_fct", ""))
        if not text.strip():
            return None
        names = config["_param"]
        assert isinstance(names, tuple)
        formula = compile_formula(text, len(names))
        cells = [self._parameter(str(name)) for name in names]
        if not cells:
            raise ParameterError("a function needs at least one parameter in '_param'")
        compares = bool(config.get("_old_new_compare", False))
        return Calculated(element, formula, cells, compares)

    def _parameter(self, text: str) -> Cell:
        address = parse(text, self._own_system, ONLINE_VALUE)
        if address.system != self._own_system:
            raise SystemUnknownError(
                f"'{text}': parameters are elements of the own system, {self._own_system}"
            )
        cell = self._cells.find(address.name)
        cell.check_live()
        return cell

    def check_circle(
        self, calculated: Calculated, new: Mapping[Element, Calculated | None]
    ) -> None:
        """Refuse a function that would depend on itself, at any distance.

        :param new: functions that take the place of the present ones.
        :raises IllegalCallError: it would.
        """
        element = calculated.element
        pending, seen = [calculated], {element}
        while pending:
            for cell in pending.pop().parameters:
                if cell.element is element:
                    raise IllegalCallError(
                        f"the function would depend on itself, through '{cell.name}'"
                    )
                if cell.element in seen:
                    continue
                seen.add(cell.element)
                below = new.get(cell.element, self._installed.get(cell.element))
                if below is not None:
                    pending.append(below)

    def install(self, element: Element, calculated: Calculated | None) -> None:
        """Let an element be computed that way from now on, or no longer."""
        self.remove(element)
        if calculated is None:
            return
        self._installed[element] = calculated
        for cell in calculated.parameters:
            source = cell.element
            if source.feeds is None:
                source.feeds = {}
            source.feeds[calculated] = None

    def remove(self, element: Element) -> None:
        """Let an element be no longer computed."""
        self._waiting.pop(element, None)
        calculated = self._installed.pop(element, None)
        for cell in calculated.parameters if calculated else ():
            feeds = cell.element.feeds
            if feeds is not None:
                feeds.pop(calculated, None)  # type: ignore[arg-type]
                cell.element.feeds = feeds or None

    def restore(self, elements: Iterable[Element]) -> list[Element]:
        """Install what elements have configured; returns those that now are computed.

        A function whose parameters are not there waits for them.
        """
        wanted = list(elements)
        waited = {element for element in wanted if element in self._waiting}
        for element in wanted:
            self.remove(element)
        done = []
        for element in wanted:
            calculated = None
            try:
                calculated = self.compile(element, element.stored(_CONFIG))
                if calculated is not None:
                    self.check_circle(calculated, {})
                    done.append(element)
                self.install(element, calculated)
            except OagwError as error:
                self._waiting[element] = (
                    self._named(element)
                    if calculated is None
                    else self._reached(calculated)
                )
                if element not in waited:
                    _log.warn(
                        "the function of {name} is not computed: {reason}",
                        name=element.name,
                        reason=error.message,
                    )
        return done

    def _named(self, element: Element) -> frozenset[str]:
        """The datapoints that the parameters of an element's function name."""
        addresses = (_parsed(text) for text in _parameters(element.stored(_CONFIG)))
        return frozenset(address.datapoint for address in addresses if address)

    def _reached(self, calculated: Calculated) -> frozenset[str]:
        """The datapoints that a function depends on, at any distance."""
        pending, seen = [calculated], {calculated.element}
        while pending:
            for cell in pending.pop().parameters:
                if cell.element not in seen:
                    seen.add(cell.element)
                    below = self._installed.get(cell.element)
                    pending += [below] if below else []
        return frozenset(element.datapoint.name for element in seen)

    def retry(self, names: Set[str]) -> list[Element]:
        """Try those again that wait for datapoints, of which these are others now.

        :returns: those that are computed again.
        """
        due = [
            element
            for element, missing in self._waiting.items()
            if not missing.isdisjoint(names)
        ]
        return self.restore(due) if due else []

    def follow_names(self, renamed: Renamed, outcome: Outcome) -> None:
        """Elements are called otherwise now: functions call them by their new names."""
        if not renamed:
            return
        fed: dict[Element, None] = {}
        for datapoint, _ in renamed.values():
            for element in datapoint.elements:
                for calculated in element.feeds or ():
                    fed[calculated.element] = None
                    _rename_cells(calculated)
        for computed in (*fed, *self._waiting):
            self._rename_parameters(computed, renamed, outcome)

    def _rename_parameters(
        self, computed: Element, renamed: Renamed, outcome: Outcome
    ) -> None:
        config = dict(computed.stored(_CONFIG))
        names = _parameters(config)
        new = tuple(self._renamed(name, renamed) for name in names)
        if new == names:
            return
        config["_param"] = new
        computed.restore(_CONFIG, config)
        outcome.entries.append(config_set(computed.number, _CONFIG, config))

    def _renamed(self, text: str, renamed: Renamed) -> str:
        """A parameter by the name that it has now."""
        address = _parsed(text)
        if address is None or address.system not in ("", self._own_system):
            return text
        found = renamed.get(address.datapoint)
        if found is None:
            return text
        datapoint, paths = found
        path = paths.get(address.element, address.element)
        if (datapoint.name, path) == (address.datapoint, address.element):
            return text
        name = f"{datapoint.name}.{path}:{address.attribute_path}"
        return f"{address.system}:{name}" if address.system else name

    def lose(self, elements: Sequence[Element], outcome: Outcome, user: int) -> None:
        """Elements are no more: what is computed from them is invalid from now on.

        It is not if others are in their place.
        """
        for element in elements:
            self.remove(element)
        lost = {
            calculated.element: None
            for element in elements
            for calculated in element.feeds or ()
        }
        for computed in self.restore(lost):
            outcome.mark(computed, frozenset((_CONFIG,)))
        for computed in lost:
            if computed in self._waiting:
                edit = Edit(set_bits=status.AUT_INV)
                present = computed.sample
                sample = next_sample(present, edit, present.stime, user, computed.behaviour)
                outcome.take(computed, sample)

    def compute(self, first: Iterable[Element], outcome: Outcome, user: int) -> None:
        """Compute elements anew, and whatever follows from what has changed.

        Functions that have changed are installed first.
        """
        new = [one for one, configs in outcome.changed.items() if _CONFIG in configs]
        installed = self.restore(new)
        # A circle that one of them has opened is none any more.
        opened = self.retry({one.datapoint.name for one in new}) if new else []
        due = {
            self._installed[element]: None
            for element in (*first, *installed, *opened)
            if element in self._installed
        }
        for element, configs in outcome.changed.items():
            due.update(_following(element, configs))
        for calculated in _in_order(due):
            if calculated not in due:
                # Nothing that it depends on has changed after all.
                continue
            sample = calculated.sample(user, self._time)
            if sample is not None and outcome.offer(calculated.element, sample):
                due.update(_following(calculated.element, VALUE))


def _following(element: Element, configs: Set[str]) -> dict[Calculated, None]:
    """The functions that use these configs of an element."""
    return {one: None for one in element.feeds or () if one.uses(element, configs)}


def _in_order(starting: Iterable[Calculated]) -> list[Calculated]:
    """Everything that depends on these, each after what it depends on."""
    done: dict[Calculated, None] = {}
    for one in starting:
        stack: list[tuple[Calculated, bool]] = [(one, False)]
        while stack:
            calculated, below_done = stack.pop()
            if calculated in done:
                continue
            if below_done:
                done[calculated] = None
                continue
            stack.append((calculated, True))
            stack.extend((below, False) for below in calculated.element.feeds or ())
    return list(reversed(done))


def _rename_cells(calculated: Calculated) -> None:
    for cell in calculated.parameters:
        address = parse(cell.name, "", ONLINE_VALUE)
        cell.name = f"{address.system}:{cell.element.name}:{address.attribute_path}"


def _parameters(config: Mapping[str, Value]) -> tuple[str, ...]:
    """The names of a function's parameters, as they were set."""
    names = config.get("_param", ())
    assert isinstance(names, tuple)
    return tuple(map(str, names))


def _parsed(text: str) -> Address | None:
    """What a parameter names; ``None`` if it can be no name."""
    try:
        return parse(text, "", ONLINE_VALUE)
    except OagwError:
        return None
