"""A peer that knows no more than the original: sections 1 and 2 of the protocol."""

from __future__ import annotations

import re

from oagw.systems.remote.dialect import ORIGINAL
from tests.core.conversation import Exchange
from tests.core.exchanges import CONNECTS, PERIODS, QUERIES, READS, SETS
from tests.core.exchanges_periods import PERIODS as MORE_PERIODS
from tests.systems.remote import test_conformance
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


def _add(exchange: Exchange) -> None:
    def test(self: OriginalTests) -> None:
        self.converse(exchange)

    test.__doc__ = exchange.title
    test.__name__ = "test_" + "_".join(re.findall(r"\w+", exchange.title.lower()))
    setattr(OriginalTests, test.__name__, test)


for _exchange in (*READS, *SETS, *CONNECTS, *QUERIES, *PERIODS, *MORE_PERIODS):
    if _commands(_exchange) <= KNOWN:
        _add(_exchange)
