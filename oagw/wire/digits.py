"""JSON text of whole columns at once: digits are looked up, not made one number at a time.

A column becomes a matrix of characters with a row for each number, and a matrix of which
of them stand; side by side, columns become the rows of an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
_Text = npt.NDArray[np.uint8]
_Stands = npt.NDArray[np.bool_]

#: Numbers of more digits are written by other means.
MAX_DIGITS = 15
#: The four digits of each number below 10,000, as one word.
_FOUR = np.frombuffer(b"".join(b"%04d" % number for number in range(10_000)), "<u4")
_TWO = [b"%02d" % number for number in range(60)]
_MS_PER_DAY = 86_400_000
#: Times of ms that have 13 digits: from 2001 to 2286.
_FIRST, _LAST = 10**12, 10**13 - 1


@dataclass(frozen=True, slots=True)
class Cells:
    """A column's text: characters, and which of them stand; ``None`` is all of them."""

    text: _Text
    stands: _Stands | None = None


def constant(count: int, text: bytes) -> Cells:
    """The same in each row."""
    return Cells(np.broadcast_to(np.frombuffer(text, np.uint8), (count, len(text))))


def side_by_side(columns: Sequence[Cells]) -> bytes:
    """The rows' text, one after the other."""
    text = np.concatenate([one.text for one in columns], axis=1)
    if all(one.stands is None for one in columns):
        return text.tobytes()
    stands = np.ones(text.shape, np.bool_)
    at = 0
    for one in columns:
        width = one.text.shape[1]
        if one.stands is not None:
            stands[:, at : at + width] = one.stands
        at += width
    return text[stands].tobytes()


def _digits(numbers: Whole, groups: int) -> _Text:
    """The digits of numbers, four for each group, with zeros before."""
    words = np.empty((len(numbers), groups), "<u4")
    rest = numbers
    for group in range(groups - 1, 0, -1):
        rest, last = np.divmod(rest, 10_000)
        words[:, group] = _FOUR[last]
    words[:, 0] = _FOUR[rest]
    return words.view(np.uint8).reshape(len(numbers), 4 * groups)


def are_ms(numbers: Whole) -> bool:
    """Whether all are times that :func:`milliseconds` and :func:`iso` can write."""
    return not len(numbers) or bool(numbers.min() >= _FIRST and numbers.max() <= _LAST)


def milliseconds(ms: Whole) -> Cells:
    """Times as numbers of 13 digits."""
    return Cells(_digits(ms, 4)[:, 3:])


def iso(ms: Whole) -> Cells:
    """Times as texts such as ``"2026-01-31T23:59:59.999Z"``."""
    days, of_day = np.divmod(ms, _MS_PER_DAY)
    text = np.empty((len(ms), 26), np.uint8)
    text[:, 0] = text[:, 25] = ord('"')
    text[:, 1:12] = _dates(days)
    seconds, thousandths = np.divmod(of_day, 1000)
    text[:, 12:20] = _clock()[seconds]
    text[:, 20] = ord(".")
    text[:, 21:24] = _digits(thousandths, 1)[:, 1:]
    text[:, 24] = ord("Z")
    return Cells(text)


def _dates(days: Whole) -> _Text:
    different, which = np.unique(days, return_inverse=True)
    named = np.datetime_as_string(different.astype("M8[D]"))
    texts = b"".join(f"{name}T".encode() for name in named.tolist())
    return np.frombuffer(texts, np.uint8).reshape(-1, 11)[which]


_clock_text: list[_Text] = []


def _clock() -> _Text:
    """Each second of a day, ``23:59:59``; made when it is needed first."""
    if not _clock_text:
        texts = b"".join(
            b"%b:%b:%b" % (hour, minute, second)
            for hour in _TWO[:24]
            for minute in _TWO
            for second in _TWO
        )
        _clock_text.append(np.frombuffer(texts, np.uint8).reshape(-1, 8))
    return _clock_text[0]


def decimals(numbers: Whole, digits: int | None) -> Cells | None:
    """Numbers of ``digits`` decimals, given without the point; ``None``: whole numbers.

    As floats have it there is always a digit after the point, and no zero more. Gives
    ``None`` for more than 15 digits.
    """
    sizes = np.abs(numbers)
    largest = int(sizes.max()) if len(sizes) else 0
    # The smallest number has no size.
    if largest >= 10**MAX_DIGITS or (len(sizes) and int(sizes.min()) < 0):
        return None
    whole, fraction = sizes, None
    if digits:
        whole, fraction = np.divmod(sizes, 10**digits)
    groups = (len(str(largest // 10 ** (digits or 0))) + 3) // 4
    width = 1 + 4 * groups + (0 if digits is None else 1 + max(digits, 1))
    text = np.empty((len(numbers), width), np.uint8)
    stands = np.ones(text.shape, np.bool_)
    text[:, 0] = ord("-")
    stands[:, 0] = numbers < 0
    text[:, 1 : 1 + 4 * groups] = _digits(whole, groups)
    for place in range(4 * groups - 1):
        stands[:, 1 + place] = whole >= 10 ** (4 * groups - 1 - place)
    if digits is not None:
        text[:, 1 + 4 * groups] = ord(".")
        _write_fraction(text[:, 2 + 4 * groups :], stands[:, 2 + 4 * groups :], fraction)
    return Cells(text, stands)


def _write_fraction(text: _Text, stands: _Stands, fraction: Whole | None) -> None:
    if fraction is None:
        text[:, 0] = ord("0")
        return
    width = text.shape[1]
    groups = (width + 3) // 4
    text[:] = _digits(fraction, groups)[:, 4 * groups - width :]
    for place in range(1, width):
        stands[:, place] = fraction % 10 ** (width - place) != 0
