"""Frames to commands, answers to frames: JSON, and fast."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

from oagw.errors import NamesRefusedError, OagwError, ParameterError, SyntaxFaultError
from oagw.model.literals import number_of
from oagw.wire.messages.base import Command, Echo, Id
from oagw.wire.messages.messagetable import EMPTY_ANSWERS

_PARAMETER_HINT = "see the command's arguments in docs/protocol.rst"

_envelope: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_id: Final[msgspec.json.Decoder[Id]] = msgspec.json.Decoder(Id)
#: Bits of the longest integer that is written: Python refuses thousands of digits.
_LONGEST_INTEGER: Final = 1 << 12
_NOT_JSON: Final = re.compile(rb"\b(NaN|Infinity)\b")
#: An Id in a text that is no JSON, as after a comma too many.
_WRITTEN_ID: Final = re.compile(
    rb'"Id"\s*:\s*(-?\d{1,40}(?:\.\d{1,40})?|"(?:[^"\\]|\\.){0,1000}")'
    rb"(?=\s*[,}])"
)
#: Characters around name and arguments, as most programs write them, and quotes before.
_AROUND: Final = 6
_QUOTES: Final = 2
_ID_KEY: Final = b'"Id"'
_decoders: Final[dict[str, msgspec.json.Decoder[Command]]] = {
    command.__name__: msgspec.json.Decoder(command) for command in EMPTY_ANSWERS
}


class RefusedFrame(Exception):  # noqa: N818 - it carries an error, it is none
    """A frame that could not become a command.

    :ivar error: what was wrong.
    :ivar command: the command's class if the frame named a known one.
    :ivar id: the client's Id if it could be found; also JSON that is no Id.
    """

    def __init__(
        self, error: OagwError, command: type[Command] | None = None, id_: Echo = None
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.command = command
        self.id = id_


_BY_NAME: Final = {command.__name__: command for command in EMPTY_ANSWERS}


def decode(frame: bytes) -> Command:
    """Read a command.

    :raises RefusedFrame: it is none; tells to whom and how to answer.
    """
    try:
        envelope = _envelope.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        envelope = _with_python_numbers(frame, error)
    if len(envelope) != 1:
        raise RefusedFrame(
            SyntaxFaultError(
                f"the object has {len(envelope)} keys; one is needed, the command"
            ),
            id_=_find_id(envelope, *envelope.values()),
        )
    [(name, arguments)] = envelope.items()
    if _is_twice(frame, name, arguments):
        wrong_object = f"the object has the key '{name[:60]}' twice; a frame is one command"
        raise RefusedFrame(SyntaxFaultError(wrong_object), id_=_find_id(arguments))
    decoder = _decoders.get(name)
    if decoder is None:
        known = ", ".join(_BY_NAME)
        raise RefusedFrame(
            SyntaxFaultError(f"there is no command '{name[:60]}'; there are {known}"),
            id_=_find_id(arguments),
        )
    try:
        command = _typed(decoder, _BY_NAME[name], arguments)
        command.check()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        wrong = ParameterError(f"{name}: {_field_error(error)}; {_PARAMETER_HINT}")
        raise RefusedFrame(wrong, _BY_NAME[name], _find_id(arguments)) from error
    except ParameterError as error:
        wrong = ParameterError(f"{name}: {error.message}")
        raise RefusedFrame(wrong, _BY_NAME[name], command.id) from error
    return command


def _is_twice(frame: bytes, name: str, arguments: object) -> bool:
    """Whether a frame has its key more than once; the arguments are the last ones."""
    if not isinstance(arguments, msgspec.Raw):
        return False
    if len(frame) - len(arguments) - len(name) <= _AROUND:
        return False
    before = frame[: frame.rindex(bytes(arguments))]
    return before.count(b'"') > _QUOTES


def _typed(
    decoder: msgspec.json.Decoder[Command], kind: type[Command], arguments: object
) -> Command:
    if not isinstance(arguments, msgspec.Raw):
        return _converted(arguments, kind)
    try:
        command = decoder.decode(arguments)
    except msgspec.ValidationError as error:
        # 1e400 is JSON, but no double: as an infinity it reaches the element's type,
        # whose refusal names the element.
        try:
            lenient = json.loads(bytes(arguments))
        except ValueError:
            raise error from None
        return _converted(lenient, kind)
    if command.may_have_lost_digits():
        # Rare, and slower: each number is looked at as it is written.
        return msgspec.json.Decoder(kind, float_hook=number_of).decode(arguments)
    return command


def _converted(arguments: object, kind: type[Command]) -> Command:
    command = msgspec.convert(arguments, kind)
    if isinstance(command.id, float) and not math.isfinite(command.id):
        raise msgspec.ValidationError("Number out of range - at `$.Id`")
    return command


def _with_python_numbers(frame: bytes, error: Exception) -> dict[str, Any]:
    """Python's json writes NaN and Infinity, which are not JSON.

    They are read here, so that the command that has them is refused, not its frame.

    :raises RefusedFrame: that is not what is wrong with the frame.
    """
    if isinstance(error, msgspec.ValidationError) or not _NOT_JSON.search(frame):
        raise _refused_envelope(error, frame) from error
    try:
        envelope = json.loads(frame)
        # Half a surrogate is no text: nothing could keep it or answer with it.
        json.dumps(envelope, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _refused_envelope(error, frame) from error
    if not isinstance(envelope, dict):
        raise _refused_envelope(msgspec.ValidationError(), frame) from error
    return envelope


def _refused_envelope(error: Exception, frame: bytes) -> RefusedFrame:
    if isinstance(error, msgspec.ValidationError):
        wrong = 'a frame is one object, as in {"DpGet": {"Dps": ["ExampleDP_Trend1."]}}'
    else:
        wrong = f"the frame is not JSON: {error}"
    return RefusedFrame(SyntaxFaultError(wrong), id_=written_id(frame))


def _field_error(error: Exception) -> str:
    """msgspec's message; its path '$.dps[0]' is written as the client knows it."""
    text = str(error).replace(" - at `$.", " at `").replace(" - at `$`", "")
    return text[:300]


