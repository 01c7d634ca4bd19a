"""Watching values: what a gateway asks of the one behind it."""

from __future__ import annotations

from oagw.wire.messages.base import Command, check_count


class DpWatch(Command):
    """Be told of changes of these attributes too; a session has one watch."""

    dps: list[str]

    def check(self) -> None:
        """The number of names; none only asks whether there is this command."""
        check_count("Dps", self.dps)


class DpUnwatch(Command):
    """Be told of these attributes no more."""

    dps: list[str]

    def check(self) -> None:
        """The number of names."""
        check_count("Dps", self.dps)
