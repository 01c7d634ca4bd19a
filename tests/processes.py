"""Programs that tests start: what they write, and what those of Node need."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

from twisted.trial.unittest import SkipTest

#: Seconds after which a process that does not say what is waited for is ended.
PATIENCE = 240.0


class Program:
    """A program that runs, and what it has written so far."""

    process: subprocess.Popen[str] | None = None
    output = ""

    def wait_for(self, text: str) -> str:
        """Read what it writes until a line has the text; returns the line."""
        assert self.process is not None
        assert self.process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                self.output += line
                if text in line:
                    return line
        finally:
            watchdog.cancel()
        raise AssertionError(f"no line with {text!r} in:\n{self.output}")

    def until_told(self, text: str) -> None:
        """Read until a line has the text, unless a line since the start had it."""
        if text not in self.output:
            self.wait_for(text)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def say(self, line: str) -> None:
        """Write a line to it."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def finish(self) -> int:
        """Read the rest until it has ended; returns its exit code."""
        assert self.process is not None
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.output += rest or ""
        return self.process.returncode


def need_node(directory: Path, module: str) -> None:
    """Skip where Node is not installed; fetch what a program in a directory needs.

    :param module: one that it needs.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise SkipTest("this needs Node: apt-get install nodejs npm")
    if not (directory / "node_modules" / module).exists():
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"npm install failed: {done.stderr}")
