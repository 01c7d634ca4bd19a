"""What is known of a server's variables, and what is asked of a server: no I/O here."""

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

    :ivar node: its node id with the URI of its namespace, as in ``nsu=URI;s=Pump1.speed``:
        it stays when a server numbers its namespaces otherwise.
    :ivar path: the browse names from the root (without it) to the variable.
    :ivar owner: the type of the object above it, if that is no mere folder.
    :ivar kind: what an element for it holds.
    :ivar builtin: the number of the built-in type that values are written as.
    :ivar is_writable: whether the server takes values for it.
    :ivar has_history: whether the server keeps them.
    :ivar place: its node id with the index of its namespace, as the server has it now.
    """

    node: str
    path: tuple[str, ...]
    owner: str
    kind: ElementType
    builtin: int
    is_writable: bool = True
    has_history: bool = False
    place: str = ""


#: A sample, or why there is none. A sample without a value (``None``) has the last one.
Reply: TypeAlias = Sample | OagwError
#: New samples in the order in which they came, each with the number of its item.
News: TypeAlias = Sequence[tuple[int, Sample]]


class PointLostError(IllegalCallError):
    """The server does not know any more from where it should go on."""


class Server(Protocol):
    """A connection to a server; what is asked of one that is lost fails with error 39."""

    def browse(self) -> Deferred[list[Variable]]:
        """All variables below the roots, in the order of their paths."""
        ...

    def read(self, variables: Sequence[Variable]) -> Deferred[list[Reply]]:
        """The present samples."""
        ...

    def missing(self, variables: Sequence[Variable]) -> Deferred[dict[Variable, OagwError]]:
        """Those of some variables that the server has no longer, and what it says."""
        ...

    def write(
        self, values: Sequence[tuple[Variable, Value]], source_time: int | None
    ) -> Deferred[list[OagwError | None]]:
        """Write values; tells for each what is wrong with it.

        :param source_time: in ns since the epoch; ``None`` is left to the server.
        """
        ...

    def monitor(self, items: Mapping[int, Variable]) -> Deferred[dict[int, OagwError]]:
        """Tell of new samples from now on, by numbers; gives what is wrong with some."""
        ...

    def ignore(self, numbers: Sequence[int]) -> Deferred[None]:
        """Tell of these no more."""
        ...

    def history(
        self,
        variable: Variable,
        first: int,
        last: int,
        count: int,
        point: bytes | None,
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        """Samples from ``first`` to ``last``, in ns; and the point where there are more.

        :param count: so many at most; 0 is as many as the server gives.
        :param first: if it is after ``last``, the newest comes first.
        :raises PointLostError: in the Deferred, if it cannot go on from the point.
        """
        ...

    def forget(self, variable: Variable, point: bytes | None) -> None:
        """The history that there is from a point on is not wanted."""
        ...

    def beat(self) -> Deferred[None]:
        """Fires when the server has given a sign of life."""
        ...

    def close(self) -> Deferred[None]:
        """End the connection; it is no matter whether there is one."""
        ...


class Watcher(Protocol):
    """Who is told what comes of a connection; in the reactor's thread."""

    def on_news(self, news: News) -> None:
        """Samples have come."""
        ...

    def on_lost(self, reason: str) -> None:
        """The connection has ended by itself."""
        ...


class Opening(Protocol):
    """Connects to a server."""

    def __call__(self, watcher: Watcher) -> Deferred[Server]:
        """Connect once.

        :raises ConnectionBrokenError: in the Deferred; the text says why.
        """
        ...
