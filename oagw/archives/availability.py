"""Whether the store of an archive can be reached, and reconnecting until it can."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from oagw.archives.sealed.partitions import StoreAwayError

#: Seconds before the first attempt to reconnect, and the most between two of them.
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 30.0


class Availability:
    """Whether one store is available.

    :param reconnect: tries to reach the store, and calls :meth:`found` or :meth:`lost`.
    :ivar is_away: whether the store is unavailable now.
    """

    _log = Logger()

    def __init__(
        self, name: str, clock: IReactorTime, reconnect: Callable[[], None]
    ) -> None:
        self._name = name
        self._clock = clock
        self._reconnect = reconnect
        self._reason = ""
        self._delay = _FIRST_DELAY
        self._call: IDelayedCall | None = None
        self._is_stopped = False
        self.is_away = False

    def check(self) -> None:
        """Do nothing if the store is available.

        :raises StoreAwayError: it is not; the text says why.
        """
        if self.is_away:
            raise StoreAwayError(self._reason)

    def lost(self, reason: str) -> None:
        """Note that the store is unavailable; the same reason is logged once."""
        if self._is_stopped:
            return
        if not self.is_away or self._reason != reason:
            self._log.error(
                "{reason}; values are kept in the state directory until it is back",
                reason=reason,
            )
        self.is_away = True
        self._reason = reason
        if self._call is None:
            self._call = self._clock.callLater(self._delay, self._try_again)
            self._delay = min(2 * self._delay, _LONGEST_DELAY)

    def _try_again(self) -> None:
        self._call = None
        self._reconnect()

    def found(self) -> None:
        """Note that the store is available again."""
        self._delay = _FIRST_DELAY
        self.is_away = False
        self._log.info("{name} is back", name=self._name)

    def stop(self) -> None:
        """Stop reconnecting."""
        self._is_stopped = True
        if self._call is not None:
            self._call.cancel()
