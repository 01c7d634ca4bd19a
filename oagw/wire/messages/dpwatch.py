"""Watches: the commands of a gateway to the one behind it."""

from __future__ import annotations

from oagw.wire.messages.base import Command, check_count


class DpWatch(Command):
    """Get changes of these attributes too; a session has one watch."""

    dps: list[str]

    def check(self) -> None:
        """The number of names; a command without names tests whether a peer knows it."""
        check_count("Dps", self.dps)


class DpUnwatch(Command):
    """Stop watching these attributes."""

    dps: list[str]

    def check(self) -> None:
        """The number of names."""
        check_count("Dps", self.dps)
