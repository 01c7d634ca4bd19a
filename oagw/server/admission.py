"""How many clients may come, and what the log says when no more may."""

from __future__ import annotations

from twisted.logger import Logger

#: Clients beyond the limit who get an answer that says so; others' lines are dropped.
_POLITE = 32
#: The share of the limit below which it counts as no longer reached.
_RELAXED = 0.9


class Admission:
    """Lets clients in up to a limit; the log says once that it is reached, and when not.

    :param most: clients at once.
    :param limit: what sets that limit.
    """

    _log = Logger("oagw")

    def __init__(self, most: int, limit: str) -> None:
        self.most = most
        self._limit = limit
        self._refused = 0

    def has_line(self, present: int) -> bool:
        """Whether one more may have a line, if only to be refused on it."""
        if present < self.most + _POLITE:
            return True
        self._refuse()
        return False

    def admits(self, present: int) -> bool:
        """Whether one may stay who is already among those present."""
        if present <= self.most:
            return True
        self._refuse()
        return False

    def left(self, present: int) -> None:
        """One has left, and so many are still there."""
        if self._refused and present <= self.most * _RELAXED:
            self._log.info(
                "clients are accepted again; {count} were refused", count=self._refused
            )
            self._refused = 0

    def _refuse(self) -> None:
        if not self._refused:
            self._log.warn(
                "{most} clients are connected, as many as {limit} allows; more are refused",
                most=self.most,
                limit=self._limit,
            )
        self._refused += 1