def _find_id(*bodies: object) -> Echo:
    """What stands as ``Id`` in the first of some JSON objects that has one."""
    for body in bodies:
        found = _read_id(_members(body).get("Id"))
        if found is not None:
            return found
    return None


def _members(value: object) -> Mapping[str, object]:
    """What a JSON object has, each read only as far as it must be."""
    if isinstance(value, msgspec.Raw):
        try:
            return _envelope.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _read_id(given: object) -> Echo:
    """An Id, or what stands in its place, to be given back as it is."""
    if isinstance(given, msgspec.Raw):
        try:
            return _id.decode(given)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return given
    if isinstance(given, bool | dict | list):
        return msgspec.Raw(json.dumps(given).encode())
    if isinstance(given, float) and not math.isfinite(given):
        return None
    return given if isinstance(given, int | float | str) else None


def written_id(frame: bytes) -> Echo:
    """The Id in a frame that cannot be read; ``None`` unless there is exactly one."""
    at = frame.find(_ID_KEY)
    written = _WRITTEN_ID.match(frame, at) if at >= 0 else None
    if written is None or frame.find(_ID_KEY, written.end()) >= 0:
        return None
    try:
        # Half a surrogate is what Python takes for a text, and msgspec does not.
        json.loads(written[1])
    except ValueError:
        return None
    return _read_id(msgspec.Raw(written[1]))


class Message:
    """A text on its way to clients; ``frame`` caches what the server's edge made of it."""

    __slots__ = ("body", "frame")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.frame: bytes | None = None


def encode(value: object) -> bytes:
    """JSON of a value as :mod:`oagw.model.values` gives it to the wire.

    What JSON can carry and orjson cannot (an integer of more than 64 bits) or what no JSON
    can (half a surrogate pair) is in no value of our own, but may be in one of a peer's.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(plain_json(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode()


def plain_json(value: object) -> object:
    """What JSON can carry of a value that :mod:`json` has read or is to write."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
        return None
    if isinstance(value, Mapping):
        return {_clean(str(key)): plain_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(one) for one in value]
    return value


