"""A remote system does what every backend must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from oagw.core.context import Rules
from oagw.core.manager import DatapointManager
from oagw.model.patterns import compile_pattern
from oagw.systems.remote.peerpresence import RemoteOptions
from oagw.systems.remote.system import RemoteSystem
from tests.contracts.system import ATOMIC, CONFIGS, STRUCTURE, USERS, DistantContract
from tests.core.test_session import SessionTestCase
from tests.systems.bench import Bench, unsliced
from tests.systems.remote.chain import Wire


class RemoteContractTests(DistantContract, TestCase):
    """In front of another gateway, whose system has another name."""

    can = frozenset((ATOMIC, STRUCTURE, CONFIGS, USERS))

    async def begin(self) -> None:
        await self.begin_far()
        self.system = self.remote
        await self.system.start(self.subscriber)

    async def begin_far(self) -> None:
        """Start the far gateway, and make the near one's system."""
        self.bench = Bench(Path(self.mktemp()))
        self.far = DatapointManager([self.bench.system], self.bench.clock, unsliced)
        await self.far.start()
        rules: Rules = SessionTestCase.rules
        self.wire = Wire(self.far, rules, self.bench.clock)
        options = RemoteOptions("System1")
        self.remote = RemoteSystem("Plant2", options, self.wire, self.bench.clock)
        self.is_stopped = False

    async def end(self) -> None:
        if not self.is_stopped:
            await self.system.stop()
        await self.far.stop()

    async def settle(self) -> None:
        # A turn of each gateway.
        self.bench.clock.advance(0)
        self.bench.clock.advance(0)

    async def part(self) -> None:
        self.wire.break_off("the cable was cut")

    async def meet(self) -> None:
        self.wire.connect()
        await self.settle()

    async def keep_waiting(self) -> Deferred[Any]:
        self.wire.held = []
        self.is_stopped = True
        return self.system.names(compile_pattern("*"), None)
