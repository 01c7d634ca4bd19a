"""What a set is refused for, all of it known before anything takes effect."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.errors import OagwError, ParameterError, SourceTimeTooOldError
from oagw.interfaces.systems import SetRequest
from oagw.model import status
from oagw.model.behaviour import Behaviour, behaviour_of, check_edit
from oagw.model.configs.declarations import Edit
from oagw.model.configs.stored import merged
from oagw.model.identifiers import is_name
from oagw.model.values import Value
from oagw.plant.calculated import (
    Calculated,
    Functions,
)
from oagw.plant.cells import Cell
from oagw.plant.locks import (
    LOCK,
    check_lock,
)
from oagw.plant.plant import (
    Element,
    Plant,
)

#: Configs that decide about the present value too, not only about the next one.
JUDGING = frozenset({"_default", "_pv_range", "_u_range"})
_BLAMED = ("_fct", "_param")


class Check:
    """Checks the edits of one set, which take effect together or not at all.

    :param edits: all that the set changes, by element.
    """

    def __init__(
        self,
        plant: Plant,
        functions: Functions,
        request: SetRequest,
        edits: Mapping[Element, Edit],
    ) -> None:
        self._plant = plant
        self._functions = functions
        self._request = request
        self._edits = edits
        self._aliases: dict[str, Element] = {}
        self._calculated: dict[Element, Calculated | None] = {}

    def check(self, cell: Cell) -> None:
        """Refuse what cannot be set of one attribute.

        :raises OagwError: it names the attribute and the reason.
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
        """Whether nothing is configured that could refuse a value: most are like that."""
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
        given = source_time(edit, self._request)
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
        # Unlike the name of a datapoint it may have dots.
        if not is_name(alias.replace(".", "_")):
            raise ParameterError(f"'{alias}' cannot be an alias")
        owner = self._plant.aliases.get(alias, element)
        if _alias(owner, self._edits.get(owner)) != alias:
            # This very set takes it away from there.
            owner = element
        owner = self._aliases.setdefault(alias, owner)
        if owner is not element:
            raise ParameterError(f"the alias '{alias}' belongs to '{owner.name}' already")

    def _check_function(self, cell: Cell, edit: Edit) -> None:
        changed = edit.stored["_dp_fct"]
        attribute = cell.attribute.name
        # What is wrong is told once, of the formula rather than of what comes with it.
        if attribute == next((one for one in _BLAMED if one in changed), attribute):
            config = _wanted(cell.element, edit, "_dp_fct")
            calculated = self._functions.compile(cell.element, config)
            self._calculated[cell.element] = calculated

    def check_circles(self) -> dict[Element, OagwError]:
        """What is wrong with functions as a whole: those that depend on themselves.

        To be called when all attributes have been checked.
        """
        wrong: dict[Element, OagwError] = {}
        for element, calculated in self._calculated.items():
            if calculated is None:
                continue
            try:
                self._functions.check_circle(calculated, self._calculated)
            except OagwError as error:
                wrong[element] = error
        return wrong


def _wanted(element: Element, edit: Edit, config: str) -> Mapping[str, Value]:
    """A stored config as it will be."""
    changes = edit.stored.get(config)
    present = element.stored(config)
    return present if changes is None else merged(present, changes)


def _behaviour(element: Element, edit: Edit) -> Behaviour | None:
    """What will become of values."""
    if JUDGING.isdisjoint(edit.stored):
        return element.behaviour
    return behaviour_of(lambda config: _wanted(element, edit, config))


def _alias(element: Element, edit: Edit | None) -> str:
    """The alias that an element will have."""
    config = element.stored("_common")
    if edit is not None:
        config = _wanted(element, edit, "_common")
    return str(config.get("_alias", ""))


def source_time(edit: Edit, request: SetRequest) -> int | None:
    """The source time that the client gives for an element; ``None`` is now."""
    return edit.stime if edit.stime is not None else request.source_time
