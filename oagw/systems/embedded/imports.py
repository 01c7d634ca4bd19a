"""DPL imports into the embedded system: planned as a whole, then carried out as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oagw.dpl.plan import Plan
from oagw.errors import OagwError
from oagw.model.configs.declarations import Edit
from oagw.model.configs.stored import merged
from oagw.model.dptypes import DpType, TypeNode, build_type
from oagw.model.samples import initial_sample
from oagw.model.values import Value
from oagw.plant.entries import (
    PresentConfigs,
    PresentValues,
    section_kept,
)
from oagw.plant.migration import Plan as TypeChange
from oagw.plant.migration import affected_types
from oagw.plant.outcome import (
    VALUE,
    Outcome,
)
from oagw.plant.plant import Element
from oagw.systems.embedded.system import EmbeddedSystem

#: Work between two looks at whether others want to be served: about a millisecond.
_SLICE = 500
#: The same for datapoints, of which each may have many elements.
_DATAPOINTS = 50


def type_changes(plan: Plan, types: Mapping[str, DpType]) -> list[TypeNode]:
    """The changed types in an order in which each can take effect.

    :param types: those of the system as it is now.
    :raises OagwError: there is no such order, or a type runs out of element numbers.
    """
    definitions = {name: one.root for name, one in types.items()} | plan.new_types
    present = dict(types)
    for name, root in plan.new_types.items():
        present[name] = build_type(name, root, definitions)
    waiting = list(plan.changed_types.values())
    ordered: list[TypeNode] = []
    while waiting:
        root, changes = _next_change(waiting, present)
        present |= {one.new.name: one.new for one in changes}
        waiting.remove(root)
        ordered.append(root)
    return ordered


def _next_change(
    waiting: Sequence[TypeNode], types: Mapping[str, DpType]
) -> tuple[TypeNode, Sequence[TypeChange]]:
    """The first change that goes together with the types as they are."""
    errors = []
    for root in waiting:
        try:
            return root, affected_types(root, {}, types)
        except OagwError as error:
            errors.append(error)
    raise errors[0]


class Import:
    """Lets a plan take effect in memory.

    The plan was made for the system as it is now. What is written to disk and told to
    others is gathered in the outcome, to be committed at once. Clients may set the same
    elements between two steps, and be told that this is durable: so in the end everything
    that the import has touched is written as it is then.
    """

    def __init__(self, plan: Plan, system: EmbeddedSystem, outcome: Outcome) -> None:
        self._plan = plan
        self._system = system
        self._outcome = outcome
        self._new: set[str] = set()
        self._configs: list[tuple[Element, str]] = []
        self._first: list[Element] = []
        self._changed: dict[Element, None] = {}

    def steps(self) -> Iterator[None]:
        """Carry it out; a step for each slice of the work.

        :raises OagwError: types cannot be changed like that; nothing has changed.
        """
        plan, outcome = self._plan, self._outcome
        system, structure = self._system, self._system.structure
        changes = type_changes(plan, system.plant.types)
        before = dict(system.plant.types)
        removed: list[Element] = []
        # New types may need changed ones as they will be, and the other way round.
        structure.add_types(list(plan.new_types.values()), outcome)
        for root in changes:
            removed += structure.change_type(root, {}, outcome)
            yield
        self._note_migrated(before)
        for start in range(0, len(plan.datapoints), _DATAPOINTS):
            made = structure.create(plan.datapoints[start : start + _DATAPOINTS], outcome)
            self._new.update(datapoint.name for datapoint in made)
            yield
        yield from self._set_configs()
        yield from self._set_values()
        outcome.entries += [section_kept(name, text) for name, text in plan.kept]
        outcome.entries.append(PresentConfigs(self._configs))
        outcome.entries.append(PresentValues(self._first))
        outcome.entries += [(one.number, one.sample) for one in self._changed]
        system.settle(outcome, removed)
        self._install_functions()

    def _note_migrated(self, before: Mapping[str, DpType]) -> None:
        """Note what datapoints whose type has changed have kept."""
        plant = self._system.plant
        for name in before:
            if plant.types[name] is before[name]:
                continue
            for datapoint in plant.of_type(name):
                for element in datapoint.elements:
                    # One that was never set has nothing on disk, and needs nothing there.
                    if element.sample is not initial_sample(element.type):
                        self._changed[element] = None
                    self._configs += [(element, one) for one in element.configs or ()]

    def _set_configs(self) -> Iterator[None]:
        plant = self._system.plant
        for number, ((name, place, config), attributes) in enumerate(
            self._plan.configs.items(), 1
        ):
            element = plant.datapoints[name].elements[place]
            if config == "_common":
                self._check_alias(element, attributes)
            wanted = merged(element.stored(config), attributes)
            if name in self._new:
                if config == "_common":
                    plant.note_alias(element, str(wanted.get("_alias", "")))
                element.restore(config, wanted)
                element.judge()
                self._configs.append((element, config))
            elif wanted != element.stored(config):
                self._change_config(element, Edit(stored={config: attributes}))
            if number % _SLICE == 0:
                yield

    def _change_config(self, element: Element, edit: Edit) -> None:
        outcome = Outcome()
        self._system.setting.store(element, edit, outcome)
        self._configs += [(element, config) for config in edit.stored]
        self._outcome.events += outcome.events
        for one, configs in outcome.changed.items():
            self._outcome.mark(one, configs)
            if configs >= VALUE:
                self._changed[one] = None

    def _check_alias(self, element: Element, attributes: dict[str, Value]) -> None:
        """Leave out an alias that a client has given to another element meanwhile."""
        alias = str(attributes.get("_alias", ""))
        owner = self._system.plant.aliases.get(alias, element)
        if alias and owner is not element:
            del attributes["_alias"]
            self._plan.warnings.append(
                f"'{element.name}' does not get the alias '{alias}': it has just been "
                f"given to '{owner.name}'"
            )

    def _set_values(self) -> Iterator[None]:
        datapoints = self._system.plant.datapoints
        for number, (name, place, sample) in enumerate(self._plan.values, 1):
            element = datapoints[name].elements[place]
            present, element.sample = element.sample, sample
            if name in self._new and present is initial_sample(element.type):
                self._first.append(element)
                if element.watched or element.tables or element.feeds:
                    self._outcome.mark(element, VALUE)
            elif sample != present:
                self._changed[element] = None
                self._outcome.mark(element, VALUE)
            if number % _SLICE == 0:
                yield

    def _install_functions(self) -> None:
        """Have those of new elements computed from the next change of a parameter on.

        The values of new elements are those of the files: what was computed there stays.
        """
        functions, datapoints = self._system.functions, self._system.plant.datapoints
        wanted = [
            datapoints[name].elements[place]
            for name, place, config in self._plan.configs
            if config == "_dp_fct"
        ]
        computed = set(
            functions.restore(one for one in wanted if one.datapoint.name in self._new)
        )
        for element in wanted:
            if element in computed:
                continue
            try:
                calculated = functions.compile(element, element.stored("_dp_fct"))
                if calculated is not None:
                    functions.check_circle(calculated, {})
            except OagwError as error:
                self._plan.warn(
                    f"the function of '{element.name}' is not computed: {error.message}"
                )
