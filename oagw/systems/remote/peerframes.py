"""Reads the frames of a peer.

A frame is checked against the declarations while it is read, at no extra cost. If that
fails, the usable part is kept: an invalid value becomes the error of its name, and the
rest is used. A frame without a usable part is an :class:`UnusableAnswerError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from oagw.systems.remote.answers import UNEXPECTED, PeerAnswer, Refusal
from oagw.systems.remote.questions import KINDS

#: Whole numbers outside of these bounds are floats: no type of WinCC OA has more bits.
_LEAST, _GREATEST = -(2**63), 2**64 - 1
#: A frame is an object with exactly one of these.
_Frame = msgspec.defstruct(
    "_Frame",
    [(name, kind | None, None) for name, kind in KINDS.items()],
)
_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(_Frame)


class NoAnswerError(Exception):
    """The frame is not a reply of this protocol."""


class UnusableAnswerError(Exception):
    """The reply does not fit its declaration, and no part of it can be used.

    :ivar name: the name of the reply.
    :ivar id: its Id, of whatever type.
    """

    def __init__(self, name: str, id_: object, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.id = id_


def read_answer(frame: bytes) -> tuple[str, PeerAnswer]:
    """Read a frame of a peer; returns the name of the reply, and the reply.

    :raises NoAnswerError: the frame is not a reply of this protocol.
    :raises UnusableAnswerError: the reply cannot be used.
    """
    try:
        found = _decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _mended_frame(frame)
    for name in KINDS:
        answer: PeerAnswer | None = getattr(found, name)
        if answer is not None:
            return name, answer
    return _mended_frame(frame)


def _mended_frame(frame: bytes) -> tuple[str, PeerAnswer]:
    """Read a frame that failed the first check, in a second pass."""
    try:
        # Some peers write NaN and 1e400, which are not JSON; they become null.
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
        raise UnusableAnswerError(name, body.get("Id"), "the reply is unknown")
    try:
        return name, _mended(kind, body)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UnusableAnswerError(name, body.get("Id"), _plainly(error)) from error


class HalfSurrogate:
    """Stands for a text with half a surrogate pair, which cannot be sent to a client."""


def _sound(given: object) -> object:
    """Replace texts with half a surrogate pair in decoded JSON."""
    if isinstance(given, str):
        return given if _is_text(given) else HalfSurrogate()
    if isinstance(given, dict):
        # No requested name has one, so any replacement will do for a key.
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
    """Read a whole number; one beyond all types becomes a float."""
    if len(digits) <= len(str(_LEAST)) and _LEAST <= int(digits) <= _GREATEST:
        return int(digits)
    return _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _plainly(error: Exception) -> str:
    """Return msgspec's message with the path as in the frame."""
    return str(error).replace("`$.", "`")[:300]


class _Several(msgspec.Struct, rename="pascal"):
    """The entries of a reply by name."""

    values: dict[str, Any] | None = None
    changes: list[dict[str, Any]] | None = None


def _mended(kind: type[PeerAnswer], body: Mapping[str, Any]) -> PeerAnswer:
    """Read a reply value by value; invalid ones become the errors of their names.

    :raises msgspec.ValidationError: no part of it can be used.
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
    """Read the error fields; any other content of ``Error`` counts as an error."""
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
        "Message": text or f"Error is {written}, and not a number",
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
    """Keep valid values; adds the others to the errors."""
    kept: dict[str, Any] = {}
    for name, one in values.items():
        try:
            kept[name] = msgspec.convert(one, item)
        except (msgspec.ValidationError, RecursionError) as error:
            message = f"the system sent an invalid value: {_plainly(error)}"
            errors[name] = {"Code": UNEXPECTED, "Message": message}
    return kept
