"""A program: an OPC UA server of the library asyncua, told what to do by lines of JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.callback import CallbackType
from asyncua.server.history import HistoryDict

URI = "urn:oagw:plant"
_T = ua.VariantType
#: Variables of each pump: its name, what it holds, and whether it can be written.
PUMP: tuple[tuple[str, object, ua.VariantType, bool], ...] = (
    ("speed", 1.5, _T.Double, True),
    ("state", 3, _T.UInt16, True),
    ("on", True, _T.Boolean, True),
    ("count", -5, _T.Int64, True),
    ("name", "first", _T.String, True),
    ("levels", [1.0, 2.5], _T.Double, True),
    ("started", datetime(2026, 1, 2, 3, 4, 5, 678900, UTC), _T.DateTime, True),
    ("label", ua.LocalizedText("Pumpe", "de-AT"), _T.LocalizedText, True),
    ("blob", b"\x00\xff", _T.ByteString, True),
    ("serial", "A-1", _T.String, False),
)


class SetValues(HistoryDict):  # type: ignore[misc]
    """Keeps what clients set, as soon as it is set, and no value before that."""

    async def save_node_value(self, node_id: ua.NodeId, datavalue: ua.DataValue) -> None:
        """Values come from :meth:`on_write` instead."""

    async def on_write(self, event: Any, service: object) -> None:
        """A client has written values."""
        for one in event.request_params.NodesToWrite:
            if one.NodeId in self._datachanges:
                if one.Value.SourceTimestamp is None:
                    one.Value.SourceTimestamp = datetime.now(UTC)
                await super().save_node_value(one.NodeId, one.Value)

    def forget(self) -> None:
        """Keep none of the values that there are."""
        for values in self._datachanges.values():
            values.clear()


class Plant:
    """The server, and the commands it takes."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.server = Server()
        self.variables: dict[str, Any] = {}
        self.kept = SetValues()
        self.folders: dict[ua.NodeId, Any] = {}

    async def make(self) -> None:
        await self.server.init()
        if "kept" in self.arguments:
            self.server.iserver.history_manager.set_storage(self.kept)
            self.server.subscribe_server_callback(
                CallbackType.PostWrite, self.kept.on_write
            )
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{self.arguments['port']}/")
        # Other namespaces first, if asked for: then this one has a different number.
        for uri in self.arguments.get("uris", ()):
            await self.server.register_namespace(uri)
        self.index = await self.server.register_namespace(URI)
        objects = self.server.nodes.objects
        self.folder = await objects.add_folder(self.index, "Plant")
        for pump in self.arguments.get("pumps", ["Pump1", "Pump2"]):
            above = await self.folder.add_object(self.index, pump)
            for name, value, kind, writable in PUMP:
                await self.add(above, f"{pump}.{name}", name, value, kind, writable)
        await self.add(objects, "top", "top", "hello", _T.String, True)
        bulk = await self.folder.add_folder(self.index, "Bulk")
        for number in range(self.arguments.get("bulk", 0)):
            name = f"v{number}"
            await self.add(bulk, name, name, 0.0, _T.Double, True)

        for path, value, kind in self.arguments.get("variables", ()):
            await self.add_below(objects, path, value, _T[kind])
        for node in self.arguments.get("kept", ()):
            await self.history(node)

    async def add_below(
        self, above: Any, path: list[str], value: object, kind: Any
    ) -> None:
        """Add a variable below an object, and the folders that lead to it."""
        for number, name in enumerate(path[:-1], 1):
            node = ua.NodeId("/".join(path[:number]), self.index)
            if node not in self.folders:
                self.folders[node] = await above.add_folder(node, name)
            above = self.folders[node]
        node = "/".join(path)
        await self.add(above, node, path[-1], value, kind, True)
        await self.set(node, value, time=0)

    async def add(
        self, above: Any, node: str, name: str, value: object, kind: Any, writable: bool
    ) -> None:
        variable = await above.add_variable(ua.NodeId(node, self.index), name, value, kind)
        if writable:
            await variable.set_writable()
        self.variables[node] = variable

    async def set(self, node: str, value: object = None, **more: Any) -> None:
        """Set a value, with a status and a source time in ms if they are given."""
        variable = self.variables[node]
        kind = await variable.read_data_type_as_variant_type()
        data = ua.DataValue(
            ua.Variant(value, kind),
            StatusCode=ua.StatusCode(ua.UInt32(more.get("status", 0))),
            SourceTimestamp=datetime.fromtimestamp(more["time"] / 1000, UTC)
            if "time" in more
            else datetime.now(UTC),
        )
        await variable.write_value(data)

    async def history(self, node: str) -> None:
        """Keep the values of a variable from now on."""
        await self.server.historize_node_data_change(self.variables[node], None, 10000)

    async def reset(self) -> None:
        """Give variables the values that they began with, and forget all history."""
        for path, value, _ in self.arguments["variables"]:
            await self.set("/".join(path), value, time=0)
        self.kept.forget()

    async def serve(self) -> None:
        await self.make()
        async with self.server:
            print("ready", flush=True)
            loop = asyncio.get_running_loop()
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                told = json.loads(line)
                await getattr(self, told.pop("op"))(**told)
                print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(Plant(json.loads(sys.argv[1])).serve())
