"""The application of a set: checked edits change elements, an outcome collects that."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from oagw.model import status
from oagw.model.behaviour import judged_anew, next_sample
from oagw.model.changes import EventKind, SystemEvent
from oagw.model.configs.declarations import Edit
from oagw.model.configs.stored import merged
from oagw.model.values import Value
from oagw.plant.dpfunctions import DpFunctions
from oagw.plant.element import JUDGING, Element
from oagw.plant.facts import ConfigsChanged
from oagw.plant.locks import LOCK, add_owner
from oagw.plant.outcome import VALUE, Outcome
from oagw.plant.plant import Plant
from oagw.plant.servertime import ServerTime

_EVENTS = {
    "_alias": EventKind.DP_ALIAS_CHANGED,
    "_description": EventKind.DP_DESCRIPTION_CHANGED,
    "_unit": EventKind.DP_UNIT_CHANGED,
    "_format": EventKind.DP_FORMAT_CHANGED,
}


class SetApplication:
    """Applies edits, which :mod:`oagw.plant.setchecks` has checked, to a plant."""

    def __init__(self, plant: Plant, functions: DpFunctions, time: ServerTime) -> None:
        self._plant = plant
        self._functions = functions
        self._time = time

    def apply(
        self, edits: Mapping[Element, Edit], user: int, user_name: str, outcome: Outcome
    ) -> None:
        """Change elements, and compute what depends on them.

        :param user: the number of the user.
        """
        configured = False
        now = self._time.now()
        for element, edit in edits.items():
            if edit.stored:
                configured = True
                if LOCK in edit.stored:
                    add_owner(edit, user, user_name)
                self.change_configs(element, edit.stored, outcome)
            if edit.makes_sample:
                given = edit.stime
                present = element.sample.stime
                if given is not None and given < present:
                    _correct(element, edit, given, user, outcome)
                    continue
                # Without a source time a set always becomes the present value, even if the
                # present one is from a clock that is ahead, or was until it was set back.
                stime = self._time.following(present, now) if given is None else given
                sample = next_sample(element.sample, edit, stime, user, element.behaviour)
                outcome.offer(element, sample)
        if configured or outcome.fed:
            self._functions.compute((), outcome, user)

    def change_configs(
        self,
        element: Element,
        configs: Mapping[str, Mapping[str, Value]],
        outcome: Outcome,
    ) -> None:
        """Change stored configs of an element.

        :param configs: new attributes by config.
        """
        online = element.online
        for config, changes in configs.items():
            if config == "_common":
                self._change_common(element, changes, outcome)
            elif config == "_archive":
                # The next value is archived, whatever the last archived one was.
                element.last_archived = None
            element.change_config(config, changes)
            row = (element.number, config, element.stored(config))
            outcome.facts.append(ConfigsChanged([row]))
            outcome.mark(element, frozenset((config,)))
        if JUDGING.isdisjoint(configs) or not element.type.holds_value:
            return
        judged = judged_anew(element.sample, element.behaviour)
        if judged != element.sample.status:
            element.sample = msgspec.structs.replace(element.sample, status=judged)
            outcome.facts.append((element.number, element.sample))
            outcome.mark(element, VALUE)
        elif element.online != online:
            outcome.mark(element, VALUE)

    def _change_common(
        self, element: Element, changes: Mapping[str, Value], outcome: Outcome
    ) -> None:
        present = element.stored("_common")
        wanted = merged(present, changes)
        if wanted.get("_alias", "") != present.get("_alias", ""):
            self._plant.set_alias(element, str(wanted.get("_alias", "")))
        # Deleting a config deletes all of its attributes.
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
