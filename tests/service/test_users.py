"""``oagw user``: the users who may connect."""

from __future__ import annotations

import os
import pty
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, Client, Daemon, run


class UserTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.state = self.directory / "state"

    def user(self, *words: str, stdin: str = "") -> str:
        """The output of the command, which must succeed."""
        done = self.attempt(*words, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def attempt(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run(str(OAGW), "user", "--state", str(self.state), *words, stdin=stdin)

    def test_add_list_passwd_remove(self) -> None:
        """Users come, change and go, and a running daemon sees it at once."""
        self.user("add", "alice", stdin="first one\n")
        self.user("add", "bob", stdin="second one\n")
        self.assertEqual(self.user("list").splitlines(), ["alice", "bob"])
        daemon = Daemon(self.state, "--set", "simulate.enabled=no").start()
        self.addCleanup(daemon.stop)
        alice = "?username=alice&password="
        self.assertEqual(
            daemon.connect(alice + "first+one").ask("DpGet", Dps=[])["Error"], 0
        )
        self.user("passwd", "alice", stdin="third one\n")
        self.assertEqual(daemon.connect(alice + "first+one").closed()[0], 4000)
        self.assertEqual(
            daemon.connect(alice + "third+one").ask("DpGet", Dps=[])["Error"], 0
        )
        self.user("remove", "alice")
        self.assertEqual(daemon.connect(alice + "third+one").closed()[0], 4000)
        self.assertEqual(self.user("list").splitlines(), ["bob"])

    def test_file_has_hashes_only(self) -> None:
        """The file is its owner's alone and has no password in it."""
        self.user("add", "alice", stdin="a secret\n")
        path = self.state / "users"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(path.read_text(), r"(?m)^alice:\$argon2id\$\S+:sound$")
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)
        self.assertNotIn("a secret", path.read_text())

    def test_refusals(self) -> None:
        """What cannot be done is said in one line, with exit code 1."""
        self.user("add", "alice", stdin="a secret\n")
        for words, given, message in (
            (("add", "alice"), "x\n", "the user alice exists"),
            (("add", "bob"), "\n", "the password is empty"),
            (("add", "bob"), "bob\n", "the password is well known"),
            (("add", "bob"), "demo\n", "the password is well known"),
            (("add", "bob"), " Admin \n", "the password is well known"),
            (("add", "bob"), "BOB\n", "the password is well known"),
            (("add", "b:b"), "a secret\n", "a user cannot be called 'b:b'"),
            (("passwd", "carol"), "x\n", "has no user carol"),
            (("remove", "carol"), "", "has no user carol"),
        ):
            done = self.attempt(*words, stdin=given)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(message, done.stderr)

    def test_plugged_checker(self) -> None:
        """A Twisted cred checker of the configuration lets its users in as well."""
        more = self.directory / "more"
        more.write_text("carol:another one\ndemo:demo\n")
        settings = ("--set", "simulate.enabled=no", "--set", f"auth.checkers=file:{more}")
        self.user("add", "alice", stdin="first one\n")
        daemon = Daemon(self.state, *settings, "--listen", "wss://0.0.0.0:0").start()
        self.addCleanup(daemon.stop)
        url = daemon.urls[0].replace("0.0.0.0", "127.0.0.1")

        def connect(user: str, password: str) -> Client:
            return Client(f"{url}?username={user}&password={password}", daemon.certificate)

        for user, password in (("alice", "first+one"), ("carol", "another+one")):
            self.assertEqual(connect(user, password).ask("DpGet", Dps=[])["Error"], 0)
        for user, password in (("alice", "another+one"), ("carol", "first+one")):
            self.assertEqual(connect(user, password).closed()[0], 4000)
        # Right, but well known, and this listener is reachable from other machines.
        self.assertEqual(connect("demo", "demo").closed()[0], 4000)
        self.assertNotIn("another one", daemon.output)

    def test_asks_without_echo(self) -> None:
        """On a terminal it asks twice, and what is typed does not appear."""
        terminal, inside = pty.openpty()
        process = subprocess.Popen(
            [str(OAGW), "user", "--state", str(self.state), "add", "alice"],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        shown = b""
        for prompt in (b"password of alice: ", b"again: "):
            while not shown.endswith(prompt):
                shown += os.read(terminal, 1000)
            os.write(terminal, b"my secret\n")
        while b"added alice" not in shown:
            shown += os.read(terminal, 1000)
        self.assertEqual(process.wait(30), 0)
        os.close(terminal)
        self.assertNotIn(b"my secret", shown)
