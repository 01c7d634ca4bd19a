"""The tables of partitions and runs, which both layouts use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oagw.archives.postgres.database import Connection
from oagw.archives.sealed.partitions import Run

_COLUMNS = "id, position, samples, first, last, size"
_RUNS = (
    "SELECT partition, replaced_by IS NOT NULL, id, position, samples, first, last, size "
    "FROM run WHERE partition = ANY(%s) ORDER BY partition, position, id"
)
_INSERT = (
    "INSERT INTO run (partition, position, samples, first, last, size, low, high) "
    f"VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}"
)


@dataclass(frozen=True, slots=True)
class StoredRuns:
    """The runs of a partition, in order of arrival.

    :ivar replaced: runs that others have replaced, but that are not removed.
    """

    runs: tuple[Run, ...]
    replaced: tuple[Run, ...]


def stored_runs(connection: Connection, partitions: Sequence[int]) -> dict[int, StoredRuns]:
    """The runs of partitions, by the number of the partition."""
    found: dict[int, tuple[list[Run], list[Run]]] = {one: ([], []) for one in partitions}
    for partition, is_replaced, *row in connection.execute(_RUNS, (list(partitions),)):
        found[partition][is_replaced].append(Run(*row))
    return {
        one: StoredRuns(tuple(runs), tuple(replaced))
        for one, (runs, replaced) in found.items()
    }


def insert_run(
    connection: Connection,
    partition: int,
    run: Run,
    numbers: tuple[int, int] = (0, 0),
) -> Run:
    """Add a run; returns it with its id.

    :param numbers: the numbers of its first and its last row, in layout ``rows``.
    """
    values = (partition, run.position, run.samples, run.first, run.last, run.size)
    [row] = connection.execute(_INSERT, (*values, *numbers)).fetchall()
    return Run(*row)


def replace(connection: Connection, runs: Sequence[Run], by: Run) -> None:
    """Mark runs as replaced by another run."""
    numbers = [run.id for run in runs]
    connection.execute(
        "UPDATE run SET replaced_by = %s WHERE id = ANY(%s)", (by.id, numbers)
    )


def note_sealed(connection: Connection, partition: int, batch: int) -> None:
    """Write the last batch of the hot store that is sealed in a partition."""
    connection.execute("UPDATE partition SET batch = %s WHERE id = %s", (batch, partition))


def remove(connection: Connection, partition: int) -> None:
    """Remove a partition whose samples are removed already, and its runs."""
    parameters: tuple[Any, ...] = (partition,)
    connection.execute("DELETE FROM run WHERE partition = %s", parameters)
    connection.execute("DELETE FROM partition WHERE id = %s", parameters)
