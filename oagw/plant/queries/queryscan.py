"""Going through what a query covers, in slices; what was found is exact in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from oagw.interfaces.systems import PlanStep
from oagw.plant.plant import (
    Datapoint,
    Element,
)
from oagw.plant.queries.selection import Selection
from oagw.query.finishing import Row

#: Elements looked at between two looks at whether others want to be served: a millisecond.
_SLICE = 100

#: Gives the rows of the elements of a datapoint that are covered.
Admit: TypeAlias = Callable[[Datapoint, Sequence[Element]], list[Row]]


class Scan:
    """Goes through the datapoints of a selection.

    Others may change the plant between two slices. What has changed is looked at again in
    the last slice, so that the result is that of one moment, and no atomic set is torn.

    :param max_rows: more rows than this are counted, and not kept; ``None`` is no limit.
    :ivar count: of all rows.
    """

    def __init__(self, selection: Selection, admit: Admit, max_rows: int | None) -> None:
        self._selection = selection
        self._admit = admit
        self._max_rows = max_rows
        self._title = ""
        self._candidates = 0
        self._changed: dict[Datapoint, None] = {}
        #: Elements that are covered, and rows, of each datapoint that has been looked at.
        self._looked: dict[Datapoint, tuple[int, int]] = {}
        self._kept: dict[Datapoint, list[Row]] = {}
        self._left_out: dict[Datapoint, None] = {}
        self._is_ordered = True
        self.count = 0

    def note(self, datapoints: Iterable[Datapoint]) -> None:
        """Datapoints have changed, or are new or no more."""
        self._changed.update(dict.fromkeys(datapoints))

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work.

        :raises ConversionError: the condition cannot be decided.
        """
        enough = self._selection.query.enough
        place, cost = self._selection.place, self._selection.cost
        work = 0
        self._title, candidates = self._selection.find()
        self._candidates = len(candidates)
        for datapoint in candidates:
            if work >= _SLICE:
                work = 0
                yield
            work += cost + self._visit(datapoint)
            if enough is not None and self.count >= enough:
                self._settle(place(datapoint))
                if self.count >= enough:
                    return
        self._settle()
        while self._left_out and self.count <= (self._max_rows or 0):
            # So many rows have left that there is room for all.
            left_out, self._left_out = self._left_out, {}
            for datapoint in left_out:
                if work >= _SLICE:
                    work = 0
                    yield
                work += cost + self._visit(datapoint)
            self._is_ordered = False
            self._settle()

    def _visit(self, datapoint: Datapoint) -> int:
        """Look at a datapoint; returns the number of its elements that are covered."""
        subjects = self._selection.subjects(datapoint)
        if not subjects and datapoint not in self._looked:
            return 0
        self._forget(datapoint)
        rows = self._admit(datapoint, subjects)
        self._looked[datapoint] = len(subjects), len(rows)
        self.count += len(rows)
        if rows and (self._max_rows is None or self.count <= self._max_rows):
            self._kept[datapoint] = rows
        elif rows:
            self._left_out[datapoint] = None
        return len(subjects)

    def _forget(self, datapoint: Datapoint) -> None:
        _, count = self._looked.pop(datapoint, (0, 0))
        self.count -= count
        self._kept.pop(datapoint, None)
        self._left_out.pop(datapoint, None)

    def _settle(self, last: int | None = None) -> None:
        """Look again at what has changed meanwhile.

        :param last: what stands behind this is not looked at yet.
        """
        place = self._selection.place
        changed, self._changed = self._changed, {}
        for datapoint in changed:
            self._is_ordered = False
            if last is None or place(datapoint) <= last:
                self._visit(datapoint)
            else:
                self._forget(datapoint)
                self._changed[datapoint] = None

    def _ordered(self) -> Iterable[Datapoint]:
        if not self._is_ordered:
            return sorted(self._kept, key=self._selection.place)
        return self._kept

    def rows(self) -> list[Row]:
        """The rows that were kept, in their order."""
        return [row for one in self._ordered() for row in self._kept[one]]

    @property
    def plan(self) -> list[PlanStep]:
        """What was done, and how many candidates each step has left."""
        elements = [elements for elements, _ in self._looked.values() if elements]
        return [
            PlanStep(self._title, self._candidates),
            PlanStep("names and types", len(elements)),
            PlanStep("elements", sum(elements)),
            PlanStep("WHERE", self.count),
        ]
