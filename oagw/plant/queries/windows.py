"""Samples of several elements together, from window to window of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oagw.interfaces.archives import IScan
from oagw.model.columns import Columns, empty, joined


class Windows:
    """Reads scans side by side: of each a few pieces are in memory.

    All samples of one time are in one window, unless there is one scan only.

    :param scans: ``None`` for what has no samples.
    """

    def __init__(self, scans: Sequence[IScan | None]) -> None:
        self._scans = list(scans)
        self._held = [empty() for _ in scans]

    async def next(self) -> list[Columns] | None:
        """The next samples of each, perhaps none of some; ``None`` at the end of all.

        :raises DataManagerError: they cannot be read.
        """
        while True:
            for number, held in enumerate(self._held):
                if not len(held):
                    await self._load(number)
            if all(scan is None for scan in self._scans):
                return self._rest()
            if len(self._scans) == 1:
                return self._take(None)
            # Of this time and of later ones there may be more.
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
        """Hold a piece more of a scan."""
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
        """What is held of times before one, or all of it."""
        window: list[Columns] = []
        for number, held in enumerate(self._held):
            end = len(held) if horizon is None else np.searchsorted(held.stime, horizon)
            window.append(held.part(slice(0, int(end))))
            self._held[number] = held.part(slice(int(end), None))
        return window
