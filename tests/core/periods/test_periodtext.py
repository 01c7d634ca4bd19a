"""The text of archived values is the same at once and in pieces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import numpy as np
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.core.periods.periodtext import PeriodText
from oagw.interfaces.systems import IReading
from oagw.wire.series import Numbers, Series, Shares
from tests.systems.embedded.test_system import at_once

MS = 1_767_225_600_000


def series(first: int, *values: float, quality: Sequence[float] | None = None) -> Series:
    """Numbers, one a millisecond."""
    times = (np.arange(first, first + len(values)) + MS) * 1_000_000
    shares = None if quality is None else np.array(quality, np.float64)
    return Series(times, Numbers(np.array(values, np.float64)), shares)


@implementer(IReading)
class Parts:
    """A reading of these parts."""

    def __init__(self, *parts: Series) -> None:
        self._parts = parts
        self._at = 0

    def next(self) -> Deferred[Series | None]:
        self._at += 1
        return succeed(self._parts[self._at - 1] if self._at <= len(self._parts) else None)

    def rewind(self) -> None:
        self._at = 0

    def close(self) -> None:
        self._at = len(self._parts)


class PeriodTextTests(SynchronousTestCase):
    """Over two parts of one name."""

    timeout = 30

    def setUp(self) -> None:
        self.parts = [
            series(0, 1.5, 2.5, quality=[1.0, 0.5]),
            series(2, 3.5, quality=[0.25]),
        ]

    def joined(self, pieces: AsyncIterator[bytes]) -> bytes:
        """All pieces."""

        async def gather() -> bytes:
            return b"".join([piece async for piece in pieces])

        return self.successResultOf(Deferred.fromCoroutine(gather()))

    def in_pieces(self, text: PeriodText, *parts: Series) -> tuple[bytes, list[Shares]]:
        """The text of a name, and its shares of good values."""
        shares: list[Shares] = []
        reading = Parts(*parts)
        return self.joined(text.values_in_pieces("A.", reading, shares)), shares

    def test_each_shape(self) -> None:
        """Rows, or a list of times and one of values."""
        for shape in range(5):
            text = PeriodText(shape, at_once)
            found, shares = self.in_pieces(text, *self.parts)
            self.assertEqual(found, text.values("A.", self.parts), shape)
            [values] = json.loads(b"{%b}" % found).values()
            self.assertEqual(len(values), 2 if shape > 2 else 3)
            self.assertEqual([one.tolist() for one in shares], [[1.0, 0.5], [0.25]])

    def test_a_name_without_values(self) -> None:
        """It is not in the reply."""
        self.assertEqual(self.in_pieces(PeriodText(1, at_once)), (b"", []))

    def test_quality(self) -> None:
        """The shares of a name are one list; names are separated by commas."""
        text = PeriodText(0, at_once)
        shares = {"A.": [np.array([1.0, 0.5]), np.array([0.25])], "B.": [np.array([0.0])]}
        at_once_text = b",".join(text.quality(name, some) for name, some in shares.items())
        found = self.joined(text.quality_in_pieces(shares))
        self.assertEqual(found, b'"A.":[1.0,0.5,0.25],"B.":[0.0]')
        self.assertEqual(found, at_once_text)

    def test_many_values_are_encoded_in_a_thread(self) -> None:
        """A few are encoded at once: a thread would take longer."""
        offloaded: list[object] = []

        def offload(work: object) -> Deferred[bytes]:
            offloaded.append(work)
            return succeed(b"1")

        text = PeriodText(0, offload)  # type: ignore[arg-type]
        few, many = series(0, *[1.5] * 2000), series(0, *[1.5] * 2001)
        self.in_pieces(text, few)
        self.assertEqual(offloaded, [])
        self.in_pieces(text, many)
        self.assertEqual(len(offloaded), 1)
