"""The client of the control socket, over a real socket without a gateway."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import NotRunning, ask
from oagw.gateway.control import SOCKET


class ControlClientTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.state = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.state)

    def ask(self, patience: float) -> None:
        """Ask for the status."""
        ask(self.state, "status", {}, [], lambda text: None, patience)

    def test_a_gateway_that_hangs(self) -> None:
        """The kernel accepts the connection, and nobody answers."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as hanging:
            hanging.bind(str(self.state / SOCKET))
            hanging.listen()
            with self.assertRaises(CommandError) as refused:
                self.ask(0.01)
        self.assertEqual(
            str(refused.exception),
            "the gateway has not answered for 0.01 seconds; it is busy or hangs",
        )

    def test_no_gateway(self) -> None:
        """Neither without a socket, nor with one that an ended gateway has left."""
        with self.assertRaises(NotRunning):
            self.ask(1)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
            left.bind(str(self.state / SOCKET))
        with self.assertRaises(NotRunning):
            self.ask(1)
