"""JSON text of whole columns at once; digits are looked up in tables.

The text of a column is a list of *lanes*: four characters of each row, as one word. Where a
row has fewer, there are NULs, which the text of a number or a time never has; they are left
out when the lanes are put side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Whole: TypeAlias = npt.NDArray[np.int64]
#: Four characters of each row, or of all rows the same.
Lane: TypeAlias = npt.NDArray[np.uint32] | np.uint32

#: Numbers of more digits are written by other means.
MAX_DIGITS = 15
_GROUP = 10_000
_MS_PER_DAY = 86_400_000
_NS_PER_DAY = _MS_PER_DAY * 1_000_000
#: Times of ms that have 13 digits: from 2001 to 2286.
_FIRST, _LAST = 10**12, 10**13 - 1


def _table(texts: Iterable[bytes]) -> npt.NDArray[np.uint32]:
    """A lane's word for each text of at most four characters."""
    return np.frombuffer(b"".join(text.ljust(4, b"\0") for text in texts), "<u4")


def _ending(texts: Iterable[bytes]) -> npt.NDArray[np.uint32]:
    """The same, with the NULs before the text."""
    return _table(text.rjust(4, b"\0") for text in texts)


def lane(text: bytes) -> np.uint32:
    """A lane with the same text, of at most four characters, in each row."""
    return np.uint32(_table([text])[0])


#: All four digits of a group.
_FOUR = _table(b"%04d" % number for number in range(_GROUP))
#: Without zeros before; then the same of negative numbers, of which those of four digits
#: have their sign in the lane before.
_SIGNED = _ending(
    b"-%d" % number if sign and number < 1000 else b"%d" % number
    for sign in (False, True)
    for number in range(_GROUP)
)
_MINUS = np.uint32(_ending([b"-"])[0])
#: Without zeros after.
_TRIMMED = _table((b"%04d" % number).rstrip(b"0") for number in range(_GROUP))
#: The point and three digits; then the same without zeros after, but for the first.
_POINT = _table(
    b".%03d" % number if not trim else b"." + ((b"%03d" % number).rstrip(b"0") or b"0")
    for trim in (False, True)
    for number in range(1000)
)
_THOUSANDTHS = _table(b".%03d" % number for number in range(1000))
#: The last two of nine digits, and the zone.
_ZULU = _table(b"%02dZ" % number for number in range(100))
_LEADING = _ending(b"%d" % number for number in range(10))


def side_by_side(lanes: Sequence[Lane], count: int) -> bytes:
    """The text of all rows, one after the other."""
    words = np.empty((count, len(lanes)), "<u4")
    for number, one in enumerate(lanes):
        words[:, number] = one
    return words.tobytes().translate(None, b"\0")


def after(text: bytes, lanes: Sequence[Lane]) -> list[Lane]:
    """Lanes that begin with a text of at most three characters.

    The first of them has one character at most, its last.
    """
    return [lanes[0] | lane(text), *lanes[1:]]


def _split(numbers: Whole, size: int) -> tuple[Whole, Whole]:
    """Like :func:`numpy.divmod` for numbers that are not negative, but faster."""
    quotients = numbers // size
    return quotients, numbers - quotients * size


def are_ms(numbers: Whole) -> bool:
    """Whether all are times that :func:`milliseconds` and :func:`iso` can write."""
    return not len(numbers) or bool(numbers.min() >= _FIRST and numbers.max() <= _LAST)


def milliseconds(ms: Whole) -> list[Lane]:
    """Times as numbers of 13 digits; the first lane has the first of them."""
    upper, low = _split(ms, _GROUP)
    day = int(upper[0]) // _GROUP
    if int(upper.min()) // _GROUP == day == int(upper.max()) // _GROUP:
        # Within 28 hours the leading digits are mostly the same.
        first, high = divmod(day, _GROUP)
        leading: list[Lane] = [_LEADING[first], _FOUR[high]]
        return [*leading, _FOUR[upper - day * _GROUP], _FOUR[low]]
    upper, middle = _split(upper, _GROUP)
    firsts, highs = _split(upper, _GROUP)
    return [_LEADING[firsts], _FOUR[highs], _FOUR[middle], _FOUR[low]]


def iso(ms: Whole) -> list[Lane]:
    """Times as texts such as ``"2026-01-31T23:59:59.999Z"``; the first lane is empty."""
    days, of_day = _split(ms, _MS_PER_DAY)
    seconds, thousandths = _split(of_day, 1000)
    clock = _clock()
    return [
        np.uint32(0),
        *_dates(days),
        clock[:, 0][seconds],
        clock[:, 1][seconds],
        _THOUSANDTHS[thousandths],
        lane(b'Z"'),
    ]


