"""Samples of several elements, one window of time after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oagw.interfaces.archives import IScan
from oagw.model.columns import Columns, empty, joined


class Windows:
    """Reads scans side by side, with a few pieces of each in memory.

    All samples of one time are in one window, unless there is only one scan.

    :param scans: ``None`` for an element without samples.
    """

    def __init__(self, scans: Sequence[IScan | None]) -> None:
        self._scans = list(scans)
        self._held = [empty() for _ in scans]

    async def next(self) -> list[Columns] | None:
        """The next samples of each scan, which may be empty; ``None`` at the end of all.

        :raises DataManagerError: the archive cannot be read.
        """
        while True:
            for number, held in enumerate(self._held):
                if not len(held):
                    await self._load(number)
            if all(scan is None for scan in self._scans):
                return self._rest()
            if len(self._scans) == 1:
                return self._take(None)
            # The next piece may have more samples of this time and later ones.
            horizon = min(
                int(held.stime[-1])
                for held, scan in zip(self._held, self._scans, strict=True)
                if scan is not None
            )
            window = self._take(horizon)
            if any(map(len, window)):
                return window
            for number, held in enumerate(self._held):
                if len(held) and held.stime[-1] == horizon:
                    await self._load(number)

    async def _load(self, number: int) -> None:
        """Read one more piece of a scan."""
        scan = self._scans[number]
        if scan is None:
            return
        more = await scan.next()
        if more is None:
            self._scans[number] = None
        else:
            held = self._held[number]
            self._held[number] = joined([held, more]) if len(held) else more

    def _rest(self) -> list[Columns] | None:
        return self._take(None) if any(map(len, self._held)) else None

    def _take(self, horizon: int | None) -> list[Columns]:
        """The samples in memory before a time, or all of them."""
        window: list[Columns] = []
        for number, held in enumerate(self._held):
            end = len(held) if horizon is None else np.searchsorted(held.stime, horizon)
            window.append(held.part(slice(0, int(end))))
            self._held[number] = held.part(slice(int(end), None))
        return window
