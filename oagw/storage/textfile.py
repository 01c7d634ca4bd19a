"""Reading text files that people write with any editor."""

from __future__ import annotations

import codecs
import errno
from pathlib import Path

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text_file(path: Path) -> str:
    """Read a file in UTF-8, with or without a byte order mark, or in UTF-16 with one.

    Lines end with ``\\n``, as in Python's text files.

    :raises OSError: it cannot be read, or has another encoding; ``strerror`` says why.
    """
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise OSError(
            errno.EILSEQ,
            f"line {line} is not in {encoding.upper()}; save the file as UTF-8",
            str(path),
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
