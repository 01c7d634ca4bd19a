"""The whole table of exchanges through two gateways in a row."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from oagw.core.context import Rules
from oagw.core.manager import DatapointManager
from oagw.interfaces.systems import ISystem
from oagw.systems.remote.peerpresence import RemoteOptions
from oagw.systems.remote.system import RemoteSystem
from tests.core import test_session
from tests.core.test_session import Client
from tests.exchanges.conversation import (
    Exchange,
    Passes,
)
from tests.exchanges.dpwatch import WATCHING
from tests.systems.bench import unsliced
from tests.systems.remote.chain import Wire


class ChainTestCase(test_session.SessionTestCase):
    """A client of a gateway whose only system is behind a second gateway."""

    def setUp(self) -> None:
        super().setUp()
        clock = self.bench.clock
        self.wire = self.new_wire()
        self.remote = RemoteSystem("System1", RemoteOptions("System1"), self.wire, clock)
        self.near = DatapointManager([self.near_system()], clock, unsliced)
        self.successResultOf(Deferred.fromCoroutine(self.near.start()))
        self.addCleanup(self.wire.break_off, "the end")
        self.client = Client(self.near, self.rules, clock)

    def near_system(self) -> ISystem:
        """The system of the gateway that the client sees."""
        return self.remote

    def new_wire(self) -> Wire:
        return Wire(self.manager, self.rules, self.bench.clock)

    def new_client(self, rules: Rules | None = None) -> Client:
        near = getattr(self, "near", self.manager)
        return Client(near, rules or self.rules, self.bench.clock)

    def converse(self, exchange: Exchange) -> None:
        for sent, expected in exchange.steps:
            answers: list[Any] = []
            if isinstance(sent, Passes):
                # A turn of each gateway.
                self.bench.clock.advance(sent.seconds)
                self.bench.clock.advance(0)
                answers += self.client.outlet.take()
            else:
                answers += self.client.ask(sent)
            if exchange not in WATCHING:
                # The far gateway tells of changes when its turn ends.
                self.bench.clock.advance(0)
                answers += self.client.outlet.take()
            self.assertEqual(answers, list(expected), f"after {sent!r}")


class ChainTests(ChainTestCase, test_session.ExchangeTests):
    """The table."""

    def test_the_commands_reach_the_far_gateway(self) -> None:
        """It is another gateway that answers, and not this one."""
        before = len(self.wire.sent)
        self.client.ask({"DpGet": {"Dps": ["F1."]}})
        self.client.ask({"DpSet": {"Values": [{"Dp": "F1.", "Value": 3}]}})
        self.assertEqual(len(self.wire.sent), before + 2)
        self.assertEqual(self.value("F1."), 3.0)

    def test_a_far_gateway_without_max_age(self) -> None:
        """An older one is asked for the values that it has."""
        name = "System1:F1.:_original.._value"
        asked = {"DpGetMaxAge": {"Id": 1, "Age": 5, "Dps": ["F1."]}}
        for known, sent in (
            (None, ["DpGetMaxAge"]),
            ({"DpGet"}, ["DpGetMaxAge", "DpGet"]),
        ):
            self.wire.known = known
            self.wire.commands.clear()
            [answer] = self.client.ask(asked)
            self.assertEqual(list(answer["DpGetMaxAgeResult"]["Values"]), [name])
            self.assertEqual([one for one, _ in self.wire.commands], sent)
