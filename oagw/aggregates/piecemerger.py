"""Pieces of several series as those of one, by time."""

from __future__ import annotations

import numpy as np

from oagw.aggregates.pieces import Piece, joined


class Merger:
    """Holds the next piece of each series, and gives what no later piece precedes."""

    def __init__(self, count: int) -> None:
        self._heads: list[Piece | None] = [None] * count
        self._ended = [False] * count

    def wanted(self) -> list[int]:
        """The series whose next piece is needed."""
        return [
            number
            for number, head in enumerate(self._heads)
            if head is None and not self._ended[number]
        ]

    def put(self, number: int, piece: Piece | None) -> None:
        """The next piece of a series; ``None`` at its end."""
        self._heads[number] = piece
        self._ended[number] = piece is None

    def take(self) -> Piece | None:
        """The next samples of all; ``None`` at the end of all."""
        heads = [head for head in self._heads if head is not None]
        if not heads:
            return None
        until = min(int(head.times[-1]) for head in heads)
        found: list[Piece] = []
        for number, head in enumerate(self._heads):
            if head is None:
                continue
            place = int(np.searchsorted(head.times, until, "right"))
            if place:
                found.append(head.part(0, place))
            self._heads[number] = head.part(place) if place < len(head) else None
        return joined(found)
