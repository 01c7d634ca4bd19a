"""The names of all datapoints, sorted by both ends: what a pattern means is found fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sortedcontainers import SortedList

from oagw.model.patterns import Alternative, Pattern

_LAST_CHARACTER = "\U0010ffff"
#: Names that are looked at in less than a millisecond.
PIECE = 1000


class Piece(NamedTuple):
    """What was found among some names.

    :ivar size: how many were looked at.
    """

    meant: list[str]
    size: int


class NameIndex:
    """Names, found by pattern.

    A pattern with a literal name, a fixed beginning or a fixed end costs what it finds;
    any other goes through all names.
    """

    def __init__(self) -> None:
        self._names: SortedList[str] = SortedList()
        self._reversed: SortedList[str] = SortedList()

    def __len__(self) -> int:
        return len(self._names)

    def load(self, names: Iterable[str]) -> None:
        """Add many names at once."""
        new = {name for name in names if name not in self._names}
        self._names.update(new)
        self._reversed.update(name[::-1] for name in new)

    def add(self, name: str) -> None:
        """Add a name; one that is there already stays."""
        if name not in self._names:
            self._names.add(name)
            self._reversed.add(name[::-1])

    def remove(self, name: str) -> None:
        """Take a name out; one that is not there is none."""
        if name in self._names:
            self._names.remove(name)
            self._reversed.remove(name[::-1])

    def candidates(self, alternative: Alternative) -> list[str]:
        """Names of which some may match, by name; all that match are among them."""
        literal = alternative.literal
        if literal is not None:
            return [literal] if literal in self._names else []
        return self.between(alternative.prefix, alternative.suffix)

    def count(self, alternative: Alternative) -> int:
        """How many candidates there are."""
        literal = alternative.literal
        if literal is not None:
            return int(literal in self._names)
        return self.count_between(alternative.prefix, alternative.suffix)

    def between(self, prefix: str, suffix: str) -> list[str]:
        """Names with this beginning, or with this end if there are fewer of them."""
        first, last, ending_first, ending_last = self._ranges(prefix, suffix)
        if ending_last - ending_first < last - first:
            ending = self._reversed.islice(ending_first, ending_last)
            return sorted(name[::-1] for name in ending)
        return list(self._names.islice(first, last))

    def count_between(self, prefix: str, suffix: str) -> int:
        """How many :meth:`between` gives."""
        first, last, ending_first, ending_last = self._ranges(prefix, suffix)
        return min(last - first, ending_last - ending_first)

    def _ranges(self, prefix: str, suffix: str) -> tuple[int, int, int, int]:
        beginning = _range(self._names, prefix)
        ending = _range(self._reversed, suffix[::-1]) if suffix else (0, len(self._names))
        return *beginning, *ending

    def matching(self, pattern: Pattern) -> Iterator[tuple[str, tuple[Alternative, ...]]]:
        """Each name that is meant, once, with the alternatives that fit.

        They come in the order of the alternatives, those of one by name. The alternatives
        of two names are the same object if they are equal.
        """
        # Many alternatives differ in their elements alone: *.value.{speed,flow}.
        members = pattern.by_datapoint()
        if len(members) == 1:
            for name in self._matching(members[0][0]):
                yield name, members[0]
            return
        found: dict[str, int] = {}
        for number, group in enumerate(members):
            for name in self._matching(group[0]):
                found[name] = found.get(name, 0) | 1 << number
        fitting: dict[int, tuple[Alternative, ...]] = {}
        for name, numbers in found.items():
            if numbers not in fitting:
                fitting[numbers] = tuple(
                    one for number in bits(numbers) for one in members[number]
                )
            yield name, fitting[numbers]

    def _matching(self, one: Alternative) -> list[str]:
        return _meant(one, self.candidates(one))

    def matching_pieces(self, one: Alternative) -> Iterator[Piece]:
        """The names that an alternative means, from piece to piece of the candidates.

        They come in no order. Names may come and go between two pieces.
        """
        if one.literal is not None:
            candidates = self.candidates(one)
            yield Piece(_meant(one, candidates), len(candidates))
            return
        first, last, ending_first, ending_last = self._ranges(one.prefix, one.suffix)
        names, beginning = self._names, one.prefix
        is_reversed = ending_last - ending_first < last - first
        if is_reversed:
            names, beginning = self._reversed, one.suffix[::-1]
        start, is_first, size = beginning, True, PIECE
        while size == PIECE:
            following = names.irange(start, inclusive=(is_first, True))
            piece = [
                name for name in islice(following, PIECE) if name.startswith(beginning)
            ]
            size = len(piece)
            if piece:
                start, is_first = piece[-1], False
            candidates = [name[::-1] for name in piece] if is_reversed else piece
            yield Piece(_meant(one, candidates), size)


def _meant(one: Alternative, candidates: list[str]) -> list[str]:
    """The names that an alternative means; see ``Alternative.matches_datapoint``."""
    fullmatch, middle = one.datapoint.fullmatch, one.middle
    if one.internal:
        return [name for name in candidates if fullmatch(name)]
    if middle in (one.prefix, one.suffix):
        return [name for name in candidates if fullmatch(name) and name[:1] != "_"]
    # Looking for a text is faster than any regular expression.
    return [
        name
        for name in candidates
        if middle in name and fullmatch(name) and name[:1] != "_"
    ]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _range(names: SortedList[str], beginning: str) -> tuple[int, int]:
    """Where the names with a beginning stand: from the first to before the last number."""
    first = names.bisect_left(beginning)
    # What comes after all of them: the last character that has a next one is that.
    kept = beginning.rstrip(_LAST_CHARACTER)
    if not kept:
        return first, len(names)
    return first, names.bisect_left(kept[:-1] + chr(ord(kept[-1]) + 1))
