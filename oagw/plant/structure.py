"""Changes of the structure at run time: datapoints and types come, change and go."""

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
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.facts import (
    ConfigRow,
    ConfigsChanged,
    DatapointDeleted,
    DatapointRenamed,
    DatapointRow,
    DatapointsCreated,
    DeletedRow,
    ElementsDeleted,
    HistoryKept,
    TypeDefined,
    TypeDeleted,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import Plant
from oagw.plant.typemigration import (
    TypeMigration,
    migrate_datapoints,
    plan_migrations,
)


class PlantStructure:
    """Carries out changes of a plant's structure, each as a whole or not at all.

    :param next_number: gives the number of a new datapoint.
    """

    def __init__(self, plant: Plant, next_number: Callable[[], int]) -> None:
        self._plant = plant
        self._next_number = next_number

    def change(self, change: StructureChange, outcome: Outcome) -> list[Element]:
        """Carry out a change; returns the deleted elements.

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
        """Create datapoints, all or none.

        :param wanted: name, type, and ID in the project that it comes from (0: none).
        :raises DatapointExistsError: a datapoint of that name exists.
        :raises TypeNotFoundError: a type does not exist.
        :raises ParameterError: a text cannot be the name of a datapoint.
        """
        types = [self._plant.dp_type(dp_type) for _, dp_type, _ in wanted]
        names: set[str] = set()
        for name, _, _ in wanted:
            self._check_new(name)
            if name in names:
                raise DatapointExistsError(f"the datapoint '{name}' is listed twice")
            names.add(name)
        created = [
            self._plant.add_datapoint(name, dp_type, self._next_number(), dp_id)
            for (name, _, dp_id), dp_type in zip(wanted, types, strict=True)
        ]
        rows = [
            DatapointRow(one.number, one.name, one.dp_type.name, one.dp_id)
            for one in created
        ]
        outcome.facts.append(DatapointsCreated(rows))
        outcome.events += [
            SystemEvent(EventKind.DP_CREATED, one.name, one.dp_type.name) for one in created
        ]
        return created

    def _check_new(self, name: str) -> None:
        try:
            check_datapoint(name, name)
        except OagwError as error:
            raise ParameterError(error.message) from error
        if name in self._plant.datapoints:
            raise DatapointExistsError(f"the datapoint '{name}' exists already")

    def _delete(self, name: str, outcome: Outcome) -> list[Element]:
        datapoint = self._plant.datapoint(name, name)
        self._plant.remove_datapoint(datapoint)
        outcome.facts += [
            DatapointDeleted(datapoint.number),
            ElementsDeleted([element.number for element in datapoint.elements]),
        ]
        self._keep_history(datapoint.elements, outcome)
        reason = DatapointNotFoundError(f"the datapoint '{name}' was deleted")
        for element in datapoint.elements:
            outcome.end_watches(element, reason)
        outcome.events.append(
            SystemEvent(EventKind.DP_DELETED, name, datapoint.dp_type.name)
        )
        # Datapoint and elements refer to each other. After gc.freeze the garbage collector
        # ignores them, so the circle must be broken here.
        removed, datapoint.elements = datapoint.elements, []
        return removed

    def _keep_history(self, removed: Sequence[Element], outcome: Outcome) -> None:
        """Keep the history of deleted elements readable by their names."""
        archived = [
            element
            for element in removed
            if element.stored("_archive")
            and element.sample is not initial_sample(element.type)
        ]
        for element in archived:
            self._plant.add_deleted(element.name, element.number, element.type)
        if archived:
            rows = [DeletedRow(one.number, one.name, one.type) for one in archived]
            outcome.facts.append(HistoryKept(rows))

    def _copy(self, change: CopyDatapoint, outcome: Outcome) -> None:
        source = self._plant.datapoint(change.source, change.source)
        [target] = self.create([(change.target, source.dp_type.name, 0)], outcome)
        configs: list[ConfigRow] = []
        for original, copy in zip(source.elements, target.elements, strict=True):
            for name, attributes in (original.configs or {}).items():
                kept = {key: one for key, one in attributes.items() if key != "_alias"}
                if kept and name != "_lock":
                    copy.replace_config(name, kept)
                    configs.append((copy.number, name, kept))
                    outcome.mark(copy, frozenset((name,)))
            copy.apply_configs()
            if original.sample.stime:
                outcome.take(copy, original.sample)
        outcome.facts.append(ConfigsChanged(configs))

    def _rename(self, change: RenameDatapoint, outcome: Outcome) -> None:
        datapoint = self._plant.datapoint(change.name, change.name)
        self._check_new(change.new_name)
        reason = DatapointNotFoundError(
            f"the datapoint '{change.name}' was renamed to '{change.new_name}'"
        )
        for element in datapoint.elements:
            outcome.end_watches(element, reason)
        outcome.renamed[change.name] = (datapoint, {})
        self._plant.rename_datapoint(datapoint, change.new_name)
        outcome.facts.append(DatapointRenamed(datapoint.number, change.new_name))
        outcome.events.append(
            SystemEvent(
                EventKind.DP_RENAMED, change.name, datapoint.dp_type.name, change.new_name
            )
        )

    def _create_type(self, root: TypeNode, outcome: Outcome) -> None:
        if root.name in self._plant.types:
            raise TypeExistsError(
                f"the type '{root.name}' exists already; change it with DpTypeChange"
            )
        self.add_types([root], outcome)

    def add_types(self, roots: Sequence[TypeNode], outcome: Outcome) -> None:
        """Create types, which may refer to one another.

        :raises OagwError: a type cannot be built; none is created.
        """
        for root in roots:
            if not is_name(root.name):
                raise ParameterError(f"'{root.name}' cannot be the name of a type")
        definitions = self._plant.definitions | {root.name: root for root in roots}
        for dp_type in [build_type(one.name, one, definitions) for one in roots]:
            self._plant.add_type(dp_type)
            outcome.facts.append(TypeDefined(dp_type))
            outcome.events.append(SystemEvent(EventKind.DP_TYPE_CREATED, dp_type.name))

    def change_type(
        self, root: TypeNode, renamed: Mapping[str, str], outcome: Outcome
    ) -> list[Element]:
        """Change a type, all types that refer to it, and their datapoints.

        :param renamed: the new path of each renamed element by its old one.
        :returns: the deleted elements.
        :raises OagwError: a type cannot be built; nothing has changed.
        """
        present = self._plant.dp_type(root.name)
        for path in renamed:
            if path not in present.by_path:
                raise ElementNotFoundError(f"type {root.name} has no element '{path}'")
        plans = plan_migrations(root, renamed, self._plant.types)
        removed: list[Element] = []
        for plan in plans:
            self._plant.add_type(plan.new)
            outcome.facts.append(TypeDefined(plan.new, plan.new_numbers))
            removed += migrate_datapoints(plan, self._plant.of_type(plan.new.name), outcome)
            outcome.events.append(SystemEvent(EventKind.DP_TYPE_CHANGED, plan.new.name))
        self._keep_history(removed, outcome)
        for element in removed:
            self._plant.set_alias(element, "")
        for plan in plans:
            self._index_aliases(plan)
        return removed

    def _index_aliases(self, plan: TypeMigration) -> None:
        """Index the elements that have replaced others by their aliases."""
        converted = plan.converted
        for datapoint in self._plant.of_type(plan.new.name) if converted else ():
            for node in converted:
                element = datapoint.elements[node.index]
                alias = element.stored("_common").get("_alias")
                if alias:
                    self._plant.set_alias(element, str(alias))

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
        outcome.facts.append(TypeDeleted(name))
        outcome.events.append(SystemEvent(EventKind.DP_TYPE_DELETED, name))
