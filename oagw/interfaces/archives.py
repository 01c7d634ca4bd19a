"""The interface between an archive and the systems that store samples in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

from oagw.model.columns import Columns, Times
from oagw.model.samples import Sample


class IArchive(Interface):
    """An engine that keeps samples. A series is the number of an archived element."""

    asks_names: bool = Attribute("Whether it stores the names of series.")

    def start(
        group_of: Callable[[int], str], name_of: Callable[[int], str]
    ) -> Deferred[None]:
        """Start to serve.

        :param group_of: returns the archive group of a series; empty for none. It is
            called in threads.
        :param name_of: returns the present name of a series; empty if it has none. It is
            called in threads too.
        """

    def stop() -> Deferred[None]:
        """Stop; fires when everything appended is durable."""

    def facts() -> ArchiveFacts:
        """What an operator wants to know of it now."""

    def check_room() -> None:
        """Refuse a set before it takes effect if its samples could not be kept.

        :raises DataManagerError: too many samples wait to be written.
        """

    def append(samples: Sequence[tuple[int, Sample]], wait: bool) -> Deferred[None]:
        """Keep samples by series, in order of arrival.

        With ``wait`` fires when they are durable, else at once.
        :raises DataManagerError: in the Deferred, if they could not be made durable.
        """

    def read(
        series: int, first: int, last: int, bonus: int, limit: int
    ) -> Deferred[list[Sample]]:
        """Samples by source time (ns, both ends included), equal times by arrival.

        Samples that were appended before are included.

        :param bonus: the number of samples before ``first`` and after ``last`` to read
            too.
        :param limit: the most samples that are read, bonus samples included.
        :raises DataManagerError: in the Deferred, if they cannot be read, or samples that
            were appended before cannot be written.
        """

    def most(
        series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        """The most samples that a read would return.

        If it is more than ``enough``, there are at least as many, perhaps more.

        :param series: a series counts as often as it is named.
        """

    def scan(series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        """The samples of :meth:`read` in pieces, so that memory does not grow with them.

        All pieces show the samples of the moment at which the scan begins.

        :raises DataManagerError: in the Deferred, as for :meth:`read`.
        """

    def extremes(series: int, edges: Times) -> Deferred[Extremes | None]:
        """Minimum and maximum of a series between neighbouring edges (ns, ascending).

        An edge belongs to the interval after it. Fires with ``None`` if the extremes cannot
        be found without reading all samples: a value in the period, or the one before the
        first edge, is bad, is not a number, or is not exact as a float.

        :raises DataManagerError: in the Deferred, as for :meth:`read`.
        """

    def delete(series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        """Delete the samples of some series in a period (ns, both ends included).

        Fires with the number of deleted samples, when that is durable. Samples that are
        appended while it runs may stay.

        :param series: ``None`` for all.
        :raises DataManagerError: in the Deferred; a part of the period may be deleted.
        """

    def delete_periods(periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        """Delete samples of several series, each in a period of its own, in one pass.

        :param periods: first and last time by series.
        """

    def compact() -> Deferred[None]:
        """Store the samples of each series together, in as few bytes as possible.

        :raises DataManagerError: in the Deferred, if it failed.
        """


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """The state of an archive, for operators.

    :ivar waiting: samples that are not durable yet.
    :ivar age: seconds for which the oldest of them has waited.
    :ivar hot: samples that are not sealed yet.
    :ivar partitions: the number of partitions with sealed samples.
    :ivar sealed_at: when samples were sealed last, in seconds since the epoch; ``None``
        if none have been since the start.
    :ivar fault: what is wrong now; empty if nothing is.
    """

    waiting: int
    age: float
    hot: int
    partitions: int
    sealed_at: float | None
    fault: str


@dataclass(frozen=True, slots=True)
class Extremes:
    """The smallest and the largest value between neighbouring edges; NaN for no value.

    :ivar whole: whether all values are whole numbers or bools.
    :ivar first: the time (ns) of the first sample, or of one before the first edge: from
        then on there is a value at any time. ``None`` if there is no sample.
    """

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    whole: bool
    first: int | None


class IScan(Interface):
    """Reads a period of a series in pieces. The caller closes it in any case."""

    def next() -> Deferred[Columns | None]:
        """The next samples, at least one; ``None`` at the end.

        The caller waits for it to fire before it calls it again.

        :raises DataManagerError: in the Deferred, if they cannot be read.
        """

    def rewind() -> None:
        """Begin again, with the samples of the same moment."""

    def close() -> None:
        """Stop reading."""
