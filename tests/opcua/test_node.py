"""The same of a server that is not of Python."""

from __future__ import annotations

from tests.opcua import test_system
from tests.opcua.server import ServerProcess, node_server


class NodeServerTests(test_system.OpcuaSystemTests):
    """A server of node-opcua that takes few operations in a request."""

    def new_server(self) -> ServerProcess:
        limits = {"maxNodesPerRead": 7, "maxNodesPerWrite": 4, "maxNodesPerBrowse": 3}
        return node_server(limits=limits | {"maxMonitoredItemsPerCall": 2})
