"""Standard output: of bytes, and when nobody reads it or it is full."""

from __future__ import annotations

import os
import sys
from typing import IO

from oagw.cli.errors import CommandError


def binary_output() -> IO[bytes]:
    """Standard output for bytes.

    :raises CommandError: it is closed.
    """
    # None is what Python has for a closed one.
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    return sys.stdout.buffer


def flush_output() -> None:
    """Write what is buffered.

    :raises OSError: it cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up_output() -> bool:
    """Let nothing more be written; returns whether something was left to write."""
    try:
        flush_output()
        return False
    except OSError:
        # Python would try once more at its end, and complain.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return True
