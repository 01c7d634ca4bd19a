"""Ini text: sections, keys and values, with their lines."""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class IniError(Exception):
    """The text is not ini; the text of the error says why.

    :ivar line: the number of the wrong line, if it is known.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class IniSection:
    """A section.

    :ivar line: the line of its header; the first line is 1.
    :ivar values: by key.
    :ivar lines: the line of each key.
    """

    line: int
    values: Mapping[str, str]
    lines: Mapping[str, int]


def parse_ini(text: str) -> dict[str, IniSection]:
    """Read ini text; sections and keys keep their order.

    :raises IniError: the text is not ini.
    """
    # Keys can be patterns, so they keep their case and may have a colon.
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), default_section="\0"
    )
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _mistake(error) from error
    lines = {place: line for line, place in _places(text)}
    return {
        name: IniSection(
            lines.get((name, ""), 1),
            dict(parser[name]),
            {key: lines[name, key] for key in parser[name] if (name, key) in lines},
        )
        for name in parser.sections()
    }


def _places(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """The line of each key, and with an empty key that of each section.

    A line that is indented more than the key above it belongs to the value of that key.
    """
    section, indent = "", None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words.startswith(("#", ";")):
            continue
        column = len(line) - len(line.lstrip())
        if indent is not None and column > indent:
            continue
        if (header := configparser.ConfigParser.SECTCRE.match(words)) is not None:
            section, indent = header["header"], None
            yield number, (section, "")
        else:
            indent = column
            yield number, (section, words.partition("=")[0].strip())


def _mistake(error: configparser.Error) -> IniError:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return IniError("the line is before the first [section]", error.lineno)
    if isinstance(error, configparser.DuplicateSectionError):
        text = f"[{error.section}] exists already; write all of its keys in one place"
        return IniError(text, error.lineno)
    if isinstance(error, configparser.DuplicateOptionError):
        return IniError(
            f"[{error.section}] {error.option} exists already; keep one of them, or write "
            "several values one a line, indented",
            error.lineno,
        )
    if isinstance(error, configparser.ParsingError):
        number, _ = error.errors[0]
        return IniError("the line is neither [section] nor key = value", number)
    return IniError(" ".join(str(error).split()))
