"""The checks of a set: it is converted and checked as a whole before anything takes effect.

The way of a set is: :class:`SetChecks` makes edits of it or refuses it, then
:mod:`oagw.plant.setapplication` applies the edits, then the system commits the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from oagw.errors import (
    NamesRefusedError,
    OagwError,
    ParameterError,
    SourceTimeTooOldError,
)
from oagw.interfaces.systems import SetRequest
from oagw.model import status
from oagw.model.behaviour import Behaviour, behaviour_of, check_edit
from oagw.model.configs.declarations import Edit
from oagw.model.configs.stored import merged
from oagw.model.identifiers import is_name
from oagw.model.values import Value
from oagw.plant.cells import Cell, Cells
from oagw.plant.dpfunctions import DpFunction, DpFunctions
from oagw.plant.element import JUDGING, Element
from oagw.plant.locks import LOCK, check_lock
from oagw.plant.plant import Plant

#: Attributes of a function that an error is reported for, the first that the set has.
_BLAMED = ("_fct", "_param")


class SetChecks:
    """Checks sets of a plant's attributes.

    :param zone: the zone of times without one; ``None`` is the server's local time.
    """

    def __init__(
        self, plant: Plant, cells: Cells, functions: DpFunctions, zone: tzinfo | None
    ) -> None:
        self._plant = plant
        self._cells = cells
        self._functions = functions
        self._zone = zone

    def check(self, request: SetRequest) -> dict[Element, Edit]:
        """Convert and check everything; returns what the set changes of each element.

        :raises NamesRefusedError: at least one name is refused; it has the error of each.
        """
        edits: dict[Element, Edit] = {}
        errors: dict[str, OagwError] = {}
        converted: dict[str, Cell] = {}
        for given in request.values:
            try:
                cell = self._cells.find(given.name)
                edit = edits.get(cell.element)
                if edit is None:
                    edit = edits[cell.element] = Edit()
                cell.add_to(edit, given.value, self._zone)
                converted[given.name] = cell
            except OagwError as error:
                errors[given.name] = error
        # What is allowed may depend on the other attributes, which are all known now.
        check = _SetCheck(self._plant, self._functions, request, edits)
        for name, cell in converted.items():
            try:
                check.check(cell)
            except OagwError as error:
                errors[name] = error
        circles = check.circles()
        for name, cell in converted.items() if circles else ():
            if cell.config.name == "_dp_fct" and cell.element in circles:
                errors.setdefault(name, circles[cell.element])
        if errors:
            names = dict.fromkeys(given.name for given in request.values)
            raise NamesRefusedError(
                {name: errors[name] for name in names if name in errors}
            )
        if request.source_time is not None:
            _add_source_time(edits, request.source_time)
        return edits


class _SetCheck:
    """Checks the edits of one set, which take effect together or not at all.

    :param edits: all that the set changes, by element.
    """

    def __init__(
        self,
        plant: Plant,
        functions: DpFunctions,
        request: SetRequest,
        edits: Mapping[Element, Edit],
    ) -> None:
        self._plant = plant
        self._functions = functions
        self._request = request
        self._edits = edits
        self._aliases: dict[str, Element] = {}
        self._function: dict[Element, DpFunction | None] = {}

    def check(self, cell: Cell) -> None:
        """Check the new value of one attribute.

        :raises OagwError: it is refused; the error names the attribute and the reason.
        """
        element, config = cell.element, cell.config.name
        edit = self._edits[element]
        if config == "_original" and self._takes_all(element, edit):
            return
        check_lock(cell, self._request.user)
        try:
            if config == "_original":
                if cell.attribute.name == "_value":
                    check_edit(element.sample, edit, _behaviour(element, edit))
                self._check_source_time(element, edit)
            elif config == "_common" and cell.attribute.name == "_alias":
                self._check_alias(element, str(edit.stored[config]["_alias"]))
            elif config == "_dp_fct":
                self._check_function(cell, edit)
        except OagwError as error:
            raise type(error)(f"'{cell.name}': {error.message}") from error

    def _takes_all(self, element: Element, edit: Edit) -> bool:
        """Whether nothing is configured that could refuse a value: the usual case."""
        return (
            element.behaviour is None
            and not edit.stored
            and edit.stime is None
            and self._request.source_time is None
            and bool(element.sample.status & status.ACTIVE)
            and (element.configs is None or LOCK not in element.configs)
        )

    def _check_source_time(self, element: Element, edit: Edit) -> None:
        """Refuse a value that is older than the present one and that no archive takes.

        :raises SourceTimeTooOldError: it would be lost.
        """
        given = edit.stime if edit.stime is not None else self._request.source_time
        if given is None or given >= element.sample.stime:
            return
        if not _wanted(element, edit, "_archive").get("_archive", False):
            raise SourceTimeTooOldError(
                "the source time is older than the present value's, and the element is "
                "not archived; a correction needs an archive"
            )

    def _check_alias(self, element: Element, alias: str) -> None:
        if not alias:
            return
        # Unlike the name of a datapoint an alias may contain dots.
        if not is_name(alias.replace(".", "_")):
            raise ParameterError(f"'{alias}' cannot be an alias")
        owner = self._plant.aliases.get(alias, element)
        if _alias(owner, self._edits.get(owner)) != alias:
            # The same set gives the owner another alias.
            owner = element
        owner = self._aliases.setdefault(alias, owner)
        if owner is not element:
            raise ParameterError(f"the alias '{alias}' belongs to '{owner.name}'")

    def _check_function(self, cell: Cell, edit: Edit) -> None:
        changed = edit.stored["_dp_fct"]
        attribute = cell.attribute.name
        # An error is reported once, for the formula rather than for its parameters.
        if attribute == next((one for one in _BLAMED if one in changed), attribute):
            config = _wanted(cell.element, edit, "_dp_fct")
            function = self._functions.compile(cell.element, config)
            self._function[cell.element] = function

    def circles(self) -> dict[Element, OagwError]:
        """The functions that depend on themselves; all attributes must be checked first."""
        wrong: dict[Element, OagwError] = {}
        for element, function in self._function.items():
            if function is None:
                continue
            try:
                self._functions.check_circle(function, self._function)
            except OagwError as error:
                wrong[element] = error
        return wrong


def _wanted(element: Element, edit: Edit, config: str) -> Mapping[str, Value]:
    """A stored config as the set will leave it."""
    changes = edit.stored.get(config)
    present = element.stored(config)
    return present if changes is None else merged(present, changes)


def _behaviour(element: Element, edit: Edit) -> Behaviour | None:
    """The behaviour of values as the set will leave it."""
    if JUDGING.isdisjoint(edit.stored):
        return element.behaviour
    return behaviour_of(lambda config: _wanted(element, edit, config))


def _alias(element: Element, edit: Edit | None) -> str:
    """The alias that the set will leave an element with."""
    config = element.stored("_common")
    if edit is not None:
        config = _wanted(element, edit, "_common")
    return str(config.get("_alias", ""))


def _add_source_time(edits: Mapping[Element, Edit], source_time: int) -> None:
    """Give the source time of a set to the samples that have none of their own."""
    for edit in edits.values():
        if edit.stime is None and edit.makes_sample:
            edit.stime = source_time