def answer_head(command: type[Command], id_: Echo, error: int = 0) -> bytes:
    """The beginning of an answer, up to and with ``"Error"``."""
    start = f'{{"{command.__name__}Result":{{'
    if id_ is None:
        return f'{start}"Error":{error}'.encode()
    return f'{start}"Id":{_shown(id_)},"Error":{error}'.encode()


def _shown(id_: Echo) -> str:
    """The JSON of an Id."""
    if isinstance(id_, int):
        return str(id_)
    if isinstance(id_, msgspec.Raw):
        return bytes(id_).decode("utf-8", "replace")
    return json.dumps(id_)


def values_head(
    command: type[Command], id_: Id, errors: Mapping[str, OagwError] | None = None
) -> bytes:
    """The beginning of an answer up to its ``Values``, after which ``}}`` ends it.

    :param errors: of the names that could not be read.
    """
    if not errors:
        return b'%b,"Values":' % answer_head(command, id_)
    refused = NamesRefusedError(errors)
    head = answer_head(command, id_, refused.code)
    return b'%b,%b,"Values":' % (head, _error_fields(refused))


def progress_answer(
    command: type[Command],
    id_: Id,
    progress: int,
    fields: Mapping[str, bytes],
    error: OagwError | None = None,
) -> bytes:
    """One of several frames of an answer; the last one says what was wrong.

    :param progress: in percent; 100 is the last.
    :param fields: their JSON by name.
    """
    head = answer_head(command, id_, 0 if error is None else error.code)
    if error is not None:
        head += b"," + _error_fields(error)
    rest = b"".join(b',"%b":%b' % (name.encode(), text) for name, text in fields.items())
    return b'%b,"Progress":%d%b}}' % (head, progress, rest)


def values_answer(command: type[Command], id_: Id, values: bytes) -> Message:
    """An answer without error whose ``Values`` are JSON already."""
    return Message(b"%b%b}}" % (values_head(command, id_), values))


def plain_answer(command: type[Command], id_: Id) -> Message:
    """An answer that says no more than that it went well."""
    return Message(answer_head(command, id_) + b"}}")


def fields_answer(command: type[Command], id_: Id, fields: Mapping[str, object]) -> Message:
    """An answer without error that has these fields."""
    rest = encode(fields).removeprefix(b"{")
    comma = b"," if fields else b""
    return Message(b"%b%b%b}" % (answer_head(command, id_), comma, rest))


def partial_answer(
    command: type[Command], id_: Id, values: bytes, errors: Mapping[str, OagwError]
) -> Message:
    """An answer of a read that could not read all names."""
    return Message(b"%b%b}}" % (values_head(command, id_, errors), values))


def error_answer(command: type[Command], id_: Echo, error: OagwError) -> Message:
    """An answer that says what was wrong and carries nothing else."""
    rest = b"".join(
        b',"%b":%b' % (key.encode(), encode(empty))
        for key, empty in EMPTY_ANSWERS[command].items()
    )
    head = answer_head(command, id_, error.code)
    return Message(b"%b,%b%b}}" % (head, _error_fields(error), rest))


def _error_fields(error: OagwError) -> bytes:
    message = b'"Message":' + encode(_clean(error.message))
    if not isinstance(error, NamesRefusedError):
        return message
    errors = {
        _clean(name): {"Code": one.code, "Message": _clean(one.message)}
        for name, one in error.errors.items()
    }
    return message + b',"Errors":' + encode(errors)


def response(error: OagwError, id_: Echo = None) -> Message:
    """The answer to a frame that is no command."""
    text = json.dumps({"Code": error.code, "Message": error.message}, separators=(",", ":"))
    start = "" if id_ is None else f'"Id":{_shown(id_)},'
    return Message(f'{{"Response":{{{start}{text[1:]}}}'.encode())


def _clean(text: str) -> str:
    """Text that JSON in UTF-8 can carry (a client's name may hold half a surrogate)."""
    return text.encode("utf-8", "replace").decode("utf-8")
