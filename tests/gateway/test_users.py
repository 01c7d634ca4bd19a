"""The users of a gateway at its start."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import PasswordFile
from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings, read_settings
from oagw.gateway.clientlisteners import client_listeners
from oagw.gateway.users import users_at_start, users_shown


class UserTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.state = Path(self.mktemp()).absolute()
        self.state.mkdir()

    def settings(self, host: str, more: str = "") -> Settings:
        text = f"[server]\nlisten = wss://{host}:0/winccoa\n{more}"
        return read_settings(text, "x.ini", Path(), [f"server.state={self.state}"])

    def users(self, settings: Settings) -> PasswordFile:
        return users_at_start(settings, self.state, client_listeners(settings, reactor))

    def test_the_demo_user_is_for_this_machine(self) -> None:
        """It is created where no other machine reaches the gateway, unless configured."""
        for host, more, names in (
            ("0.0.0.0", "", []),
            ("127.0.0.1", "[auth]\ndemo_user = no\n", []),
            ("127.0.0.1", "", ["demo"]),
        ):
            settings = self.settings(host, more)
            passwords = self.users(settings)
            self.assertEqual(passwords.names(), names)
        self.assertEqual(users_shown(passwords, settings), "demo, password demo")

    def test_a_well_known_password_keeps_other_machines_out(self) -> None:
        """The error has the commands that help."""
        self.users(self.settings("127.0.0.1"))
        with self.assertRaises(ConfigError) as caught:
            self.users(self.settings("0.0.0.0"))
        message = str(caught.exception)
        self.assertIn("the user demo has a well-known password", message)
        for command in ("user passwd demo", "user remove demo"):
            self.assertIn(command, message)

    def test_without_users_the_command_is_shown(self) -> None:
        """With the options of this gateway; of other users the names are."""
        settings = self.settings("0.0.0.0")
        passwords = self.users(settings)
        shown = users_shown(passwords, settings)
        self.assertIn("none yet; add one with: ", shown)
        self.assertIn(f"user add NAME --config x.ini --state {self.state}", shown)
        passwords.add("alice", "first one")
        passwords.add("bob", "second one")
        self.assertEqual(users_shown(passwords, settings), "alice, bob")
