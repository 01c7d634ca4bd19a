"""Scans of archived elements, shared by all of their attributes that are asked for."""

from __future__ import annotations

from oagw.interfaces.archives import (
    IArchive,
    IScan,
)
from oagw.interfaces.systems import PeriodRequest
from oagw.plant.cells import Cell


class Scans:
    """The scan of one element: attributes that are read from it are of one moment."""

    def __init__(self, archive: IArchive, cell: Cell, request: PeriodRequest) -> None:
        self._archive = archive
        self._number = cell.element.number
        self._request = request
        self._scan: IScan | None = None
        self._readers = 0

    def join(self) -> None:
        """Somebody will read."""
        self._readers += 1

    async def begin(self) -> IScan:
        """The scan from its start on."""
        if self._scan is None:
            request = self._request
            self._scan = await self._archive.scan(
                self._number, request.first, request.last, request.bonus
            )
        self._scan.rewind()
        return self._scan

    def leave(self) -> None:
        """Somebody reads no more; the last one closes the scan."""
        self._readers -= 1
        if not self._readers and self._scan is not None:
            self._scan.close()
