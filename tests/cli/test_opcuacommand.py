"""``oagw opcua``: which sections it is for."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.main import main


class OpcuaCommandTests(SynchronousTestCase):
    timeout = 60

    def errors(self, text: str, *words: str) -> str:
        config = Path(self.mktemp()).absolute()
        config.write_text(text)
        with redirect_stderr(StringIO()) as errors:
            self.assertEqual(main(["opcua", *words, "--config", str(config)]), 1)
        return errors.getvalue()

    def test_a_section_of_another_backend(self) -> None:
        """The error lists those that are OPC UA servers."""
        peer = "[system:S2]\nurl = wss://a/b\n"
        self.assertEqual(
            self.errors(peer, "certificate", "S2"),
            "oagw: the configuration has no [system:S2] with backend = opcua; there is "
            "none\n",
        )
        server = "[system:Plc]\nbackend = opcua\n"
        for name in ("S2", "S3"):
            self.assertIn("there are: Plc\n", self.errors(peer + server, "export", name))

    def test_a_wrong_address_has_its_line(self) -> None:
        """It is refused before anything is dialled."""
        text = "[system:Plc]\nbackend = opcua\nurl = http://plc\n"
        errors = self.errors(text, "certificate", "Plc")
        self.assertIn("line 3: [system:Plc] url = 'http://plc': must be opc.tcp://", errors)
