"""Rows of the table ``sample`` in PostgreSQL's binary COPY format, and back.

The value of a row is in the column ``value`` if a float is exact, or in ``text``; otherwise
it is in ``exact`` too. Rows of exact numbers all have the same length, and are written and
read as arrays.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from oagw.archives.blocks.chunks import Chunk
from oagw.model.columns import Bits, Columns, Kind, Numbers, Words, pack

#: The columns that are written, in the order of the format.
WRITTEN = (
    "element, ts, value, status, user_number, ns, kind, partition, number, text, exact"
)
#: The columns that are read, in the order of the format.
READ = "ts, ns, status, user_number, kind, number, value, text, exact"

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_COUNT = struct.Struct(">h")
_LENGTH = struct.Struct(">i")
_NOTHING = _LENGTH.pack(-1)
#: µs from 1970 to 2000: PostgreSQL counts times from 2000 on.
_EPOCH = 946_684_800_000_000
_NS = 1000
#: Whole numbers up to this are floats without loss.
_EXACT = 2**53
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_json = msgspec.json.Encoder().encode


def _layout(fields: list[tuple[str, str]], empty: int) -> np.dtype[np.void]:
    """The type of a row: fields with their lengths, and NULL fields at the end.

    :param empty: the number of NULL fields.
    """
    found: list[tuple[str, str]] = [("count", ">i2")]
    for name, kind in fields:
        found += [(f"{name}_length", ">i4"), (name, kind)]
    return np.dtype(found + [(f"empty{number}", ">i4") for number in range(empty)])


_WRITE = _layout(
    [
        ("element", ">i4"),
        ("ts", ">i8"),
        ("value", ">f8"),
        ("status", ">i8"),
        ("user", ">i8"),
        ("ns", ">i2"),
        ("kind", ">i2"),
        ("partition", ">i4"),
        ("number", ">i8"),
    ],
    empty=2,
)
_READ = _layout(
    [
        ("ts", ">i8"),
        ("ns", ">i2"),
        ("status", ">i8"),
        ("user", ">i8"),
        ("kind", ">i2"),
        ("number", ">i8"),
        ("value", ">f8"),
    ],
    empty=2,
)
_READ_HEAD = np.dtype([(name, _READ[name]) for name in (_READ.names or ())[:13]])


def _fill(rows: npt.NDArray[np.void]) -> None:
    """Fill in the counts and lengths, which are the same in all rows."""
    names = rows.dtype.names or ()
    rows["count"] = sum(1 for name in names if f"{name}_length" in names) + 2
    for name in names:
        if name.endswith("_length"):
            rows[name] = rows.dtype[name.removesuffix("_length")].itemsize
        if name.startswith("empty"):
            rows[name] = -1


def rows_of(
    samples: Chunk,
    elements: Numbers,
    partition: int,
    first: int,
    with_text: bool = True,
) -> Iterator[bytes]:
    """The input of COPY for samples, in pieces.

    :param elements: for each sample, the number of its element in the database.
    :param first: the number of the first row.
    :param with_text: whether rows have a text for people; without it, values that are not
        numbers are in ``exact`` only.
    """
    rows = np.zeros(len(samples), _WRITE)
    _fill(rows)
    micros = samples.stime // _NS
    rows["element"] = elements
    rows["ts"] = micros - _EPOCH
    rows["ns"] = samples.stime - micros * _NS
    rows["status"] = samples.status.view(np.int64)
    rows["user"] = samples.user
    rows["kind"] = samples.kinds
    rows["partition"] = partition
    rows["number"] = np.arange(first, first + len(samples))
    values, is_exact = _floats(samples)
    rows["value"] = values
    yield _HEADER
    yield rows[is_exact].tobytes()
    for at in np.flatnonzero(~is_exact).tolist():
        text, exact = _rest(samples, at) if with_text else (None, _exact(samples, at))
        yield _longer(rows[at : at + 1], text, exact)
    yield _TRAILER


def _floats(samples: Chunk) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The values as floats, and for each whether the float is exact."""
    bits, kinds = samples.bits, samples.kinds
    values = bits.astype(np.float64)
    unsigned = kinds == Kind.UINT
    values[unsigned] = bits[unsigned].view(np.uint64).astype(np.float64)
    floats = kinds == Kind.FLOAT
    values[floats] = bits[floats].view(np.float64)
    small = (bits <= _EXACT) & (bits >= -_EXACT) & (kinds == Kind.INT)
    return values, floats | small | (kinds == Kind.BOOL)


