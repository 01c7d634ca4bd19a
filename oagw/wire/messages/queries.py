"""Queries for rows once, and live queries with updates."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.wire.messages.base import MAX_TIMEOUT, Command, check_length
from oagw.wire.messages.connects import Updates


class DpQuery(Command):
    """Find the rows of a query; with ``explain`` only the plan of the query.

    With ``raw`` the rows have the values that GROUP BY names, and are neither grouped nor
    sorted: for a gateway that combines the rows of several systems.
    """

    query: str
    explain: bool | None = None
    raw: bool | None = None

    def check(self) -> None:
        """The length of the query."""
        check_length("Query", self.query)


class QueryConnect(Updates, kw_only=True):
    """Get updates of the rows of a query.

    ``blocking_time`` is in ms; with ``removed`` updates have the names of rows that left.
    """

    query: str
    blocking_time: int | None = None
    removed: bool | None = None

    def check(self) -> None:
        """The length of the query, and the bounds of ``BlockingTime``."""
        super().check()
        check_length("Query", self.query)
        if self.blocking_time is not None and not 0 <= self.blocking_time <= MAX_TIMEOUT:
            raise ParameterError(
                f"BlockingTime is {self.blocking_time}; it must be 0 to {MAX_TIMEOUT} ms"
            )


class DpQueryConnect(QueryConnect):
    """Get updates with the rows that changed."""


class DpQueryConnectSingle(QueryConnect):
    """Get updates with the rows that changed: the full name of DpQueryConnect."""


class DpQueryConnectAll(QueryConnect):
    """Get updates with the whole table."""


class DpQueryDisconnect(Command):
    """End a DpQueryConnect, DpQueryConnectSingle or DpQueryConnectAll."""
