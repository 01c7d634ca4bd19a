"""Which gateway a command is about, and what it says if there is none."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.main import main
from oagw.config.settings import read_settings
from oagw.storage.configfile import command_line
from oagw.storage.ownership import find_foreign, hand_over, warning_for_root

#: Each with what it needs besides a gateway.
COMMANDS = (
    ("user", "add", "alice"),
    ("user", "passwd", "alice"),
    ("user", "remove", "alice"),
    ("user", "list"),
    ("dpl", "import", "a.dpl"),
    ("dpl", "export"),
    ("archive", "check"),
    ("archive", "backup", "saved"),
    ("archive", "restore", "backup"),
    ("archive", "export", "out.csv"),
    ("archive", "import", "in.csv"),
    ("archive", "delete", "--dps", "A", "--from", "0", "--to", "1", "--yes"),
    ("archive", "compact"),
    ("bridge", "check", "S"),
    ("opcua", "export", "S"),
)
_CONFIG = "[server]\nstate = ../state\n[system]\nplant =\n[system:S]\nbackend = opcua\n"
_DPL = "# ascii dump of database\n\n# DpType\nTypeName\nT.T\t1#1\n\tvalue\t22#2\n\n"


def below(directory: Path) -> list[str]:
    """All names in a directory."""
    return sorted(str(one.relative_to(directory)) for one in directory.rglob("*"))


class PlaceTestCase(SynchronousTestCase):
    """An installation whose configuration names an unused state directory."""

    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        (self.directory / "etc").mkdir(parents=True)
        self.config = self.directory / "etc/oagw.ini"
        self.config.write_text(_CONFIG)
        (self.directory / "password").write_text("a long one\n")
        (self.directory / "a.dpl").write_text(_DPL)
        (self.directory / "in.csv").write_text("element,time,value\n")
        (self.directory / "backup/archive").mkdir(parents=True)
        (self.directory / "backup/system.sqlite").touch()
        self.state = self.directory / "state"
        before = Path.cwd()
        os.chdir(self.directory)
        self.addCleanup(os.chdir, before)

    def oagw(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and errors of the command."""
        with (
            (self.directory / "password").open() as stdin,
            redirect_stdout(StringIO()) as output,
            redirect_stderr(StringIO()) as errors,
        ):
            self.patch(sys, "stdin", stdin)
            code = main(list(words))
        return code, output.getvalue(), errors.getvalue()


class NoGatewayTests(PlaceTestCase):
    def test_what_only_the_configuration_names_is_not_made(self) -> None:
        """Each command says where it looked and which options name another place."""
        before = below(self.directory)
        for words in COMMANDS:
            for config in ((), ("--config", str(self.config))):
                code, output, errors = self.oagw(*words, *config)
                self.assertEqual((code, output), (1, ""), words)
                self.assertEqual(len(errors.splitlines()), 1, errors)
                for named in (str(self.state), "--state", "--config", "oagw.ini"):
                    self.assertIn(named, errors)
                self.assertEqual(below(self.directory), before, words)

    def test_an_empty_directory_is_none_either(self) -> None:
        """It stays empty."""
        self.state.mkdir()
        for words in COMMANDS:
            self.assertEqual(self.oagw(*words)[0], 1, words)
            self.assertEqual(below(self.state), [], words)

    def test_a_state_directory_can_begin_on_purpose(self) -> None:
        """If it is named, users and datapoints may be added before the first start."""
        place = ("--state", str(self.state))
        code, output, errors = self.oagw("user", "add", "alice", *place)
        self.assertEqual((code, output), (0, f"added alice to {self.state}/users\n"))
        self.assertIn(f"{self.state} was created: run the gateway as the user", errors)
        # The users are there now, and may be changed wherever they are looked for.
        self.assertEqual(self.oagw("user", "list"), (0, "alice\n", ""))
        self.assertEqual(self.oagw("user", "add", "bob")[0], 0)
        self.assertEqual(self.oagw("dpl", "export")[0], 1)
        code, _, errors = self.oagw("dpl", "import", "a.dpl", *place)
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(self.oagw("dpl", "export", "-o", "out.dpl")[0], 0)

    def test_users_elsewhere(self) -> None:
        """A password file of its own needs no state, but its directory."""
        users = self.directory / "more/users"
        self.config.write_text(f"{_CONFIG}[auth]\nusers = {users}\n")
        for words in COMMANDS[:4]:
            code, _, errors = self.oagw(*words)
            self.assertEqual(code, 1)
            self.assertIn(f"[auth] users = {users}: the ", errors)
            self.assertIn("does not exist", errors)
        self.assertFalse(users.parent.exists())
        users.parent.mkdir()
        self.assertEqual(
            self.oagw("user", "add", "alice"), (0, f"added alice to {users}\n", "")
        )
        self.assertEqual(self.oagw("user", "list"), (0, "alice\n", ""))


