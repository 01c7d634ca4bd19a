"""Live queries: equal queries are evaluated and encoded once for all their subscribers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.core.live.backlog import (
    Backlog,
    RowChanges,
)
from oagw.core.live.pacer import (
    Deadband,
    Pacer,
)
from oagw.core.queries.queryanswer import (
    check_count,
    routed,
)
from oagw.core.queries.querytables import (
    encode_rows,
    finish,
)
from oagw.core.router import Router
from oagw.errors import OagwError
from oagw.interfaces.services import Slices
from oagw.interfaces.systems import (
    ISystem,
    QueryRequest,
)
from oagw.query.resultrows import (
    Row,
    finished,
)
from oagw.query.scope import check_live
from oagw.query.tree import Query
from oagw.wire.codec import encode

_log = Logger()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which updates a subscriber wants.

    :ivar whole: the whole table each time, instead of the rows that changed.
    :ivar blocking_time: ms for which changes are gathered.
    :ivar removed: updates have the names of rows that have left.
    :ivar max_rate: the most updates a second.
    :ivar deadband: smaller changes of a row are not sent.
    """

    whole: bool = False
    blocking_time: int = 0
    removed: bool = False
    max_rate: float | None = None
    deadband: Deadband | None = None


class QueryFeed:
    """The subscribers of a live query with the same wish."""

    def __init__(self, live: LiveQuery, wish: Wish, clock: IReactorTime) -> None:
        self.audience = Audience(self._newest)
        self._backlog = Backlog()
        self._live = live
        self._wish = wish
        self._gathered = RowChanges()
        self._sent: dict[str, Row] = {}
        delay = wish.blocking_time / 1000
        interval = 1 / wish.max_rate if wish.max_rate else 0
        self._gathers = bool(delay or interval)
        self._pacer = Pacer(clock, delay, interval, self._send_gathered)
        self.stop = self._pacer.stop

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        self.audience.add(subscriber)
        # It has newer rows than those that were sent last.
        self._sent = {}

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str], encoded: _Encoded) -> None:
        """Send an atomic change, or gather it to send it later."""
        if self._gathers:
            self._gathered.add(rows, gone)
            self._pacer.want()
        else:
            self._send(rows, gone, encoded)

    def _reports_gone(self, gone: Sequence[str]) -> bool:
        return bool(gone) and (self._wish.whole or self._wish.removed)

    def _send_gathered(self) -> bool:
        gathered, self._gathered = self._gathered, RowChanges()
        rows = list(gathered.rows.values())
        return self._send(rows, list(gathered.gone), _Encoded(self._live, rows))

    def _send(self, rows: Sequence[Row], gone: Sequence[str], encoded: _Encoded) -> bool:
        """Send rows; returns whether there was anything to send."""
        if self._wish.deadband is not None:
            passed = self._passed(self._wish.deadband, rows, gone)
            if len(passed) < len(rows):
                rows, encoded = passed, _Encoded(self._live, passed)
        if not (rows or self._reports_gone(gone)):
            return False
        audience = self.audience
        audience.notify(self.body(encoded.values(self._wish.whole), gone))
        if audience.late:
            self._backlog.add(audience.number, rows, gone)
        else:
            self._backlog.clear()
        return True

    def _passed(
        self, deadband: Deadband, rows: Sequence[Row], gone: Sequence[str]
    ) -> list[Row]:
        """The rows that are outside the deadband."""
        for name in gone:
            self._sent.pop(name, None)
        passed = []
        for row in rows:
            name = str(row[0])
            sent = self._sent.get(name)
            if sent is None or deadband.passes_any(sent[1:], row[1:]):
                self._sent[name] = row
                passed.append(row)
        return passed

    def _newest(self, seen: int) -> bytes | None:
        """The body of one message that stands for all updates after a number."""
        if self._wish.whole:
            # The present table may differ from the one that was sent last.
            self._sent = {}
        return self.changes_body(self._backlog.since(seen))

    def body(self, values: bytes, gone: Sequence[str]) -> bytes:
        """``Values`` and, if it is wanted, ``Removed``."""
        if not self._wish.removed:
            return values
        return b'%b,"Removed":%b' % (values, encode(gone))

    def changes_body(self, changes: RowChanges) -> bytes | None:
        """The body of a message of changes; ``None`` if there is nothing to send."""
        gone = list(changes.gone)
        if not changes.rows and not self._reports_gone(gone):
            return None
        encoded = _Encoded(self._live, list(changes.rows.values()))
        return self.body(encoded.values(self._wish.whole), gone)


