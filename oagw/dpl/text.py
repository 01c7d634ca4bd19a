"""The text of a DPL file, and the error that points into it."""

from __future__ import annotations

import codecs


class DplError(Exception):
    """A DPL text that cannot be read.

    :ivar line: the line of the fault, from 1.
    :ivar column: the character within that line, from 1.
    :ivar reason: what is wrong there.
    """

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.line = line
        self.column = column
        self.reason = reason

    def rest_left_out(self) -> DplError:
        """The same for one who leaves out what is wrong, but cannot read on after this."""
        return DplError(
            self.line,
            self.column,
            f"{self.reason}, so nothing of the section can be read from here on",
        )


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or ISO 8859-1 if it is no UTF-8.

    A byte order mark is left out; UTF-16 is known by its own, as spreadsheets write it.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")
