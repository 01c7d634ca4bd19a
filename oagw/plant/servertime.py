"""Source times for sets without one, also after the system clock was set back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oagw.model.times import NS_PER_MS, NS_PER_S

#: A client's clock may be ahead by at most this, in ns.
_FAST = 60 * NS_PER_S


class ServerTime:
    """Makes source times, in ns since the epoch.

    :param seconds: the system time in seconds since the epoch; it may go back.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._latest = 0

    def now(self) -> int:
        """The time in whole ms, so that a client can find a value by its ``_stime``."""
        now = int(self._seconds() * NS_PER_S)
        now -= now % NS_PER_MS
        if now > self._latest:
            self._latest = now
        return now

    def is_wrong(self, stime: int, now: int) -> bool:
        """Whether a source time is from a clock that was ahead and has been set back.

        It is if it is later than now, but this clock has shown that time before; or if it
        is later by more than a client's clock may be ahead.
        """
        return now < stime and (stime <= self._latest or stime - now > _FAST)

    def following(self, present: int, now: int) -> int:
        """The source time of a value that is set now, after one with another source time.

        It is never earlier, so that the last value is the newest; unless the other time
        is wrong.
        """
        return now if present <= now or self.is_wrong(present, now) else present

    def newest(self, times: Sequence[int]) -> int:
        """The newest of some times that are not wrong; if all are wrong, now."""
        newest, now = max(times), self.now()
        if newest <= now:
            return newest
        return max((one for one in times if not self.is_wrong(one, now)), default=now)
