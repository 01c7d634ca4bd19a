"""A reading or scan whose pieces are in memory already."""

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
    """Gives pieces that are in memory.

    :param pieces: series for a reading, columns for a scan.
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
        """Start again at the first piece."""
        self._next = 0

    def close(self) -> None:
        """Release the pieces."""
        self._pieces = ()
