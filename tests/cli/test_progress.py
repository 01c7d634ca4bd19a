"""What is being done, on a terminal."""

from __future__ import annotations

import io
import sys
import time

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import progress
from oagw.cli.progress import shown_progress
from tests.processes import PATIENCE


class Terminal(io.StringIO):
    def __init__(self, is_terminal: bool = True) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class ProgressTests(SynchronousTestCase):
    """A line on standard error."""

    timeout = 30

    def show(self, terminal: Terminal) -> str:
        self.patch(sys, "stderr", terminal)
        self.patch(progress, "_PATIENCE", 0.05)
        self.patch(progress, "_STEP", 0.01)
        with shown_progress("importing") as shown:
            self.wait(terminal, "importing")
            shown.tell("writing")
            self.wait(terminal, "writing")
        return terminal.getvalue()

    def wait(self, terminal: Terminal, text: str) -> None:
        """Until a terminal shows a text; in a file nothing is to come."""
        end = time.monotonic() + (PATIENCE if terminal.isatty() else 0.2)
        while text not in terminal.getvalue() and time.monotonic() < end:
            time.sleep(0.01)

    def test_on_a_terminal(self) -> None:
        """It says what is being done and for how long, and is gone at the end."""
        text = self.show(Terminal())
        self.assertRegex(text, r"\r\x1b\[Kimporting \.\.\. \d+ s")
        self.assertRegex(text, r"\r\x1b\[Kwriting \.\.\. \d+ s")
        self.assertTrue(text.endswith("s\r\x1b[K"), text)

    def test_the_share(self) -> None:
        """Where it is known how much there is to do, it says how much of it is done."""
        terminal = Terminal()
        self.patch(sys, "stderr", terminal)
        self.patch(progress, "_PATIENCE", 0.0)
        self.patch(progress, "_STEP", 0.01)
        with shown_progress("checking") as shown:
            for share, percent in ((0.0, 0), (0.429, 42), (1.3, 100)):
                shown.tell("checking", share)
                self.wait(terminal, f"checking ... {percent} %, ")
        text = terminal.getvalue()
        for percent in (0, 42, 100):
            self.assertIn(f"checking ... {percent} %, ", text)

    def test_in_a_file(self) -> None:
        """There it would be in the way."""
        self.assertEqual(self.show(Terminal(is_terminal=False)), "")

    def test_what_is_short(self) -> None:
        """It is over before anything is shown."""
        terminal = Terminal()
        self.patch(sys, "stderr", terminal)
        with shown_progress("importing"):
            pass
        self.assertEqual(terminal.getvalue(), "")
