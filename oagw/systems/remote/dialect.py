"""Which commands a peer supports, beyond those that every peer has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from oagw.errors import IllegalCallError
from oagw.model.times import NS_PER_MS, to_iso_ns
from oagw.model.values import WireValue
from oagw.query.querywriter import Style
from oagw.query.resultrows import Row
from oagw.query.tree import Column, Keyword, Operand, Query


@dataclass(frozen=True, slots=True)
class Dialect:
    """The abilities of a peer.

    :ivar watch: it has DpWatch, which reports changes in bulk.
    :ivar more: it has oagw's own commands; otherwise only those of WinCC OA's manager.
    :ivar raw: it can return the ungrouped rows of a query, and computes aggregates.
    """

    watch: bool
    more: bool
    raw: bool


ORIGINAL = Dialect(watch=False, more=False, raw=False)
OAGW = Dialect(watch=True, more=True, raw=True)
BRIDGE = Dialect(watch=True, more=True, raw=False)
#: Dialects by their names in the configuration; ``auto`` asks the peer.
DIALECTS: Mapping[str, Dialect | None] = {
    "auto": None,
    "original": ORIGINAL,
    "oagw": OAGW,
    "bridge": BRIDGE,
}


def style_of(dialect: Dialect, zone: tzinfo | None) -> Style:
    """Return the style in which a peer reads the times of a query.

    :param zone: the zone of a peer that reads times without one; ``None`` is local time.
    """
    return Style(to_iso_ns if dialect.raw else lambda ns: _dotted(ns, zone))


def _dotted(ns: int, zone: tzinfo | None) -> str:
    """Write a time as ``2007.10.06 09:00:00.000``."""
    moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC).astimezone(zone)
    ms = ns // NS_PER_MS % 1000
    return f"{moment:%Y.%m.%d %H:%M:%S}.{ms:03d}"


#: Grouping keywords whose values follow from the name of a row.
_BY_NAME: Mapping[Keyword, Callable[[str], str]] = {
    Keyword.SYSTEM: lambda name: name.partition(":")[0],
    Keyword.DATAPOINT: lambda name: name.partition(":")[2].partition(".")[0],
    Keyword.ELEMENT: lambda name: name.partition(":")[2].partition(".")[2],
}


@dataclass(frozen=True, slots=True)
class BareQuery:
    """A query without groups and order, for a peer that cannot return raw rows.

    What the rows are grouped by is an additional column, or follows from a row's name.

    :ivar query: the query for the peer.
    """

    query: Query
    _group: Sequence[Operand]
    _width: int

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """The peer's rows, each with the values to group by at its end."""
        if not self._group:
            return list(rows)
        return [self._row(row) for row in rows]

    def _row(self, row: Row) -> Row:
        extra = iter(row[self._width :])
        keys: list[WireValue] = []
        for one in self._group:
            if isinstance(one, Column):
                keys.append(next(extra))
            else:
                keys.append(_BY_NAME[one](str(row[0])))
        return [*row[: self._width], *keys]


def bare_query(query: Query) -> BareQuery:
    """Make a query without groups and order.

    :raises IllegalCallError: the query groups by something that the peer does not return.
    """
    unknown = next(
        (one for one in query.group if isinstance(one, Keyword) and one not in _BY_NAME),
        None,
    )
    if unknown is not None:
        raise IllegalCallError(
            f"GROUP BY {unknown.value} is not possible in this system; "
            f"use {', '.join(one.value for one in _BY_NAME)} or attributes"
        )
    start = 1 if query.period is None else 2
    extra = [one for one in query.group if isinstance(one, Column)]
    asked = replace(query, columns=(*query.attributes, *extra), group=(), sort=())
    if query.is_grouped or query.sort:
        asked = replace(asked, first=None, last=None)
    return BareQuery(asked, query.group, start + len(query.columns))
