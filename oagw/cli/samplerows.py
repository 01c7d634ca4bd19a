"""Rows of files with archived values, whatever the format: what is written and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from itertools import repeat
from typing import Any, Protocol

import numpy as np

from oagw.cli.clierrors import CommandError
from oagw.errors import OagwError
from oagw.model import status
from oagw.model.columns import Columns
from oagw.model.dptypes import ElementType
from oagw.model.times import parse_time_text
from oagw.systems.embedded.archiveservice import Piece

#: What a file must have of each value.
NEEDED = ("element", "time", "value")
#: Rows that are read at once, and about so many characters of values.
AT_ONCE = 1 << 14
MUCH = 1 << 23

#: The user of values of which the file says none.
ROOT_NUMBER = 0
#: A time with ns as it is written, and the years of which numpy reads any time.
_ISO_LENGTH = len("2026-01-31T23:59:59.999999999Z")
_FIRST_YEAR, _LATER_YEAR = "1970", "2262"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples of one element to be written.

    :ivar name: complete, with the system.
    """

    name: str
    type: ElementType
    columns: Columns


class Writer(Protocol):
    """Writes a file of values.

    :ivar users: names by number, of what is written next.
    """

    users: Mapping[int, str]

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Write values in the order that is given, never none of them."""

    def close(self) -> None:
        """All is written."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a file.

    :ivar piece: what could be read.
    :ivar lines: where in the file each value of it is.
    :ivar problems: where something could not be read, and what.
    :ivar share: how much of the file has been read by then, 1 is all.
    """

    piece: Piece
    lines: Sequence[int]
    problems: Sequence[tuple[int, str]]
    share: float


def check_names(names: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a file of other columns.

    :raises CommandError: one is missing, unknown or there twice.
    """
    columns = f"the columns are {', '.join(known)}; {', '.join(NEEDED)} must be there"
    for name in names:
        if name not in known:
            raise CommandError(f"it has a column '{name}', which means nothing; {columns}")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise CommandError(f"it has no column '{missing[0]}'; {columns}")
    if len(set(names)) < len(names):
        raise CommandError(f"it has a column twice; {columns}")


def rows_of(
    columns: Mapping[str, Sequence[Any]],
    lines: Sequence[int],
    zone: tzinfo | None,
    share: float,
) -> Rows:
    """Rows of columns by their names, of which some may be missing.

    :param columns: values are texts or numbers, times ns or texts.
    :param zone: the zone of times without one.
    """
    problems: dict[int, str] = {}
    count = len(lines)
    stime = list(_times(columns["time"], zone, problems))
    words = _whole(columns.get("status"), count, status.NORMAL, problems)
    numbers = _whole(columns.get("user_number"), count, ROOT_NUMBER, problems)
    values = columns["value"]
    for at, value in enumerate(values) if None in values else ():
        if value is None:
            problems[at] = "there is no value"
    elements, element = _numbered(columns["element"], columns.get("type"))
    users, user = _numbered(columns.get("user"), numbers)
    told = [(lines[at], problem) for at, problem in sorted(problems.items())]
    columns_left: list[Sequence[Any]] = [element, stime, values, words, user, lines]
    if problems:
        good = [at for at in range(count) if at not in problems]
        columns_left = [[one[at] for at in good] for one in columns_left]
    element, stime, values, words, user = map(list, columns_left[:-1])
    piece = Piece(elements, element, stime, values, words, users, user)
    lines = columns_left[-1]
    return Rows(piece, lines, told, share)


def _numbered(
    names: Sequence[Any] | None, others: Sequence[Any] | None
) -> tuple[list[tuple[Any, Any]], list[int]]:
    """The different pairs, and which of them each row has."""
    known: dict[tuple[Any, Any], int] = {}
    pairs = zip(_texts(names), _texts(others), strict=False)
    places = [known.setdefault(pair, len(known)) for pair in pairs]
    return list(known), places


def _texts(column: Sequence[Any] | None) -> Iterable[Any]:
    """Nothing is the empty text."""
    if column is None:
        return repeat("")
    return ("" if one is None else one for one in column) if None in column else column


def _times(
    given: Sequence[Any], zone: tzinfo | None, problems: dict[int, str]
) -> Iterator[int]:
    texts = given if all(type(one) is str for one in given) else None
    if texts and all(len(one) == _ISO_LENGTH and one[-1] == "Z" for one in texts):
        usual = min(texts) >= _FIRST_YEAR and max(texts) < _LATER_YEAR
        # As it is written by an export: all at once.
        with suppress(ValueError):
            if usual:
                moments = np.array([one[:-1] for one in texts], "M8[ns]")
                return iter(moments.astype(np.int64).tolist())
    return (_time(one, at, zone, problems) for at, one in enumerate(given))


def _time(given: object, at: int, zone: tzinfo | None, problems: dict[int, str]) -> int:
    """A time in ns: as such, ISO 8601, or a text of ms since the epoch."""
    if isinstance(given, int):
        return given
    if not isinstance(given, str):
        problems[at] = "there is no time"
        return 0
    try:
        return parse_time_text(given, zone)
    except OagwError as error:
        problems[at] = error.message
        return 0


def _whole(
    given: Sequence[Any] | None, count: int, usual: int, problems: dict[int, str]
) -> list[int]:
    """Whole numbers; nothing is the usual one."""
    if given is None:
        return [usual] * count
    known: dict[Any, int] = {None: usual, "": usual}
    wrong = set()
    for one in set(given) - set(known):
        try:
            known[one] = int(one)
        except ValueError:
            known[one] = usual
            wrong.add(one)
    for at, one in enumerate(given) if wrong else ():
        if one in wrong:
            problems[at] = f"'{one}' is no whole number"
    return [known[one] for one in given]
