"""What an archive promises to the systems."""

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

    asks_names: bool = Attribute("whether it has use for the names of series")

    def start(
        group_of: Callable[[int], str], name_of: Callable[[int], str]
    ) -> Deferred[None]:
        """Begin to serve.

        :param group_of: the archive group that a series belongs to now; empty for none.
            It is asked in threads.
        :param name_of: the present name of a series; empty if it has none. In threads too.
        """

    def stop() -> Deferred[None]:
        """End; fires when everything appended is durable."""

    def check_room() -> None:
        """Refuse a set before it takes effect if its samples could not be kept.

        :raises DataManagerError: too much waits to be written already.
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

        Whatever was appended before is found.
        :raises DataManagerError: in the Deferred, if that cannot be had, because it
            can neither be written.
        :param bonus: how many before ``first`` and after ``last`` are wanted too.
        :param limit: at most that many are read; the bonus values count.
        """

    def most(
        series: Sequence[int], first: int, last: int, bonus: int, enough: int
    ) -> Deferred[int]:
        """No more samples than this would be read.

        If it is more than ``enough``, so many are there for sure, and perhaps more.
        :param series: a series counts as often as it is named.
        """

    def scan(series: int, first: int, last: int, bonus: int) -> Deferred[IScan]:
        """The same samples piece by piece, so that memory does not grow with them.

        All pieces are of the moment at which the scan begins.
        :raises DataManagerError: in the Deferred, as for :meth:`read`.
        """

    def extremes(series: int, edges: Times) -> Deferred[Extremes | None]:
        """Minimum and maximum of a series between neighbouring edges (ns, ascending).

        An edge belongs to what is after it. Fires with ``None`` if that cannot be said
        without reading all: some value there, or the one before the first edge, is bad, or
        no number that is exact as a float.
        :raises DataManagerError: in the Deferred, as for :meth:`read`.
        """

    def delete(series: Sequence[int] | None, first: int, last: int) -> Deferred[int]:
        """Delete what a period (ns, both ends included) has of some series.

        Fires with the number of samples deleted, when that is durable. What is appended
        meanwhile may stay.
        :param series: ``None`` for all.
        :raises DataManagerError: in the Deferred; a part of the period may be deleted.
        """

    def delete_periods(periods: Mapping[int, tuple[int, int]]) -> Deferred[int]:
        """The same for series that have each a period of its own, at once.

        :param periods: first and last time by series.
        """

    def compact() -> Deferred[None]:
        """Bring together what is read together, and have it take the least room.

        :raises DataManagerError: in the Deferred, if it could not be done.
        """


@dataclass(frozen=True, slots=True)
class Extremes:
    """The smallest and the largest value between neighbouring edges; NaN where none is.

    :ivar whole: whether all values are whole numbers or bools.
    :ivar first: a time (ns) from which on there is always a value: of the first sample, or
        of one before the first edge; ``None`` if there is no sample.
    """

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    whole: bool
    first: int | None


class IScan(Interface):
    """Reads a period of a series, a piece at a time; to be closed in any case."""

    def next() -> Deferred[Columns | None]:
        """The next samples, never none of them; ``None`` at the end.

        To be asked again only when it has fired.
        :raises DataManagerError: in the Deferred, if they cannot be read.
        """

    def rewind() -> None:
        """Begin anew, with the samples of the same moment."""

    def close() -> None:
        """Read no more."""
