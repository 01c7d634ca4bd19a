"""Systems behind a websocket or a bridge, as a section configures them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.gateway.backends import make_system
from oagw.gateway.gatewaysystem import GatewaySystem
from oagw.gateway.remotesystems import remote_user
from tests.gateway.configured import context_of, only_with, settings_of


class RemoteSystemTests(SynchronousTestCase):
    timeout = 30

    def made(self, settings: Settings) -> GatewaySystem:
        return make_system("S2", context_of(settings, Path(self.mktemp())))

    def refused(self, settings: Settings) -> str:
        with self.assertRaises(ConfigError) as caught:
            self.made(settings)
        message = str(caught.exception)
        self.assertTrue(message.startswith("[system:S2]"), message)
        self.assertNotIn("geheim", message)
        return message

    def test_a_peer_is_made_of_its_section(self) -> None:
        """Its password may be in a file."""
        path = Path(self.mktemp())
        path.write_text("geheim\n")
        for keys in ({}, {"password": "", "password_file": str(path)}):
            made = self.made(settings_of(**keys))
            self.assertEqual((made.system.name, made.backend), ("S2", "oa4j-wss"))
            assert made.state is not None
            self.assertFalse(made.state.connected)
            self.assertIsNone(made.acceptor)

    def test_mistakes_name_the_section_and_the_key(self) -> None:
        """One line is enough to find and mend them."""
        empty = Path(self.mktemp())
        empty.write_text("")
        for keys, part in (
            ({"url": ""}, "url"),
            ({"url": "plant"}, "wss://"),
            ({"url": "ws://plant:1/x"}, "allow_plain"),
            ({"user": ""}, "user"),
            ({"password": ""}, "password_file"),
            ({"password_file": "x"}, "one of them"),
            ({"password": "", "password_file": "/nowhere"}, "No such file"),
            ({"password": "", "password_file": str(empty)}, "are needed"),
            ({"ca": "/nowhere"}, "ca: /nowhere"),
            ({"ca": str(empty)}, "ca: "),
        ):
            with self.subTest(part):
                self.assertIn(part, self.refused(settings_of(**keys)))

    def test_a_password_in_the_address_is_not_shown(self) -> None:
        """Not even where it is not allowed: errors go to logs."""
        for url in (
            "wss://u:verrat@plant:1/x",
            "wss://u:verrat@plant:port/x",
            "https://u:verrat@plant/x",
            "wss://plant:1/winccoa?username=u&password=verrat",
        ):
            refused = self.refused(settings_of(url=url))
            self.assertIn("url = ", refused)
            self.assertNotIn("verrat", refused)

    def test_a_bridge_needs_a_listener_and_a_long_password(self) -> None:
        """It is never typed, and other machines may try passwords."""
        listen = "[bridge]\nlisten = wss://localhost:0/bridge"
        bridge = {"backend": "winccoa", "user": "u", "password": "geheim"}
        self.assertIn("[bridge] listen", self.refused(only_with(**bridge)))
        self.assertIn("12 characters", self.refused(only_with(listen, **bridge)))
        settings = only_with(listen, **bridge | {"password": "geheim, und lang"})
        acceptor = self.made(settings).acceptor
        assert acceptor is not None
        self.assertTrue(acceptor.knows("u", "geheim, und lang"))
        for user, password in (("u", "geheim"), ("v", "geheim, und lang"), ("", "")):
            self.assertFalse(acceptor.knows(user, password))
        self.assertNotIn("geheim", repr(settings))

    def test_users_are_mapped_by_the_section(self) -> None:
        """Users are mapped by name, all others together, or not at all."""
        self.assertEqual(remote_user({"anna": "op", "*": "*"}, "anna"), "op")
        self.assertEqual(remote_user({"anna": "op", "*": "*"}, "bert"), "bert")
        self.assertEqual(remote_user({"*": "op"}, "bert"), "op")
        self.assertIsNone(remote_user({"anna": "op"}, "bert"))
