"""A peer that knows no more than the original: sections 1 and 2 of the protocol."""

from __future__ import annotations

import re

from twisted.internet.defer import Deferred

from oagw.core.manager import DatapointManager
from oagw.systems.remote.dialect import ORIGINAL
from oagw.systems.remote.peerpresence import RemoteOptions
from oagw.systems.remote.system import RemoteSystem
from tests.core.test_session import Client
from tests.exchanges.conversation import Exchange
from tests.exchanges.exchanges import (
    CONNECTS,
    PERIODS,
    QUERIES,
    READS,
    SETS,
)
from tests.exchanges.periods import PERIODS as MORE_PERIODS
from tests.systems.bench import unsliced
from tests.systems.remote import test_exchanges as test_conformance
from tests.systems.remote.chain import Wire

KNOWN = {
    "DpGet",
    "DpSet",
    "DpConnect",
    "DpDisconnect",
    "DpQueryConnect",
    "DpQueryDisconnect",
    "DpGetPeriod",
}


#: What an original does not know, and the gateway in front cannot say by itself.
UNKNOWN: dict[str, dict[str, object]] = {
    "IsRedundant": {},
    "IsReduActive": {},
    "GetUserName": {"UserId": 0},
    "GetUserId": {"UserName": "root"},
    "DpNames": {},
    "DpTypes": {},
    "DpTypeGet": {"Type": "Float"},
    "DpTypeName": {"Dp": "F1"},
    "DpElementType": {"Dp": "F1."},
    "DpGetAllAliases": {},
    "DpCreate": {"Dp": "New", "Type": "Float"},
    "DpDelete": {"Dp": "New"},
}


def _commands(exchange: Exchange) -> set[str]:
    return {name for sent, _ in exchange.steps if isinstance(sent, dict) for name in sent}


class OriginalTests(test_conformance.ChainTestCase):
    """Behind an oagw in front, whose clients see no difference where there need be none."""

    def new_wire(self) -> Wire:
        wire = super().new_wire()
        wire.known = KNOWN
        return wire

    def test_it_is_found_out(self) -> None:
        """It does not know DpWatch, and is not asked again."""
        self.assertIs(self.remote.presence.dialect, ORIGINAL)
        self.wire.commands.clear()
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.assertEqual([name for name, _ in self.wire.commands], ["DpConnect"])

    def test_values_however_old(self) -> None:
        """It knows no DpGetMaxAge: it has its newest value, which DpGet gives."""
        name = "System1:F1.:_original.._value"
        self.set({"F1.": 2.5})
        self.wire.commands.clear()
        [answer] = self.client.ask(
            {"DpGetMaxAge": {"Id": 1, "Age": 0, "Dps": ["F1.", "No."]}}
        )
        body = answer["DpGetMaxAgeResult"]
        self.assertEqual((body["Error"], body["Values"]), (7, {name: 2.5}))
        self.assertEqual([name for name, _ in self.wire.commands], ["DpGet"])

    def test_connects_that_are_not_answered(self) -> None:
        """Late replies and updates have no subscriber: the peer gets a disconnect."""
        self.wire.held = []
        attributes = ("value", "stime", "invalid", "status", "user", "bad", "aut_inv")
        dps = ("F1.", "F2.", "K.", "A.s")
        names = [f"{dp}:_online.._{one}" for dp in dps for one in attributes]
        self.client.ask({"DpConnect": {"Id": 1, "Dps": names}})
        query = "SELECT '_online.._value' FROM 'F*.'"
        self.client.ask({"DpQueryConnect": {"Id": 2, "Query": query}})
        begun = [body["Id"] for name, body in self.wire.commands if "Connect" in name]
        self.assertEqual(len(begun), 5)
        self.bench.clock.pump([1.0] * 62)
        answers = [next(iter(one.values())) for one in self.client.outlet.take()]
        self.assertEqual([one["Error"] for one in answers], [39, 39])
        ended = [body["Id"] for name, body in self.wire.commands if "Disconnect" in name]
        self.assertEqual(sorted(ended), begun)
        self.client.ask({"DpConnect": {"Id": 3, "Dps": names}})
        self.wire.break_off("gone")
        self.assertEqual(len(self.client.outlet.take()), 1)

    def test_what_it_does_not_know_is_said(self) -> None:
        """Ping is answered without it; commands that it lacks are error 36."""
        self.assertEqual(
            self.client.ask({"Ping": {"Id": 1}}), [{"PingResult": {"Id": 1, "Error": 0}}]
        )
        for command, given in UNKNOWN.items():
            [answer] = self.client.ask({command: {"Id": 2, **given}})
            body = answer[f"{command}Result"]
            self.assertEqual((body["Id"], body["Error"]), (2, 36), command)
            self.assertIn("System1", body["Message"])


class SaidToBeTests(test_conformance.ChainTestCase):
    """One that the configuration says is an original: it may end the connection."""

    def setUp(self) -> None:
        super().setUp()
        options = RemoteOptions("System1", ORIGINAL)
        clock = self.bench.clock
        self.wire.break_off("another")
        self.wire = Wire(self.manager, self.rules, clock)
        self.addCleanup(self.wire.break_off, "the end")
        self.remote = RemoteSystem("System1", options, self.wire, clock)
        self.near = DatapointManager([self.remote], clock, unsliced)
        self.successResultOf(Deferred.fromCoroutine(self.near.start()))
        self.client = Client(self.near, self.rules, clock)

    def test_nothing_else_is_sent(self) -> None:
        """What it does not know is refused here."""
        for command, given in UNKNOWN.items():
            self.client.ask({command: {"Id": 2, **given}})
        self.client.ask({"DpGetMaxAge": {"Id": 1, "Age": 0, "Dps": ["F1."]}})
        self.assertEqual([name for name, _ in self.wire.commands], ["DpGet"])


def _add(exchange: Exchange) -> None:
    def test(self: OriginalTests) -> None:
        self.converse(exchange)

    test.__doc__ = exchange.title
    test.__name__ = "test_" + "_".join(re.findall(r"\w+", exchange.title.lower()))
    setattr(OriginalTests, test.__name__, test)


for _exchange in (*READS, *SETS, *CONNECTS, *QUERIES, *PERIODS, *MORE_PERIODS):
    if _commands(_exchange) <= KNOWN:
        _add(_exchange)
