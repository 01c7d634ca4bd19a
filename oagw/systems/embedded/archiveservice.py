"""Adds samples to the archive of a system from outside, and deletes samples."""

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


class SampleBatch(msgspec.Struct, array_like=True, gc=False):
    """Samples to be archived, in columns.

    :ivar elements: the name of each element, and the keyword of the type that its values
        had; an empty keyword is the present type of the element.
    :ivar element: the element of each sample, as an index into ``elements``.
    :ivar stime: source times in ns.
    :ivar values: numbers, or texts in the form of :mod:`oagw.model.texts`.
    :ivar status: the 64 status bits.
    :ivar users: the name of each user, and the number of a user without a known name.
    :ivar user: the user of each sample, as an index into ``users``.
    """

    elements: list[tuple[str, str]]
    element: list[int]
    stime: list[int]
    values: list[bool | int | float | str]
    status: list[int]
    users: list[tuple[str, int]]
    user: list[int]


#: Series, first and last time in ns, both included.
SeriesPeriod: TypeAlias = tuple[int, int, int]


class BatchResult(msgspec.Struct, array_like=True, gc=False):
    """The result for a batch.

    :ivar count: the number of good samples.
    :ivar problems: the index of each bad sample, and the reason.
    :ivar periods: the period of the good samples of each series; only of a check.
    """

    count: int
    problems: list[tuple[int, str]]
    periods: list[SeriesPeriod]


_Given: TypeAlias = bool | int | float | str
_Read: TypeAlias = Callable[[_Given], Value]
#: Series, source time, value, status, and the index of the user in the batch.
_Row: TypeAlias = tuple[int, int, Value, int, int]

#: Encodes a request or a reply.
encode_body = msgspec.msgpack.Encoder().encode
_decode_batch = msgspec.msgpack.Decoder(SampleBatch).decode
decode_count = msgspec.msgpack.Decoder(int).decode
decode_added = msgspec.msgpack.Decoder(BatchResult).decode
_decode_periods = msgspec.msgpack.Decoder(list[SeriesPeriod]).decode


@dataclass(frozen=True, slots=True)
class _Target:
    """The series of an element, and the conversion of its values."""

    name: str
    series: int
    read: _Read


@dataclass(slots=True)
class _Checked:
    """The good samples and the problems of a batch."""

    users: list[tuple[str, int]]
    rows: list[_Row] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    periods: list[SeriesPeriod] = field(default_factory=list)


class ArchiveService:
    """Adds samples to the archive of an embedded system, and deletes samples.

    :param services: those of the system.
    """

    def __init__(
        self, system: EmbeddedSystem, archive: IArchive, services: Services
    ) -> None:
        self._system = system
        self._archive = archive
        self._services = services

    async def add(self, content: bytes, keep_going: bool, only_check: bool) -> BatchResult:
        """Archive the samples of a batch; ends when they are durable.

        A bad sample refuses the whole batch, unless ``keep_going`` is set.

        :param content: an encoded :class:`SampleBatch`.
        :param only_check: archive nothing.
        :raises OagwError: the samples could not be made durable.
        """
        offload = self._services.offload
        checked = await offload(lambda: self._checked(content, only_check))
        assert isinstance(checked, _Checked)
        added = BatchResult(len(checked.rows), checked.problems, checked.periods)
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
        """Read and check a batch; it changes nothing, so it may run in a thread."""
        batch = _decode_batch(content)
        checked = _Checked(batch.users)
        targets = [self._target(*one) for one in batch.elements]
        rows = zip(
            batch.element, batch.stime, batch.values, batch.status, batch.user, strict=True
        )
        for at, (element, stime, given, status, user) in enumerate(rows):
            target = targets[element]
            if isinstance(target, str):
                checked.problems.append((at, target))
            elif not 0 <= stime <= LAST:
                checked.problems.append((at, "the time is not between 1970 and 2262"))
            elif not 0 <= status < _WORD:
                checked.problems.append(
                    (at, f"the status {status} does not fit in 64 bits")
                )
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
        """The target of an element's samples, or why there is none."""
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
            return f"'{keyword}' is not an element type"
        return _Target(name, element.number, self._reader(given, kind))

    def _reader(self, given: ElementType, kind: ElementType) -> _Read:
        """A conversion of values in a batch, given as one type, to another type."""
        zone = self._services.zone

        def read(value: _Given) -> Value:
            if type(value) is str:
                return read_text(value, given, zone)
            return convert(value, given, zone)

        def read_float(value: _Given) -> Value:
            # Most values are floats, and this is the fastest test for most of their texts.
            if type(value) is str and _FLOAT(value):
                return float(value)
            return value if type(value) is float and isfinite(value) else read(value)

        if given is kind:
            return read_float if kind is ElementType.FLOAT else read
        return lambda value: convert(to_wire(read(value), given), kind, zone)

    async def delete(self, content: bytes) -> int:
        """Delete samples; returns their number when the deletion is durable.

        :param content: an encoded list of :data:`SeriesPeriod`.
        :raises OagwError: the deletion could not be made durable.
        """
        periods = await self._services.offload(lambda: _by_series(content))
        assert isinstance(periods, dict)
        return await self._archive.delete_periods(periods)

    async def compact(self) -> None:
        """Compact the archive; ends when that is done.

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


def _periods(rows: Sequence[_Row]) -> list[SeriesPeriod]:
    found: dict[int, tuple[int, int]] = {}
    for series, stime, *_ in rows:
        first, last = found.get(series, (stime, stime))
        found[series] = min(first, stime), max(last, stime)
    return [(series, *period) for series, period in found.items()]
