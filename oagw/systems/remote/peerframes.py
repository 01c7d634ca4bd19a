"""Frames of a peer to answers.

A frame is checked against the declarations while it is read, which costs nothing more. Of
one that fails, what can be used is: a value that is none becomes the error of its name, and
the rest goes on. What cannot be used at all is :class:`UnusableAnswerError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from oagw.systems.remote.answers import UNEXPECTED, Answer, Refusal
from oagw.systems.remote.questions import KINDS

#: Whole numbers beyond these are floats: no type of WinCC OA has more bits.
_LEAST, _GREATEST = -(2**63), 2**64 - 1
#: A frame: an object with one of these.
_Frame = msgspec.defstruct(
    "_Frame",
    [(name, kind | None, None) for name, kind in KINDS.items()],
)
_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(_Frame)


class NoAnswerError(Exception):
    """A frame that is no answer of this protocol."""


class UnusableAnswerError(Exception):
    """An answer that is not what it must be.

    :ivar name: what it is called.
    :ivar id: what it has as Id.
    """

    def __init__(self, name: str, id_: object, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.id = id_


def read_answer(frame: bytes) -> tuple[str, Answer]:
    """Read what a peer has sent: what it is called, and the answer.

    :raises NoAnswerError: it is none at all.
    :raises UnusableAnswerError: it is none that can be used.
    """
    try:
        found = _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _mended_frame(frame)
    for name in KINDS:
        answer: Answer | None = getattr(found, name)
        if answer is not None:
            return name, answer
    return _mended_frame(frame)


def _mended_frame(frame: bytes) -> tuple[str, Answer]:
    """A frame that is not as declared at the first look."""
    try:
        # NaN and 1e400 are no values, but some peers write them; here they are null, as
        # everywhere.
        given = json.loads(
            frame, parse_int=_whole, parse_float=_finite, parse_constant=lambda _: None
        )
        given = _sound(given)
    except (ValueError, RecursionError):
        raise NoAnswerError from None
    if not isinstance(given, dict) or len(given) != 1:
        raise NoAnswerError
    [(name, body)] = given.items()
    if not isinstance(body, dict):
        raise NoAnswerError
    kind = KINDS.get(name)
    if kind is None:
        raise UnusableAnswerError(name, body.get("Id"), "no such answer is known")
    try:
        return name, _mended(kind, body)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UnusableAnswerError(name, body.get("Id"), _plainly(error)) from error


class HalfSurrogate:
    """Stands for a text with half a surrogate pair, which nobody could be sent."""


def _sound(given: object) -> object:
    """What JSON has given, without texts that are none."""
    if isinstance(given, str):
        return given if _is_text(given) else HalfSurrogate()
    if isinstance(given, dict):
        # No name that was asked for has one; as a key it only must do no harm.
        return {
            key if _is_text(key) else repr(key): _sound(one) for key, one in given.items()
        }
    if isinstance(given, list):
        return [_sound(one) for one in given]
    return given


def _is_text(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(digits: str) -> int | float | None:
    """A whole number, or the float that JavaScript and others write with as many digits."""
    if len(digits) <= len(str(_LEAST)) and _LEAST <= int(digits) <= _GREATEST:
        return int(digits)
    return _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _plainly(error: Exception) -> str:
    """msgspec's message with the path as the wire has it."""
    return str(error).replace("`$.", "`")[:300]


class _Several(msgspec.Struct, rename="pascal"):
    """What an answer has by name."""

    values: dict[str, Any] | None = None
    changes: list[dict[str, Any]] | None = None


def _mended(kind: type[Answer], body: Mapping[str, Any]) -> Answer:
    """An answer without what is none of its values; that is the error of its name.

    :raises msgspec.ValidationError: it cannot be used.
    """
    errors = _refusals(body.get("Errors"))
    plain = {key: one for key, one in body.items() if key not in ("Values", "Changes")}
    late: dict[str, object] = {}
    if kind.item is not None:
        several = msgspec.convert(body, _Several)
        late["values"] = _kept(several.values or {}, kind.item, errors)
        if several.changes is not None:
            late["changes"] = [_kept(one, kind.item, errors) for one in several.changes]
    elif kind.whole is not None:
        late["values"] = msgspec.convert(body, kind.whole).values
    else:
        plain = dict(body)
    answer = msgspec.convert(plain | _error_fields(body) | {"Errors": errors}, kind)
    for name, value in late.items():
        if hasattr(answer, name):
            setattr(answer, name, value)
    return answer


def _error_fields(body: Mapping[str, Any]) -> dict[str, object]:
    """The error and its message; what is written where the number should be is one."""
    code, message = body.get("Error"), body.get("Message")
    text = message if isinstance(message, str) else None
    if isinstance(code, int) and not isinstance(code, bool):
        return {"Error": code, "Message": text}
    if code is None:
        return {"Error": 0, "Message": text}
    written = str(code)[:300]
    is_number = written.isdecimal() and len(written) < 10
    return {
        "Error": int(written) if is_number else UNEXPECTED,
        "Message": text or f"what is written as Error is {written}",
    }


def _refusals(given: object) -> dict[str, Any]:
    errors = given if isinstance(given, dict) else {}
    refusals: dict[str, Any] = {}
    for name, one in errors.items():
        try:
            msgspec.convert(one, Refusal)
        except msgspec.ValidationError:
            refusals[name] = {"Message": str(one)[:300]}
        else:
            refusals[name] = one
    return refusals


def _kept(values: Mapping[str, Any], item: Any, errors: dict[str, Any]) -> dict[str, Any]:
    """The values that are some; the others are noted as errors."""
    kept: dict[str, Any] = {}
    for name, one in values.items():
        try:
            kept[name] = msgspec.convert(one, item)
        except (msgspec.ValidationError, RecursionError) as error:
            message = f"what the system says of it cannot be used: {_plainly(error)}"
            errors[name] = {"Code": UNEXPECTED, "Message": message}
    return kept
