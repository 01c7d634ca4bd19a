"""A partition in the database: what both layouts have in common."""

from __future__ import annotations

from oagw.archives.blocks.months import text_of
from oagw.archives.postgres.database import Database
from oagw.archives.postgres.elementnames import ElementNames
from oagw.archives.postgres.runtable import StoredRuns
from oagw.archives.postgres.writeconnection import WriteConnection
from oagw.archives.sealed.partitions import PartitionKey, Run


class PostgresPartition:
    """See :class:`oagw.archives.sealed.partitions.Partition`.

    :param number: the number of the partition in the database.
    :param name: its name in the log.
    :param period: the first time (ns) of its month, and that of the next month.
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
        """Take what the database says about its runs."""
        self.runs, self.replaced, self.sealed = known.runs, known.replaced, batch

    @property
    def name(self) -> str:
        """Its name in the log."""
        return self._name

    @property
    def size(self) -> int:
        """The size of its runs in bytes, approximately."""
        return sum(run.size for run in self.runs)

    def last_run(self) -> Run:
        """The run that was sealed last."""
        return self._last or self.runs[-1]

    def show(self, run: Run) -> None:
        """Let readers see a run that was sealed."""
        if run not in self.runs:
            self.runs = (*self.runs, run)

    def adopt(self, owner: str) -> None:
        """Nothing to do: the database lists partitions by the hot store's identity."""

    def close(self) -> None:
        """Nothing to do: the store closes the connections."""


def partition_name(database: str, key: PartitionKey) -> str:
    """The name of a partition in the log and in errors.

    :param database: the name of the database.
    """
    group = f" of group {key.group}" if key.group else ""
    return f"{database}, {text_of(key.month)}{group}"
