"""What a peer can be asked, besides what all of them know."""

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
    """A peer's abilities.

    :ivar watch: it knows DpWatch: changes come in bulk.
    :ivar more: it knows the commands that are oagw's own; else only the original's.
    :ivar raw: it gives the rows of a query as they are found, and computes aggregates.
    """

    watch: bool
    more: bool
    raw: bool


ORIGINAL = Dialect(watch=False, more=False, raw=False)
OAGW = Dialect(watch=True, more=True, raw=True)
BRIDGE = Dialect(watch=True, more=True, raw=False)
#: What a peer can be said to be; ``auto`` asks it.
DIALECTS: Mapping[str, Dialect | None] = {
    "auto": None,
    "original": ORIGINAL,
    "oagw": OAGW,
    "bridge": BRIDGE,
}


def style_of(dialect: Dialect, zone: tzinfo | None) -> Style:
    """How a peer reads the times of a query.

    :param zone: of a peer that knows no times with a zone; ``None`` is local time.
    """
    return Style(to_iso_ns if dialect.raw else lambda ns: _dotted(ns, zone))


def _dotted(ns: int, zone: tzinfo | None) -> str:
    """``2007.10.06 09:00:00.000``."""
    moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC).astimezone(zone)
    ms = ns // NS_PER_MS % 1000
    return f"{moment:%Y.%m.%d %H:%M:%S}.{ms:03d}"


#: What a group can be told by, if only the name of a row is known.
_BY_NAME: Mapping[Keyword, Callable[[str], str]] = {
    Keyword.SYSTEM: lambda name: name.partition(":")[0],
    Keyword.DATAPOINT: lambda name: name.partition(":")[2].partition(".")[0],
    Keyword.ELEMENT: lambda name: name.partition(":")[2].partition(".")[2],
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A query for a peer that groups and orders rows itself: it is asked for bare rows.

    What it groups by is a column more, or follows from the name of the row.

    :ivar query: what the peer is asked.
    """

    query: Query
    _group: Sequence[Operand]
    _width: int

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """The peer's rows, with what they are grouped by at their end."""
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


def plain(query: Query) -> Plain:
    """A query without groups and order.

    :raises IllegalCallError: the peer would have to group by what it does not tell.
    """
    unknown = next(
        (one for one in query.group if isinstance(one, Keyword) and one not in _BY_NAME),
        None,
    )
    if unknown is not None:
        raise IllegalCallError(
            f"GROUP BY {unknown.value} is not possible in this system; "
            f"there are {', '.join(one.value for one in _BY_NAME)} and attributes"
        )
    start = 1 if query.period is None else 2
    extra = [one for one in query.group if isinstance(one, Column)]
    asked = replace(query, columns=(*query.attributes, *extra), group=(), sort=())
    if query.is_grouped or query.sort:
        asked = replace(asked, first=None, last=None)
    return Plain(asked, query.group, start + len(query.columns))
