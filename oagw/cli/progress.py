"""Progress of commands that take longer than a second, on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_PATIENCE = 1.0
_STEP = 0.25
_CLEAR = "\r\x1b[K"


class Progress:
    """A line that is rewritten with the seconds since the start and, if known, the
    percentage that is done.
    """

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._text = ""
        self._share: float | None = None
        self._begin = time.monotonic()
        self._shown = False

    def set(self, text: str, share: float | None = None) -> None:
        """Set the text from now on.

        :param share: the part that is done, up to 1; ``None`` if it is unknown.
        """
        self._text, self._share = text, share

    def show(self) -> None:
        """Write the line, from the first second on."""
        seconds = time.monotonic() - self._begin
        if seconds >= _PATIENCE:
            self._shown = True
            share = self._share
            done = "" if share is None else f" {min(int(share * 100), 100)} %,"
            self._terminal.write(f"{_CLEAR}{self._text} ...{done} {seconds:.0f} s")
            self._terminal.flush()

    def clear(self) -> None:
        """Erase the line."""
        if self._shown:
            self._terminal.write(_CLEAR)
            self._terminal.flush()


@contextmanager
def shown_progress(text: str) -> Iterator[Progress]:
    """Show the progress of a command on standard error, if that is a terminal."""
    progress = Progress(sys.stderr)
    progress.set(text)
    if not sys.stderr.isatty():
        yield progress
        return
    done = threading.Event()

    def run() -> None:
        while not done.wait(_STEP):
            progress.show()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()
        progress.clear()
