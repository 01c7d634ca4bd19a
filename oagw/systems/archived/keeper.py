"""The datapoints of a system whose values are archived here, as they are known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from twisted.logger import Logger

from oagw.errors import OagwError
from oagw.model.changes import (
    ChangeType,
    DeleteDatapoint,
    RenameDatapoint,
    StructureChange,
)
from oagw.model.configs.declarations import Edit
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import is_name
from oagw.model.patterns import Pattern
from oagw.plant.outcome import Outcome
from oagw.plant.plant import Element
from oagw.systems.archived.survey import Survey
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger()
#: Datapoints that are made in one step: others are served between two.
_STEP = 200


class Keeper:
    """Has in an embedded system, on disk, what a system elsewhere has or once had.

    The embedded system gives elements their series in the archive, and reads them. What is
    no more over there stays here: its history can be read.

    :param system: called as the one elsewhere.
    :param patterns: of the elements that are archived.
    """

    def __init__(self, system: EmbeddedSystem, patterns: Sequence[Pattern]) -> None:
        self.system = system
        self.patterns = patterns
        self._plant = system.plant
        self._leave_what_is_not_wanted()

    def _leave_what_is_not_wanted(self) -> None:
        """The configuration may have had other patterns the last time."""
        outcome = Outcome()
        for datapoint in self._plant.datapoints.values():
            for element in datapoint.elements:
                if element.archived and not self._is_wanted(element):
                    self._archive(element, False, outcome)
        self.system.store.add(outcome.entries)

    def _is_wanted(self, element: Element) -> bool:
        datapoint, path = element.datapoint.name, element.node.path
        return element.type.holds_value and any(
            one.matches(datapoint, path) for one in self.patterns
        )

    def _archive(self, element: Element, wanted: bool, outcome: Outcome) -> None:
        edit = Edit(stored={"_archive": {"_archive": wanted}})
        self.system.setting.store(element, edit, outcome)

    def has(self, name: str) -> bool:
        """Whether the history of a complete name is read here."""
        element_name = name.split(":")[1]
        datapoint, _, path = element_name.partition(".")
        present = self._plant.datapoints.get(datapoint)
        node = None if present is None else present.dp_type.by_path.get(path)
        if present is None or node is None:
            return element_name in self._plant.former
        return present.elements[node.index].archived

    def had(self, name: str) -> bool:
        """Whether a complete name is known here: it may have been archived once."""
        datapoint, _, path = name.split(":")[1].partition(".")
        present = self._plant.datapoints.get(datapoint)
        return present is not None and path in present.dp_type.by_path

    def follow(self, found: Survey, wanted: list[Element]) -> Iterator[None]:
        """Become what was found, a step at a time.

        :param wanted: is given the elements that are to be archived.
        """
        self._follow_types(found.types)
        yield
        pairs = list(found.datapoints.items())
        for start in range(0, len(pairs), _STEP):
            wanted += self._follow_datapoints(dict(pairs[start : start + _STEP]))
            yield

    def _follow_types(self, types: Mapping[str, TypeNode]) -> None:
        known = self._plant.types
        new = [root for name, root in types.items() if name not in known]
        if new:
            self._make_types(new)
        for name, root in types.items():
            if name in known and known[name].root != root:
                self._change(ChangeType(root))

    def _make_types(self, roots: Sequence[TypeNode]) -> None:
        outcome = Outcome()
        try:
            self.system.structure.add_types(roots, outcome)
        except OagwError as error:
            if len(roots) == 1:
                _log.warn("{name}: {error}", name=self.system.name, error=error)
                return
            # One cannot be made, or what refers to it.
            for root in roots:
                self._make_types([root])
            return
        self.system.commit(outcome, False)

    def _change(self, change: StructureChange) -> None:
        outcome = Outcome()
        try:
            removed = self.system.structure.change(change, outcome)
        except OagwError as error:
            _log.warn("{name}: {error}", name=self.system.name, error=error)
            return
        self.system.settle(outcome, removed)
        self.system.commit(outcome, False)

    def _follow_datapoints(self, datapoints: Mapping[str, str]) -> list[Element]:
        plant = self._plant
        for name, dp_type in datapoints.items():
            present = plant.datapoints.get(name)
            if present is not None and present.dp_type.name != dp_type:
                self._change(DeleteDatapoint(name))
        outcome = Outcome()
        self.system.structure.create(
            [
                (name, dp_type, 0)
                for name, dp_type in datapoints.items()
                if name not in plant.datapoints and dp_type in plant.types and is_name(name)
            ],
            outcome,
        )
        wanted = [
            element
            for name in datapoints
            if (present := plant.datapoints.get(name)) is not None
            for element in present.elements
            if self._is_wanted(element)
        ]
        for element in wanted:
            if not element.archived:
                self._archive(element, True, outcome)
        self.system.commit(outcome, False)
        return wanted

    def rename(self, name: str, new_name: str) -> None:
        """A datapoint has another name over there; its history stays with it."""
        datapoints = self._plant.datapoints
        if name in datapoints and new_name not in datapoints:
            self._change(RenameDatapoint(name, new_name))
