"""How long archived values are kept: by age, and by size on the disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oagw.archives.blocks.months import months_before, start_of

#: Seconds without values that may be a pause of the plant.
_PAUSE = 92 * 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long values are kept.

    :ivar age: seconds for which values are kept at least; 0 for ever.
    :ivar size: upper limit in bytes; 0 for no limit.
    """

    age: float = 0
    size: int = 0

    def outdated(self, sizes: Mapping[int, int], now: float) -> list[int]:
        """The months to remove, the oldest first. The present month is always kept.

        No month is removed because of its age if :meth:`leaps` is true.

        :param sizes: bytes on the disk by month.
        :param now: seconds since the epoch.
        """
        present = months_before(now)
        limit = now - self.age
        total = sum(sizes.values())
        gone = []
        by_age = self.age > 0 and not self.leaps(sizes, now)
        for month in sorted(sizes):
            is_old = by_age and start_of(month + 1) <= limit * 1e9
            is_too_much = self.size > 0 and total > self.size
            if month >= present or not (is_old or is_too_much):
                break
            gone.append(month)
            total -= sizes[month]
        return gone

    def leaps(self, months: Collection[int], now: float) -> bool:
        """Whether the months that are too old are followed by a long time without values.

        This happens when the clock is years ahead, and all values would be removed.

        :param months: the months that have values.
        :param now: seconds since the epoch.
        """
        if not self.age:
            return False
        old = [one for one in months if start_of(one + 1) <= (now - self.age) * 1e9]
        if not old:
            return False
        last = max(old)
        following = min((one for one in months if one > last), default=months_before(now))
        return start_of(following) - start_of(last + 1) > max(self.age, _PAUSE) * 1e9


#: Nothing is removed.
FOR_EVER = Retention()
