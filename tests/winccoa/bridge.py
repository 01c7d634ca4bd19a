"""The real bridge in Node, with a stand-in for WinCC OA's module behind it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.processes import Program, need_node
from tests.service.daemon import Client, Daemon

ROOT = Path(__file__).parents[2]
BRIDGE = ROOT / "bridge/winccoa"
PASSWORD = "a long password"


class Bridge(Program):
    """A process that runs the bridge; the stand-in takes lines of JSON."""

    def __init__(
        self,
        directory: Path,
        url: str,
        ca: Path,
        password: str = PASSWORD,
        variants: str = "",
    ) -> None:
        config = directory / "bridge.json"
        values = {"url": url, "user": "bridge", "password": password, "ca": str(ca)}
        config.write_text(json.dumps(values))
        self.environment = {
            **os.environ,
            "NODE_PATH": str(Path(__file__).parent),
            "OAGW_BRIDGE_CONFIG": str(config),
            "STANDIN": variants,
        }
        self.start()

    def start(self) -> None:
        """Begin."""
        self.process = subprocess.Popen(
            ["node", str(BRIDGE / "index.js")],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )

    def tell(self, op: str, **given: object) -> str:
        """Have the stand-in do something; returns what it says."""
        self.say(json.dumps({"op": op, **given}))
        before = len(self.output)
        self.wait_for(f"STANDIN {op} done")
        return self.output[before:]

    def stop(self) -> None:
        """End the process."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self.finish()


class BridgeTestCase(SynchronousTestCase):
    """A gateway whose own system is a WinCC OA, behind the bridge."""

    timeout = 600
    #: What the stand-in does in another way than usual.
    variants = ""
    more = "users =\n    demo = operator1\n"

    def setUp(self) -> None:
        need_node(BRIDGE, "ws")
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.gateway = self.new_gateway()
        found = re.search(r"bridges connect to (\S+)", self.gateway.output)
        assert found is not None
        self.url = found[1]
        self.bridge = self.new_bridge()
        self.bridge.wait_for("connected to")

    def new_gateway(self) -> Daemon:
        config = self.directory / "oagw.ini"
        config.write_text(
            "[simulate]\nenabled = no\n[system]\nname = Gateway\nplant =\n"
            "[bridge]\nlisten = wss://127.0.0.1:0/bridge\n"
            "[system:System1]\nbackend = winccoa\nown = yes\nuser = bridge\n"
            f"password = {PASSWORD}\n{self.more}"
        )
        gateway = Daemon(self.directory / "state", config=str(config))
        self.addCleanup(gateway.stop)
        return gateway.start()

    def new_bridge(self, password: str = PASSWORD) -> Bridge:
        bridge = Bridge(
            self.directory, self.url, self.gateway.certificate, password, self.variants
        )
        self.addCleanup(bridge.stop)
        return bridge

    def connect(self) -> Client:
        """A client, when the bridge can be asked."""
        client = self.gateway.connect()
        self.addCleanup(client.socket.shutdown)
        for _ in range(200):
            if client.ask("DpGet", Dps=["F1."])["Error"] != 39:
                return client
        raise AssertionError(self.gateway.output)

    def get(self, client: Client, *names: str) -> list[Any]:
        """The values of names, none of which may be wrong."""
        answer = client.ask("DpGet", Dps=names)
        self.assertEqual(answer["Error"], 0, answer)
        return list(answer["Values"].values())