class HintTests(PlaceTestCase):
    def test_a_hint_can_be_typed(self) -> None:
        """It names the program beside the one that runs, and the gateway's places."""
        settings = read_settings(_CONFIG, "my etc/oagw.ini", self.directory / "etc")
        self.patch(sys, "argv", [str(self.directory / "bin/twistd")])
        places = f"--config 'my etc/oagw.ini' --state {self.state}"
        self.assertEqual(command_line(settings, "user list"), f"oagw user list {places}")
        (self.directory / "bin").mkdir()
        (self.directory / "bin/oagw").touch()
        expected = f"{self.directory}/bin/oagw user list {places}"
        self.assertEqual(command_line(settings, "user list"), expected)


def only_root(test: Callable[[Any], None]) -> Callable[[Any], None]:
    """A test that is none for others: they cannot give files away."""
    return test if os.geteuid() == 0 else lambda case: None


class OwnershipTests(PlaceTestCase):
    """Files that root has made in the directory of the service's user."""

    def setUp(self) -> None:
        super().setUp()
        # Where any user can come.
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        directory.chmod(0o755)
        self.state = directory / "state"
        (self.state / "archive").mkdir(parents=True)

    @only_root
    def test_what_root_makes_belongs_to_the_directorys_owner(self) -> None:
        """The gateway can use what a command of root's has made."""
        os.chown(self.state, 1234, 1234)
        place = ("--state", str(self.state))
        self.assertEqual(self.oagw("user", "add", "alice", *place)[0], 0)
        self.assertEqual(self.oagw("dpl", "import", "a.dpl", *place)[0], 0)
        found = [self.state / name for name in below(self.state)]
        self.assertIn(self.state / "system.sqlite", found)
        self.assertIn(self.state / "users", found)
        self.assertEqual({one.stat().st_uid for one in found}, {1234})

    @only_root
    def test_a_gateway_that_root_runs(self) -> None:
        """It is warned, unless the directory is root's own."""
        self.assertIsNone(warning_for_root(self.state))
        os.chown(self.state, 1234, 1234)
        warning = warning_for_root(self.state)
        self.assertIn(f"{self.state} belongs to the user 1234", warning or "")

    @only_root
    def test_another_name_of_roots_file_stays_roots(self) -> None:
        """A link to a file does not give another user its ownership."""
        secret = self.directory / "secret"
        secret.touch()
        (self.state / "soft").symlink_to(secret)
        os.link(secret, self.state / "hard")
        os.chown(self.state, 1234, 1234)
        hand_over(self.state)
        self.assertEqual(secret.stat().st_uid, 0)

    @only_root
    def test_what_cannot_be_written_is_named(self) -> None:
        """With its owner, and the command that gives it back."""
        path = self.state / "archive/hot.sqlite"
        path.touch(0o600)
        os.chown(self.state, 1234, 1234)
        os.chown(self.state / "archive", 1234, 1234)
        os.seteuid(1234)
        self.addCleanup(os.seteuid, 0)
        self.assertEqual(
            find_foreign(self.state),
            f"{path} belongs to the user root, and 1234 cannot write it; give it back "
            f"with: chown -R 1234: {self.state}",
        )
