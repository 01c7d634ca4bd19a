"""The cred checkers: off the reactor, in turn, and fast for users seen before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.cred.checkers import FilePasswordDB
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.checker import FirstOf, PasswordFileChecker
from oagw.auth.passwords import PasswordFile


class Threads:
    """Threads that run when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], bool], Deferred[bool]]] = []

    def __call__(self, work: Callable[[], bool]) -> Deferred[bool]:
        done: Deferred[bool] = Deferred()
        self.waiting.append((work, done))
        return done

    def run_one(self) -> None:
        """Run the thread that waits longest."""
        work, done = self.waiting.pop(0)
        done.callback(work())


class CheckerTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.passwords = PasswordFile(Path(self.mktemp()))
        self.passwords.add("alice", "first one")
        self.threads = Threads()
        self.checker = PasswordFileChecker(self.passwords, self.threads)

    def ask(self, name: str, password: str) -> Deferred[bytes | tuple[()]]:
        return self.checker.requestAvatarId(
            UsernamePassword(name.encode(), password.encode())
        )

    def test_right_and_wrong(self) -> None:
        """A right password gives the name, a wrong one and an unknown user a refusal."""
        right, wrong = self.ask("alice", "first one"), self.ask("alice", "x")
        self.assertNoResult(right)
        self.threads.run_one()
        self.threads.run_one()
        self.assertEqual(self.successResultOf(right), b"alice")
        self.failureResultOf(wrong, UnauthorizedLogin)
        unknown = self.ask("bob", "first one")
        self.threads.run_one()
        self.failureResultOf(unknown, UnauthorizedLogin)

    def test_two_at_once(self) -> None:
        """At most two passwords are checked at a time, however many clients try."""
        for _ in range(10):
            self.ask("alice", "x").addErrback(lambda failure: None)
        self.assertEqual(len(self.threads.waiting), 2)
        self.threads.run_one()
        self.assertEqual(len(self.threads.waiting), 2)

    def test_who_was_here_does_not_wait(self) -> None:
        """A user who reconnects is let in at once, past those who guess."""
        self.ask("alice", "first one")
        self.threads.run_one()
        for _ in range(10):
            self.ask("alice", "x").addErrback(lambda failure: None)
        self.assertEqual(self.successResultOf(self.ask("alice", "first one")), b"alice")

    def test_a_changed_password_is_forgotten(self) -> None:
        """What was right before the change is not remembered as right."""
        self.ask("alice", "first one")
        self.threads.run_one()
        self.passwords.change("alice", "second one")
        again = self.ask("alice", "first one")
        self.threads.run_one()
        self.failureResultOf(again, UnauthorizedLogin)

    def test_first_of_asks_in_turn(self) -> None:
        """A user whom the first checker does not know may be known to the second."""
        path = Path(self.mktemp())
        path.write_text("carol:another one\n")
        both = FirstOf([self.checker, FilePasswordDB(str(path))], refuse_well_known=False)
        found = both.requestAvatarId(UsernamePassword(b"carol", b"another one"))
        self.threads.run_one()
        self.assertEqual(self.successResultOf(found), b"carol")

    def test_first_of_refuses_well_known_passwords(self) -> None:
        """A reachable gateway refuses such a password without checking it."""
        self.passwords.add("demo", "demo", allow_well_known=True)
        guarded = FirstOf([self.checker], refuse_well_known=True)
        refused = guarded.requestAvatarId(UsernamePassword(b"demo", b"demo"))
        self.failureResultOf(refused, UnauthorizedLogin)
        self.assertEqual(self.threads.waiting, [])
