"""Rows of the past: a query with TIMERANGE has a row for each archived value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from twisted.internet.defer import Deferred

from oagw.errors import NoArchivedValuesError, ParameterError
from oagw.interfaces.archives import (
    IArchive,
    IScan,
)
from oagw.interfaces.services import Slices
from oagw.interfaces.systems import (
    Found,
    PlanStep,
    QueryRequest,
)
from oagw.model.columns import Columns
from oagw.model.configs.declarations import ElementState
from oagw.model.samples import Sample
from oagw.model.times import to_ms
from oagw.plant.pastelement import PastState
from oagw.plant.plant import (
    Datapoint,
    Element,
)
from oagw.plant.queries.selection import Selection
from oagw.plant.queries.windows import Windows
from oagw.query.finishing import Row
from oagw.query.keeping import Keeping
from oagw.query.scope import historical
from oagw.query.tree import Period

#: That many rows are made in about a millisecond; more go to a thread.
_SMALL = 200
#: Elements looked at between two looks at whether others want to be served.
_SLICE = 200

#: An element and its samples in the period, or in a part of it.
_History = tuple[Element, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class _PastDatapoint:
    """A datapoint at a time of the past; ``None`` where an element has no value then."""

    name: str
    elements: Sequence[ElementState | None]


class PastRows:
    """Reads the rows of one query from the archive, a piece of an element at a time.

    :param offload: runs longer work in a thread.
    """

    def __init__(
        self,
        selection: Selection,
        request: QueryRequest,
        archive: IArchive,
        offload: Callable[[Callable[[], object]], Deferred[object]],
    ) -> None:
        assert request.query.period is not None
        self._selection = selection
        self._query = request.query
        self._period: Period = request.query.period
        self._archive = archive
        self._offload = offload
        self._limit = request.max_values
        self._kept = Keeping(request.query, request.max_rows, request.raw)
        # What is shown, and then what conditions and groups read of the past besides.
        self._shown = [one.element or "" for one in request.query.attributes]
        self._read = dict.fromkeys(
            (*self._shown, *(one.element or "" for one in historical(request.query)))
        )
        self._title = ""
        self._candidates = 0
        self._subjects: list[Element] = []
        self._values = 0

    async def read(self, slices: Slices) -> Found:
        """Read all rows.

        :raises ParameterError: more values would have to be read than are allowed.
        :raises NoArchivedValuesError: nothing that the query is about is archived, or was
            in the period.
        """
        await slices(self._find_subjects())
        for subject in self._subjects:
            if self._has_enough:
                break
            # What was deleted meanwhile has no row.
            if subject.datapoint.elements:
                await self._read_subject(subject)
        self._check_archived()
        kept = self._kept
        return Found(kept.rows, kept.count, self._plan(), kept.groups)

    def _check_archived(self) -> None:
        if self._values or not self._subjects:
            return
        if any(one.archived for each in self._subjects for one in self._elements(each)):
            return
        shown = self._selection.name(self._subjects[0])
        count = len(self._subjects)
        raise NoArchivedValuesError(
            f"none of the {count} elements of the query (such as '{shown}') is archived or "
            "has archived values in this period; to archive values from now on, set "
            "'_archive.._archive' of an element to true"
        )

    @property
    def _has_enough(self) -> bool:
        enough = self._query.enough
        return enough is not None and self._kept.count >= enough

    def _find_subjects(self) -> Iterator[None]:
        work = 0
        self._title, candidates = self._selection.find()
        self._candidates = len(candidates)
        for datapoint in candidates:
            if work >= _SLICE:
                work = 0
                yield
            subjects = self._selection.subjects(datapoint)
            self._subjects += subjects
            work += self._selection.cost + len(subjects)

    async def _read_subject(self, subject: Element) -> None:
        elements = self._elements(subject)
        scans: list[IScan | None] = []
        try:
            for element in elements:
                scans.append(await self._scan(element))
            windows = Windows(scans)
            while not self._has_enough and (window := await windows.next()) is not None:
                self._count_values(sum(map(len, window)))
                work = partial(self._take, subject, elements, window)
                if sum(map(len, window)) <= _SMALL:
                    work()
                else:
                    await self._offload(work)
        finally:
            for scan in scans:
                if scan is not None:
                    scan.close()

    async def _scan(self, element: Element) -> IScan | None:
        if not element.stored("_archive"):
            # It was never archived.
            return None
        period = self._period
        return await self._archive.scan(
            element.number, period.first, period.last, period.bonus
        )

    def _count_values(self, count: int) -> None:
        """Note that values were read.

        :raises ParameterError: there are more than are allowed.
        """
        self._values += count
        if self._values > self._limit:
            raise ParameterError(
                f"the query would read more than {self._limit} archived values; ask for a "
                "shorter period or for fewer elements, or raise [archive] max_period_values"
            )

    def _elements(self, subject: Element) -> list[Element]:
        """The elements whose past a row depends on."""
        if not self._query.is_named:
            return [subject]
        datapoint = subject.datapoint
        nodes = (datapoint.dp_type.by_path.get(path) for path in self._read)
        return [datapoint.elements[node.index] for node in nodes if node is not None]

    def _take(
        self, subject: Element, elements: Sequence[Element], window: Sequence[Columns]
    ) -> None:
        """Keep the rows that samples make; in a thread, if these are many."""
        histories = [
            (element, columns.samples())
            for element, columns in zip(elements, window, strict=True)
        ]
        self._kept.add(self._make(subject, histories))

    def _make(self, subject: Element, histories: Sequence[_History]) -> list[Row]:
        selection = self._selection
        slot, name = selection.slot(subject), selection.name(subject)
        states = (
            _rows_of_datapoint(subject, histories, self._shown)
            if self._query.is_named
            else _rows_of_element(*histories[0])
        )
        return [
            [name, to_ms(time), *slot.values(state)]
            for time, state in states
            if slot.test is None or slot.test(state)
        ]

    def _plan(self) -> list[PlanStep]:
        return [
            PlanStep(self._title, self._candidates),
            PlanStep("elements", len(self._subjects)),
            PlanStep("TIMERANGE", self._values),
            PlanStep("WHERE", self._kept.count),
        ]


def _rows_of_element(
    element: Element, samples: Sequence[Sample]
) -> Iterator[tuple[int, PastState]]:
    return ((sample.stime, PastState(sample, element)) for sample in samples)


def _rows_of_datapoint(
    subject: Element, histories: Sequence[_History], shown_paths: Sequence[str]
) -> Iterator[tuple[int, PastState]]:
    """A row for each time at which one of the elements that are shown has a value.

    Several values of an element at the same time are several rows.

    :param histories: those that are shown come first.
    """
    moments: dict[tuple[int, int], dict[int, PastState]] = {}
    for element, samples in histories:
        is_shown = element.node.path in shown_paths
        same, before = 0, None
        for sample in samples:
            same = same + 1 if sample.stime == before else 0
            before = sample.stime
            key = (sample.stime, same)
            if is_shown or key in moments:
                moment = moments.setdefault(key, {})
                moment[element.node.index] = PastState(sample, element)
    datapoint: Datapoint = subject.datapoint
    shown: list[ElementState | None] = list(datapoint.elements)
    for element, _ in histories:
        shown[element.node.index] = None
    for time, number in sorted(moments):
        elements = shown.copy()
        for index, state in moments[time, number].items():
            elements[index] = state
        past = _PastDatapoint(datapoint.name, elements)
        yield time, PastState(subject.sample, subject, past)
