"""Many values at once: others are served meanwhile, and the address space may change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConnectionBrokenError, ElementNotFoundError, NamesRefusedError
from oagw.interfaces.services import Services
from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.dptypes import ElementType
from oagw.systems.opcua.nodenames import NamePlan, design
from oagw.systems.opcua.nodes import Server, Variable, Watcher
from oagw.systems.opcua.system import OpcuaOptions, OpcuaSystem
from oagw.systems.slicerunner import SliceRunner
from tests.systems.opcua.test_serverdialler import FakeServer

_COUNT = 250
#: Seconds between two turns.
_PAUSE = 1.0
NAMES = [f"Plc:P.v{number}:_original.._value" for number in range(_COUNT)]


class ManyServer(FakeServer):
    """Has many variables."""

    count = _COUNT

    def browse(self) -> Deferred[list[Variable]]:
        return succeed(
            [
                Variable(f"nsu=u;s={one}", ("P", f"v{one}"), "", ElementType.FLOAT, 11)
                for one in range(self.count)
            ]
        )


def plan(variables: Sequence[Variable]) -> NamePlan:
    names = {one: ".".join(one.path) for one in variables}
    return NamePlan(names, design(names))


class ValuesTests(SynchronousTestCase):
    """A hundred names are looked at in a turn of the reactor."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        slices = SliceRunner(self.clock, turn=0, pause=_PAUSE)
        services = Services(self.clock, lambda work: succeed(work()), slices)
        self.system = OpcuaSystem("Plc", OpcuaOptions(1, 10, plan), self.open, services)
        self.count = _COUNT
        starting = self.system.start(self)
        self.server.beats.pop().callback(None)
        self.successResultOf(starting)

    def open(self, watcher: Watcher) -> Deferred[Server]:
        self.server = ManyServer(watcher)
        self.server.count = self.count
        return succeed(self.server)

    def on_change(self, changes: object) -> None:
        """Ignore it: nothing is watched."""

    def on_end(self, errors: object) -> None:
        """Ignore it: nothing is watched."""

    def on_events(self, events: object) -> None:
        """Ignore it: nothing is watched."""

    def after_turns(self, asked: Deferred[Any]) -> object:
        """The result, which comes after three turns and no sooner."""
        for _ in range(2):
            self.assertNoResult(asked)
            self.clock.advance(_PAUSE)
        return self.successResultOf(asked)

    def test_few_at_once(self) -> None:
        """They need not wait for a turn."""
        self.assertEqual(self.successResultOf(self.system.get(NAMES[:100])), [1.0] * 100)

    def test_many_are_looked_at_in_turns(self) -> None:
        """To read, write and watch them."""
        self.assertEqual(self.after_turns(self.system.get(NAMES)), [1.0] * _COUNT)
        settings = [NewValue(name, 2.0) for name in NAMES]
        request = SetRequest(settings, "demo")
        self.assertIsNone(self.after_turns(self.system.set(request, True)))
        self.assertEqual(self.after_turns(self.system.watch(NAMES)), [1.0] * _COUNT)

    def test_the_server_goes_meanwhile(self) -> None:
        """What is not known by then is refused."""
        reading, watching = self.system.get(NAMES), self.system.watch(NAMES)
        self.server.watcher.on_lost("cut")
        for _ in range(4):
            self.clock.advance(_PAUSE)
        values = self.successResultOf(reading)
        self.assertEqual(values[:100], [1.0] * 100)
        self.assertIsInstance(values[100], ConnectionBrokenError)
        refused = self.failureResultOf(watching, NamesRefusedError).value
        self.assertEqual(list(refused.errors), NAMES[100:])

    def test_variables_go_meanwhile(self) -> None:
        """Their name now leads to a different datapoint."""
        reading = self.system.get(NAMES)
        self.count = 1
        self.server.watcher.on_lost("cut")
        old = self.server
        # The longest delay that jitter makes of the first one.
        self.clock.advance(0.625)
        self.server.beats.pop().callback(None)
        self.assertIsNot(self.server, old)
        self.clock.advance(_PAUSE)
        self.clock.advance(_PAUSE)
        values = self.successResultOf(reading)
        self.assertEqual({type(one) for one in values}, {ElementNotFoundError})
