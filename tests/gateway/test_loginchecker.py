"""The checkers that the configuration and the command line add to the password file."""

from __future__ import annotations

from pathlib import Path

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import PasswordFile
from oagw.config.configerror import ConfigError
from oagw.config.settings import read_settings
from oagw.gateway import loginchecker
from oagw.gateway.loginchecker import login_checker


class LoginCheckerTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.patch(loginchecker, "deferToThread", maybeDeferred)
        self.passwords = PasswordFile(Path(self.mktemp()))
        self.passwords.add("alice", "first one")

    def ask(
        self, name: str, password: str, reachable: bool = False
    ) -> Deferred[bytes | tuple[()]]:
        known = Path(self.mktemp()).absolute()
        known.write_text("bob:second\n")
        settings = read_settings(f"[auth]\ncheckers = file:{known}\n", "x.ini", Path())
        more = InMemoryUsernamePasswordDatabaseDontUse(carol=b"carol")
        checker = login_checker(settings, self.passwords, [more], reachable)
        given = UsernamePassword(name.encode(), password.encode())
        found: Deferred[bytes | tuple[()]] = checker.requestAvatarId(given)
        return found

    def test_each_checker_is_asked(self) -> None:
        """The password file, those of the configuration, those of the command line."""
        for name, password in (
            ("alice", "first one"),
            ("bob", "second"),
            ("carol", "carol"),
        ):
            self.assertEqual(self.successResultOf(self.ask(name, password)), name.encode())
        self.failureResultOf(self.ask("alice", "second"), UnauthorizedLogin)

    def test_well_known_passwords_of_reachable_gateways(self) -> None:
        """They are refused whoever knows the user."""
        self.failureResultOf(self.ask("carol", "carol", reachable=True), UnauthorizedLogin)

    def test_a_wrong_checker_is_named_by_its_kind(self) -> None:
        """What follows the kind may have a password."""
        for text, reason in (
            ("nope:geheim", "'nope' is not a kind of checker"),
            ("anonymous", "'anonymous' does not check passwords"),
        ):
            settings = read_settings(f"[auth]\ncheckers = {text}\n", "x.ini", Path())
            with self.assertRaises(ConfigError) as caught:
                login_checker(settings, self.passwords, [], False)
            self.assertIn(f"[auth] checkers: {reason}", str(caught.exception))
            self.assertIn("--help-auth", str(caught.exception))
            self.assertNotIn("geheim", str(caught.exception))
