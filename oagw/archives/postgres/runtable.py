"""Partitions and their runs in the database, whatever the runs are made of."""

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
    """The runs of a partition.

    :ivar replaced: those of which others have the samples.
    """

    runs: tuple[Run, ...]
    replaced: tuple[Run, ...]


def stored_runs(connection: Connection, partitions: Sequence[int]) -> dict[int, StoredRuns]:
    """The runs of some partitions, in the order of arrival."""
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
    """Add a run; gives it with the id that it has got.

    :param numbers: of rows: the first and the last.
    """
    values = (partition, run.position, run.samples, run.first, run.last, run.size)
    [row] = connection.execute(_INSERT, (*values, *numbers)).fetchall()
    return Run(*row)


def replace(connection: Connection, runs: Sequence[Run], by: Run) -> None:
    """Note that another run has the samples of some."""
    numbers = [run.id for run in runs]
    connection.execute(
        "UPDATE run SET replaced_by = %s WHERE id = ANY(%s)", (by.id, numbers)
    )


def note_sealed(connection: Connection, partition: int, batch: int) -> None:
    """Note up to which batch the partition has what belongs to it."""
    connection.execute("UPDATE partition SET batch = %s WHERE id = %s", (batch, partition))


def remove(connection: Connection, partition: int) -> None:
    """Remove a partition that has nothing any more but its runs."""
    parameters: tuple[Any, ...] = (partition,)
    connection.execute("DELETE FROM run WHERE partition = %s", parameters)
    connection.execute("DELETE FROM partition WHERE id = %s", parameters)
