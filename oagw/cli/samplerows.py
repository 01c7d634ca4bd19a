"""Rows of files with archived values, in any format."""

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
from oagw.systems.embedded.archiveservice import SampleBatch

#: The columns that a file must have.
NEEDED = ("element", "time", "value")
#: Rows that are read at once, and about how many characters of values, at most.
AT_ONCE = 1 << 14
MUCH = 1 << 23

#: The user of values in a file without users.
ROOT_NUMBER = 0
#: Characters of a time with ns, and the years in which numpy can read any time.
_ISO_LENGTH = len("2026-01-31T23:59:59.999999999Z")
_FIRST_YEAR, _LATER_YEAR = "1970", "2262"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples of an element, to be written.

    :ivar name: of the element, with its system.
    """

    name: str
    type: ElementType
    columns: Columns


class SampleWriter(Protocol):
    """Writes values to a file.

    :ivar users: names of users by number, for the values that are written next.
    """

    users: Mapping[int, str]

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Write values in the given order; at least one."""

    def close(self) -> None:
        """End the file, after the last value."""


@dataclass(frozen=True, slots=True)
class SampleRows:
    """Some rows of a file.

    :ivar piece: the values that could be read.
    :ivar lines: the line of each of these values.
    :ivar problems: line and reason of each row that could not be read.
    :ivar share: the part of the file that has been read by then, up to 1.
    """

    piece: SampleBatch
    lines: Sequence[int]
    problems: Sequence[tuple[int, str]]
    share: float


def check_names(names: Sequence[str], known: Sequence[str]) -> None:
    """Check the columns of a file.

    :raises CommandError: a column is missing, unknown or a duplicate.
    """
    columns = f"the columns are {', '.join(known)}; {', '.join(NEEDED)} are required"
    for name in names:
        if name not in known:
            raise CommandError(f"the column '{name}' is unknown; {columns}")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise CommandError(f"the column '{missing[0]}' is missing; {columns}")
    if len(set(names)) < len(names):
        raise CommandError(f"a column is there twice; {columns}")


def rows_of(
    columns: Mapping[str, Sequence[Any]],
    lines: Sequence[int],
    zone: tzinfo | None,
    share: float,
) -> SampleRows:
    """Rows from columns, by their names; optional columns may be missing.

    :param columns: values are texts or numbers, times are ns or texts.
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
            problems[at] = "the value is missing"
    elements, element = _numbered(columns["element"], columns.get("type"))
    users, user = _numbered(columns.get("user"), numbers)
    read_problems = [(lines[at], problem) for at, problem in sorted(problems.items())]
    columns_left: list[Sequence[Any]] = [element, stime, values, words, user, lines]
    if problems:
        good = [at for at in range(count) if at not in problems]
        columns_left = [[one[at] for at in good] for one in columns_left]
    element, stime, values, words, user = map(list, columns_left[:-1])
    piece = SampleBatch(elements, element, stime, values, words, users, user)
    lines = columns_left[-1]
    return SampleRows(piece, lines, read_problems, share)


def _numbered(
    names: Sequence[Any] | None, others: Sequence[Any] | None
) -> tuple[list[tuple[Any, Any]], list[int]]:
    """The distinct pairs, and the number of the pair of each row."""
    known: dict[tuple[Any, Any], int] = {}
    pairs = zip(_texts(names), _texts(others), strict=False)
    places = [known.setdefault(pair, len(known)) for pair in pairs]
    return list(known), places


def _texts(column: Sequence[Any] | None) -> Iterable[Any]:
    """The texts of a column; a missing text is empty."""
    if column is None:
        return repeat("")
    return ("" if one is None else one for one in column) if None in column else column


def _times(
    given: Sequence[Any], zone: tzinfo | None, problems: dict[int, str]
) -> Iterator[int]:
    texts = given if all(type(one) is str for one in given) else None
    if texts and all(len(one) == _ISO_LENGTH and one[-1] == "Z" for one in texts):
        usual = min(texts) >= _FIRST_YEAR and max(texts) < _LATER_YEAR
        # Times as an export writes them are read all at once.
        with suppress(ValueError):
            if usual:
                moments = np.array([one[:-1] for one in texts], "M8[ns]")
                return iter(moments.astype(np.int64).tolist())
    return (_time(one, at, zone, problems) for at, one in enumerate(given))


def _time(given: object, at: int, zone: tzinfo | None, problems: dict[int, str]) -> int:
    """A time in ns, from ns, ISO 8601, or a text of ms since the epoch."""
    if isinstance(given, int):
        return given
    if not isinstance(given, str):
        problems[at] = "the time is missing"
        return 0
    try:
        return parse_time_text(given, zone)
    except OagwError as error:
        problems[at] = error.message
        return 0


def _whole(
    given: Sequence[Any] | None, count: int, usual: int, problems: dict[int, str]
) -> list[int]:
    """Whole numbers; a missing one is the usual one."""
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
            problems[at] = f"'{one}' is not a whole number"
    return [known[one] for one in given]
