"""Changing the archive from outside: values into it and out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeAlias

import msgspec

from oagw.errors import OagwError
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
from oagw.model.dptypes import BY_KEYWORD, ElementType
from oagw.model.samples import Sample
from oagw.model.texts import read_text
from oagw.model.times import LAST
from oagw.model.values import Value, convert, to_wire
from oagw.systems.embedded.system import EmbeddedSystem

_WORD = 1 << 64
#: Floats that are finite whatever their digits.
_FLOAT = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII).fullmatch


class Piece(msgspec.Struct, array_like=True, gc=False):
    """Values to be archived, a column for each of their parts.

    :ivar elements: names, and the keywords of the types that the values had; the empty
        text is the type that the element has now.
    :ivar element: of each value, which of the elements has it.
    :ivar stime: source times in ns.
    :ivar values: numbers, or texts as :mod:`oagw.model.texts` has them.
    :ivar status: the 64 bits.
    :ivar users: names, and numbers for those of which the name is not known (empty).
    :ivar user: of each value, which of the users has set it.
    """

    elements: list[tuple[str, str]]
    element: list[int]
    stime: list[int]
    values: list[bool | int | float | str]
    status: list[int]
    users: list[tuple[str, int]]
    user: list[int]


#: Series, first and last time in ns, both included.
Period: TypeAlias = tuple[int, int, int]


class Added(msgspec.Struct, array_like=True, gc=False):
    """What has become of a piece.

    :ivar count: so many values are good.
    :ivar problems: which value of the piece is not, and why.
    :ivar periods: from when to when each series has good ones; only of a check.
    """

    count: int
    problems: list[tuple[int, str]]
    periods: list[Period]


_Given: TypeAlias = bool | int | float | str
_Read: TypeAlias = Callable[[_Given], Value]
#: Series, source time, value, status, and which of the piece's users.
_Row: TypeAlias = tuple[int, int, Value, int, int]

#: Makes the content of a request, or of an answer.
encode = msgspec.msgpack.Encoder().encode
_decode_piece = msgspec.msgpack.Decoder(Piece).decode
decode_count = msgspec.msgpack.Decoder(int).decode
decode_added = msgspec.msgpack.Decoder(Added).decode
_decode_periods = msgspec.msgpack.Decoder(list[Period]).decode


@dataclass(frozen=True, slots=True)
class _Target:
    """Where values go, and what makes them fit."""

    name: str
    series: int
    read: _Read


@dataclass(slots=True)
class _Checked:
    """What is good of a piece, and what is not."""

    users: list[tuple[str, int]]
    rows: list[_Row] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)


class ArchiveService:
    """Adds values to the archive of an embedded system, and deletes some.

    :param services: those of the system.
    """

    def __init__(
        self, system: EmbeddedSystem, archive: IArchive, services: Services
    ) -> None:
        self._system = system
        self._archive = archive
        self._services = services

    async def add(self, content: bytes, keep_going: bool, only_check: bool) -> Added:
        """Archive the values of a piece; ends when they are durable.

        If one is not good none is archived, unless with ``keep_going``.

        :param content: a :class:`Piece`.
        :param only_check: archive nothing.
        :raises OagwError: they could not be made durable.
        """
        offload = self._services.offload
        checked = await offload(lambda: self._checked(content, only_check))
        assert isinstance(checked, _Checked)
        added = Added(len(checked.rows), checked.problems, checked.periods)
        if only_check or (checked.problems and not keep_going):
            return added
        users = [
            self._system.user_number(name) if name else number
            for name, number in checked.users
        ]
        samples = await offload(lambda: _samples(checked.rows, users))
        assert isinstance(samples, list)
        self._archive.check_room()
        await self._archive.append(samples, True)
        return added

    def _checked(self, content: bytes, with_periods: bool) -> _Checked:
        """Read and check a piece; in a thread, for it changes nothing."""
        piece = _decode_piece(content)
        checked = _Checked(piece.users)
        targets = [self._target(*one) for one in piece.elements]
        rows = zip(
            piece.element, piece.stime, piece.values, piece.status, piece.user, strict=True
        )
        for at, (element, stime, given, status, user) in enumerate(rows):
            target = targets[element]
            if isinstance(target, str):
                checked.problems.append((at, target))
            elif not 0 <= stime <= LAST:
                checked.problems.append((at, "the time is not between 1970 and 2262"))
            elif not 0 <= status < _WORD:
                checked.problems.append((at, f"the status {status} has no 64 bits"))
            else:
                try:
                    value = target.read(given)
                except OagwError as error:
                    checked.problems.append((at, f"'{target.name}': {error.message}"))
                    continue
                checked.rows.append((target.series, stime, value, status, user))
        if with_periods:
            checked.periods = _periods(checked.rows)
        return checked

    def _target(self, name: str, keyword: str) -> _Target | str:
        """Where values of an element go, or why they cannot."""
        system, colon, element_name = name.rpartition(":")
        if colon and system != self._system.name:
            return f"'{name}': there is no system '{system}' here"
        datapoint, _, path = element_name.partition(".")
        try:
            element = self._system.plant.element(datapoint, path, name)
        except OagwError as error:
            return error.message
        kind = element.type
        if not kind.holds_value:
            return f"'{name}' is a structure and has no value"
        given = BY_KEYWORD.get(keyword) if keyword else kind
        if given is None:
            return f"'{keyword}' is no type of elements"
        return _Target(name, element.number, self._reader(given, kind))

    def _reader(self, given: ElementType, kind: ElementType) -> _Read:
        """Makes values of a type of what a piece has as values of another type."""
        zone = self._services.zone

        def read(value: _Given) -> Value:
            if type(value) is str:
                return read_text(value, given, zone)
            return convert(value, given, zone)

        def read_float(value: _Given) -> Value:
            # Most values are floats, and most of their texts this finds out fastest.
            if type(value) is str and _FLOAT(value):
                return float(value)
            return value if type(value) is float and isfinite(value) else read(value)

        if given is kind:
            return read_float if kind is ElementType.FLOAT else read
        return lambda value: convert(to_wire(read(value), given), kind, zone)

    async def delete(self, content: bytes) -> int:
        """Delete samples; ends with their number when that is durable.

        :param content: what :func:`encode` makes of a list of :data:`Period`.
        :raises OagwError: it could not be made durable.
        """
        periods = await self._services.offload(lambda: _by_series(content))
        assert isinstance(periods, dict)
        return await self._archive.delete_periods(periods)

    async def compact(self) -> None:
        """Merge what can be merged; ends when it is done.

        :raises OagwError: it could not be done.
        """
        await self._archive.compact()


def _samples(rows: Sequence[_Row], users: Sequence[int]) -> list[tuple[int, Sample]]:
    return [
        (series, Sample(value, stime, status, users[user]))
        for series, stime, value, status, user in rows
    ]


def _by_series(content: bytes) -> dict[int, tuple[int, int]]:
    return {series: (first, last) for series, first, last in _decode_periods(content)}


def _periods(rows: Sequence[_Row]) -> list[Period]:
    found: dict[int, tuple[int, int]] = {}
    for series, stime, *_ in rows:
        first, last = found.get(series, (stime, stime))
        found[series] = min(first, stime), max(last, stime)
    return [(series, *period) for series, period in found.items()]
