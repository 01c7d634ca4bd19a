"""Variables of a server, and the interface of a connection to it; no I/O here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from twisted.internet.defer import Deferred

from oagw.errors import IllegalCallError, OagwError
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the address space.

    :ivar node: its node id with the URI of its namespace, as in ``nsu=URI;s=Pump1.speed``,
        since the index of a namespace may change.
    :ivar path: the browse names from the root (excluded) to the variable.
    :ivar owner: the type of the object above it; empty for folders and plain objects.
    :ivar kind: the type of its element.
    :ivar builtin: the number of the built-in type that values are written as.
    :ivar is_writable: whether the server lets it be written.
    :ivar has_history: whether the server keeps its history.
    :ivar place: its node id with the present index of its namespace.
    """

    node: str
    path: tuple[str, ...]
    owner: str
    kind: ElementType
    builtin: int
    is_writable: bool = True
    has_history: bool = False
    place: str = ""


#: A sample, or an error. A sample without a value (``None``) keeps the value before.
Reply: TypeAlias = Sample | OagwError
#: New samples in the order of their arrival, each with the number of its item.
News: TypeAlias = Sequence[tuple[int, Sample]]


class PointLostError(IllegalCallError):
    """The server has lost the continuation point of a history read."""


class Server(Protocol):
    """A connection to a server; after it is lost, every call fails with error 39."""

    def browse(self) -> Deferred[list[Variable]]:
        """Return all variables below the roots, in the order of their paths."""
        ...

    def read(self, variables: Sequence[Variable]) -> Deferred[list[Reply]]:
        """Read the present samples."""
        ...

    def missing(self, variables: Sequence[Variable]) -> Deferred[dict[Variable, OagwError]]:
        """Return the errors of those variables that the server no longer has."""
        ...

    def write(
        self, values: Sequence[tuple[Variable, Value]], source_time: int | None
    ) -> Deferred[list[OagwError | None]]:
        """Write values; fires with an error or ``None`` for each.

        :param source_time: in ns since the epoch; with ``None`` the server sets it.
        """
        ...

    def monitor(self, items: Mapping[int, Variable]) -> Deferred[dict[int, OagwError]]:
        """Watch variables by numbers; fires with the errors of those that are refused."""
        ...

    def ignore(self, numbers: Sequence[int]) -> Deferred[None]:
        """Stop watching items."""
        ...

    def history(
        self,
        variable: Variable,
        first: int,
        last: int,
        count: int,
        point: bytes | None,
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        """Read samples from ``first`` to ``last`` (ns), and the continuation point.

        :param count: the largest number of samples; 0 leaves it to the server.
        :param first: if it is after ``last``, the newest sample comes first.
        :param point: the continuation point to go on from.
        :raises PointLostError: in the Deferred, if the server has lost that point.
        """
        ...

    def forget(self, variable: Variable, point: bytes | None) -> None:
        """Release a continuation point."""
        ...

    def beat(self) -> Deferred[None]:
        """Send a heartbeat; fires with the server's response."""
        ...

    def close(self) -> Deferred[None]:
        """Close the connection, if it is open."""
        ...


class Watcher(Protocol):
    """Receives reports of a connection, in the reactor's thread."""

    def on_news(self, news: News) -> None:
        """Samples have come."""
        ...

    def on_lost(self, reason: str) -> None:
        """The connection was lost."""
        ...


class Opening(Protocol):
    """Connects to a server."""

    def __call__(self, watcher: Watcher) -> Deferred[Server]:
        """Connect once.

        :raises ConnectionBrokenError: in the Deferred; the text says why.
        """
        ...
