"""A real daemon in a process of its own, and a client for it."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

from tests.processes import PATIENCE, Program

ROOT = Path(__file__).parents[2]
TWISTD = Path(sys.executable).with_name("twistd")
OAGW = Path(sys.executable).with_name("oagw")

#: What runs from the checkout is what the tests test, installed or not.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
#: The same for a process of which memory is measured, without the record of its lines.
UNRECORDED = {
    name: value for name, value in ENVIRONMENT.items() if not name.startswith("COVERAGE_")
}


class Daemon(Program):
    """``twistd -n oagw`` on a free port; made ready by :meth:`start`.

    :ivar ready: what it has printed when :meth:`start` is done.
    """

    ready = "SHA-256:"

    def __init__(
        self, state: Path, *arguments: str, config: str = "etc/oagw.ini", **environment: str
    ) -> None:
        self.state = state
        self.environment = {**ENVIRONMENT, **environment}
        self.command = [str(TWISTD), "-n", "oagw", "--config", config]
        self.command += ["--state", str(state), *arguments]
        if not any(argument.startswith("--listen") for argument in arguments):
            self.command += ["--listen", "wss://127.0.0.1:0/winccoa"]

    def start(self) -> Daemon:
        """Start, and return once it accepts connections."""
        self.output = ""
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self.wait_for(self.ready)
        return self

    @property
    def urls(self) -> list[str]:
        """The URLs in the file ``listening``."""
        return (self.state / "listening").read_text().splitlines()

    @property
    def certificate(self) -> Path:
        """The certificate that the daemon has made."""
        return self.state / "certificate.pem"

    def connect(self, query: str = "?username=demo&password=demo") -> Client:
        """A client that is logged in, and checks the certificate."""
        return Client(self.urls[0] + query, self.certificate)

    def cpu_seconds(self) -> float:
        """Processor time that it has taken so far, however busy the machine is."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.kill_process()
        self.finish()

    def kill_process(self) -> None:
        """End it at once, while another thread reads its log."""
        assert self.process is not None
        self.process.kill()

    def stop(self) -> int:
        """End it as systemd does; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.finish()


class Client:
    """A blocking client, as other people's scripts are."""

    def __init__(self, url: str, certificate: Path) -> None:
        # A text that is not UTF-8 fails here; checking each byte first takes seconds.
        self.socket: WebSocket = create_connection(
            url,
            sslopt={"ca_certs": str(certificate)},
            timeout=PATIENCE,
            skip_utf8_validation=True,
        )

    def send(self, command: str, arguments: Mapping[str, object]) -> None:
        self.socket.send(json.dumps({command: arguments}))

    def receive(self) -> dict[str, Any]:
        """The next frame."""
        frame = json.loads(self.socket.recv())
        assert isinstance(frame, dict)
        return frame

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a command and return the body of the next frame, its answer."""
        self.send(command, arguments)
        frame = self.receive()
        body = frame[f"{command}Result"]
        assert isinstance(body, dict)
        return body

    def closed(self) -> tuple[int, str]:
        """Read until the server closes; returns the code and the reason."""
        while True:
            opcode, data = self.socket.recv_data(control_frame=True)
            if opcode == 8:
                self.socket.shutdown()
                return int.from_bytes(data[:2], "big"), data[2:].decode()

    def close(self) -> None:
        """Close the websocket."""
        self.socket.close(timeout=1)


def run(
    *command: str, stdin: str = "", patience: float = PATIENCE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command from the checkout to its end."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**ENVIRONMENT, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


def insecure(url: str) -> WebSocket:
    """A connection that skips certificate checks, as the original's examples do."""
    return create_connection(url, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=PATIENCE)
