"""Copying samples to rows, without those that the database refuses.

An index, a constraint or a trigger that people add to the table may refuse a row. The other
rows of a run must not wait for it.
"""

from __future__ import annotations

import psycopg
from twisted.logger import Logger

from oagw.archives.blocks.chunks import Chunk
from oagw.archives.postgres.database import Connection
from oagw.archives.postgres.rowcodec import WRITTEN, rows_of
from oagw.model.columns import Numbers
from oagw.model.times import to_iso

_COPY = f"COPY sample ({WRITTEN}) FROM STDIN (FORMAT BINARY)"
#: Errors that concern one row, and not the table, the server or the connection.
_REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.RaiseException,
)


class RowCopy:
    """Copies samples to the rows of one partition, in the transaction of a connection.

    :param name: the name of the partition in the log.
    :ivar refused: the number of samples that the database refused, and that are left out.
    """

    _log = Logger()

    def __init__(self, connection: Connection, partition: int, name: str) -> None:
        self._connection = connection
        self._partition = partition
        self._name = name
        self._without_text = 0
        self._reason = ""
        self.refused = 0

    def copy(self, samples: Chunk, elements: Numbers, low: int) -> None:
        """Copy samples; a refused row is tried again without its text, then left out.

        :param elements: for each sample, the number of its element in the database.
        :param low: the number of the first row.
        """
        self._copy(samples, elements, low)
        if self._reason:
            self._log.error(
                "{name} refuses rows: {refused} values are left out, and {without} values "
                "are stored without their text (oagw still reads them). The first is "
                "{reason}",
                name=self._name,
                refused=self.refused,
                without=self._without_text,
                reason=self._reason,
            )

    def _copy(self, samples: Chunk, elements: Numbers, low: int) -> None:
        try:
            self._insert(samples, elements, low)
        except _REFUSALS as error:
            if len(samples) == 1:
                self._copy_without_text(samples, elements, low, error)
                return
            # Halves find one bad row among a million in twenty steps.
            middle = len(samples) // 2
            first, second = slice(0, middle), slice(middle, None)
            self._copy(samples.part(first), elements[first], low)
            self._copy(samples.part(second), elements[second], low + middle)

    def _insert(
        self, samples: Chunk, elements: Numbers, low: int, with_text: bool = True
    ) -> None:
        # A savepoint: a refused row must not end the whole transaction.
        with (
            self._connection.transaction(),
            self._connection.cursor() as cursor,
            cursor.copy(_COPY) as copy,
        ):
            for data in rows_of(samples, elements, self._partition, low, with_text):
                copy.write(data)

    def _copy_without_text(
        self, sample: Chunk, elements: Numbers, low: int, refusal: psycopg.Error
    ) -> None:
        if not self._reason:
            self._reason = self._described(int(elements[0]), int(sample.stime[0]), refusal)
        try:
            self._insert(sample, elements, low, with_text=False)
            self._without_text += 1
        except _REFUSALS:
            self.refused += 1

    def _described(self, element: int, stime: int, refusal: psycopg.Error) -> str:
        [(name,)] = self._connection.execute(
            "SELECT name FROM element WHERE id = %s", (element,)
        ).fetchall()
        reason = " ".join(str(refusal).split())
        return f"that of '{name}' at {to_iso(stime)}: {reason}"
