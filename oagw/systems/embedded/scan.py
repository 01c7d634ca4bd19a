"""Going through what a query covers, in slices; what was found is exact in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from oagw.interfaces import PlanStep
from oagw.query.finishing import Row
from oagw.systems.embedded.plant import Datapoint, Element
from oagw.systems.embedded.selection import Selection

#: Elements looked at between two looks at whether others want to be served: a millisecond.
_SLICE = 100

#: Gives the rows of the elements of a datapoint that are covered.
Admit: TypeAlias = Callable[[Datapoint, Sequence[Element]], list[Row]]


class Scan:
    """Goes through the datapoints of a selection.

    Others may change the plant between two slices. What has changed is looked at again in
    the last slice, so that the result is that of one moment, and no atomic set is torn.

    :param max_rows: more rows than this are counted, and not kept; ``None`` is no limit.
    :ivar rows: by datapoint.
    :ivar count: of all rows.
    """

    def __init__(
        self,
        selection: Selection,
        admit: Admit,
        max_rows: int | None,
    ) -> None:
        self._selection = selection
        self._admit = admit
        self._max_rows = max_rows
        self._changed: dict[Datapoint, None] = {}
        self._datapoints = 0
        self._elements = 0
        self._title = ""
        self._found = 0
        self.rows: dict[Datapoint, list[Row]] = {}
        self.count = 0

    def note(self, datapoints: Iterable[Datapoint]) -> None:
        """Datapoints have changed, or are new or no more."""
        self._changed.update(dict.fromkeys(datapoints))

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work.

        :raises ConversionError: the condition cannot be decided.
        """
        enough = self._selection.query.enough
        work = 0
        self._title, candidates = self._selection.find()
        self._found = len(candidates)
        for datapoint in candidates:
            if work >= _SLICE:
                work = 0
                yield
            work += 1 + self._visit(datapoint)
            if enough is not None and self.count >= enough and self._settled() >= enough:
                return
        self._settled()

    def _visit(self, datapoint: Datapoint) -> int:
        """Look at a datapoint; returns the number of its elements that are covered."""
        subjects = self._selection.subjects(datapoint)
        rows = self._admit(datapoint, subjects) if subjects else []
        self._datapoints += bool(subjects)
        self._elements += len(subjects)
        self.count += len(rows)
        if self._max_rows is None or self.count <= self._max_rows:
            self.rows[datapoint] = rows
        return len(subjects)

    def _settled(self) -> int:
        """Look again at what has changed meanwhile; returns the number of rows."""
        changed, self._changed = self._changed, {}
        for datapoint in changed:
            present = self.rows.get(datapoint)
            if present is None:
                self._visit(datapoint)
                continue
            # It keeps its place among the others.
            self.count -= len(present)
            subjects = self._selection.subjects(datapoint)
            self.rows[datapoint] = self._admit(datapoint, subjects)
            self.count += len(self.rows[datapoint])
        return self.count

    def all_rows(self) -> list[Row]:
        """The rows that were kept."""
        return [row for rows in self.rows.values() for row in rows]

    @property
    def plan(self) -> list[PlanStep]:
        """What was done, and how many candidates each step has left."""
        return [
            PlanStep(self._title, self._found),
            PlanStep("names and types", self._datapoints),
            PlanStep("elements", self._elements),
            PlanStep("WHERE", self.count),
        ]
