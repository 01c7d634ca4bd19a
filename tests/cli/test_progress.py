"""What is being done, on a terminal."""

from __future__ import annotations

import io
import sys
import threading

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli import progress
from oagw.cli.progress import shown_progress
from tests.processes import PATIENCE


class Terminal(io.StringIO):
    """A terminal, or a file; it reports what another thread writes."""

    def __init__(self, is_terminal: bool = True) -> None:
        super().__init__()
        self._is_terminal = is_terminal
        self._written = threading.Condition()

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> int:
        with self._written:
            count = super().write(text)
            self._written.notify_all()
        return count

    def wait_for(self, text: str) -> None:
        """Return once it shows a text."""
        with self._written:
            if not self._written.wait_for(lambda: text in self.getvalue(), PATIENCE):
                raise AssertionError(f"{text!r} is not in {self.getvalue()!r}")


class ProgressTests(SynchronousTestCase):
    """A line on standard error."""

    timeout = 30

    def show(self) -> str:
        terminal = Terminal()
        self.patch(sys, "stderr", terminal)
        self.patch(progress, "_PATIENCE", 0.05)
        self.patch(progress, "_STEP", 0.01)
        with shown_progress("importing") as shown:
            terminal.wait_for("importing")
            shown.set("writing")
            terminal.wait_for("writing")
        return terminal.getvalue()

    def test_on_a_terminal(self) -> None:
        """It says what is being done and for how long, and is gone at the end."""
        text = self.show()
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
                shown.set("checking", share)
                terminal.wait_for(f"checking ... {percent} %, ")
        text = terminal.getvalue()
        for percent in (0, 42, 100):
            self.assertIn(f"checking ... {percent} %, ", text)

    def test_in_a_file(self) -> None:
        """There it would be in the way: no thread is started that could write it."""
        terminal = Terminal(is_terminal=False)
        self.patch(sys, "stderr", terminal)
        threads = threading.active_count()
        with shown_progress("importing") as shown:
            shown.set("writing")
            self.assertEqual(threading.active_count(), threads)
        self.assertEqual(terminal.getvalue(), "")

    def test_what_is_short(self) -> None:
        """It is over before anything is shown."""
        terminal = Terminal()
        self.patch(sys, "stderr", terminal)
        with shown_progress("importing"):
            pass
        self.assertEqual(terminal.getvalue(), "")
