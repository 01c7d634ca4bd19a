"""DpSet in the embedded system: everything is checked before anything takes effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

import msgspec

from oagw.errors import NamesRefusedError, OagwError
from oagw.interfaces.systems import SetRequest
from oagw.model import status
from oagw.model.behaviour import judged_anew, next_sample
from oagw.model.changes import (
    EventKind,
    SystemEvent,
)
from oagw.model.configs.declarations import Edit
from oagw.model.configs.stored import merged
from oagw.model.values import Value
from oagw.plant.calculated import Functions
from oagw.plant.cells import (
    Cell,
    Cells,
)
from oagw.plant.entries import config_set
from oagw.plant.locks import (
    LOCK,
    note_owner,
)
from oagw.plant.outcome import (
    VALUE,
    Outcome,
)
from oagw.plant.plant import (
    Element,
    Plant,
)
from oagw.plant.servertime import ServerTime
from oagw.plant.setchecks import (
    JUDGING,
    Check,
    source_time,
)

_EVENTS = {
    "_alias": EventKind.DP_ALIAS_CHANGED,
    "_description": EventKind.DP_DESCRIPTION_CHANGED,
    "_unit": EventKind.DP_UNIT_CHANGED,
    "_format": EventKind.DP_FORMAT_CHANGED,
}


class Setting:
    """Sets attributes of a plant's elements."""

    def __init__(
        self,
        plant: Plant,
        cells: Cells,
        functions: Functions,
        zone: tzinfo | None,
        time: ServerTime,
    ) -> None:
        self._plant = plant
        self._cells = cells
        self._functions = functions
        self._zone = zone
        self._time = time

    def edits(self, request: SetRequest) -> dict[Element, Edit]:
        """Check and convert everything.

        :raises NamesRefusedError: something is wrong with at least one name.
        """
        edits: dict[Element, Edit] = {}
        errors: dict[str, OagwError] = {}
        noted: dict[str, Cell] = {}
        for setting in request.settings:
            try:
                cell = self._cells.find(setting.name)
                edit = edits.get(cell.element)
                if edit is None:
                    edit = edits[cell.element] = Edit()
                cell.note(edit, setting.value, self._zone)
                noted[setting.name] = cell
            except OagwError as error:
                errors[setting.name] = error
        self._check(edits, noted, request, errors)
        if errors:
            names = dict.fromkeys(setting.name for setting in request.settings)
            raise NamesRefusedError(
                {name: errors[name] for name in names if name in errors}
            )
        return edits

    def _check(
        self,
        edits: Mapping[Element, Edit],
        noted: Mapping[str, Cell],
        request: SetRequest,
        errors: dict[str, OagwError],
    ) -> None:
        """Check what was noted, now that all of it is known."""
        check = Check(self._plant, self._functions, request, edits)
        for name, cell in noted.items():
            try:
                check.check(cell)
            except OagwError as error:
                errors[name] = error
        circles = check.check_circles()
        if not circles:
            return
        for name, cell in noted.items():
            if cell.config.name == "_dp_fct" and cell.element in circles:
                errors.setdefault(name, circles[cell.element])

    def apply(
        self,
        edits: Mapping[Element, Edit],
        request: SetRequest,
        user: int,
        outcome: Outcome,
    ) -> None:
        """Let edits take effect."""
        configured = False
        now = self._time.now()
        for element, edit in edits.items():
            if edit.stored:
                configured = True
                if LOCK in edit.stored:
                    note_owner(edit, user, request.user)
                self.store(element, edit, outcome)
            if edit.makes_sample:
                given = source_time(edit, request)
                present = element.sample.stime
                if given is not None and given < present:
                    _correct(element, edit, given, user, outcome)
                    continue
                # A set without a source time always becomes the present value, also after
                # one from a clock that is ahead, or was until it was set back.
                stime = self._time.following(present, now) if given is None else given
                made = next_sample(element.sample, edit, stime, user, element.behaviour)
                outcome.offer(element, made)
        if configured or outcome.fed:
            self._functions.compute((), outcome, user)

    def store(self, element: Element, edit: Edit, outcome: Outcome) -> None:
        """Change stored configs."""
        online = element.online
        for config, changes in edit.stored.items():
            if config == "_common":
                self._note_common(element, changes, outcome)
            elif config == "_archive":
                # The next value is archived, whatever the one before was.
                element.kept = None
            element.store(config, changes)
            stored = element.stored(config)
            outcome.entries.append(config_set(element.number, config, stored))
            outcome.mark(element, frozenset((config,)))
        if JUDGING.isdisjoint(edit.stored) or not element.type.holds_value:
            return
        judged = judged_anew(element.sample, element.behaviour)
        if judged != element.sample.status:
            element.sample = msgspec.structs.replace(element.sample, status=judged)
            outcome.entries.append((element.number, element.sample))
            outcome.mark(element, VALUE)
        elif element.online != online:
            outcome.mark(element, VALUE)

    def _note_common(
        self, element: Element, changes: Mapping[str, Value], outcome: Outcome
    ) -> None:
        present = element.stored("_common")
        wanted = merged(present, changes)
        if wanted.get("_alias", "") != present.get("_alias", ""):
            self._plant.note_alias(element, str(wanted.get("_alias", "")))
        # A config that ends takes everything with it.
        touched = changes if wanted else {**present, **changes}
        outcome.events += [
            SystemEvent(_EVENTS[attribute], element.name)
            for attribute in touched
            if attribute in _EVENTS
        ]


def _correct(element: Element, edit: Edit, stime: int, user: int, outcome: Outcome) -> None:
    """Archive a value that is older than the present one."""
    sample = next_sample(element.sample, edit, stime, user, element.behaviour)
    bits = sample.status | status.CORRECTION
    correction = msgspec.structs.replace(sample, status=bits)
    outcome.archived.append((element.number, correction))
