"""Queries: rows asked for once, and rows with updates."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.wire.messages.base import MAX_TIMEOUT, Command, check_length
from oagw.wire.messages.connects import Updates


class DpQuery(Command):
    """Find the rows of a query; with ``explain`` nothing but how they would be found.

    ``raw`` gives them as they are found, for a gateway that puts together the rows of
    several systems: with what GROUP BY names, neither grouped nor in order.
    """

    query: str
    explain: bool | None = None
    raw: bool | None = None

    def check(self) -> None:
        """The length of the query."""
        check_length("Query", self.query)


class QueryConnect(Updates, kw_only=True):
    """Be told of the rows of a query.

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
    """Be told of the rows that change."""


class DpQueryConnectSingle(QueryConnect):
    """Be told of the rows that change: the same under its full name."""


class DpQueryConnectAll(QueryConnect):
    """Be told of the whole table whenever it changes."""


class DpQueryDisconnect(Command):
    """End a DpQueryConnect, DpQueryConnectSingle or DpQueryConnectAll."""
