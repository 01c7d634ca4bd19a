"""Copying samples to rows, past those that the database refuses.

What people add to the table (an index, a constraint, a trigger) may refuse a row. The rest
of a delivery must not wait for it.
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
#: What the database says of a row, and not of the table, the server or the connection.
_REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.RaiseException,
)


class RowCopy:
    """Copies samples to the rows of one partition, in the transaction of a connection.

    :param name: what the partition is called in the log.
    :ivar refused: how many samples the database has refused, which are left out.
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
        """Copy samples; a row that is refused is tried without its text, then left out.

        :param elements: the database's number of the element of each sample.
        :param low: the number of the first row.
        """
        self._copy(samples, elements, low)
        if self._reason:
            self._log.error(
                "{name} refuses rows: {refused} values are left out, of {without} only the "
                "text is (oagw still reads them). The first is {reason}",
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
        # A savepoint: what is refused must not end the whole transaction.
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
            self._reason = self._told(int(elements[0]), int(sample.stime[0]), refusal)
        try:
            self._insert(sample, elements, low, with_text=False)
            self._without_text += 1
        except _REFUSALS:
            self.refused += 1

    def _told(self, element: int, stime: int, refusal: psycopg.Error) -> str:
        [(name,)] = self._connection.execute(
            "SELECT name FROM element WHERE id = %s", (element,)
        ).fetchall()
        reason = " ".join(str(refusal).split())
        return f"that of '{name}' at {to_iso(stime)}: {reason}"
