"""What has been read already, a piece at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from oagw.interfaces.archives import IScan
from oagw.interfaces.systems import IReading
from oagw.model.columns import Columns
from oagw.wire.series import Series


@implementer(IReading, IScan)
class Replay:
    """Pieces that are here.

    :param pieces: series are a reading, and columns a scan.
    """

    def __init__(self, pieces: Sequence[Series] | Sequence[Columns]) -> None:
        self._pieces = pieces
        self._next = 0

    def next(self) -> Deferred[Any]:
        """The next piece; ``None`` at the end."""
        if self._next >= len(self._pieces):
            return succeed(None)
        self._next += 1
        return succeed(self._pieces[self._next - 1])

    def rewind(self) -> None:
        """Begin anew."""
        self._next = 0

    def close(self) -> None:
        """Read no more."""
        self._pieces = ()
