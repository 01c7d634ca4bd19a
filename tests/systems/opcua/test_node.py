"""The same of a server that is not of Python."""

from __future__ import annotations

from tests.systems.opcua import test_system
from tests.systems.opcua.server import OpcuaTestCase, ServerProcess, node_server
from tests.systems.opcua.test_odd import ROWS


class NodeServerTests(test_system.OpcuaSystemTests):
    """A server of node-opcua that takes few operations in a request."""

    def new_server(self) -> ServerProcess:
        limits = {"maxNodesPerRead": 7, "maxNodesPerWrite": 4, "maxNodesPerBrowse": 3}
        return node_server(limits=limits | {"maxMonitoredItemsPerCall": 2})


class NodeItemTests(OpcuaTestCase):
    """A server of node-opcua that watches few values."""

    def new_server(self) -> ServerProcess:
        limits = {"maxMonitoredItemsPerSubscription": 8, "maxSubscriptionsPerSession": 3}
        return node_server(capabilities=limits, bulk=30, pumps=[])

    def test_as_many_as_it_watches(self) -> None:
        """In as many subscriptions as it allows; the others are invalid."""
        client = self.connect(deadband="5%")
        live = client.ask("DpQueryConnect", Id=1, Query=ROWS)["Values"]
        self.assertEqual(len([name for name, _, is_invalid in live if is_invalid]), 6)
        self.daemon.until_told("BadTooManySubscriptions")
