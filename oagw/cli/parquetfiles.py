"""Archived values in Parquet files: numbers as numbers, all others as texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from oagw.cli.clierrors import CommandError
from oagw.cli.samplerows import (
    AT_ONCE,
    Rows,
    Stretch,
    check_names,
    rows_of,
)
from oagw.model.columns import Columns, Kind
from oagw.model.dptypes import ElementType
from oagw.model.texts import to_text

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    pa = pq = None

#: The columns; ``text`` is what ``value`` does not say, or not exactly.
NAMES = (
    "element",
    "type",
    "time",
    "value",
    "text",
    "status",
    "user",
    "user_number",
)
#: Columns of which few values are different.
_FEW = ["element", "type", "status", "user", "user_number"]
#: Whole numbers up to this are floats without loss.
_EXACT = 1 << 53


def _check_installed() -> None:
    if pa is None:
        raise CommandError(
            "Parquet files need pyarrow; install it with: pip install 'oagw[parquet]'"
        )


def _schema() -> Any:
    words = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            ("element", words),
            ("type", words),
            ("time", pa.timestamp("ns", tz="UTC")),
            ("value", pa.float64()),
            ("text", pa.string()),
            ("status", pa.uint64()),
            ("user", words),
            ("user_number", pa.int64()),
        ]
    )


class ParquetWriter:
    """Writes values to a file; see :class:`oagw.cli.samplerows.Writer`.

    :raises CommandError: pyarrow is not installed.
    """

    def __init__(self, file: IO[bytes]) -> None:
        _check_installed()
        self.users: Mapping[int, str] = {}
        self._schema = _schema()
        self._writer = pq.ParquetWriter(
            file,
            self._schema,
            compression="zstd",
            use_dictionary=_FEW,
            column_encoding={"time": "DELTA_BINARY_PACKED"},
        )

    def write(self, stretches: Sequence[Stretch]) -> None:
        """Write values in the order that is given, as a row group."""
        all_columns = [one.columns for one in stretches]
        counts = [len(one) for one in all_columns]
        values, texts = _values(stretches, sum(counts))
        user = np.concatenate([one.user for one in all_columns])
        arrays = [
            _words([one.name for one in stretches], counts),
            _words([one.type.keyword for one in stretches], counts),
            pa.array(np.concatenate([one.stime for one in all_columns])),
            values,
            texts,
            pa.array(np.concatenate([one.status for one in all_columns])),
            self._user_names(user),
            pa.array(user),
        ]
        arrays[2] = arrays[2].cast(self._schema.field("time").type)
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def _user_names(self, user: npt.NDArray[np.int64]) -> Any:
        different, which = np.unique(user, return_inverse=True)
        names = [self.users.get(number) for number in different.tolist()]
        known = np.array([name is not None for name in names])
        return pa.DictionaryArray.from_arrays(
            pa.array(which.astype(np.int32), mask=~known[which]),
            pa.array([name or "" for name in names], pa.string()),
        )

    def close(self) -> None:
        """All is written."""
        self._writer.close()


def _words(names: Sequence[str], counts: Sequence[int]) -> Any:
    """A column of names, each as often as its count says."""
    known: dict[str, int] = {}
    places = [known.setdefault(name, len(known)) for name in names]
    rows = np.repeat(np.array(places, np.int32), counts)
    return pa.DictionaryArray.from_arrays(pa.array(rows), pa.array(list(known)))


def _values(stretches: Sequence[Stretch], count: int) -> tuple[Any, Any]:
    """The columns ``value`` and ``text``."""
    values = np.zeros(count)
    missing = np.ones(count, np.bool_)
    texts: list[str | None] = [None] * count
    begin = 0
    for one in stretches:
        end = begin + len(one.columns)
        if _is_number(one.columns, one.type):
            values[begin:end] = one.columns.floats()
            missing[begin:end] = False
        _write_texts(texts, begin, one.columns, one.type)
        begin = end
    return pa.array(values, mask=missing), pa.array(texts, pa.string())


def _is_number(columns: Columns, kind: ElementType) -> bool:
    return columns.kind is not Kind.OTHER and kind is not ElementType.TIME


def _write_texts(
    texts: list[str | None], begin: int, columns: Columns, kind: ElementType
) -> None:
    """Write what is no number, or larger than a float has exactly."""
    if not _is_number(columns, kind):
        for at, value in enumerate(columns.values(), begin):
            texts[at] = to_text(value, kind)
    elif columns.kind in (Kind.INT, Kind.UINT):
        numbers = columns.array()
        large = (numbers > _EXACT) | (numbers < -_EXACT)  # type: ignore[operator]
        for at in np.flatnonzero(large).tolist():
            texts[begin + at] = str(numbers[at])


def read_parquet(path: Path, zone: tzinfo | None) -> Iterator[Rows]:
    """The rows of a file, some at a time.

    :param zone: the zone of times without one.
    :raises CommandError: it is no such file, or pyarrow is not installed.
    """
    _check_installed()
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            check_names(names, NAMES)
            _check_values(file.schema_arrow.field("value").type)
            total, begin = max(file.metadata.num_rows, 1), 1
            for batch in file.iter_batches(AT_ONCE):
                end = begin + batch.num_rows
                lines = range(begin, end)
                yield rows_of(_columns(batch), lines, zone, (end - 1) / total)
                begin = end
    except CommandError as error:
        raise CommandError(f"{path}: {error}") from error
    except pa.ArrowException as error:
        raise CommandError(f"{path}: {error}") from error


def _check_values(kind: Any) -> None:
    """Refuse values of which nobody knows what they mean.

    :raises CommandError: they are neither numbers nor texts.
    """
    is_ = pa.types
    inner = kind.value_type if is_.is_dictionary(kind) else kind
    number = is_.is_floating(inner) or is_.is_integer(inner) or is_.is_boolean(inner)
    if not (number or is_.is_string(inner) or is_.is_large_string(inner)):
        raise CommandError(f"the column 'value' is of {kind}: neither numbers nor texts")


def _columns(batch: Any) -> dict[str, Sequence[Any]]:
    columns = {
        name: _times(column) if name == "time" else column.to_pylist()
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    texts = columns.pop("text", None)
    if texts is not None:
        columns["value"] = [
            value if text is None else text
            for value, text in zip(columns["value"], texts, strict=True)
        ]
    return columns


def _times(column: Any) -> list[Any]:
    """Times in ns, or texts; a time without a zone is in UTC."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64())
    found: list[Any] = column.to_pylist()
    return found
