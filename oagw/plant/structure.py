"""Changing what there is at run time: datapoints and their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oagw.errors import (
    DatapointExistsError,
    DatapointNotFoundError,
    ElementNotFoundError,
    IllegalCallError,
    OagwError,
    ParameterError,
    TypeExistsError,
)
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    EventKind,
    RenameDatapoint,
    StructureChange,
    SystemEvent,
)
from oagw.model.dptypes import TypeNode, build_type
from oagw.model.identifiers import check_datapoint, is_name
from oagw.model.samples import initial_sample
from oagw.plant.entries import (
    configs_set,
    datapoint_removed,
    datapoint_renamed,
    datapoints_added,
    former_added,
    type_removed,
    type_set,
)
from oagw.plant.migration import (
    Plan,
    affected_types,
    migrate,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)


class Structure:
    """Carries out changes of a plant's structure, each as a whole or not at all.

    :param next_number: gives the number of a new datapoint.
    """

    def __init__(self, plant: Plant, next_number: Callable[[], int]) -> None:
        self._plant = plant
        self._next_number = next_number

    def change(self, change: StructureChange, outcome: Outcome) -> list[Element]:
        """Carry out a change; returns the elements that are no more.

        :raises OagwError: it is refused, and nothing has changed.
        """
        match change:
            case CreateDatapoint():
                self.create([(change.name, change.dp_type, 0)], outcome)
            case DeleteDatapoint():
                return self._delete(change.name, outcome)
            case CopyDatapoint():
                self._copy(change, outcome)
            case RenameDatapoint():
                self._rename(change, outcome)
            case CreateType():
                self._create_type(change.root, outcome)
            case ChangeType():
                return self.change_type(change.root, change.renamed, outcome)
            case DeleteType():
                self._delete_type(change.name, outcome)
        return []

    def create(
        self, wanted: Sequence[tuple[str, str, int]], outcome: Outcome
    ) -> list[Datapoint]:
        """Make datapoints: name, type, and ID in the project that they come from.

        :raises DatapointExistsError: one of them is there.
        :raises TypeNotFoundError: a type is not.
        :raises ParameterError: one cannot be the name of a datapoint.
        """
        types = [self._plant.dp_type(dp_type) for _, dp_type, _ in wanted]
        names: set[str] = set()
        for name, _, _ in wanted:
            self._check_new(name)
            if name in names:
                raise DatapointExistsError(f"the datapoint '{name}' is there twice")
            names.add(name)
        made = [
            self._plant.add_datapoint(name, dp_type, self._next_number(), dp_id)
            for (name, _, dp_id), dp_type in zip(wanted, types, strict=True)
        ]
        outcome.entries.append(datapoints_added(made))
        outcome.events += [
            SystemEvent(EventKind.DP_CREATED, one.name, one.dp_type.name) for one in made
        ]
        return made

    def _check_new(self, name: str) -> None:
        try:
            check_datapoint(name, name)
        except OagwError as error:
            raise ParameterError(error.message) from error
        if name in self._plant.datapoints:
            raise DatapointExistsError(f"there is a datapoint '{name}' already")

    def _delete(self, name: str, outcome: Outcome) -> list[Element]:
        datapoint = self._plant.datapoint(name, name)
        self._plant.remove_datapoint(datapoint)
        outcome.entries += datapoint_removed(datapoint)
        self._keep_history(datapoint.elements, outcome)
        reason = DatapointNotFoundError(f"the datapoint '{name}' was deleted")
        end_watches(datapoint.elements, reason, outcome)
        outcome.events.append(
            SystemEvent(EventKind.DP_DELETED, name, datapoint.dp_type.name)
        )
        # Datapoint and elements know each other: once the garbage collector does not look
        # at them any more (gc.freeze), nothing else would let go of them.
        removed, datapoint.elements = datapoint.elements, []
        return removed

    def _keep_history(self, removed: Sequence[Element], outcome: Outcome) -> None:
        """The history of elements that are no more stays readable by their names."""
        archived = [
            element
            for element in removed
            if element.stored("_archive")
            and element.sample is not initial_sample(element.type)
        ]
        for element in archived:
            self._plant.note_former(element.name, element.number, element.type)
        if archived:
            outcome.entries.append(former_added(archived))

    def _copy(self, change: CopyDatapoint, outcome: Outcome) -> None:
        source = self._plant.datapoint(change.source, change.source)
        [target] = self.create([(change.target, source.dp_type.name, 0)], outcome)
        configs = []
        for original, copy in zip(source.elements, target.elements, strict=True):
            for name, attributes in (original.configs or {}).items():
                kept = {key: one for key, one in attributes.items() if key != "_alias"}
                if kept and name != "_lock":
                    copy.restore(name, kept)
                    configs.append((copy.number, name, kept))
                    outcome.mark(copy, frozenset((name,)))
            copy.judge()
            if original.sample.stime:
                outcome.take(copy, original.sample)
        outcome.entries.append(configs_set(configs))

    def _rename(self, change: RenameDatapoint, outcome: Outcome) -> None:
        datapoint = self._plant.datapoint(change.name, change.name)
        self._check_new(change.new_name)
        reason = DatapointNotFoundError(
            f"the datapoint '{change.name}' was renamed to '{change.new_name}'"
        )
        end_watches(datapoint.elements, reason, outcome)
        outcome.renamed[change.name] = (datapoint, {})
        self._plant.rename_datapoint(datapoint, change.new_name)
        outcome.entries.append(datapoint_renamed(datapoint))
        outcome.events.append(
            SystemEvent(
                EventKind.DP_RENAMED, change.name, datapoint.dp_type.name, change.new_name
            )
        )

    def _create_type(self, root: TypeNode, outcome: Outcome) -> None:
        if root.name in self._plant.types:
            raise TypeExistsError(
                f"there is a type '{root.name}' already; change it with DpTypeChange"
            )
        self.add_types([root], outcome)

    def add_types(self, roots: Sequence[TypeNode], outcome: Outcome) -> None:
        """Make types, which may refer to one another.

        :raises OagwError: one cannot be built; none is made.
        """
        for root in roots:
            if not is_name(root.name):
                raise ParameterError(f"'{root.name}' cannot be the name of a type")
        definitions = self._plant.definitions | {root.name: root for root in roots}
        for dp_type in [build_type(one.name, one, definitions) for one in roots]:
            self._plant.add_type(dp_type)
            outcome.entries.append(type_set(dp_type))
            outcome.events.append(SystemEvent(EventKind.DP_TYPE_CREATED, dp_type.name))

    def change_type(
        self, root: TypeNode, renamed: Mapping[str, str], outcome: Outcome
    ) -> list[Element]:
        """Give a type, and all that refer to it, other elements.

        :returns: the elements that are no more.
        :raises OagwError: it cannot be built; nothing has changed.
        """
        present = self._plant.dp_type(root.name)
        for path in renamed:
            if path not in present.by_path:
                raise ElementNotFoundError(f"type {root.name} has no element '{path}'")
        plans = affected_types(root, renamed, self._plant.types)
        removed: list[Element] = []
        for plan in plans:
            self._plant.add_type(plan.new)
            outcome.entries.append(type_set(plan.new, plan.given))
            removed += migrate(plan, self._plant.of_type(plan.new.name), outcome)
            outcome.events.append(SystemEvent(EventKind.DP_TYPE_CHANGED, plan.new.name))
        self._keep_history(removed, outcome)
        for element in removed:
            self._plant.note_alias(element, "")
        for plan in plans:
            self._note_aliases(plan)
        return removed

    def _note_aliases(self, plan: Plan) -> None:
        """Find elements that have taken the place of others by their aliases."""
        converted = plan.converted
        for datapoint in self._plant.of_type(plan.new.name) if converted else ():
            for node in converted:
                element = datapoint.elements[node.index]
                alias = element.stored("_common").get("_alias")
                if alias:
                    self._plant.note_alias(element, str(alias))

    def _delete_type(self, name: str, outcome: Outcome) -> None:
        self._plant.dp_type(name)
        count = len(self._plant.of_type(name))
        if count:
            raise IllegalCallError(
                f"the type '{name}' has {count} datapoints; delete them first"
            )
        users = [one.name for one in self._plant.types.values() if name in one.references]
        if users:
            raise IllegalCallError(
                f"the type '{name}' is referred to by {', '.join(users)}"
            )
        self._plant.remove_type(name)
        outcome.entries.append(type_removed(name))
        outcome.events.append(SystemEvent(EventKind.DP_TYPE_DELETED, name))


def end_watches(elements: Sequence[Element], reason: OagwError, outcome: Outcome) -> None:
    """Nobody can be told of these elements by their names any more."""
    for element in elements:
        outcome.ended.update(dict.fromkeys(element.watched or (), reason))
        element.watched = None