def _rest(samples: Chunk, at: int) -> tuple[bytes | None, bytes | None]:
    """The text and the exact value of a sample whose float is not exact."""
    if Kind(int(samples.kinds[at])) is not Kind.OTHER:
        return None, _exact(samples, at)
    value = samples.others[int(samples.bits[at])]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value), _encode(value)
    return _json(value), _encode(value)


def _exact(samples: Chunk, at: int) -> bytes:
    """The exact value of a sample whose float is not exact."""
    kind, bits = Kind(int(samples.kinds[at])), int(samples.bits[at])
    if kind is Kind.OTHER:
        return _encode(samples.others[bits])
    return _encode(bits if kind is Kind.INT else bits % (1 << 64))


def _text(value: str) -> tuple[bytes, bytes | None]:
    """A text, and its exact value if it has a NUL, which PostgreSQL cannot store."""
    if "\0" in value:
        return value.replace("\0", "").encode(), _encode(value)
    return value.encode(), None


def _longer(row: npt.NDArray[np.void], text: bytes | None, exact: bytes | None) -> bytes:
    """A row with a text and an exact value; its number is NULL if the value is not one."""
    data = row.tobytes()
    head = data[: -2 * _LENGTH.size]
    if row["kind"][0] == Kind.OTHER:
        at = _WRITE.fields["value_length"][1] if _WRITE.fields else 0
        head = head[:at] + _NOTHING + head[at + _LENGTH.size + 8 :]
    return head + _field(text) + _field(exact)


def _field(data: bytes | None) -> bytes:
    return _NOTHING if data is None else _LENGTH.pack(len(data)) + data


def columns_of(data: bytes) -> tuple[Columns, int] | None:
    """The samples in the output of COPY, and the number of the last row.

    ``None`` if there are no rows.

    :raises ValueError: a row is damaged.
    """
    body = memoryview(data)[len(_HEADER) : -len(_TRAILER)]
    if not len(body):
        return None
    if len(body) % _READ.itemsize == 0:
        rows = np.frombuffer(body, _READ)
        if _is_plain(rows):
            return _plain(rows)
    return _any(body)


def _is_plain(rows: npt.NDArray[np.void]) -> bool:
    """Whether all rows are of the same kind, with exact numbers."""
    expected = np.zeros(1, _READ)
    _fill(expected)
    fixed = [name for name in _READ.names or () if name not in _VARIABLE]
    return all((rows[name] == expected[name][0]).all() for name in fixed) and bool(
        (rows["kind"] == rows["kind"][0]).all()
    )


_VARIABLE = {"ts", "ns", "status", "user", "kind", "number", "value"}


def _plain(rows: npt.NDArray[np.void]) -> tuple[Columns, int]:
    kind = Kind(int(rows["kind"][0]))
    values = rows["value"].astype(np.float64)
    bits = values.view(np.int64) if kind is Kind.FLOAT else values.astype(np.int64)
    return Columns(kind, *_others(rows, bits)), int(rows["number"][-1])


def _others(rows: npt.NDArray[np.void], bits: Bits) -> tuple[Numbers, Bits, Words, Numbers]:
    micros = rows["ts"].astype(np.int64) + _EPOCH
    return (
        micros * _NS + rows["ns"],
        bits,
        rows["status"].astype(np.int64).view(np.uint64),
        rows["user"].astype(np.int64),
    )


def _any(body: memoryview) -> tuple[Columns, int]:
    """Read rows of different lengths, one by one."""
    heads, values = bytearray(), []
    at = 0
    head = _READ_HEAD.itemsize
    while at < len(body):
        heads += body[at : at + head]
        kind = Kind(int(np.frombuffer(body[at : at + head], _READ_HEAD)["kind"][0]))
        at += head
        number, at = _next(body, at)
        text, at = _next(body, at)
        exact, at = _next(body, at)
        values.append(_value(kind, number, text, exact))
    rows = np.frombuffer(bytes(heads), _READ_HEAD)
    held, bits, others = pack(values)
    stime, bits, status, user = _others(rows, bits)
    return Columns(held, stime, bits, status, user, others), int(rows["number"][-1])


def _next(body: memoryview, at: int) -> tuple[bytes | None, int]:
    [length] = _LENGTH.unpack_from(body, at)
    at += _LENGTH.size
    if length < 0:
        return None, at
    return bytes(body[at : at + length]), at + length


def _value(
    kind: Kind, number: bytes | None, text: bytes | None, exact: bytes | None
) -> object:
    if exact is not None:
        return _decode(exact)
    if text is not None:
        return text.decode()
    if number is None:
        raise ValueError("a row has neither a number nor a text")
    [value] = struct.unpack(">d", number)
    if kind is Kind.FLOAT:
        return value
    return bool(value) if kind is Kind.BOOL else int(value)
