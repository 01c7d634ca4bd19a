"""``[system:NAME]``: each backend has its own keys."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.backendsettings import BACKENDS
from oagw.config.configerror import ConfigError
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.settings import describe, read_settings
from oagw.config.websocketsettings import WebsocketSettings
from oagw.config.winccoasettings import WinccoaSettings

ETC = Path(__file__).parents[2] / "etc"
BASE = Path("/srv/oagw/etc")


class NamedSystemTests(SynchronousTestCase):
    """``[system:NAME]``."""

    timeout = 30

    def test_systems_come_in_the_order_of_the_file(self) -> None:
        """Each with its keys, the others at their defaults."""
        text = "[system:B]\nurl = wss://b/x\npassword = geheim\n[system:A]\nown = yes\n"
        found = read_settings(text, "my.ini", BASE, ["system:A.ca=a.pem"])
        self.assertEqual(list(found.systems), ["B", "A"])
        first, second = found.systems.values()
        assert isinstance(first, WebsocketSettings)
        assert isinstance(second, WebsocketSettings)
        self.assertEqual(first.password.reveal(), "geheim")
        self.assertEqual(second.ca, Path("a.pem").absolute())
        shown = "\n".join([*describe(found), repr(found)])
        self.assertIn("[system:B] url = wss://b/x", shown)
        self.assertNotIn("geheim", shown)

    def example(self, begin: str, end: str) -> tuple[object, set[str]]:
        """A section that is commented out in etc/oagw.ini, and the keys that it lacks."""
        lines = (ETC / "oagw.ini").read_text().splitlines()
        start = lines.index(f"# [system:{begin}]")
        stop = next(at for at in range(start, len(lines)) if end in lines[at])
        text = "\n".join(one[2:] for one in lines[start:stop])
        [found] = read_settings(text, "my.ini", BASE).systems.values()
        keys = {one.partition("=")[0].strip("# ") for one in lines[start:stop]}
        return found, {one.name for one in fields(found)} - keys

    def test_the_examples_that_ship_are_sections(self) -> None:
        """The examples in etc/oagw.ini have the keys of their backends."""
        peer, missing = self.example("System2", "WinCC OA itself")
        assert isinstance(peer, WebsocketSettings)
        self.assertEqual((peer.user, missing), ("gateway", {"users"}))
        bridge, missing = self.example("System3", "An OPC UA")
        assert isinstance(bridge, WinccoaSettings)
        self.assertEqual(bridge.users, {"anna": "operator1", "*": "*"})
        server, missing = self.example("System4", "[bridge]")
        assert isinstance(server, OpcuaSettings)
        self.assertEqual(server.nodes, ("**/Diagnostics/** =", "Plant/*/Values/* = $1.$2"))
        self.assertEqual(missing, {"password", "archive"})

    def refused(self, text: str, *overrides: str) -> str:
        with self.assertRaises(ConfigError) as caught:
            read_settings(text, "my.ini", BASE, overrides)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        return message

    def test_a_key_of_another_backend_is_refused(self) -> None:
        """With its line, the backend that it is for, and both ways out."""
        self.assertEqual(
            self.refused("[system:A]\nurl = wss://a/x\nsecurity = Basic256Sha256\n"),
            "my.ini, line 3: [system:A] security: this is a key of the backend opcua, and "
            "the backend of this system is oa4j-wss (the default); remove the key, or set "
            "backend = opcua",
        )
        self.assertIn(
            "line 3: [system:A] url: this is a key of the backends oa4j-wss and opcua, and "
            "the backend of this system is winccoa; remove the key, or set "
            "backend = oa4j-wss or opcua",
            self.refused("[system:A]\nbackend = winccoa\nurl = wss://a/x\n"),
        )

    def test_the_backend_may_stand_behind_its_keys(self) -> None:
        """In the file, or on the command line, which is refused for its keys too."""
        text = "[system:A]\nsecurity = none\nbackend = opcua\n"
        self.assertEqual(read_settings(text, "x", BASE).systems["A"].backend, "opcua")
        text = "[system:A]\nsecurity = none\n"
        found = read_settings(text, "x", BASE, ["system:A.backend=opcua"])
        self.assertEqual(found.systems["A"].backend, "opcua")
        self.assertIn(
            "--set system:A.roots: [system:A] roots: this is a key of the backend opcua",
            self.refused("[system:A]\n", "system:A.roots=i=85"),
        )

    def test_each_key_is_refused_for_the_backends_without_it(self) -> None:
        """For any value; and the effective configuration does not list it."""
        keys = {name: {one.name for one in fields(of)} for name, of in BACKENDS.items()}
        for backend, known in keys.items():
            begin = f"[system:A]\nbackend = {backend}\n"
            shown = "\n".join(describe(read_settings(begin, "my.ini", BASE)))
            for key in set().union(*keys.values()):
                self.assertIs(f"[system:A] {key} = " in shown, key in known, (backend, key))
                if key not in known:
                    message = self.refused(f"{begin}{key} = \n")
                    self.assertTrue(
                        message.startswith(f"my.ini, line 3: [system:A] {key}: "), message
                    )

    def test_an_embedded_system_has_an_archive_of_its_own(self) -> None:
        """So it needs no key, but a line in another file: the error says which."""
        message = self.refused("[system:A]\nbackend = embedded\narchive = *\n")
        self.assertIn(
            "line 3: [system:A] archive: an embedded system has an archive", message
        )
        self.assertIn("in its plant file, under [archive]", message)

    def test_a_key_that_no_backend_has_is_unknown(self) -> None:
        """The nearest key of the backend is suggested."""
        for backend, key, near in (("opcua", "rots", "roots"), ("winccoa", "usr", "user")):
            self.assertIn(
                f"[system:A] {key}: unknown key; did you mean {near}?",
                self.refused(f"[system:A]\nbackend = {backend}\n{key} = 1\n"),
            )

    def test_an_unknown_backend_names_the_known_ones(self) -> None:
        """The keys of the section are not checked."""
        self.assertEqual(
            self.refused("[system:A]\nbackend = opc\nroots = i=85\n"),
            "my.ini, line 2: [system:A] backend = 'opc': must be one of embedded, "
            "oa4j-wss, opcua, winccoa",
        )

    def test_a_password_in_the_address_is_not_listed(self) -> None:
        """The gateway refuses it, but it logs the configuration first."""
        found = read_settings("[system:A]\nurl = wss://u:verrat@a/x\n", "my.ini", BASE)
        shown = "\n".join(describe(found))
        self.assertIn("[system:A] url = wss://u:***@a/x", shown)
        self.assertNotIn("verrat", shown)

    def test_bad_values(self) -> None:
        """One line says what would be right."""
        for backend, text, right in (
            ("oa4j-wss", "protocol = x", "one of auto"),
            ("oa4j-wss", "remote_name = a:b", "a name without"),
            ("embedded", "own = 5", "yes or no"),
            ("winccoa", "users = anna", "anna = operator"),
            ("opcua", "deadband = x", "2% of"),
            ("opcua", "deadband = -1", "2% of"),
            ("opcua", "publishing = 0", "more than 0"),
            ("winccoa", "timeout = 0", "more than 0"),
            ("oa4j-wss", "heartbeat = 0s", "more than 0"),
            ("opcua", "reconnect = 0ms", "more than 0"),
            ("opcua", "queue = 0", "a whole number"),
            ("opcua", "queue = 1000001", "a whole number"),
            ("winccoa", "archive = Pump[", "patterns, one a line"),
        ):
            message = self.refused(f"[system:A]\nbackend = {backend}\n{text}\n")
            self.assertIn(right, message)
