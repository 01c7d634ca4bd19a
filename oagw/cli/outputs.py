"""Files that commands write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from oagw.cli.errors import CommandError


@contextmanager
def output(file: str) -> Iterator[IO[bytes]]:
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
        if error.filename:
            raise
        raise CommandError(f"{file} is not complete: {error.strerror}") from error
    finally:
        if not is_special:
            new.unlink(missing_ok=True)
