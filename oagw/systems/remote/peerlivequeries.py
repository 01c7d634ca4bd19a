"""Live queries of a remote system; their rows are kept for times when it is away."""

from __future__ import annotations

from collections.abc import Callable

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.interfaces.systems import Found, QueryRequest, RowsListener
from oagw.model.status import while_away
from oagw.query.resultrows import Row
from oagw.query.tree import Query
from oagw.systems.remote.answers import TableAnswer
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peernames import PeerNames
from oagw.systems.remote.questions import DP_QUERY_CONNECT


class _Live:
    """One live query.

    :ivar rows: the table, by the names of its rows.
    :ivar is_connected: its listener is connected: changes are reported.
    """

    def __init__(self, query: Query, text: str, listener: RowsListener) -> None:
        self.query = query
        self.text = text
        self.listener = listener
        self.rows: dict[str, Row] = {}
        self.number = 0
        self.is_connected = False


class RemoteQueries:
    """The live queries of a system.

    :param write: writes a query as text for the peer.
    """

    def __init__(self, name: str, names: PeerNames, write: Callable[[Query], str]) -> None:
        self._system = name
        self._names = names
        self._write = write
        self._live: dict[tuple[Query, int], _Live] = {}
        self._link: PeerLink | None = None

    @property
    def count(self) -> int:
        """The number of live queries."""
        return len(self._live)

    async def connect(self, request: QueryRequest, listener: RowsListener) -> Found:
        """Run a query, and report changed rows; see :class:`ISystem`."""
        key = (request.query, id(listener))
        live = self._live.get(key)
        if live is None:
            link = self._link
            if link is None:
                raise ConnectionBrokenError(f"{self._system} is away")
            live = _Live(request.query, self._write(request.query), listener)
            self._live[key] = live
            try:
                await self._open(live, link)
            except BaseException:
                if self._live.get(key) is live:
                    del self._live[key]
                raise
            if len(live.rows) > request.max_rows:
                self.disconnect(request.query, listener)
            else:
                live.is_connected = True
        rows = list(live.rows.values())
        return Found(rows, len(rows))

    async def _open(self, live: _Live, link: PeerLink) -> None:
        """Start a query at the peer, and take its table.

        :raises OagwError: the peer does not reply, or refuses.
        """
        arguments = {"Query": live.text, "Answer": True, "Removed": True}
        live.number, answer = link.open(
            DP_QUERY_CONNECT, arguments, lambda table: self._on_answer(live, table)
        )
        number = live.number
        try:
            table = await answer
            table.check()
        except OagwError:
            link.forget(number)
            raise
        except BaseException:
            # The caller has left in the meantime.
            link.close(number)
            raise
        try:
            live.rows = {str(row[0]): row for row in self._rows(live, table)}
        except OagwError:
            link.close(number)
            raise

    def _rows(self, live: _Live, table: TableAnswer) -> list[Row]:
        return self._names.own_rows(table.rows(len(live.query.header)))

    def _on_answer(self, live: _Live, table: TableAnswer) -> None:
        try:
            table.check()
            rows = self._rows(live, table)
        except OagwError as error:
            if self._link is not None:
                self._link.close(live.number)
            self._live.pop((live.query, id(live.listener)), None)
            live.listener.on_end(error)
            return
        gone = [self._names.back(name) for name in table.removed or ()]
        for name in gone:
            live.rows.pop(name, None)
        for row in rows:
            live.rows[str(row[0])] = row
        live.listener.on_rows(rows, gone)

    def disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; does nothing if it has ended."""
        live = self._live.pop((query, id(listener)), None)
        if live is not None and self._link is not None:
            self._link.close(live.number)

    def open(self, link: PeerLink) -> None:
        """Use a new connection for further queries."""
        self._link = link

    async def resume(self, link: PeerLink) -> None:
        """Start all queries again after a reconnect, and report what has changed."""
        ran = [(key, live) for key, live in self._live.items() if live.is_connected]
        for key, live in ran:
            before = live.rows
            try:
                await self._open(live, link)
            except ConnectionBrokenError:
                raise
            except OagwError as error:
                if self._live.pop(key, None) is live:
                    live.listener.on_end(error)
                continue
            if self._live.get(key) is not live:
                link.close(live.number)
                continue
            gone = [name for name in before if name not in live.rows]
            live.listener.on_rows(list(live.rows.values()), gone)

    def lose(self) -> None:
        """Report all rows as invalid: the connection is lost."""
        self._link = None
        for live in list(self._live.values()):
            columns = live.query.attributes
            start = len(live.query.header) - len(columns)
            for name, row in live.rows.items():
                shown = list(row)
                for at, column in enumerate(columns, start):
                    shown[at] = while_away(column.attribute, row[at])
                live.rows[name] = shown
            if live.is_connected and live.rows:
                live.listener.on_rows(list(live.rows.values()), [])
