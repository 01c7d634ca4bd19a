"""The limit of clients, and what the log says when it is reached."""

from __future__ import annotations

from twisted.logger import Logger

#: The clients beyond the limit that get a reply with the reason; further connections are
#: dropped.
_POLITE = 32
#: The share of the limit at which clients count as accepted again.
_RELAXED = 0.9


class Admission:
    """Admits clients up to a limit; logs once that it is reached, and once that it is not.

    :param most: the most clients at the same time.
    :param limit: the name of the setting with this limit, for the log.
    """

    _log = Logger("oagw")

    def __init__(self, most: int, limit: str) -> None:
        self.most = most
        self._limit = limit
        self._refused = 0

    def has_line(self, present: int) -> bool:
        """Whether another connection is accepted, if only to be refused with a reason."""
        if present < self.most + _POLITE:
            return True
        self._refuse()
        return False

    def admits(self, present: int) -> bool:
        """Whether a client that is already counted may stay."""
        if present <= self.most:
            return True
        self._refuse()
        return False

    def left(self, present: int) -> None:
        """Note that a client has left.

        :param present: the number of those that are still there.
        """
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
