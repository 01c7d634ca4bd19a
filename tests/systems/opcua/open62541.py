"""A program: an OPC UA server of open62541, told what to do by lines of JSON.

Its plant is that of ``plant.py``. The library ends it ten minutes after its start.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import o6
import o6.ns

URI = "urn:oagw:plant"
#: Variables of each pump: its name, and what it holds.
PUMP: tuple[tuple[str, object], ...] = (
    ("speed", o6.Double(1.5)),
    ("state", o6.UInt16(3)),
    ("on", o6.Boolean(True)),
    ("count", o6.Int64(-5)),
    ("name", o6.String("first")),
    ("levels", np.array([1.0, 2.5])),
    ("started", o6.DateTime(datetime(2026, 1, 2, 3, 4, 5, 678900, UTC))),
    ("label", o6.LocalizedText("de-AT:Pumpe")),
    ("blob", o6.ByteString(b"\x00\xff")),
    ("serial", o6.String("A-1")),
)
_READ_ONLY = {"serial"}


class Plant:
    """The server, and the commands it takes."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        #: Who it is, by names of files; it talks with nobody without security then.
        identity = arguments.get("identity", {})
        if identity:
            identity |= {"secureOnly": True, "acceptAllCertificates": True}
            identity["accessControl"] = o6.AccessControl()
        self.server = o6.Server(port=arguments["port"], **identity)
        self.server.config.setHistoryDatabase(capacity=10000, maxResponseSize=4)
        self.kinds: dict[str, Any] = {}

    def make(self) -> None:
        # Other namespaces first, if asked for: then this one has a different number.
        for number, uri in enumerate([*self.arguments.get("uris", ()), URI]):
            o6.ns.namespace(f"plant{number}", uri=uri, version="1.0")
        self.server.ns.append(sys.modules[__name__])
        namespaces = self.server.read("i=2255")
        self.index = [str(one) for one in namespaces].index(URI)
        objects = self.server.objectsNode
        folder = self.folder("Plant", objects)
        for pump in self.arguments.get("pumps", ["Pump1", "Pump2"]):
            above = self.server.addObject(pump, folder, ns=self.index)
            for name, value in PUMP:
                self.add(above, f"{pump}.{name}", name, value)
        self.add(objects, "top", "top", o6.String("hello"))
        bulk = self.folder("Bulk", folder)
        for number in range(self.arguments.get("bulk", 0)):
            name = f"v{number}"
            self.add(bulk, name, name, o6.Double(0))

    def folder(self, name: str, above: Any) -> Any:
        return self.server.addObject(name, above, ns=self.index, typeDefinition="i=61")

    def id(self, node: str) -> Any:
        return o6.NodeId(f"ns={self.index};s={node}")

    def add(self, above: Any, node: str, name: str, value: Any) -> None:
        self.server.addVariable(
            name,
            above,
            value,
            nodeId=self.id(node),
            ns=self.index,
            writable=name not in _READ_ONLY,
        )
        self.kinds[node] = type(value)

    def set(self, node: str, value: Any = None, **more: Any) -> None:
        """Set a value, with a status and a source time in ms if they are given."""
        moment = datetime.now(UTC)
        if "time" in more:
            moment = datetime.fromtimestamp(more["time"] / 1000, UTC)
        data = o6.DataValue(
            value=self.kinds[node](value),
            status=o6.StatusCode(more.get("status", 0)),
            sourceTimestamp=o6.DateTime(moment),
        )
        self.server.write(self.id(node), data).check()

    def history(self, node: str) -> None:
        """Keep the values of a variable from now on."""
        self.server.historize(self.id(node), capacity=10000)

    def burst(self, rounds: int, values: int, pause: float) -> None:
        """Give each of many variables many values."""
        nodes = [self.id(f"v{at}") for at in range(values)]
        for number in range(1, rounds + 1):
            self.server.write(dict.fromkeys(nodes, o6.Double(number)))
            time.sleep(pause)

    def serve(self) -> None:
        self.make()
        self.server.start()
        print("ready", flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            getattr(self, told.pop("op"))(**told)
            print("done", flush=True)


if __name__ == "__main__":
    Plant(json.loads(sys.argv[1])).serve()
