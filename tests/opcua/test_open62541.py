"""The same of a server that is written in C."""

from __future__ import annotations

from tests.opcua import test_system
from tests.opcua.server import ServerProcess, open62541_server


class Open62541Tests(test_system.OpcuaSystemTests):
    """A server of open62541."""

    def new_server(self) -> ServerProcess:
        return open62541_server()
