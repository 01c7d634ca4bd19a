"""The effects of one atomic change, gathered before subscribers are notified."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from oagw.errors import OagwError
from oagw.model.behaviour import is_smoothed
from oagw.model.changes import SystemEvent
from oagw.model.samples import Sample
from oagw.plant.element import Datapoint, Element
from oagw.plant.facts import PlantFact

#: The configs that change with every new sample.
VALUE: Final[frozenset[str]] = frozenset({"_original", "_online"})

#: Datapoints by their former names, with the new path of each renamed element by its old.
Renamed: TypeAlias = dict[str, tuple[Datapoint, Mapping[str, str]]]


@dataclass(slots=True)
class Outcome:
    """The effects of an atomic change.

    :ivar facts: what has changed, for a store.
    :ivar archived: samples for the archive, by the element's number.
    :ivar changed: the configs that changed, by element.
    :ivar ended: names that can no longer be watched, and why.
    :ivar events: what happened to datapoints and types.
    :ivar renamed: datapoints and elements with new names.
    :ivar fed: whether a value has changed that others are computed from.
    """

    facts: list[PlantFact] = field(default_factory=list)
    archived: list[tuple[int, Sample]] = field(default_factory=list)
    changed: dict[Element, Set[str]] = field(default_factory=dict)
    ended: dict[str, OagwError] = field(default_factory=dict)
    events: list[SystemEvent] = field(default_factory=list)
    renamed: Renamed = field(default_factory=dict)
    fed: bool = False

    def mark(self, element: Element, configs: Set[str]) -> None:
        """Note that configs of an element changed."""
        present = self.changed.get(element)
        self.changed[element] = configs if present is None else present | configs

    def offer(self, element: Element, sample: Sample) -> bool:
        """Give an element a new sample, unless smoothing drops it; returns whether."""
        behaviour = element.behaviour
        if behaviour is not None and is_smoothed(element.sample, sample, behaviour):
            return False
        self.take(element, sample)
        return True

    def take(self, element: Element, sample: Sample) -> None:
        """Give an element a new sample, which is archived if the element is."""
        number = element.number
        element.sample = sample
        self.facts.append((number, sample))
        present = self.changed.get(element)
        self.changed[element] = VALUE if present is None else present | VALUE
        if element.feeds:
            self.fed = True
        if not element.archived:
            return
        behaviour = element.behaviour
        if behaviour is not None and behaviour.archive_smoothing is not None:
            if not behaviour.archive_smoothing.passes(element.last_archived, sample):
                return
            element.last_archived = sample
        self.archived.append((number, sample))

    def end_watches(self, element: Element, reason: OagwError) -> None:
        """End what subscribers watch of an element under its present name."""
        if element.watched is not None:
            self.ended.update(dict.fromkeys(element.watched, reason))
            element.watched = None
