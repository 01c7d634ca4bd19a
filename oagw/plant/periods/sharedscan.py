"""The scan of an archived element, shared by all of its attributes that are read."""

from __future__ import annotations

from oagw.interfaces.archives import (
    IArchive,
    IScan,
)
from oagw.interfaces.systems import PeriodRequest
from oagw.plant.cells import Cell


class SharedScan:
    """The scan of one element, so that its attributes are read at one moment."""

    def __init__(self, archive: IArchive, cell: Cell, request: PeriodRequest) -> None:
        self._archive = archive
        self._number = cell.element.number
        self._request = request
        self._scan: IScan | None = None
        self._readers = 0

    def join(self) -> None:
        """Add a reader."""
        self._readers += 1

    async def begin(self) -> IScan:
        """The scan, at its start."""
        if self._scan is None:
            request = self._request
            self._scan = await self._archive.scan(
                self._number, request.first, request.last, request.bonus
            )
        self._scan.rewind()
        return self._scan

    def leave(self) -> None:
        """Remove a reader; the last one closes the scan."""
        self._readers -= 1
        if not self._readers and self._scan is not None:
            self._scan.close()
