"""A gateway that archives the values of another, in one process."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from oagw.archives.files.fileengine import open_directory
from oagw.archives.policy import Threads
from oagw.core.manager import DatapointManager
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.model.patterns import compile_pattern, every_element
from oagw.model.systemstate import State
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from oagw.systems.remote.peerpresence import RemoteOptions
from oagw.systems.remote.system import RemoteSystem
from tests.core.test_session import Client, SessionTestCase
from tests.crash import kill, kill_store
from tests.systems.bench import NOW_MS, at_once, unsliced
from tests.systems.remote.chain import Wire

WHOLE = {"T1": 0, "T2": "2100-01-01"}
#: So long it takes until events are followed.
A_WHILE = 2.0


class ArchivedTestCase(SessionTestCase):
    """A client of a gateway that archives elements of a far one, as the system Plant2."""

    patterns = ["F*", "pump_*.value.**"]

    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.begin()

    def begin(self) -> None:
        """Start the near gateway."""
        clock = self.bench.clock
        self.wire = self.new_wire()
        self.remote = RemoteSystem("Plant2", RemoteOptions("System1"), self.wire, clock)
        self.near = self.manager_of(self.remote, self.remote.presence.state)
        self.client = Client(self.near, self.rules, clock)
        clock.advance(0)

    def new_wire(self) -> Wire:
        return Wire(self.manager, self.rules, self.bench.clock)

    def manager_of(self, system: ISystem, state: State) -> DatapointManager:
        """A gateway in front of a system."""
        clock = self.bench.clock
        threads = Threads(at_once, at_once, at_once)
        self.archive = open_directory(self.directory / "archive", clock, threads)
        self.store = SystemStore(self.directory / "system.sqlite", clock, at_once)
        services = Services(clock, at_once, unsliced, UTC)
        self.kept = EmbeddedSystem("Plant2", self.store, self.archive, services)
        patterns = [every_element(compile_pattern(one)) for one in self.patterns]
        self.archived = ArchivedSystem(system, state, self.kept, patterns, services)
        near = DatapointManager([self.archived], clock, unsliced)
        self.successResultOf(Deferred.fromCoroutine(near.start()))
        self.addCleanup(self.end, near)
        return near

    def end(self, near: DatapointManager) -> None:
        """Stop the near gateway, if it is still this one."""
        if self.near is near:
            self.successResultOf(Deferred.fromCoroutine(near.stop()))

    def restart(self) -> None:
        """Stop the near gateway, and start it on the same files."""
        self.end(self.near)
        self.begin()

    def crash(self) -> None:
        """Start the near gateway on the files that a killed process has left."""
        self.wire.break_off("killed")
        kill_store(self.store)
        kill(self.archive)
        self.begin()

    def far_set(self, values: dict[str, object], at: int) -> None:
        """Set elements of the far gateway, a number of ms after the tests' time."""
        self.set(values, NOW_MS + at)
        # The far gateway reports changes when its turn ends.
        self.bench.clock.advance(0)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The body of an answer."""
        [answer] = self.client.ask({command: arguments})
        body = answer[f"{command}Result"]
        assert isinstance(body, dict)
        return body

    def past(self, name: str, **more: Any) -> list[list[Any]]:
        """Archived times in ms after the tests' time, and values."""
        answer = self.ask("DpGetPeriod", Dps=[name], Ts=1, **{**WHOLE, **more})
        self.assertEqual(answer["Error"], 0, answer)
        rows = [row for one in answer["Values"].values() for row in one]
        return [[time - NOW_MS, value] for time, value in rows]

    def not_archived(self, name: str, **more: Any) -> None:
        """Check that a name has only the error of an element that is not archived."""
        answer = self.ask("DpGetPeriod", Dps=[name], Ts=1, **{**WHOLE, **more})
        self.assertEqual((answer["Error"], answer["Values"]), (46, {}), answer)
        self.assertEqual(list(answer["Errors"]), [name])

    def direct(self) -> Client:
        """A client of the far gateway."""
        return Client(self.manager, self.rules, self.bench.clock)
