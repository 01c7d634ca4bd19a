"""Sorting in slices: a long list is in order after many short steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")

#: So many are sorted in a millisecond.
_SLICE = 2000


class Sorting(Generic[_T]):
    """Sorts a list; what is equal stays in its order.

    :ivar items: the list, in the end in order.
    """

    def __init__(
        self, items: list[_T], key: Callable[[_T], Any], descending: bool = False
    ) -> None:
        self.items = items
        self._key = key
        self._descending = descending

    def steps(self) -> Iterator[None]:
        """Do it; a step for each slice of the work."""
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
