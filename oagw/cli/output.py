"""Standard output, which may be closed or full, and files that appear when complete."""

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

    :raises CommandError: standard output is closed.
    """
    # Python has None in place of a closed one.
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    return sys.stdout.buffer


def flush_output() -> None:
    """Write buffered output.

    :raises OSError: it cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def give_up_output() -> bool:
    """Discard buffered output; returns whether there was any."""
    try:
        flush_output()
        return False
    except OSError:
        # Python would try to write it again when it exits, and fail with a traceback.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return True


@contextmanager
def output_file(file: str) -> Iterator[IO[bytes]]:
    """A file that is replaced when it is complete. Devices and pipes are written directly.

    :param file: its path; of a link, the file that it leads to is replaced.
    :raises CommandError: the file could not be written completely.
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
        raise CommandError(f"{file} could not be written: {error.strerror}") from error
    finally:
        if not is_special:
            new.unlink(missing_ok=True)