class _Encoded:
    """JSON of changed rows and of the whole table, each made once, when it is needed."""

    def __init__(self, live: LiveQuery, rows: Sequence[Row]) -> None:
        self._live = live
        self._rows = rows
        self._changed: bytes | None = None
        self._whole: bytes | None = None

    def values(self, whole: bool) -> bytes:
        """``Values`` of a message."""
        if whole:
            if self._whole is None:
                self._whole = self._live.whole()
            return self._whole
        if self._changed is None:
            self._changed = encode(self._live.in_order(self._rows))
        return self._changed


class LiveQuery:
    """A query, the systems that evaluate it, and its subscribers.

    :param forget: called when a system ends the query.
    :ivar feeds: the subscribers, by their wish.
    :ivar turn: held by one connect at a time; later ones find the table of the first.
    :ivar waiting: the wishes of connects that are being made.
    :ivar ended: the reason, if a system has ended the query.
    """

    def __init__(
        self,
        query: Query,
        systems: Sequence[ISystem],
        forget: Callable[[LiveQuery], None],
    ) -> None:
        self._forget = forget
        # FIRST and LAST mean nothing for rows that come one by one.
        self.shape = replace(query, first=None, last=None)
        self.query = query
        self.systems = systems
        self.feeds: dict[Wish, QueryFeed] = {}
        self.turn = DeferredLock()
        self.waiting: list[Wish] = []
        self.ended: OagwError | None = None
        self._late: list[RowChanges] = []
        #: The whole table as JSON, until it changes.
        self._table_json: bytes | None = None
        #: The rows by name, and each as JSON, if a subscriber wants the whole table.
        self._table: dict[str, tuple[Row, bytes]] | None = None

    def in_order(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows in the order of the query."""
        return finished(self.shape, list(rows)) if self.query.sort else rows

    def whole(self) -> bytes:
        """JSON of the whole table, for a wish that has it."""
        table = self._table
        assert table is not None
        if self._table_json is None:
            if self.query.sort:
                ordered = self.in_order([row for row, _ in table.values()])
                parts = [table[str(row[0])][1] for row in ordered]
            else:
                parts = [encoded for _, encoded in table.values()]
            self._table_json = b"[%b]" % b",".join(parts)
        return self._table_json

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        """Report an atomic change of rows to all subscribers."""
        self._table_json = None
        for late in self._late:
            late.add(rows, gone)
        self._note(rows, gone)
        encoded = _Encoded(self, rows)
        for feed in list(self.feeds.values()):
            try:
                feed.on_rows(rows, gone, encoded)
            except Exception:
                # The other feeds, and the other queries, go on.
                _log.failure("a change could not be sent to a live query")

    def _note(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        if self._table is None:
            return
        for name in gone:
            self._table.pop(name, None)
        for row in rows:
            self._table[str(row[0])] = (row, encode(row))

    def forget_table(self) -> None:
        """Drop the rows unless a subscriber or a pending connect needs the whole table."""
        if not any(wish.whole for wish in (*self.feeds, *self.waiting)):
            self._table = None

    def on_end(self, reason: OagwError) -> None:
        """End the query for all subscribers, because a system cannot continue it."""
        self.ended = reason
        self._forget(self)
        self.leave()
        feeds, self.feeds = self.feeds, {}
        for feed in feeds.values():
            feed.stop()
            feed.audience.end(reason)

    def leave(self) -> None:
        """Disconnect the query from all systems."""
        for system in self.systems:
            system.query_disconnect(self.query, self)

    async def table(
        self, request: QueryRequest, whole: bool, slices: Slices
    ) -> tuple[bytes, RowChanges]:
        """The table as JSON, and the changes since it was read.

        :param whole: the whole table will be needed for updates too.
        :raises OagwError: the query cannot be answered; its text says why.
        """
        if self.ended is not None:
            # It ended while this connect waited for its turn.
            raise self.ended
        if self._table_json is not None and (self._table is not None or not whole):
            return self._table_json, RowChanges()
        late = RowChanges()
        self._late.append(late)
        try:
            rows = await self._rows(request)
            if whole:
                self._table = {str(row[0]): (row, encode(row)) for row in rows}
                self._note(list(late.rows.values()), list(late.gone))
            rows = await finish(self.shape, rows, slices)
            table = await encode_rows(rows, slices)
        finally:
            self._late.remove(late)
        if self.ended is not None:
            raise self.ended
        if not late:
            self._table_json = table
        return table, late

    async def _rows(self, request: QueryRequest) -> list[Row]:
        rows: list[Row] = []
        count = 0
        for system in self.systems:
            found = await system.query_connect(request, self)
            rows += found.rows
            count += found.count
        check_count(count, request)
        return rows


class LiveQueries:
    """All live queries of all clients.

    :param slices: runs long work a slice at a time.
    """

    def __init__(self, router: Router, clock: IReactorTime, slices: Slices) -> None:
        self._router = router
        self._clock = clock
        self._slices = slices
        self._queries: dict[Query, LiveQuery] = {}

    @property
    def count(self) -> int:
        """The number of different queries."""
        return len(self._queries)

    async def connect(
        self, request: QueryRequest, wish: Wish, subscriber: Subscriber
    ) -> QueryConnection:
        """Send a subscriber the updates that it wants.

        :raises OagwError: the query cannot be live, or cannot be answered.
        """
        check_live(request.query)
        query, systems = routed(self._router, request.query)
        request = replace(request, query=query)
        live = self._queries.get(query)
        if live is None:
            live = self._queries[query] = LiveQuery(query, systems, self._forget)
        live.waiting.append(wish)
        try:
            async with live.turn:
                table, late = await live.table(request, wish.whole, self._slices)
            feed = live.feeds.get(wish)
            if feed is None:
                feed = live.feeds[wish] = QueryFeed(live, wish, self._clock)
            feed.add(subscriber)
        finally:
            live.waiting.remove(wish)
            self._release(live)
        return QueryConnection(live, wish, feed.body(table, []), feed.changes_body(late))

    def disconnect(self, connected: QueryConnection, subscriber: Subscriber) -> None:
        """Undo :meth:`connect`; does nothing for a query that has already ended."""
        live, wish = connected.live, connected.wish
        feed = live.feeds.get(wish)
        if feed is None or live.ended is not None:
            return
        feed.audience.remove(subscriber)
        if not feed.audience:
            feed.stop()
            del live.feeds[wish]
        self._release(live)

    def _release(self, live: LiveQuery) -> None:
        live.forget_table()
        if live.feeds or live.waiting:
            return
        self._forget(live)
        # Also if it has ended: a system may have begun to report it after that.
        live.leave()

    def _forget(self, live: LiveQuery) -> None:
        """Let the next connect of this query begin again."""
        if self._queries.get(live.query) is live:
            del self._queries[live.query]


@dataclass(frozen=True, slots=True)
class QueryConnection:
    """The connection of a subscriber to a live query.

    :ivar table: the body of the message with the whole table.
    :ivar late: the body of a message that must follow it, with the changes since then.
    """

    live: LiveQuery
    wish: Wish
    table: bytes
    late: bytes | None
