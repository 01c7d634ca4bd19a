"""``oagw archive export``: archived values into a file, past the gateway that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from oagw.archives.snapshot import Month, Snapshot
from oagw.cli.clierrors import CommandError
from oagw.cli.csvfiles import CsvWriter
from oagw.cli.output import binary_output, output_file
from oagw.cli.samplerows import (
    Stretch,
    Writer,
)
from oagw.model.columns import Columns
from oagw.model.patterns import Pattern
from oagw.systems.embedded.known import Known, KnownElement

#: Values that are written at once, and about so many bytes of texts and the like.
_AT_ONCE = 1 << 17
_MUCH = 1 << 26
#: The file that is the standard output.
STANDARD = "-"
FORMATS = ("csv", "parquet")


@dataclass(slots=True)
class Chosen:
    """What of an archive is meant.

    :ivar open: begins to read the archive.
    :ivar patterns: of elements; none are all.
    :ivar first: from this source time (ns) on; ``last`` is up to, itself included.
    :ivar unknown: numbers that were found in the archive and belong to no element.
    """

    open: Callable[[], Snapshot]
    known: Known
    patterns: Sequence[Pattern]
    first: int
    last: int
    unknown: set[int] = field(default_factory=set)

    def months(
        self, tell: Callable[[float], None]
    ) -> Iterator[tuple[Month, list[KnownElement], Callable[[int], None]]]:
        """Each month, its elements by name, and what is told which of them is done.

        :raises OagwError: something is damaged.
        """
        snapshot = self.open()
        months = snapshot.months(self.first, self.last)
        sizes = [snapshot.size(month) for month in months]
        total = sum(sizes)
        for number, month in enumerate(months):
            before, size = sum(sizes[:number]), sizes[number]
            tell(before / total)
            with snapshot.month(month) as found:
                series = found.series(self.first, self.last)
                elements, unknown = self.known.chosen(series, self.patterns)
                self.unknown |= unknown

                def done(
                    at: int,
                    before: int = before,
                    size: int = size,
                    count: int = max(len(elements), 1),
                ) -> None:
                    tell((before + size * at / count) / total)

                yield found, elements, done

    def counts(self, tell: Callable[[float], None]) -> dict[int, int]:
        """How many values each element has, by number."""
        counts: dict[int, int] = {}
        for month, elements, done in self.months(tell):
            numbers = [one.number for one in elements]
            found = month.count(numbers, self.first, self.last)
            for number, count in found.items():
                counts[number] = counts.get(number, 0) + count
            done(len(elements))
        return counts


def format_of(file: str, given: str | None) -> str:
    """The format of a file by its ending, if none is given.

    :raises CommandError: the ending says none.
    """
    if given is not None:
        return given
    if file == STANDARD:
        return FORMATS[0]
    ending = Path(file).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise CommandError(
            f"{file}: the ending is neither .csv nor .parquet; say which with --format"
        )
    return ending


@contextmanager
def open_writer(file: str, file_format: str) -> Iterator[Writer]:
    """A writer of a file, which appears when it is whole.

    :raises CommandError: the format cannot be written there, or not all of it could.
    """
    if file == STANDARD:
        if file_format != FORMATS[0]:
            raise CommandError("standard output can only have CSV; name a file")
        writer: Writer = CsvWriter(binary_output())
        yield writer
        writer.close()
        return
    with output_file(file) as opened:
        writer = _make_writer(file_format)(opened)
        yield writer
        writer.close()


def _make_writer(file_format: str) -> Callable[[IO[bytes]], Writer]:
    if file_format == FORMATS[0]:
        return CsvWriter
    # Only now: pyarrow takes longer to import than most commands take.
    from oagw.cli.parquetfiles import ParquetWriter

    return ParquetWriter


def export(
    chosen: Chosen, writer: Writer, system: str, tell: Callable[[float], None]
) -> tuple[int, int]:
    """Write what is chosen: by month, in it by names of elements, of one by time.

    Returns how many values of how many elements there were.
    :raises OagwError: something is damaged.
    """
    writer.users = chosen.known.users
    batch = _Batch(writer)
    written: set[int] = set()
    for month, elements, done in chosen.months(tell):
        places = {one.number: at for at, one in enumerate(elements)}
        for series, columns in month.read(list(places), chosen.first, chosen.last):
            element = elements[places[series]]
            written.add(series)
            if batch.add(Stretch(f"{system}:{element.name}", element.type, columns)):
                done(places[series])
    batch.write()
    return batch.count, len(written)


class _Batch:
    """Gathers what is written at once."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._waiting: list[Stretch] = []
        self._values = self._size = 0
        self.count = 0

    def add(self, stretch: Stretch) -> bool:
        """Have something written some time; whether it has been now."""
        self._waiting.append(stretch)
        self._values += len(stretch.columns)
        self._size += _size(stretch.columns)
        if self._values < _AT_ONCE and self._size < _MUCH:
            return False
        self.write()
        return True

    def write(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._writer.write(self._waiting)
        self.count += self._values
        self._waiting, self._values, self._size = [], 0, 0


def _size(columns: Columns) -> int:
    """About the bytes of what is no number."""
    others = columns.others or ()
    return sum(len(one) for one in others if isinstance(one, str | bytes | list | dict))
