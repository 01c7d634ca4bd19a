"""What is being done, on a terminal, for whatever takes longer than a second."""

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
    """A line that is written over and over, with the seconds since the beginning.

    Where it is known how much there is to do, it has the share that is done in percent.
    """

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._text = ""
        self._share: float | None = None
        self._begin = time.monotonic()
        self._shown = False

    def tell(self, text: str, share: float | None = None) -> None:
        """Say what is being done from now on.

        :param share: how much of all is done, 1 is all; ``None`` if nobody knows.
        """
        self._text, self._share = text, share

    def show(self) -> None:
        """Write the line, if it is time for it."""
        seconds = time.monotonic() - self._begin
        if seconds >= _PATIENCE:
            self._shown = True
            share = self._share
            done = "" if share is None else f" {min(int(share * 100), 100)} %,"
            self._terminal.write(f"{_CLEAR}{self._text} ...{done} {seconds:.0f} s")
            self._terminal.flush()

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._shown:
            self._terminal.write(_CLEAR)
            self._terminal.flush()


@contextmanager
def shown_progress(text: str) -> Iterator[Progress]:
    """Show on standard error what is being done, if that is a terminal."""
    progress = Progress(sys.stderr)
    progress.tell(text)
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
