"""``oagw archive export``: archived values to a file, read beside a running gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from oagw.archives.reading.snapshot import MonthSnapshot, Snapshot
from oagw.cli.clierrors import CommandError
from oagw.cli.csvfiles import CsvWriter
from oagw.cli.output import binary_output, output_file
from oagw.cli.samplerows import SampleWriter, Stretch
from oagw.model.columns import Columns
from oagw.model.patterns import Pattern
from oagw.systems.embedded.namesnapshot import (
    NamedElement,
    NamesSnapshot,
)

#: Values that are written at once, and about how many bytes of texts, at most.
_AT_ONCE = 1 << 17
_MUCH = 1 << 26
#: The name of standard output.
STANDARD = "-"
FORMATS = ("csv", "parquet")


@dataclass(slots=True)
class Chosen:
    """The values of an archive that a command is for.

    :ivar open: opens a snapshot of the archive.
    :ivar patterns: of elements; without patterns all elements.
    :ivar first: the first source time in ns; ``last`` is the last one.
    :ivar unknown: numbers of series in the archive that belong to no element.
    """

    open: Callable[[], Snapshot]
    known: NamesSnapshot
    patterns: Sequence[Pattern]
    first: int
    last: int
    unknown: set[int] = field(default_factory=set)

    def months(
        self, report: Callable[[float], None]
    ) -> Iterator[tuple[MonthSnapshot, list[NamedElement], Callable[[int], None]]]:
        """Each month, its elements by name, and a function to report how many are done.

        :raises OagwError: a file is damaged.
        """
        snapshot = self.open()
        months = snapshot.months(self.first, self.last)
        sizes = [snapshot.size(month) for month in months]
        total = sum(sizes)
        for number, month in enumerate(months):
            before, size = sum(sizes[:number]), sizes[number]
            report(before / total)
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
                    report((before + size * at / count) / total)

                yield found, elements, done

    def counts(self, report: Callable[[float], None]) -> dict[int, int]:
        """The number of values of each element, by the element's number."""
        counts: dict[int, int] = {}
        for month, elements, done in self.months(report):
            numbers = [one.number for one in elements]
            found = month.count(numbers, self.first, self.last)
            for number, count in found.items():
                counts[number] = counts.get(number, 0) + count
            done(len(elements))
        return counts


def format_of(file: str, given: str | None) -> str:
    """The given format, or the one of the file's ending.

    :raises CommandError: the ending is not that of a format.
    """
    if given is not None:
        return given
    if file == STANDARD:
        return FORMATS[0]
    ending = Path(file).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise CommandError(f"{file}: the ending is neither .csv nor .parquet; use --format")
    return ending


@contextmanager
def open_writer(file: str, file_format: str) -> Iterator[SampleWriter]:
    """A writer of a file, which is replaced when it is complete.

    :raises CommandError: the format is not possible, or the file could not be written.
    """
    if file == STANDARD:
        if file_format != FORMATS[0]:
            raise CommandError(
                "standard output can only be CSV; name a file for another format"
            )
        writer: SampleWriter = CsvWriter(binary_output())
        yield writer
        writer.close()
        return
    with output_file(file) as opened:
        writer = _make_writer(file_format)(opened)
        yield writer
        writer.close()


def _make_writer(file_format: str) -> Callable[[IO[bytes]], SampleWriter]:
    if file_format == FORMATS[0]:
        return CsvWriter
    # Only now: pyarrow takes longer to import than most commands take.
    from oagw.cli.parquetfiles import ParquetWriter

    return ParquetWriter


def export(
    chosen: Chosen, writer: SampleWriter, system: str, report: Callable[[float], None]
) -> tuple[int, int]:
    """Write the chosen values by month, then by name of the element, then by time.

    :returns: the number of values, and of elements.
    :raises OagwError: a file is damaged.
    """
    writer.users = chosen.known.users
    batch = _Batch(writer)
    written: set[int] = set()
    for month, elements, done in chosen.months(report):
        places = {one.number: at for at, one in enumerate(elements)}
        for series, columns in month.read(list(places), chosen.first, chosen.last):
            element = elements[places[series]]
            written.add(series)
            if batch.add(Stretch(f"{system}:{element.name}", element.type, columns)):
                done(places[series])
    batch.write()
    return batch.count, len(written)


class _Batch:
    """Collects values that are written at once."""

    def __init__(self, writer: SampleWriter) -> None:
        self._writer = writer
        self._waiting: list[Stretch] = []
        self._values = self._size = 0
        self.count = 0

    def add(self, stretch: Stretch) -> bool:
        """Add values; returns whether the batch has been written."""
        self._waiting.append(stretch)
        self._values += len(stretch.columns)
        self._size += _size(stretch.columns)
        if self._values < _AT_ONCE and self._size < _MUCH:
            return False
        self.write()
        return True

    def write(self) -> None:
        """Write the values of the batch."""
        if self._waiting:
            self._writer.write(self._waiting)
        self.count += self._values
        self._waiting, self._values, self._size = [], 0, 0


def _size(columns: Columns) -> int:
    """About the bytes of values that are not numbers."""
    others = columns.others or ()
    return sum(len(one) for one in others if isinstance(one, str | bytes | list | dict))
