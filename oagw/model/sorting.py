"""Sorting in slices: many short steps sort a long list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")

#: Number of items per step; sorting them takes about a millisecond.
_SLICE = 2000


class Sorting(Generic[_T]):
    """A stable sort of a list.

    :ivar items: the list; sorted after the last step.
    """

    def __init__(
        self, items: list[_T], key: Callable[[_T], Any], descending: bool = False
    ) -> None:
        self.items = items
        self._key = key
        self._descending = descending

    def steps(self) -> Iterator[None]:
        """Sort; yields after each slice."""
        key, descending = self._key, self._descending
        if len(self.items) <= _SLICE:
            self.items.sort(key=key, reverse=descending)
            return
        runs = []
        for start in range(0, len(self.items), _SLICE):
            run = self.items[start : start + _SLICE]
            run.sort(key=key, reverse=descending)
            runs.append(run)
            yield
        merged: list[_T] = []
        for item in merge(*runs, key=key, reverse=descending):
            merged.append(item)
            if len(merged) % _SLICE == 0:
                yield
        self.items = merged
