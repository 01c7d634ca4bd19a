"""Ini text: sections, keys, values, and the line where each of them stands."""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class IniError(Exception):
    """The text is no ini.

    :ivar line: where, if one line is to blame; the text of the error says what is wrong.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class IniSection:
    """A section.

    :ivar line: of its header, counted from 1.
    :ivar values: by key.
    :ivar lines: by key; a value of several lines begins in the line of its key.
    """

    line: int
    values: Mapping[str, str]
    lines: Mapping[str, int]


def parse_ini(text: str) -> dict[str, IniSection]:
    """Read ini text; sections and keys are in its order.

    :raises IniError: it cannot be read.
    """
    # Patterns are keys: they keep their case and may have a colon.
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
    """The line of each section, whose key is empty here, and of each key.

    A line that is indented more than the key above it belongs to that key's value.
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
        return IniError("there is no [section] above this line", error.lineno)
    if isinstance(error, configparser.DuplicateSectionError):
        text = f"[{error.section}] is there already; write its keys in one place"
        return IniError(text, error.lineno)
    if isinstance(error, configparser.DuplicateOptionError):
        return IniError(
            f"[{error.section}] {error.option} is there already; several values are one a "
            "line, indented",
            error.lineno,
        )
    if isinstance(error, configparser.ParsingError):
        number, _ = error.errors[0]
        return IniError("it is neither [section] nor key = value", number)
    return IniError(" ".join(str(error).split()))
