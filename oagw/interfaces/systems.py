"""The interface between a system and the core."""

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
from oagw.query.resultrows import (
    Row,
    RowGroups,
)
from oagw.query.tree import Query
from oagw.wire.series import Series


class RowsListener(Protocol):
    """A subscriber to the rows of a live query."""

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """One atomic change: new and changed rows, and the names of rows that left."""
        ...

    def on_end(self, reason: OagwError) -> None:
        """The query has ended."""
        ...


class SystemListener(Protocol):
    """A subscriber to the changes of a system."""

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        """One atomic set changed watched attributes, by complete name."""
        ...

    def on_end(self, errors: Mapping[str, OagwError]) -> None:
        """Names are no longer watched, because they were deleted; an error for each."""
        ...

    def on_events(self, events: Sequence[SystemEvent]) -> None:
        """Datapoints or types were created, changed or deleted; names are complete."""
        ...


class NewValue(msgspec.Struct, frozen=True, gc=False):
    """One attribute to set: its complete name and what the client sent as value."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class SetRequest:
    """An atomic set.

    :ivar values: the attributes and their values; all of them are set, or none.
    :ivar user: the name of the user who sets them.
    :ivar source_time: in ns since the epoch; ``None`` is now.
    """

    values: Sequence[NewValue]
    user: str
    source_time: int | None = None


@dataclass(frozen=True, slots=True)
class PeriodRequest:
    """A period query: source times from ``first`` to ``last`` in ns, both included.

    :ivar bonus: the number of values before and after the period to read too.
    :ivar limit: the most values in all; an aggregate may read any number.
    :ivar aggregate: computed instead of the values. Its intervals cover the whole period,
        and the last value before the period counts.
    """

    names: Sequence[str]
    first: int
    last: int
    bonus: int
    limit: int
    aggregate: Aggregate | None = None


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query and its limits.

    :ivar max_rows: the most rows that are kept; further rows are only counted.
    :ivar max_values: the most archived values that are read.
    :ivar explain: only the plan is wanted.
    :ivar raw: the rows are wanted as they are found, without groups.
    """

    query: Query
    max_rows: int
    max_values: int
    explain: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step in the evaluation of a query, and the number of candidates it leaves."""

    step: str
    candidates: int


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a query in one system: rows with the query's columns and groups.

    The rows of all systems are sorted and grouped together.

    :ivar count: the number of rows, also if not all were kept.
    :ivar groups: the rows in groups, if the rows themselves would be too many.
    """

    rows: list[Row]
    count: int
    plan: Sequence[PlanStep] = ()
    groups: RowGroups | None = None


class ISystem(Interface):
    """A backend that holds datapoints. Names are complete; values are as on the wire."""

    name: str = Attribute("The system's name, as in System1.")

    def start(listener: SystemListener) -> Deferred[None]:
        """Start to serve, and report changes to the listener."""

    def stop() -> Deferred[None]:
        """Stop; fires when everything accepted is durable."""

    def get(
        names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes: a value or an error for each name, in order.

        :param max_age: the greatest age in seconds of a value known here; ``None`` for
            any age.
        """

    def set(request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes in one step; with ``wait`` fires when they are durable.

        The set takes effect before this returns, if the system can do that.

        :raises NamesRefusedError: in the Deferred; nothing was set.
        """

    def watch(names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes of attributes from now on; fires with their present values.

        :raises NamesRefusedError: in the Deferred; nothing is watched.
        """

    def unwatch(names: Sequence[str]) -> None:
        """End what :meth:`watch` began; names that have been deleted are ignored."""

    def query(request: QueryRequest) -> Deferred[Found]:
        """Find the rows of a query as they are when this fires.

        :raises ConversionError: in the Deferred, if values cannot be compared.
        :raises ElementNotFoundError: in the Deferred, if no type has a named element.
        :raises ParameterError: in the Deferred, if too many archived values would be read.
        """

    def query_connect(request: QueryRequest, listener: RowsListener) -> Deferred[Found]:
        """Report changed rows from now on; fires with the whole present table.

        Another call for the same query and listener only returns the table. A query with
        more rows than the request allows is not connected.
        """

    def query_disconnect(query: Query, listener: RowsListener) -> None:
        """End what :meth:`query_connect` began; a query that has ended is ignored."""

    def period(
        request: PeriodRequest,
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read archived values: a reading by name, and an error by name.

        The caller reads the readings one after the other, and closes all of them.

        :raises ParameterError: in the Deferred, if there are more values than the limit.
        """

    def names(pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find complete names, of datapoints or of elements, as the pattern says."""

    def types(pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types by a pattern; with ``empty`` also those without datapoints."""

    def definition(dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """The definition of a type; ``expanded`` includes the types that it refers to.

        :raises TypeNotFoundError: in the Deferred, if there is none.
        """

    def lookup(fact: Fact, names: Sequence[str]) -> Deferred[list[WireValue | OagwError]]:
        """Look up a fact about each name, in order: a value or an error."""

    def inform(fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """A fact about the system.

        :param about: the number or the name of a user, for facts about users.
        :raises IllegalCallError: in the Deferred, if the backend does not have the fact.
        :raises ParameterError: in the Deferred, if the user is unknown.
        """

    def alias(text: str) -> str | None:
        """The element (``Dp.element``) of an alias; ``None`` if the alias is unknown.

        It is not a Deferred, because names are completed before a command begins.
        """

    def aliases(
        pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """Alias by complete name, of elements that match and whose alias matches."""

    def change(change: StructureChange) -> Deferred[None]:
        """Create, change or delete a datapoint or a type; fires when that is durable.

        It takes effect before this returns, if the system can do that.

        :raises OagwError: in the Deferred; nothing has changed.
        """


class IReading(Interface):
    """Reads a period of one name in pieces. The caller closes it in any case."""

    def next() -> Deferred[Series | None]:
        """The next values, at least one; ``None`` at the end.

        The caller waits for it to fire before it calls it again.

        :raises DataManagerError: in the Deferred, if they cannot be read.
        """

    def rewind() -> None:
        """Begin again, with the values of the same moment."""

    def close() -> None:
        """Stop reading."""
