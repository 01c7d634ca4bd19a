"""What partitions in the database have in common, whatever their runs are made of."""

from __future__ import annotations

from oagw.archives.blocks.months import text_of
from oagw.archives.postgres.database import Database
from oagw.archives.postgres.elementnames import ElementNames
from oagw.archives.postgres.runtable import StoredRuns
from oagw.archives.postgres.writeconnection import WriteConnection
from oagw.archives.sealed.partitions import PartitionKey, Run


class PostgresPartition:
    """See :class:`oagw.archives.sealed.partitions.Partition`.

    :param number: the partition's in the database.
    :param period: the first time (ns) that belongs to it, and the first that does not.
    """

    def __init__(
        self,
        number: int,
        name: str,
        period: tuple[int, int],
        database: Database,
        writer: WriteConnection,
        elements: ElementNames,
    ) -> None:
        self.start, self.end = period
        self.runs: tuple[Run, ...] = ()
        self.replaced: tuple[Run, ...] = ()
        self.sealed = 0
        self.owner = writer.identity
        self._id = number
        self._name = name
        self._database = database
        self._writer = writer
        self._elements = elements
        self._last: Run | None = None

    def note(self, known: StoredRuns, batch: int) -> None:
        """What the database has of it."""
        self.runs, self.replaced, self.sealed = known.runs, known.replaced, batch

    @property
    def name(self) -> str:
        """What it is called in the log."""
        return self._name

    @property
    def size(self) -> int:
        """Bytes of its runs, or about so many."""
        return sum(run.size for run in self.runs)

    def last_run(self) -> Run:
        """What was sealed last."""
        return self._last or self.runs[-1]

    def show(self, run: Run) -> None:
        """Have what was sealed read from now on."""
        if run not in self.runs:
            self.runs = (*self.runs, run)

    def adopt(self, owner: str) -> None:
        """Nothing is to be done: it is looked for by the hot store's identity."""

    def close(self) -> None:
        """There is nothing to close."""


def partition_name(database: str, key: PartitionKey) -> str:
    """What a partition is called in the log and in errors.

    :param database: the name of the database.
    """
    group = f" of group {key.group}" if key.group else ""
    return f"{database}, {text_of(key.month)}{group}"
