"""The time for which each value holds: from its source time to that of the next value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from oagw.aggregates.pieces import Counts, Floats, Numbers, Piece, Times


@dataclass(frozen=True, slots=True)
class Held:
    """The results of closed intervals.

    :ivar good: time in ns with a good value.
    :ivar integral: the sum of value times holding time in ns.
    """

    good: Counts
    integral: Floats


class HoldTimes:
    """Tracks the current value from interval to interval.

    :param first: the start of the first interval (ns).
    :param now: values hold at most until this time (ns).
    :param with_values: compute the integral; the values must be numbers.
    """

    def __init__(self, first: int, now: int, with_values: bool) -> None:
        self._now = now
        self._with_values = with_values
        #: The current value and its start, and the sums of the open interval so far.
        self._since = first
        self._value = 0.0
        self._is_good = False
        self._good = 0
        self._integral = 0.0

    def begin(self, before: Piece) -> None:
        """Start with the value before the first interval: the last of these samples."""
        self._keep(before)

    def _keep(self, piece: Piece) -> None:
        self._is_good = bool(piece.good[-1])
        if self._with_values and self._is_good:
            self._value = float(piece.floats()[-1])

    def step(self, piece: Piece, cuts: npt.NDArray[np.intp], edges: Times) -> Held:
        """Process all samples and edges; the interval after the last edge stays open.

        :param edges: the start of each interval after the open one.
        :param cuts: the index in the piece where each of them begins.
        """
        begins = cuts + np.arange(1, len(cuts) + 1)
        lengths = self._lengths(piece, begins, edges)
        good = _merged(self._is_good, piece.good, begins, cuts)
        if not good.all():
            lengths = np.where(good, lengths, 0)
        starts = np.concatenate(([0], begins))
        times: Counts = np.add.reduceat(lengths, starts)
        times[0] += self._good
        integral = np.zeros(len(times))
        if self._with_values:
            values = _merged(self._value, piece.floats(), begins, cuts)
            held = (
                np.where(good, values, 0.0) * lengths
                if not good.all()
                else values * lengths
            )
            integral = np.add.reduceat(held, starts)
            integral[0] += self._integral
        self._good, self._integral = int(times[-1]), float(integral[-1])
        if len(piece):
            self._keep(piece)
        return Held(times[:-1], integral[:-1])

    def _lengths(self, piece: Piece, begins: npt.NDArray[np.intp], edges: Times) -> Counts:
        """Return for how long the open value, the samples and the values at edges hold."""
        moments = _among(self._since, piece.times, begins)
        moments[begins] = edges
        self._since = int(moments[-1])
        if self._since > self._now:
            moments = np.minimum(moments, self._now)
        return np.diff(moments, append=moments[-1])


def _among(first: float, every: Numbers, begins: npt.NDArray[np.intp]) -> Numbers:
    """Return the first value and the values of the samples, with gaps for the edges."""
    found = np.empty(1 + len(every) + len(begins), every.dtype)
    is_sample = np.ones(len(found), np.bool_)
    is_sample[begins] = False
    is_sample[0] = False
    found[0] = first
    found[is_sample] = every
    return found


def _merged(
    first: float,
    every: Numbers,
    begins: npt.NDArray[np.intp],
    cuts: npt.NDArray[np.intp],
) -> Numbers:
    """Return the same, with the values that hold at the edges in the gaps."""
    found = _among(first, every, begins)
    if len(every):
        found[begins] = np.where(cuts > 0, every[np.maximum(cuts, 1) - 1], found[0])
    else:
        found[begins] = found[0]
    return found
