"""Keys of the configuration: a field each, with its default and what reads its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oagw.errors import OagwError
from oagw.model.identifiers import check_datapoint
from oagw.model.patterns import compile_pattern


class PathKey:
    """Marks keys whose value is a path: relative ones belong to the file's directory."""


class PathsKey:
    """Marks keys whose value is a list of paths, one a line."""


#: Makes of a text what the code uses; a ValueError says what would be right.
Reader: TypeAlias = Callable[[str], Any]

_BOOLEANS = {"1": True, "yes": True, "true": True, "on": True} | {
    "0": False,
    "no": False,
    "false": False,
    "off": False,
}


def key(default: str, reader: Reader | type[PathKey] | type[PathsKey]) -> Any:
    """A field of a section."""
    return field(metadata={"default": default, "reader": reader})


def boolean(text: str) -> bool:
    """``yes`` or ``no``.

    :raises ValueError: it is neither.
    """
    if text.lower() not in _BOOLEANS:
        raise ValueError("must be yes or no")
    return _BOOLEANS[text.lower()]


def count(text: str) -> int:
    """A whole number, 1 or more.

    :raises ValueError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number, 1 or more")
    return int(text)


def zone(text: str) -> tzinfo | None:
    """A time zone; ``None`` is the machine's own.

    :raises ValueError: there is no such zone.
    """
    if text == "local":
        return None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be local, UTC or a zone as in Europe/Vienna") from error


def lines(text: str) -> tuple[str, ...]:
    """One value a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def patterns(text: str) -> tuple[str, ...]:
    """Patterns of elements, one a line.

    :raises ValueError: one is no pattern.
    """
    found = lines(text)
    for line in found:
        try:
            compile_pattern(line)
        except OagwError as error:
            raise ValueError(f"must be patterns, one a line: {error}") from error
    return found


def choice(*known: str) -> Reader:
    """One of several words.

    :raises ValueError: when it reads another.
    """

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return read


def system_name(text: str) -> str:
    """The name of a system.

    :raises ValueError: it cannot be one.
    """
    try:
        check_datapoint(text, text)
    except OagwError as error:
        raise ValueError("must be a name without any of . : , ; * ? [ ] { } $ @") from error
    return text
