"""Keys of the configuration: fields with a default text, and readers of such texts.

A reader makes of a text the value that the code uses. If it cannot, it raises a ValueError
that says what would be right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oagw.config.quantities import duration
from oagw.errors import OagwError
from oagw.model.identifiers import check_datapoint
from oagw.model.patterns import compile_pattern


class PathKey:
    """Marks keys whose value is a path; a relative one starts at the file's directory."""


class PathsKey:
    """Marks keys whose value is a list of paths, one a line."""


#: Makes a value of a text, or raises a ValueError.
Reader: TypeAlias = Callable[[str], Any]

_BOOLEANS = {"1": True, "yes": True, "true": True, "on": True} | {
    "0": False,
    "no": False,
    "false": False,
    "off": False,
}


def key(
    default: str,
    reader: Reader | type[PathKey] | type[PathsKey],
    *,
    is_secret: bool = False,
) -> Any:
    """A field of a section.

    :param default: its text unless the configuration gives one.
    :param is_secret: errors do not show its text.
    """
    return field(metadata={"default": default, "reader": reader, "is_secret": is_secret})


def boolean(text: str) -> bool:
    """``yes`` or ``no``, or one of their synonyms: 1, true, on; 0, false, off.

    :raises ValueError: it is neither.
    """
    if text.lower() not in _BOOLEANS:
        raise ValueError("must be yes or no")
    return _BOOLEANS[text.lower()]


def count(text: str) -> int:
    """A whole number, at least 1.

    :raises ValueError: it is not.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number, 1 or more")
    return int(text)


def positive_duration(text: str) -> float:
    """Seconds of a duration such as ``10s``.

    :raises ValueError: it is not a duration, or it is 0.
    """
    seconds = duration(text)
    if seconds <= 0:
        raise ValueError("must be more than 0")
    return seconds


def zone(text: str) -> tzinfo | None:
    """A time zone; ``None`` is the zone of the machine.

    :raises ValueError: the zone is unknown.
    """
    if text == "local":
        return None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be local, UTC or a zone such as Europe/Vienna") from error


def lines(text: str) -> tuple[str, ...]:
    """One value a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def patterns(text: str) -> tuple[str, ...]:
    """Patterns of elements, one a line.

    :raises ValueError: a line is not a pattern.
    """
    found = lines(text)
    for line in found:
        try:
            compile_pattern(line)
        except OagwError as error:
            raise ValueError(f"must be patterns, one a line: {error}") from error
    return found


def choice(*known: str) -> Reader:
    """A reader of one of several words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return text

    return read


def system_name(text: str) -> str:
    """The name of a system.

    :raises ValueError: it has a character that names cannot have.
    """
    try:
        check_datapoint(text, text)
    except OagwError as error:
        raise ValueError("must be a name without any of . : , ; * ? [ ] { } $ @") from error
    return text
