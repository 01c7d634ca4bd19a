"""DPL imports into the embedded system: planned as a whole, then carried out as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oagw.dpl.plan import Plan
from oagw.errors import OagwError
from oagw.model.configs.elements import Edit
from oagw.model.configs.stored import merged
from oagw.model.dptypes import DpType, TypeNode, build_type
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value
from oagw.systems.embedded.cells import Cells
from oagw.systems.embedded.entries import FirstValues, configs_set, section_kept
from oagw.systems.embedded.migration import Plan as TypeChange
from oagw.systems.embedded.migration import affected_types
from oagw.systems.embedded.outcome import VALUE, Outcome
from oagw.systems.embedded.plant import Element
from oagw.systems.embedded.setting import Setting
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
    others is gathered in the outcome, to be committed at once.
    """

    def __init__(self, plan: Plan, system: EmbeddedSystem, outcome: Outcome) -> None:
        self._plan = plan
        self._system = system
        self._outcome = outcome
        self._new: set[str] = set()
        self._setting = Setting(system.plant, Cells(system.plant), system.functions, None)

    def steps(self) -> Iterator[None]:
        """Carry it out; a step for each slice of the work.

        :raises OagwError: types cannot be changed like that; nothing has changed.
        """
        plan, outcome = self._plan, self._outcome
        system, structure = self._system, self._system.structure
        changes = type_changes(plan, system.plant.types)
        removed: list[Element] = []
        # New types may need changed ones as they will be, and the other way round.
        structure.add_types(list(plan.new_types.values()), outcome)
        for root in changes:
            removed += structure.change_type(root, {}, outcome)
            yield
        for start in range(0, len(plan.datapoints), _DATAPOINTS):
            made = structure.create(plan.datapoints[start : start + _DATAPOINTS], outcome)
            self._new.update(datapoint.name for datapoint in made)
            yield
        yield from self._set_configs()
        yield from self._set_values()
        outcome.entries += [section_kept(name, text) for name, text in plan.kept]
        system.settle(outcome, removed)
        self._install_functions()

    def _set_configs(self) -> Iterator[None]:
        plant, outcome = self._system.plant, self._outcome
        rows = []
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
                if wanted:
                    rows.append((element.number, config, wanted))
            elif wanted != element.stored(config):
                self._setting.store(element, Edit(stored={config: attributes}), outcome)
            if number % _SLICE == 0:
                yield
        outcome.entries.append(configs_set(rows))

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
        first: list[tuple[int, Sample]] = []
        for number, (name, place, sample) in enumerate(self._plan.values, 1):
            element = datapoints[name].elements[place]
            present, element.sample = element.sample, sample
            if name in self._new and present is initial_sample(element.type):
                first.append((element.number, sample))
            elif sample != present:
                self._outcome.entries.append((element.number, sample))
                self._outcome.mark(element, VALUE)
            if number % _SLICE == 0:
                yield
        self._outcome.entries.append(FirstValues(first))

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
