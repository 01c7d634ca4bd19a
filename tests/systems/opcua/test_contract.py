"""An OPC UA server as a system does what every backend must do."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.values import WireValue
from tests.contracts.system import DistantContract, Subscriber
from tests.systems.opcua import namedplant

BARRIER = "Plant2:_Internal.:_original.._value"


class BarrierSubscriber(Subscriber):
    """Keeps the value of the barrier for itself."""

    barrier: object = 0.0

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        rest = dict(changes)
        self.barrier = rest.pop(BARRIER, self.barrier)
        if rest:
            super().on_change(rest)
        else:
            self._look()


class OpcuaContractTests(DistantContract, TestCase):
    """A server of the library asyncua, in a process of its own."""

    async def begin(self) -> None:
        self.server = namedplant.shared_server()
        self.opcua = namedplant.system_of(self.server, "Plant2")
        self.system = self.opcua
        self.subscriber: BarrierSubscriber = BarrierSubscriber()
        self.is_stopped = False
        await self.system.start(self.subscriber)
        await namedplant.connected(self.opcua.presence.state, True)
        self.barrier = 0.0
        await self.system.watch([BARRIER])

    async def end(self) -> None:
        if not self.is_stopped:
            await self.system.stop()

    async def settle(self) -> None:
        self.barrier += 1
        request = SetRequest([NewValue(BARRIER, self.barrier)], "anna")
        await self.system.set(request, True)
        await self.subscriber.until(lambda: self.subscriber.barrier == self.barrier)
        # Live queries are notified after names, in the same turn.
        await deferLater(reactor, 0)

    async def until(self, condition: Callable[[], object]) -> None:
        await self.subscriber.until(condition)

    async def lose_datapoint(self, name: str) -> None:
        self.server.stop()
        await namedplant.connected(self.opcua.presence.state, False)
        self.server.start(**namedplant.serve(name))
        self.addCleanup(self.server.start, **namedplant.serve())
        self.addCleanup(self.server.stop)
        await namedplant.connected(self.opcua.presence.state, True)
        await self.settle()

    async def part(self) -> None:
        self.server.stop()
        await namedplant.connected(self.opcua.presence.state, False)

    async def meet(self) -> None:
        self.server.start()
        await namedplant.connected(self.opcua.presence.state, True)
        await self.settle()

    async def keep_waiting(self) -> Deferred[Any]:
        self.server.signal(signal.SIGSTOP)
        self.addCleanup(self.server.signal, signal.SIGCONT)
        self.is_stopped = True
        settings = [NewValue(self.name("F1."), 1.0)]
        return self.system.set(SetRequest(settings, "anna"), True)
