"""An installation by docs/operation.rst, with other directories and without systemd."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from oagw.storage.configfile import read_file
from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, TWISTD, Daemon, run

DOCUMENT = (ROOT / "docs/operation.rst").read_text()
UNIT = (ROOT / "etc/oagw.service").read_text()


class InstallationTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.state = self.directory / "var/lib/oagw"

    def here(self, command: str) -> str:
        """A command of the document, about the directories of this test."""
        for path in ("/etc/oagw", "/etc/systemd/system", "/var/lib/oagw", "/var/backups"):
            command = command.replace(path, f"{self.directory}{path}")
        command = command.replace("/opt/oagw/bin/oagw", str(OAGW))
        return command.replace("/opt/oagw/bin/twistd", str(TWISTD))

    def install(self) -> None:
        """Do what the document says that needs neither root nor a package."""
        (self.directory / "etc/systemd/system").mkdir(parents=True)
        block = DOCUMENT[DOCUMENT.index("On Debian 12") :].partition("systemctl daemon")[0]
        for line in block.splitlines():
            if line.startswith(("    install ", "    sed ")):
                subprocess.run(self.here(line), shell=True, cwd=ROOT, check=True)

    def daemon(self) -> Daemon:
        """What the unit starts, on a free port."""
        [command] = re.findall(r"^ExecStart=(.*)$", UNIT, re.M)
        daemon = Daemon(self.state)
        daemon.command = [*shlex.split(self.here(command)), "--listen", "wss://localhost:0"]
        daemon.command += ["--set", "simulate.enabled=no"]
        return daemon

    def oagw(self, words: str) -> subprocess.CompletedProcess[str]:
        """A command that is typed somewhere else."""
        return subprocess.run(
            shlex.split(self.here(words)),
            cwd=self.directory,
            env=ENVIRONMENT,
            input="a long one\n",
            capture_output=True,
            text=True,
        )

    def commands(self) -> list[str]:
        """The commands of the document that name the installed configuration."""
        found = re.findall(
            r"^    (/opt/oagw/bin/oagw .* --config /etc/oagw/oagw\.ini)$", DOCUMENT, re.M
        )
        self.assertGreater(len(found), 1)
        return found

    def test_service_and_command_use_one_state_directory(self) -> None:
        """The document's commands are about the gateway that the unit starts."""
        self.install()
        installed = self.directory / "etc/oagw/oagw.ini"
        self.assertEqual(read_file(installed).server.state, self.state)
        for command in self.commands():
            done = self.oagw(command)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"run with the state directory {self.state}", done.stderr)
        self.assertFalse(self.state.exists())
        daemon = self.daemon().start()
        self.addCleanup(daemon.stop)
        for command in self.commands():
            done = self.oagw(command)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        client = daemon.connect("?username=alice&password=a%20long%20one")
        self.assertEqual(client.ask("DpGet", Dps=["ExampleDP_Trend1."])["Error"], 0)
        client.close()
        self.assertEqual(daemon.stop(), 0)
        made = {one.name for one in (self.directory / "etc").iterdir()}
        self.assertEqual(made, {"oagw", "systemd"})

    def test_the_checkout_is_not_meant(self) -> None:
        """The configuration of the checkout stays with its own state directory."""
        shipped = read_file(ROOT / "etc/oagw.ini")
        self.assertEqual(shipped.server.state, ROOT / "state")

    def test_help_needs_no_configuration(self) -> None:
        """It is there wherever one is."""
        done = run(str(OAGW), "user", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--state", done.stdout)
