"""The embedded system does what every backend must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from oagw.model.changes import DeleteDatapoint
from tests.contracts.system import ATOMIC, CONFIGS, STRUCTURE, USERS, SystemContract
from tests.systems.bench import Bench


class EmbeddedContractTests(SystemContract, TestCase):
    """Over files of its own, with time at the test's command."""

    can = frozenset((ATOMIC, STRUCTURE, CONFIGS, USERS))

    async def begin(self) -> None:
        self.bench = Bench(Path(self.mktemp()))
        self.system = self.bench.system
        await self.system.start(self.subscriber)
        self.is_stopped = False

    async def end(self) -> None:
        if not self.is_stopped:
            await self.system.stop()

    async def settle(self) -> None:
        self.bench.clock.advance(0)

    async def keep_waiting(self) -> Deferred[Any]:
        self.importing = self.bench.system.exclusive("an import")
        self.importing.__enter__()
        self.is_stopped = True
        waiting = self.system.change(DeleteDatapoint("F1"))
        self.assertFalse(waiting.called)
        return waiting
