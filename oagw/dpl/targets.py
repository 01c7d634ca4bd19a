"""What the rows of DPL files are about: types and datapoints, there already or to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from oagw.dpl.plan import ExistingPlant, NewDatapoint, Plan
from oagw.dpl.sections import Row
from oagw.errors import OagwError
from oagw.model.dptypes import DpType, TypeNode, build_type
from oagw.model.identifiers import check_datapoint


@dataclass(slots=True)
class Missing:
    """A type that is neither in the files nor in the system, and where it is needed."""

    file: str
    row: Row
    datapoints: list[NewDatapoint] = field(default_factory=list)


class Targets:
    """Types and datapoints as they will be after the import.

    :ivar missing: types that are needed and are not there.
    :ivar pending: the type of datapoints whose type is missing.
    :ivar bad_types: types that were refused and are not in the system either.
    :ivar left_out: datapoints that were refused; rows about them say nothing more.
    """

    def __init__(self, known: ExistingPlant, plan: Plan) -> None:
        self._known = known
        self._plan = plan
        self._types: dict[str, DpType] = {}
        self._new: dict[str, DpType] = {}
        self.missing: dict[str, Missing] = {}
        self.pending: dict[str, str] = {}
        self.bad_types: set[str] = set()
        self.left_out: set[str] = set()

    @property
    def definitions(self) -> dict[str, TypeNode]:
        """The types that the system has."""
        return {name: one.root for name, one in self._known.types.items()}

    def add_types(
        self, nodes: Mapping[str, TypeNode], refuse: Callable[[str, str], None]
    ) -> None:
        """Take in the definitions of the files.

        :param refuse: told of a type that cannot be built, and why.
        """
        wanted = dict(nodes)
        while True:
            definitions = self.definitions | wanted
            built, wrong = self._build(definitions, wanted)
            for name, reason in wrong.items():
                refuse(name, reason)
            for name in wrong:
                del wanted[name]
                self.refuse_type(name)
            if not wrong:
                break
        for name, node in wanted.items():
            present = self._known.types.get(name)
            if present is None:
                self._plan.new_types[name] = node
            elif same_elements(present.root, node) and not (
                # A definition confirms what was inferred: that is a change too.
                present.root.has_inferred and not node.has_inferred
            ):
                self._plan.count("types that were there")
            else:
                self._plan.changed_types[name] = node
        self._types = built
        self._plan.count("new types", len(self._plan.new_types))
        self._plan.count("changed types", len(self._plan.changed_types))

    def _build(
        self, definitions: Mapping[str, TypeNode], wanted: Mapping[str, TypeNode]
    ) -> tuple[dict[str, DpType], dict[str, str]]:
        """The types of the files and those that refer to them, and what is wrong."""
        built: dict[str, DpType] = {}
        wrong: dict[str, str] = {}
        for name in (*wanted, *self._referring(wanted)):
            try:
                check_datapoint(name, name)
                built[name] = build_type(name, definitions[name], definitions)
            except OagwError as error:
                # If one of the system does not go together with those of the files,
                # these are to blame.
                blamed = (name,) if name in wanted else self._below(name, wanted)
                for one in blamed:
                    wrong.setdefault(one, error.message)
        return built, wrong

    def _referring(self, wanted: Iterable[str]) -> list[str]:
        """The types of the system that refer to some of these, at any distance."""
        found = set(wanted)
        referring: dict[str, None] = {}
        while True:
            more = [
                name
                for name, one in self._known.types.items()
                if name not in found and one.references & found
            ]
            if not more:
                return list(referring)
            found.update(more)
            referring.update(dict.fromkeys(more))

    def _below(self, name: str, wanted: Iterable[str]) -> list[str]:
        """Those of the files that a type of the system refers to, at any distance."""
        found, pending = {name}, [name]
        while pending:
            present = self._known.types.get(pending.pop())
            more = present.references - found if present is not None else frozenset()
            found |= more
            pending += more
        return [one for one in wanted if one in found]

    def refuse_type(self, name: str) -> None:
        """Leave out a type, and its datapoints unless the system has the type."""
        if name not in self._known.types:
            self.bad_types.add(name)

    def add_inferred(self, node: TypeNode) -> None:
        """Take in a type that was told from what the files show, and its datapoints.

        :raises OagwError: it cannot be built.
        """
        check_datapoint(node.name, node.name)
        self._types[node.name] = build_type(node.name, node, {})
        self._plan.new_types[node.name] = node
        self._plan.count("new types")
        for datapoint in self.missing[node.name].datapoints:
            self.add_datapoint(datapoint)

    def has_type(self, name: str) -> bool:
        """Whether there is such a type, or will be."""
        return name in self._types or name in self._known.types

    def type_of(self, datapoint: str) -> DpType | None:
        """The type of a datapoint that is there, or will be."""
        found = self._new.get(datapoint)
        if found is not None:
            return found
        present = self._known.type_of(datapoint)
        return None if present is None else self._types.get(present.name, present)

    def alias_owner(self, alias: str) -> tuple[str, str] | None:
        """Datapoint and path of the element that has an alias in the system."""
        return self._known.alias_owner(alias)

    def add_datapoint(self, datapoint: NewDatapoint) -> DpType:
        """Have a datapoint made, of a type that there will be."""
        dp_type = self._types.get(datapoint.dp_type) or self._known.types[datapoint.dp_type]
        if datapoint.name not in self._new:
            self._new[datapoint.name] = dp_type
            self._plan.datapoints.append(datapoint)
            self._plan.count("new datapoints")
        return dp_type

    def postpone(self, datapoint: NewDatapoint, file: str, row: Row) -> None:
        """A datapoint cannot be made before its type is known."""
        if datapoint.name not in self.pending:
            self.pending[datapoint.name] = datapoint.dp_type
            missing = self.missing.setdefault(datapoint.dp_type, Missing(file, row))
            missing.datapoints.append(datapoint)

    def leave_out(self, datapoint: str) -> None:
        """Rows about a datapoint that was refused are left out with it."""
        if datapoint not in self.left_out and datapoint not in self._new:
            self.left_out.add(datapoint)
            self._plan.count("datapoints left out")


def same_elements(one: TypeNode, other: TypeNode) -> bool:
    """Whether two definitions have the same elements; their ids do not count."""
    return (
        (one.name, one.type, one.reference) == (other.name, other.type, other.reference)
        and len(one.children) == len(other.children)
        and all(map(same_elements, one.children, other.children))
    )
