"""What the README shows works, word for word."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.processes import PATIENCE
from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, TWISTD, Daemon, run

README = (ROOT / "README.rst").read_text()
_PROJECT = """# ascii dump of database

# DpType
TypeName
MyType.MyType\t1#1
\tvalue\t22#2

# Datapoint/DpId
DpName\tTypeName\tID
MyPoint\tMyType\t0
"""


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    found = re.findall(
        rf"^\.\. code-block:: {language}\n\n((?:(?:    .*)?\n)+)", README, re.M
    )
    return ["\n".join(line[4:] for line in block.splitlines()) for block in found]


class ReadmeTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def test_python_examples(self) -> None:
        """The Python examples run one after the other, with only the URL changed."""
        daemon = Daemon(self.directory / "state").start()
        self.addCleanup(daemon.stop)
        script = self.here("\n".join(blocks("python")), daemon)
        output = self._until(
            script, "DpQueryConnectResult", "DpConnectResult", "DpConnectResult"
        )
        for expected in ("DpGetResult", "DpSetResult", "System1:ExampleDP_SumAlert."):
            self.assertIn(expected, output)
        plot = (self.directory / "trend.png").read_bytes()
        self.assertEqual(plot[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(len(plot), 10_000)

    def here(self, script: str, daemon: Daemon) -> str:
        """A script that is about a daemon of this test."""
        for shown, real in (
            ("wss://localhost:8443/winccoa", daemon.urls[0]),
            ("state/certificate.pem", str(daemon.certificate)),
        ):
            self.assertIn(shown, script)
            script = script.replace(shown, real)
        return script

    def test_exit_ends_the_examples(self) -> None:
        """The thread that reads does not keep the interpreter, nor do updates."""
        daemon = Daemon(self.directory / "state").start()
        self.addCleanup(daemon.stop)
        *shown, last = blocks("python")
        self.assertEqual(last.strip(), "reader.join()")
        lines = [one for one in shown if "matplotlib" not in one]
        script = self.here("\n".join([*lines, "exit()"]), daemon)
        done = run(sys.executable, "-c", script)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_passwords(self) -> None:
        """Any password gets in as the README writes it, and a wrong one says so."""
        daemon = Daemon(self.directory / "state", "--set", "simulate.enabled=no")
        password = "a&b+c#d e%20f=?/äöü€"
        add = (str(OAGW), "user", "add", "anna b", "--state", str(daemon.state))
        self.assertEqual(run(*add, stdin=f"{password}\n").returncode, 0)
        daemon.start()
        self.addCleanup(daemon.stop)
        first, *_ = blocks("python")
        first += "\nws.send(json.dumps({'DpGet': {'Dps': []}}))\nprint(receive())"
        first = self.here(first, daemon)
        first = first.replace('"username": "demo"', '"username": "anna b"')
        done = run(sys.executable, "-c", first.replace(': "demo"}', f": {password!r}}}"))
        self.assertIn("'Error': 0", done.stdout, done.stderr)
        done = run(sys.executable, "-c", first)
        self.assertTrue(
            done.stderr.endswith(
                "ConnectionError: 4000 invalid username and/or password!\n"
            ),
            done.stderr,
        )

    def _until(self, script: str, *wanted: str) -> str:
        """Run a script until its output contains each of the texts; returns the output."""
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=self.directory,
            env={**ENVIRONMENT, "MPLBACKEND": "Agg"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        missing, output = list(wanted), ""
        for line in process.stdout:
            output += line
            missing = [text for number, text in enumerate(missing)
                       if text not in line or text in missing[:number]]  # fmt: skip
            if not missing:
                return output
        self.fail(f"{missing} did not come:\n{output}")

    def test_commands(self) -> None:
        """The commands run in the order in which they are shown (make is CI's to run)."""
        commands = [
            line.removeprefix("$ ")
            for block in blocks("console")
            for line in block.splitlines()
        ]
        self.assertEqual(commands[:2], ["make run", "make test"])
        state = self.directory / "state"
        Daemon(state, "--set", "simulate.enabled=no").start().stop()
        (self.directory / "my_project.dpl").write_text(_PROJECT)
        for command in commands[2:]:
            words = shlex.split(command)
            if words[0] == ".venv/bin/pip":
                # The packages are here: the examples' own test runs on them.
                done = run(sys.executable, "-m", "pip", "show", *words[2:])
                self.assertEqual(done.returncode, 0, done.stderr)
            elif words[0] == ".venv/bin/oagw":
                words = [str(OAGW), words[1], "--state", str(state), *words[2:]]
                words = [
                    str(self.directory / one) if one.endswith(".dpl") else one
                    for one in words
                ]
                done = run(*words, stdin="correct horse\n")
                self.assertEqual(done.returncode, 0, done.stderr)
            else:
                self.assertEqual(words[0], ".venv/bin/twistd")
                words[words.index("wss://0.0.0.0:8443/winccoa")] = "wss://0.0.0.0:0/winccoa"
                daemon = Daemon(state)
                daemon.command = [str(TWISTD), *words[1:], "--state", str(state)]
                daemon.start()
                self.assertEqual(daemon.stop(), 0)
        exported = (self.directory / "pumps.dpl").read_text()
        self.assertIn("\npump_00001\t", exported)
        self.assertNotIn("MyPoint", exported)

    def test_settings_shown(self) -> None:
        """The URL and the user that the README shows are those of the configuration."""
        ini = (ROOT / "etc/oagw.ini").read_text()
        [url] = re.findall(r"^listen = (.*)$", ini, re.M)
        self.assertIn(f"URL:          {url}\n", README)
        self.assertIn(f'url = f"{url}?{{login}}"', README)
        self.assertIn('{"username": "demo", "password": "demo"}', README)
