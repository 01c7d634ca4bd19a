"""What a system promises to the core, and the core to a system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from oagw.aggregates.aggregate import Aggregate
from oagw.errors import OagwError
from oagw.model.changes import (
    Fact,
    StructureChange,
    SystemEvent,
    SystemFact,
)
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import Pattern
from oagw.model.values import WireValue
from oagw.query.finishing import Row, RowGroups
from oagw.query.tree import Query
from oagw.wire.series import Series


class RowsListener(Protocol):
    """Who is told of what becomes of the rows of a live query."""

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """One atomic change: rows that are new or have changed, and names of rows gone."""
        ...

    def on_end(self, reason: OagwError) -> None:
        """The query goes on no more."""
        ...


class SystemListener(Protocol):
    """Who is told of what happens in a system."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """One atomic set changed watched attributes, by complete name."""
        ...

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Names are no longer watched, because they are no more; says why for each."""
        ...

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """Datapoints or types were made, changed, removed; names are complete."""
        ...


class Setting(msgspec.Struct, frozen=True, gc=False):
    """One attribute to set: its complete name and what the client sent as value."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class SetRequest:
    """An atomic set.

    :ivar settings: what to set; all take effect, or none.
    :ivar user: the name of the user who sets.
    :ivar source_time: in ns since the epoch; ``None`` is now.
    """

    settings: Sequence[Setting]
    user: str
    source_time: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """A period query: source times from ``first`` to ``last`` in ns, both included.

    :ivar bonus: how many values before and after are wanted as well.
    :ivar limit: more values than this in all are refused; an aggregate takes any number.
    :ivar aggregate: what is wanted instead of the values. Its intervals have the whole
        period, and the values before it belong to the question.
    """

    names: Sequence[str]
    first: int
    last: int
    bonus: int
    limit: int
    aggregate: Aggregate | None = None


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query, and what its answer may take.

    :ivar max_rows: more rows than this are counted, and not kept.
    :ivar max_values: more archived values than this are not read.
    :ivar explain: nothing but the plan is wanted.
    :ivar raw: the rows are wanted as they are found, not in groups.
    """

    query: Query
    max_rows: int
    max_values: int
    explain: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step of how a query is evaluated, and how many candidates it leaves."""

    step: str
    candidates: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a query has found in a system: rows with the query's columns and groups.

    They are for all systems together to be sorted and grouped.

    :ivar count: how many rows there are, also where not all were kept.
    :ivar groups: the rows in groups, where the rows themselves would be too many.
    """

    rows: list[Row]
    count: int
    plan: Sequence[PlanStep] = ()
    groups: RowGroups | None = None


class ISystem(Interface):
    """A backend that holds datapoints. Names are complete; values are as on the wire."""

    name: str = Attribute("The system's name, as in System1.")

    def start(listener: SystemListener) -> Deferred[None]:
        """Begin to serve; tell the listener of what happens."""

    def stop() -> Deferred[None]:
        """End; fires when everything accepted is durable."""

    def get(
        names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes: a value or an error for each name, in order.

        :param max_age: so many seconds old may a value be at most that is known here;
            ``None`` is however old.
        """

    def set(request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes in one step; with ``wait`` fires when they are durable.

        The set takes effect before this returns wherever the system can.
        :raises NamesRefusedError: in the Deferred; nothing was set.
        """

    def watch(names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes of attributes from now on; fires with their present values.

        :raises NamesRefusedError: in the Deferred; nothing is watched.
        """

    def unwatch(names: Sequence[str]) -> None:
        """End what :meth:`watch` began; names that have ended by themselves do no harm."""

    def query(request: QueryRequest) -> Deferred[Found]:
        """Find the rows of a query as they are when this fires.

        :raises ConversionError: in the Deferred, if a comparison cannot be made.
        :raises ElementNotFoundError: in the Deferred, if no type has a named element.
        :raises ParameterError: in the Deferred, if too many archived values would be read.
        """

    def query_connect(request: QueryRequest, listener: RowsListener) -> Deferred[Found]:
        """Report changed rows from now on; fires with the whole present table.

        Doing it again for the same query and listener only gives the table. With more
        rows than the request allows it is not connected.
        """

    def query_disconnect(query: Query, listener: RowsListener) -> None:
        """End what :meth:`query_connect` began; one that has ended does no harm."""

    def period(
        request: PeriodRequest,
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read archived values: a reading by name, and an error by name.

        The readings are to be read one after the other, and closed in any case.
        :raises ParameterError: in the Deferred, if there are more than the limit.
        """

    def names(pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find complete names, of datapoints or of elements as the pattern says."""

    def types(pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types by a pattern; with ``empty`` also those without datapoints."""

    def definition(dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """The definition of a type; ``expanded`` with what it refers to.

        :raises TypeNotFoundError: in the Deferred, if there is none.
        """

    def lookup(fact: Fact, names: Sequence[str]) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question for each name, in order: an answer or an error."""

    def inform(fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system.

        :param about: the number or the name of a user, where that is the question.
        :raises IllegalCallError: in the Deferred, if such a system cannot be asked.
        :raises ParameterError: in the Deferred, if there is no such user.
        """

    def alias(text: str) -> str | None:
        """The element (``Dp.element``) that an alias stands for, if there is one.

        At once, because names are completed before anything is asked for.
        """

    def aliases(
        pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """Alias by complete name, of elements that match and whose alias does."""

    def change(change: StructureChange) -> Deferred[None]:
        """Make, change or remove a datapoint or a type; fires when that is durable.

        It takes effect before this returns wherever the system can.
        :raises OagwError: in the Deferred; nothing has changed.
        """


class IReading(Interface):
    """Reads a period of one name, a piece at a time; to be closed in any case."""

    def next() -> Deferred[Series | None]:
        """The next values, never none of them; ``None`` at the end.

        To be asked again only when it has fired.
        :raises DataManagerError: in the Deferred, if they cannot be read.
        """

    def rewind() -> None:
        """Begin anew, with the values of the same moment."""

    def close() -> None:
        """Read no more."""
