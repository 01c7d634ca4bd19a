"""The server's time, which stamps what comes without a time, also when it is set back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oagw.model.times import NS_PER_MS, NS_PER_S

#: A client's clock may be fast by so many ns.
_FAST = 60 * NS_PER_S


class ServerTime:
    """Gives source times, in ns since the epoch.

    :param tells: seconds since the epoch; may go back.
    """

    def __init__(self, tells: Callable[[], float]) -> None:
        self._tells = tells
        self._latest = 0

    def now(self) -> int:
        """The time, in whole ms: who reads an ``_stime`` finds the value by it."""
        now = int(self._tells() * NS_PER_S)
        now -= now % NS_PER_MS
        if now > self._latest:
            self._latest = now
        return now

    def is_wrong(self, stime: int, now: int) -> bool:
        """Whether a source time is of a clock that was ahead and has been set back.

        Later than now, but not later than this clock has been before: then it was set
        back since. Or so much later that it is not just a client's clock that is fast.
        """
        return now < stime and (stime <= self._latest or stime - now > _FAST)

    def following(self, present: int, now: int) -> int:
        """The time of what is set now, after what has another source time.

        It is never earlier, so that the newest value is the last one; unless the other
        time is wrong.
        """
        return now if present <= now or self.is_wrong(present, now) else present

    def newest(self, times: Sequence[int]) -> int:
        """The newest of some times, but for those that are wrong; of none it is now."""
        newest, now = max(times), self.now()
        if newest <= now:
            return newest
        return max((one for one in times if not self.is_wrong(one, now)), default=now)
