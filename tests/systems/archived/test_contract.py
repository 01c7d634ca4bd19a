"""A system that is archived here does what every backend must do."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.interfaces.services import Services
from oagw.model.patterns import compile_pattern, every_element
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from tests.systems.archived.bench import A_WHILE
from tests.systems.bench import at_once, unsliced
from tests.systems.remote import test_contract


class ArchivedContractTests(test_contract.RemoteContractTests):
    """Archives the elements of a far gateway here, K among them."""

    async def begin(self) -> None:
        await self.begin_far()
        clock, directory = self.bench.clock, Path(self.mktemp())
        directory.mkdir()
        archive = open_directory(
            directory / "archive", clock, Threads(at_once, at_once, at_once)
        )
        store = SystemStore(directory / "system.sqlite", clock, at_once)
        services = Services(clock, at_once, unsliced, UTC)
        kept = EmbeddedSystem("Plant2", store, archive, services)
        patterns = [every_element(compile_pattern(one)) for one in ("F*", "K", "pump_*")]
        state = self.remote.presence.state
        self.system = ArchivedSystem(self.remote, state, kept, patterns, services)
        await self.system.start(self.subscriber)
        self.bench.clock.advance(A_WHILE)
