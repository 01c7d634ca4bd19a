"""Live queries: equal queries are evaluated once and encoded once for all who ask."""

from __future__ import annotations

from collections.abc import Sequence

from oagw.core.audience import Audience, Subscriber
from oagw.core.routing import Router
from oagw.interfaces import ISystem, Row
from oagw.query.tree import Query
from oagw.wire.codec import encode


class LiveQuery:
    """A query, the system that evaluates it, and all who asked for it."""

    def __init__(self, query: Query, system: ISystem) -> None:
        self.query = query
        self.system = system
        self.audience = Audience()

    def on_rows(self, rows: Sequence[Row]) -> None:
        """Tell everybody of the rows that one atomic set changed."""
        self.audience.tell(encode(rows))


class LiveQueries:
    """All live queries of all clients."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._queries: dict[Query, LiveQuery] = {}

    async def connect(
        self, query: Query, subscriber: Subscriber
    ) -> tuple[LiveQuery, list[Row]]:
        """Let a subscriber get changed rows; returns the whole table as it is now.

        :raises SystemUnknownError: the query's pattern names an unknown system.
        """
        system = self._router.system(query.source.system)
        # The table must be the present one, so it is read for each connect; the
        # listener of a query that runs already is what the system knows it by.
        live = self._queries.get(query) or LiveQuery(query, system)
        rows = await system.query_connect(query, live.on_rows)
        # Another client may have asked for the same meanwhile.
        shared = self._queries.setdefault(query, live)
        if shared is not live:
            system.query_disconnect(query, live.on_rows)
        shared.audience.add(subscriber)
        return shared, rows

    def disconnect(self, live: LiveQuery, subscriber: Subscriber) -> None:
        """Undo :meth:`connect`."""
        live.audience.remove(subscriber)
        if not live.audience:
            del self._queries[live.query]
            live.system.query_disconnect(live.query, live.on_rows)
