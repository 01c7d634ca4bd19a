"""``oagw archive import``: archived values from files, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

from oagw.cli.clierrors import CommandError
from oagw.cli.csvfiles import read_csv
from oagw.cli.gatewayaccess import Gateway
from oagw.cli.sampleexport import FORMATS, format_of
from oagw.cli.samplerows import SampleRows
from oagw.systems.embedded.archiveservice import SampleBatch, decode_added, encode_body

#: Problems after which a check ends, unless values with problems are left out.
MOST_PROBLEMS = 1000
#: Distinct problems that are listed; further ones are only counted.
_LISTED = 50


@dataclass(slots=True)
class ImportOutcome:
    """The result of an import, or of its check.

    :ivar count: values that can be imported.
    :ivar left_out: values that cannot.
    :ivar periods: first and last time by system and series.
    """

    count: int = 0
    left_out: int = 0
    periods: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    #: By problem: the place where it was found first, and how often it was found.
    _problems: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add_problem(self, place: str, reason: str) -> None:
        """Note a value that cannot be imported."""
        self.left_out += 1
        if reason in self._problems or len(self._problems) < _LISTED:
            first, count = self._problems.get(reason, (place, 0))
            self._problems[reason] = first, count + 1

    def add_period(self, system: str, series: int, first: int, last: int) -> None:
        """Note the period of values that can be imported."""
        begin, end = self.periods.get((system, series), (first, last))
        self.periods[system, series] = min(begin, first), max(end, last)

    def report(self) -> list[str]:
        """The problems, in lines for a person."""
        lines = [
            f"{place}: {reason}"
            + (f" (and {count - 1} more like this)" if count > 1 else "")
            for reason, (place, count) in self._problems.items()
        ]
        more = self.left_out - sum(count for _, count in self._problems.values())
        return [*lines, *([f"... and {more} more"] if more else [])]


@dataclass(frozen=True, slots=True)
class ImportPart:
    """The part of a piece that belongs to one system.

    :ivar rows: the number in the piece of each of its values.
    """

    piece: SampleBatch
    rows: Sequence[int]


def by_system(
    piece: SampleBatch, known: Collection[str], own: str
) -> dict[str, ImportPart]:
    """The parts of a piece by system; names without a known system go to the own one."""
    systems = []
    for name, _ in piece.elements:
        system = name.partition(":")[0] if ":" in name else own
        systems.append(system if system in known else own)
    if len(set(systems)) < 2:
        system = systems[0] if systems else own
        return {system: ImportPart(piece, range(len(piece.element)))}
    rows: dict[str, list[int]] = {}
    for at, element in enumerate(piece.element):
        rows.setdefault(systems[element], []).append(at)
    return {system: ImportPart(_some(piece, some), some) for system, some in rows.items()}


def _some(piece: SampleBatch, rows: Sequence[int]) -> SampleBatch:
    def some(column: Sequence[Any]) -> list[Any]:
        return [column[at] for at in rows]

    return SampleBatch(
        piece.elements,
        some(piece.element),
        some(piece.stime),
        some(piece.values),
        some(piece.status),
        piece.users,
        some(piece.user),
    )


def _reader(
    file_format: str,
) -> tuple[Callable[[Path, tzinfo | None], Iterator[SampleRows]], str]:
    """The reader of a format, and the word for a place in such a file."""
    if file_format == FORMATS[0]:
        return read_csv, "line"
    # Only now: pyarrow takes longer to import than most commands take.
    from oagw.cli.parquetfiles import read_parquet

    return read_parquet, "row"


class Importer:
    """Reads files, and sends their values to gateways.

    :param zone: the zone of times without one.
    :param gateways: by system: takes its values.
    :param own: the system of names without one.
    :param report: called with a text and the part of all files that has been read, up to 1.
    """

    def __init__(
        self,
        files: Sequence[str],
        file_format: str | None,
        zone: tzinfo | None,
        gateways: Mapping[str, Gateway],
        own: str,
        report: Callable[[str, float], None],
    ) -> None:
        self._files = [(Path(name), format_of(name, file_format)) for name in files]
        self._zone = zone
        self._gateways = gateways
        self._own = own
        self._report = report

    def check(self, keep_going: bool) -> ImportOutcome:
        """Read all files, and change nothing."""
        outcome = ImportOutcome()
        for rows, where in self._rows("checking"):
            self._send(rows, where, outcome, keep_going, check=True)
            if outcome.left_out >= MOST_PROBLEMS and not keep_going:
                break
        return outcome

    def add(self, keep_going: bool) -> ImportOutcome:
        """Import all values that can be imported.

        :raises CommandError: a value cannot, and none may be left out.
        """
        outcome = ImportOutcome()
        for rows, where in self._rows("importing"):
            self._send(rows, where, outcome, keep_going, check=False)
            if outcome.left_out and not keep_going:
                # The check before has found no problem.
                raise CommandError(
                    "\n".join([*outcome.report(), f"{outcome.count} values were imported"])
                )
        return outcome

    def replace(self, outcome: ImportOutcome) -> None:
        """Delete the values in the periods of those that were checked."""
        for system, gateway in self._gateways.items():
            periods = [
                (series, *period)
                for (of, series), period in outcome.periods.items()
                if of == system
            ]
            if periods:
                gateway("archive delete", {}, encode_body(periods))

    def _rows(self, doing: str) -> Iterator[tuple[SampleRows, str]]:
        sizes = [path.stat().st_size for path, _ in self._files]
        total = max(sum(sizes), 1)
        for number, (path, file_format) in enumerate(self._files):
            read, place = _reader(file_format)
            for rows in read(path, self._zone):
                yield rows, f"{path}, {place}"
                done = sum(sizes[:number]) + rows.share * sizes[number]
                self._report(doing, done / total)

    def _send(
        self,
        rows: SampleRows,
        where: str,
        outcome: ImportOutcome,
        keep_going: bool,
        check: bool,
    ) -> None:
        problems = list(rows.problems)
        if keep_going or check or not problems:
            options = {"keep_going": keep_going, "check": check}
            for system, part in by_system(rows.piece, self._gateways, self._own).items():
                gateway = self._gateways[system]
                answer = gateway("archive import", options, encode_body(part.piece))
                added = decode_added(answer.content)
                found = added.problems
                problems += [(rows.lines[part.rows[at]], reason) for at, reason in found]
                for period in added.periods:
                    outcome.add_period(system, *period)
                if keep_going or not found:
                    outcome.count += added.count
        for line, reason in sorted(problems):
            outcome.add_problem(f"{where} {line}", reason)
