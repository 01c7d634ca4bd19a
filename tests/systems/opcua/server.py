"""OPC UA servers in processes of their own, and a gateway in front of one."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.processes import Program, need_node
from tests.service.daemon import ENVIRONMENT, Client, Daemon


def free_port() -> int:
    """A port on which no server listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class ServerProcess(Program):
    """A server that takes lines of JSON."""

    def __init__(self, *command: str, port: int = 0, **arguments: object) -> None:
        self.command = command
        self.port = port or free_port()
        self.arguments: dict[str, object] = {}
        self.start(**arguments)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"opc.tcp://127.0.0.1:{self.port}/"

    def start(self, **arguments: object) -> None:
        """Start, and return once it accepts connections."""
        self.arguments = {**self.arguments, **arguments}
        given = json.dumps({"port": self.port, **self.arguments})
        self.process = subprocess.Popen(
            [*self.command, given],
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.wait_for("ready")

    def tell(self, op: str, **given: object) -> None:
        """Have it do something, and wait until it is done."""
        self.begin(op, **given)
        self.wait_for("done")

    def begin(self, op: str, **given: object) -> None:
        """Have it do something, and do not wait."""
        self.say(json.dumps({"op": op, **given}))

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.finish()


def python_server(port: int = 0, **arguments: object) -> ServerProcess:
    """A server of the library asyncua."""
    program = str(Path(__file__).with_name("plant.py"))
    return ServerProcess(sys.executable, program, port=port, **arguments)


def odd_server(port: int = 0, **arguments: object) -> ServerProcess:
    """A server of the library asyncua with small limits and odd nodes: see ``odd.py``."""
    program = str(Path(__file__).with_name("odd.py"))
    return ServerProcess(sys.executable, program, port=port, **arguments)


NODE = Path(__file__).with_name("node")


def node_server(port: int = 0, **arguments: object) -> ServerProcess:
    """A server of node-opcua; its certificate stays, for it takes a while to make one."""
    need_node(NODE, "node-opcua")
    program, pki = str(NODE / "plant.js"), str(NODE / "node_modules/.pki")
    return ServerProcess("node", program, port=port, **{"pki": pki, **arguments})


def open62541_server(port: int = 0, **arguments: object) -> ServerProcess:
    """A server of open62541."""
    if find_spec("o6") is None:
        raise SkipTest("the server needs open62541: pip install o6")
    program = str(Path(__file__).with_name("open62541.py"))
    return ServerProcess(sys.executable, program, port=port, **arguments)


class OpcuaTestCase(SynchronousTestCase):
    """A gateway whose own system is an OPC UA server."""

    timeout = 600

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.server = self.new_server()
        self.addCleanup(lambda: self.server.stop())

    def new_server(self) -> ServerProcess:
        """The server that stands behind the gateway."""
        return python_server()

    def write_config(self, **keys: str) -> Path:
        """The configuration of a gateway in front of the server."""
        values = {
            "backend": "opcua",
            "own": "yes",
            "url": self.server.url,
            "reconnect": "200ms",
            "sampling": "20ms",
            "publishing": "20ms",
        } | keys
        section = "".join(f"{key} = {value}\n" for key, value in values.items())
        config = self.directory / "oagw.ini"
        config.write_text(
            "[simulate]\nenabled = no\n[system]\nname = Gateway\nplant =\n"
            f"[system:Plc]\n{section}"
        )
        return config

    def gateway(self, **keys: str) -> Daemon:
        """A gateway in front of the server."""
        config = self.write_config(**keys)
        daemon = Daemon(self.directory / "state", config=str(config))
        self.addCleanup(self.end, daemon)
        return daemon.start()

    def end(self, daemon: Daemon) -> None:
        """End a gateway that may have ended."""
        if daemon.process is not None:
            daemon.stop()

    def connect(self, **keys: str) -> Client:
        """A client of a new gateway."""
        self.daemon = self.gateway(**keys)
        client = self.daemon.connect()
        self.addCleanup(client.socket.shutdown)
        return client

    def get(self, client: Client, *names: str) -> list[Any]:
        """The values of names, none of which may be wrong."""
        answer = client.ask("DpGet", Dps=names)
        self.assertEqual(answer["Error"], 0, answer)
        return list(answer["Values"].values())

    def set(self, client: Client, **values: object) -> dict[str, Any]:
        """Set elements of the first pump."""
        settings = [
            {"Dp": f"Plant_Pump1.{name}", "Value": value} for name, value in values.items()
        ]
        return client.ask("DpSet", Values=settings, Wait=True)

    def told(self, client: Client, kind: str = "DpConnectResult") -> Any:
        """The values of the next frame of a kind."""
        while True:
            [(name, body)] = client.receive().items()
            if name == kind:
                return body["Values"]
