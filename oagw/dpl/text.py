"""The text of a DPL file, and errors with a position in it."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass

from oagw.dpl.languages import iso_part

#: Byte order marks; UTF-32 comes before UTF-16, because it begins with the same bytes.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: The characters of Windows-1252 that ISO 8859-1 lacks, by their bytes.
_WINDOWS = {
    byte: character
    for byte in range(0x80, 0xA0)
    if (character := bytes([byte]).decode("cp1252", "ignore"))
}
#: The same for bytes that are not UTF-8, as ``surrogateescape`` decodes them.
_WINDOWS_ESCAPED = {
    0xDC00 + byte: _WINDOWS.get(byte, chr(byte)) for byte in range(0x80, 0x100)
}
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
#: A file counts as UTF-8 if it has more than this many valid characters per invalid byte.
_MOSTLY = 10
_LANGUAGE = re.compile(r'(LANG:(\d{1,3})\s*)("(?:[^"\\]++|\\.)*+")', re.DOTALL)


class DplError(Exception):
    """A DPL text that cannot be read.

    :ivar line: the line of the error, from 1.
    :ivar column: the character in that line, from 1.
    :ivar reason: what is wrong.
    """

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.line = line
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file.

    :ivar guessed: the assumed encoding; empty if the encoding is certain.
    """

    text: str
    guessed: str = ""


def decode(data: bytes, encoding: str = "") -> Decoded:
    """Decode a file: a given encoding, UTF-8, or UTF-16 or UTF-32 with a byte order mark.

    For all other files the encoding is a guess: UTF-8 with some characters of Windows-1252,
    or Windows-1252, which extends ISO 8859-1. In the second case texts of a language whose
    number stands for another part of ISO 8859 are decoded with that part.

    :param encoding: a name that Python knows; empty to detect it. It is ignored for a valid
        UTF-8 file with a byte order mark.
    :raises DplError: the file is not valid in the encoding.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode())
    if encoding:
        return Decoded(_decoded(data, encoding))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(_decoded(data, name))
    if data[:2] in (b"#\0", b"T\0", b"D\0", b"M\0"):
        return Decoded(_decoded(data, "utf-16-le"))
    if data[:2] in (b"\0#", b"\0T", b"\0D", b"\0M"):
        return Decoded(_decoded(data, "utf-16-be"))
    with suppress(UnicodeDecodeError):
        return Decoded(data.decode())
    escaped = data.decode(errors="surrogateescape")
    wrong = len(_ESCAPED.findall(escaped))
    if len(_NOT_ASCII.findall(escaped)) > _MOSTLY * wrong:
        mixed = escaped.translate(_WINDOWS_ESCAPED)
        return Decoded(mixed, "UTF-8 with some characters of Windows-1252")
    text = data.decode("iso-8859-1")
    text = _LANGUAGE.sub(_in_own_part, text).translate(_WINDOWS)
    return Decoded(text, "Windows-1252")


def is_encoding(name: str) -> bool:
    """Return whether the name is a known text encoding."""
    try:
        return isinstance("".encode(name), bytes)
    except (LookupError, UnicodeError):
        return False


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        line = 1 + before.count("\n")
        column = len(before) - before.rfind("\n")
        raise DplError(line, column, f"this is not in the encoding {encoding}") from error


def _in_own_part(found: re.Match[str]) -> str:
    """Return a text in a language, decoded with the language's part of ISO 8859."""
    part = iso_part(int(found[2]))
    if part in (None, 1):
        return found[0]
    try:
        return found[1] + found[3].encode("iso-8859-1").decode(f"iso8859-{part}")
    except UnicodeDecodeError:
        return found[0]
