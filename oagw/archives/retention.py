"""How long archived values are kept: by age, and by what they take on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oagw.archives.months import months_before, start_of


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept.

    :ivar age: seconds for which values are kept at least; 0 is for ever.
    :ivar size: bytes that the archive may have; 0 is any number.
    """

    age: float = 0
    size: int = 0

    def outdated(self, sizes: Mapping[int, int], now: float) -> list[int]:
        """The months that go, the oldest first; that of ``now`` always stays.

        :param sizes: bytes on the disk by month.
        :param now: seconds since the epoch.
        """
        present = months_before(now)
        limit = now - self.age
        total = sum(sizes.values())
        gone = []
        for month in sorted(sizes):
            is_old = self.age > 0 and start_of(month + 1) <= limit * 1e9
            is_too_much = self.size > 0 and total > self.size
            if month >= present or not (is_old or is_too_much):
                break
            gone.append(month)
            total -= sizes[month]
        return gone


#: Nothing goes.
FOR_EVER = Retention()
