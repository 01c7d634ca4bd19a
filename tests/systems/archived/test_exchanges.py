"""The whole table of exchanges through a gateway that archives what a far one has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.model.patterns import compile_pattern
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from tests.core import test_session
from tests.exchanges.conversation import Exchange
from tests.exchanges.exchanges import EXCHANGES
from tests.systems.bench import at_once, unsliced
from tests.systems.remote.test_exchanges import ChainTestCase

#: The exchanges that cannot go the same way, and why.
CANNOT: Mapping[str, str] = {
    "A datapoint is deleted with its alias; its namesake does not inherit its history.": (
        "what is deleted over there stays readable here, and a new datapoint of the same "
        "name and type continues it"
    ),
    "Several attributes stand side by side with their bonus values.": (
        "who has set a value over there is not archived here"
    ),
}


class ArchivedExchangeTests(ChainTestCase, test_session.ExchangeTests):
    """The far gateway's archived elements are archived here too."""

    def near_system(self) -> ISystem:
        clock, directory = self.bench.clock, Path(self.mktemp())
        directory.mkdir()
        archive = open_directory(
            directory / "archive", clock, Threads(at_once, at_once, at_once)
        )
        store = SystemStore(directory / "system.sqlite", clock, at_once)
        services = Services(clock, at_once, unsliced, UTC)
        kept = EmbeddedSystem("System1", store, archive, services)
        patterns = [compile_pattern(one) for one in ("K.", "pump_*.value.*")]
        state = self.remote.presence.state
        return ArchivedSystem(self.remote, state, kept, patterns, services)

    def setUp(self) -> None:
        super().setUp()
        # What there is has been found out, and is watched; the time is as it was.
        now = self.bench.clock.rightNow
        self.bench.clock.advance(0)
        self.assertEqual(self.bench.clock.rightNow, now)

    def converse(self, exchange: Exchange) -> None:
        if exchange.title in CANNOT:
            # One that can by now is to be taken off the list.
            self.assertRaises(self.failureException, super().converse, exchange)
        else:
            super().converse(exchange)

    def test_the_list_names_exchanges(self) -> None:
        """Each title is one of the table."""
        titles = {one.title for one in EXCHANGES}
        self.assertEqual(CANNOT.keys() - titles, set())
