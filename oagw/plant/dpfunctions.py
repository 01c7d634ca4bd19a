"""Datapoint functions (``_dp_fct``): elements that are computed from other elements."""

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
from oagw.plant.element import Element
from oagw.plant.facts import ConfigsChanged
from oagw.plant.outcome import (
    VALUE,
    Outcome,
    Renamed,
)
from oagw.plant.servertime import ServerTime

_log = Logger()
_CONFIG = "_dp_fct"


@dataclass(slots=True, eq=False)
class DpFunction:
    """The function that computes the value of an element.

    :ivar compares: a result equal to the present value makes no new sample.
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
        """The new sample; ``None`` if nothing changes, or the element is inactive.

        It is invalid if a parameter is invalid, or if the result cannot be computed; then
        the last value stays. Its source time is the newest one of the parameters, except
        times of a clock that was set back since.
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
    """Whether the value of a parameter is invalid."""
    bits = cell.element.sample.status
    if cell.config.name == "_online" and status.is_default(bits):
        return status.is_online_bad(bits)
    return status.is_invalid(bits)


def _read(cell: Cell) -> Value:
    value = cell.attribute.read(cell.element)
    if value is None:
        raise FormulaError(f"'{cell.name}' has no value")
    return value


class DpFunctions:
    """All datapoint functions of a system."""

    def __init__(self, cells: Cells, own_system: str, time: ServerTime) -> None:
        self._cells = cells
        self._time = time
        self._own_system = own_system
        self._installed: dict[Element, DpFunction] = {}
        #: Elements whose function cannot be computed now, for example because a parameter
        #: does not exist, with the datapoints that must change before a retry is of use.
        self._waiting: dict[Element, frozenset[str]] = {}

    def compile(self, element: Element, config: Mapping[str, Value]) -> DpFunction | None:
        """Read a function and find its parameters; ``None`` if the config is incomplete.

        :raises SyntaxFaultError: the function is not well formed.
        :raises OagwError: a parameter does not exist.
        """
        # A client may set the attributes one by one.
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
        return DpFunction(element, formula, cells, compares)

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
        self, function: DpFunction, new: Mapping[Element, DpFunction | None]
    ) -> None:
        """Refuse a function that would depend on itself, directly or indirectly.

        :param new: functions that will replace the present ones.
        :raises IllegalCallError: it would depend on itself.
        """
        element = function.element
        pending, seen = [function], {element}
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

    def install(self, element: Element, function: DpFunction | None) -> None:
        """Compute an element with a function from now on; ``None`` ends that."""
        self.remove(element)
        if function is None:
            return
        self._installed[element] = function
        for cell in function.parameters:
            source = cell.element
            if source.feeds is None:
                source.feeds = {}
            source.feeds[element] = None

    def remove(self, element: Element) -> None:
        """Stop computing an element."""
        self._waiting.pop(element, None)
        function = self._installed.pop(element, None)
        for cell in function.parameters if function else ():
            feeds = cell.element.feeds
            if feeds is not None:
                feeds.pop(element, None)
                cell.element.feeds = feeds or None

    def reinstall(self, elements: Iterable[Element]) -> list[Element]:
        """Install the functions that elements have configured.

        A function whose parameters do not exist waits for them.

        :returns: the elements that are computed now.
        """
        wanted = list(elements)
        waited = {element for element in wanted if element in self._waiting}
        for element in wanted:
            self.remove(element)
        done = []
        for element in wanted:
            function = None
            try:
                function = self.compile(element, element.stored(_CONFIG))
                if function is not None:
                    self.check_circle(function, {})
                    done.append(element)
                self.install(element, function)
            except OagwError as error:
                self._waiting[element] = (
                    self._named(element) if function is None else self._reached(function)
                )
                if element not in waited:
                    _log.warn(
                        "the function of {name} is not computed: {reason}",
                        name=element.name,
                        reason=error.message,
                    )
        return done

    def _named(self, element: Element) -> frozenset[str]:
        """The datapoints in the parameters of an element's function."""
        addresses = (_parsed(text) for text in _parameters(element.stored(_CONFIG)))
        return frozenset(address.datapoint for address in addresses if address)

    def _reached(self, function: DpFunction) -> frozenset[str]:
        """The datapoints that a function depends on, directly or indirectly."""
        pending, seen = [function], {function.element}
        while pending:
            for cell in pending.pop().parameters:
                if cell.element not in seen:
                    seen.add(cell.element)
                    below = self._installed.get(cell.element)
                    pending += [below] if below else []
        return frozenset(element.datapoint.name for element in seen)

    def retry(self, names: Set[str]) -> list[Element]:
        """Retry the functions that wait for datapoints, after these have changed.

        :returns: the elements that are computed again.
        """
        due = [
            element
            for element, missing in self._waiting.items()
            if not missing.isdisjoint(names)
        ]
        return self.reinstall(due) if due else []

    def follow_names(self, renamed: Renamed, outcome: Outcome) -> None:
        """Write the new names of renamed elements into the parameters of functions."""
        if not renamed:
            return
        fed: dict[Element, None] = {}
        for datapoint, _ in renamed.values():
            for element in datapoint.elements:
                for computed in element.feeds or ():
                    fed[computed] = None
                    _rename_cells(self._installed[computed])
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
        computed.replace_config(_CONFIG, config)
        outcome.facts.append(ConfigsChanged([(computed.number, _CONFIG, config)]))

    def _renamed(self, text: str, renamed: Renamed) -> str:
        """A parameter by its present name."""
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

    def invalidate(self, elements: Sequence[Element], outcome: Outcome, user: int) -> None:
        """Elements were deleted: make what is computed from them invalid.

        An element stays valid if others have replaced the deleted ones.
        """
        for element in elements:
            self.remove(element)
        lost = {computed: None for element in elements for computed in element.feeds or ()}
        for computed in self.reinstall(lost):
            outcome.mark(computed, frozenset((_CONFIG,)))
        for computed in lost:
            if computed in self._waiting:
                edit = Edit(set_bits=status.AUT_INV)
                present = computed.sample
                sample = next_sample(present, edit, present.stime, user, computed.behaviour)
                outcome.take(computed, sample)

    def compute(self, first: Iterable[Element], outcome: Outcome, user: int) -> None:
        """Compute some elements, and all that depend on what has changed.

        Functions that have changed are installed first.
        """
        new = [one for one, configs in outcome.changed.items() if _CONFIG in configs]
        installed = self.reinstall(new)
        # One of them may have opened a circle.
        opened = self.retry({one.datapoint.name for one in new}) if new else []
        due = {
            element: None
            for element in (*first, *installed, *opened)
            if element in self._installed
        }
        for element, configs in outcome.changed.items():
            due.update(self._following(element, configs))
        for computed in _in_order(due):
            if computed not in due:
                # Nothing that it depends on has changed after all.
                continue
            sample = self._installed[computed].sample(user, self._time)
            if sample is not None and outcome.offer(computed, sample):
                due.update(self._following(computed, VALUE))

    def _following(self, element: Element, configs: Set[str]) -> dict[Element, None]:
        """The elements that are computed from these configs of an element."""
        installed = self._installed
        return {
            one: None
            for one in element.feeds or ()
            if installed[one].uses(element, configs)
        }


def _in_order(starting: Iterable[Element]) -> list[Element]:
    """Everything that depends on these, each after what it depends on."""
    done: dict[Element, None] = {}
    for one in starting:
        stack: list[tuple[Element, bool]] = [(one, False)]
        while stack:
            element, below_done = stack.pop()
            if element in done:
                continue
            if below_done:
                done[element] = None
                continue
            stack.append((element, True))
            stack.extend((below, False) for below in element.feeds or ())
    return list(reversed(done))


def _rename_cells(function: DpFunction) -> None:
    for cell in function.parameters:
        address = parse(cell.name, "", ONLINE_VALUE)
        cell.name = f"{address.system}:{cell.element.name}:{address.attribute_path}"


def _parameters(config: Mapping[str, Value]) -> tuple[str, ...]:
    """The names of a function's parameters, as the client wrote them."""
    names = config.get("_param", ())
    assert isinstance(names, tuple)
    return tuple(map(str, names))


def _parsed(text: str) -> Address | None:
    """The address in a parameter; ``None`` if the text cannot be a name."""
    try:
        return parse(text, "", ONLINE_VALUE)
    except OagwError:
        return None