def iso_ns(ns: Whole) -> list[bytes]:
    """Times of ns as texts such as ``2026-01-31T23:59:59.999999999Z``, without quotes."""
    days, of_day = _split(ns, _NS_PER_DAY)
    seconds, fraction = _split(of_day, 1_000_000_000)
    thousandths, rest = _split(fraction, 1_000_000)
    four, two = _split(rest, 100)
    clock = _clock()
    words = np.empty((len(ns), 8), "<u4")
    lanes = [
        *_dates(days),
        clock[:, 0][seconds],
        clock[:, 1][seconds],
        _THOUSANDTHS[thousandths],
        _FOUR[four],
        _ZULU[two],
    ]
    for number, one in enumerate(lanes):
        words[:, number] = one
    # Without the quote that dates begin with.
    text = np.ascontiguousarray(words.view(np.uint8)[:, 1:])
    texts: list[bytes] = text.view("S31").ravel().tolist()
    return texts


def _dates(days: Whole) -> list[Lane]:
    different, which = np.unique(days, return_inverse=True)
    named = np.datetime_as_string(different.astype("M8[D]"))
    texts = b"".join(f'"{name}T'.encode() for name in named.tolist())
    words = np.frombuffer(texts, "<u4").reshape(-1, 3)
    return [words[:, number][which] for number in range(3)]


_clock_words: list[npt.NDArray[np.uint32]] = []


def _clock() -> npt.NDArray[np.uint32]:
    """Each second of a day, ``23:59:59``, in two words; made at the first call."""
    if not _clock_words:
        texts = b"".join(
            b"%02d:%02d:%02d" % (hour, minute, second)
            for hour in range(24)
            for minute in range(60)
            for second in range(60)
        )
        _clock_words.append(np.frombuffer(texts, "<u4").reshape(-1, 2))
    return _clock_words[0]


def decimals(numbers: Whole, digits: int | None) -> list[Lane] | None:
    """Numbers of ``digits`` decimals, given without the point; ``None``: whole numbers.

    As floats have it there is always a digit after the point, and no zero more. The first
    lane has nothing but perhaps a sign. Gives ``None`` for more than 15 digits.
    """
    sizes = np.abs(numbers)
    largest = int(sizes.max()) if len(sizes) else 0
    # The smallest integer has no absolute value.
    if largest >= 10**MAX_DIGITS or (len(sizes) and int(sizes.min()) < 0):
        return None
    whole = sizes
    fraction: list[Lane] = [] if digits is None else [lane(b".0")]
    if digits:
        whole, rest = _split(sizes, 10**digits)
        fraction = _fraction(rest, digits)
    return _integer(whole, numbers < 0, largest // 10 ** (digits or 0)) + fraction


def _integer(whole: Whole, negative: npt.NDArray[np.bool_], largest: int) -> list[Lane]:
    groups = [whole]
    while largest >= _GROUP:
        groups[:1] = _split(groups[0], _GROUP)
        largest //= _GROUP
    lanes: list[Lane] = [np.uint32(0)]
    begun = np.zeros(len(whole), np.bool_)
    for number, group in enumerate(groups):
        is_last = number == len(groups) - 1
        begins = ~begun if is_last else ~begun & (group > 0)
        if negative.any():
            sign = begins & negative & (group >= 1000)
            lanes[-1] = lanes[-1] | np.where(sign, _MINUS, np.uint32(0))
        words = _SIGNED[group + negative * _GROUP]
        if number:
            words = np.where(begins, words, _FOUR[group])
        if not is_last:
            begun = begun | begins
            words = np.where(begun, words, np.uint32(0))
        lanes.append(words)
    return lanes


def _fraction(rest: Whole, digits: int) -> list[Lane]:
    """The point and what is after it: three digits, and lanes of four more."""
    more = -(-max(digits - 3, 0) // 4)
    rest = rest * 10 ** (3 + 4 * more - digits)
    lanes: list[Lane] = []
    ends = np.ones(len(rest), np.bool_)
    for _ in range(more):
        rest, group = _split(rest, _GROUP)
        lanes.insert(0, np.where(ends, _TRIMMED[group], _FOUR[group]))
        ends = ends & (group == 0)
    return [_POINT[rest + ends * 1000], *lanes]
