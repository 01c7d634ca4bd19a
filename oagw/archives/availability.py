"""Whether the store of an archive can be reached, and looking for it until it can."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from oagw.archives.sealed.partitions import StoreAwayError

#: Seconds until the store is looked for again: at first, and at last.
_SOON = 1.0
_SELDOM = 30.0


class Link:
    """What is known of one store.

    :param find: looks for it; tells what comes of it by :meth:`found` or :meth:`lost`.
    :ivar is_away: whether it cannot be used now.
    """

    _log = Logger()

    def __init__(self, name: str, clock: IReactorTime, find: Callable[[], None]) -> None:
        self._name = name
        self._clock = clock
        self._find = find
        self._reason = ""
        self._patience = _SOON
        self._call: IDelayedCall | None = None
        self._is_stopped = False
        self.is_away = False

    def check(self) -> None:
        """Refuse what needs the store if it is away.

        :raises StoreAwayError: it is.
        """
        if self.is_away:
            raise StoreAwayError(self._reason)

    def lost(self, reason: str) -> None:
        """It is away; a reason is told once, however often it is found again."""
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
            self._call = self._clock.callLater(self._patience, self._look)
            self._patience = min(2 * self._patience, _SELDOM)

    def _look(self) -> None:
        self._call = None
        self._find()

    def found(self) -> None:
        """It is back."""
        self._patience = _SOON
        self.is_away = False
        self._log.info("{name} is back", name=self._name)

    def stop(self) -> None:
        """Look for it no more."""
        self._is_stopped = True
        if self._call is not None:
            self._call.cancel()
