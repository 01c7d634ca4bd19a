"""What commands write to: standard output, also a closed or full one, and files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from oagw.cli.clierrors import CommandError


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


@contextmanager
def output_file(file: str) -> Iterator[IO[bytes]]:
    """A file, which appears when it is whole.

    A link stays one; a device or a pipe is written as it is.
    :raises CommandError: not all of it could be written.
    """
    path = Path(file).resolve()
    is_special = path.exists() and not path.is_file()
    new = path if is_special else path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as opened:
            yield opened
        if not is_special:
            new.replace(path)
    except OSError as error:
        if error.filename == str(new):
            raise CommandError(f"{file}: {error.strerror}") from error
        if error.filename:
            raise
        raise CommandError(f"{file} is not complete: {error.strerror}") from error
    finally:
        if not is_special:
            new.unlink(missing_ok=True)
