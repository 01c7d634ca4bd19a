"""What of a configuration cannot be used, and the names that are kept."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.settings import read_settings
from oagw.errors import ConnectionBrokenError
from oagw.gateway.backends import make_system
from oagw.gateway.gatewaysystem import SystemContext
from oagw.interfaces.services import Services
from oagw.systems.opcua.opcuabackend import Planning, is_local
from oagw.systems.opcua.security import UserFiles, make_certificate
from oagw.systems.slicerunner import SliceRunner
from tests.systems.opcua.test_nodenames import variable

LOCAL = "url = opc.tcp://127.0.0.1:4840\n"


def section() -> OpcuaSettings:
    """A section with defaults."""
    text = f"[system:P]\nbackend = opcua\n{LOCAL}"
    one = read_settings(text, "my.ini", Path()).systems["P"]
    assert isinstance(one, OpcuaSettings)
    return one


class ConfiguredTests(SynchronousTestCase):
    """Systems as configured."""

    timeout = 30

    def refused(self, section: str) -> str:
        """Why a section cannot be used."""
        text = f"[system:Plc]\nbackend = opcua\n{section}"
        clock = Clock()
        services = Services(clock, lambda work: succeed(work()), SliceRunner(clock))
        with self.assertRaises(ConfigError) as caught:
            settings = read_settings(text, "my.ini", Path())
            state = Path(self.mktemp())
            make_system("Plc", SystemContext(settings, services, state, clock))
        return str(caught.exception)

    def test_mistakes(self) -> None:
        """A line that names the key and what would be right."""
        for section, right in (
            ("", "must be opc.tcp://host:port"),
            ("url = wss://x/", "must be opc.tcp://host:port"),
            ("url = opc.tcp://x:y/", "Port could not be cast"),
            ("url = opc.tcp://u:p@x/", "use the keys user and password"),
            ("url = opc.tcp://plc/", "allow_plain"),
            (f"{LOCAL}user = x", "are needed"),
            (f"{LOCAL}security = Basic256Sha256", "oagw opcua certificate"),
            (f"{LOCAL}security = Basic256Sha256\nca = nowhere.pem", "No such file"),
            (
                f"{LOCAL}security = Basic256Sha256\ncertificate = a.pem",
                "set both, or neither",
            ),
            (f"{LOCAL}security = Basic128Rsa15", "must be one of none"),
            ("url = opc.tcp://plc/\nsecurity = Basic256Sha256\nmode = sign", "ca"),
            (f"{LOCAL}user_certificate = a.pem", "it needs security"),
            (f"{LOCAL}nodes = a/b", "is not a rule"),
            (f"{LOCAL}table = nowhere.csv", "No such file"),
            (f"{LOCAL}roots = Objects", "'Objects' is not a node id"),
            (f"{LOCAL}roots = i=85\n  ns=2;i=x", "'ns=2;i=x' is not a node id"),
            (f"{LOCAL}roots =", "must name a node, such as i=85"),
        ):
            message = self.refused(section)
            self.assertIn("[system:Plc]", message)
            self.assertIn(right, message)
            self.assertNotIn("\n", message)

    def test_a_user_by_a_certificate(self) -> None:
        """Both files, and no password besides."""
        path = Path(self.mktemp())
        path.mkdir()
        files = UserFiles(path / "u.pem", path / "u.key")
        make_certificate(files.certificate, files.private_key)
        secure = f"{LOCAL}security = Basic256Sha256\nca = {files.certificate}\n"
        certificate = f"{secure}user_certificate = {files.certificate}\n"
        for section, right in (
            (certificate, "user_certificate and user_private_key"),
            (f"{certificate}user_private_key = {path}/no", "No such file"),
            (
                f"{certificate}user_private_key = {files.private_key}\nuser = x\n"
                "password = y",
                "set only one",
            ),
        ):
            self.assertIn(right, self.refused(section))

    def test_the_library_is_missing(self) -> None:
        """The message has the command that installs it."""
        loaded = {name for name in sys.modules if name.startswith("oagw.systems.opcua.")}
        with patch.dict(sys.modules, {"asyncua": None}):
            for name in loaded - {"oagw.systems.opcua.opcuabackend"}:
                del sys.modules[name]
            message = self.refused(LOCAL)
        self.assertIn("pip install 'oagw[opcua]'", message)

    def test_what_is_local(self) -> None:
        """Connections that cannot be read on the way."""
        for url in ("opc.tcp://127.0.0.1:1/", "opc.tcp://localhost/", "opc.tcp://[::1]:1/"):
            self.assertTrue(is_local(url), url)
        for url in ("opc.tcp://10.0.0.1:1/", "opc.tcp://plc/", "opc.tcp://0.0.0.0/"):
            self.assertFalse(is_local(url), url)

    def test_names_are_kept(self) -> None:
        """Also those of nodes that are away for a while, until others have them."""
        path = Path(self.mktemp()) / "nodes.csv"

        def names(*nodes: str) -> list[str]:
            planning = Planning("[system:P]", section(), path)
            variables = [variable("a/b", f"i={node}") for node in nodes]
            variables.append(variable("c/d", f"i={nodes[0]}0"))
            return list(planning(variables).names.values())

        self.assertEqual(names("1", "2"), ["a.b", "a.b_2", "c.d"])
        self.assertEqual(names("2"), ["a.b_2", "c.d"])
        self.assertEqual(names("0", "1", "2"), ["a.b_3", "a.b", "a.b_2", "c.d"])
        # The server has numbered its nodes anew: of two it is not known which is which.
        self.assertEqual(names("8", "9"), ["a.b_4", "a.b_5", "c.d"])
        rows = [row.split(",")[:2] for row in path.read_text().splitlines()]
        away = [["i=0", "a.b_3"], ["i=1", "a.b"], ["i=2", "a.b_2"]]
        self.assertEqual(rows[1:3], [["i=8", "a.b_4"], ["i=9", "a.b_5"]])
        self.assertEqual(sorted(rows[4:]), away)

    def test_names_that_cannot_be_read(self) -> None:
        """The error names the file and the way out."""
        path = Path(self.mktemp())
        planning = Planning("[system:P]", section(), path)
        for content in (b"node,name\ni=1\n", b'node,name\n"i=1\n', b"node,name\ni=1,x\n"):
            path.write_bytes(content)
            with self.assertRaises(ConnectionBrokenError) as caught:
                planning([variable("a/b", "i=1")])
            self.assertIn(str(path), caught.exception.message)
            self.assertIn("remove it", caught.exception.message)

    def test_a_node_that_is_named_in_another_encoding(self) -> None:
        """Its bytes are kept, and so is its name; the other nodes are not in danger."""
        path = Path(self.mktemp()) / "nodes.csv"
        odd = "ns=2;s=" + b"gr\xf6\xdfe".decode("utf-8", "surrogateescape")
        for _ in range(2):
            planning = Planning("[system:P]", section(), path)
            found = planning([variable("a/b", odd), variable("a/b", "ns=2;s=x")]).names
            self.assertEqual(list(found.values()), ["a.b", "a.b_2"])
        self.assertIn(b"ns=2;s=gr\xf6\xdfe,a.b,", path.read_bytes())
