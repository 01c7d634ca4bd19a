"""A link to a peer: commands out, answers in, matched by their Ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from oagw.errors import (
    ConnectionBrokenError,
    NamesRefusedError,
    OagwError,
    SyntaxFaultError,
    error_of,
)
from oagw.wire.codec import plain_json

_log = Logger()

#: What an answer or an update has.
Body: TypeAlias = dict[str, Any]
#: Is given an answer; tells whether another one belongs to the same command.
More: TypeAlias = Callable[[Body], bool]

#: How often it is looked for commands that have waited too long, in seconds.
_LOOK = 1.0


@dataclass(slots=True)
class _Asked:
    """A command that is not answered yet.

    :ivar late: when it has waited too long; ``None`` is never.
    """

    command: str
    answer: Deferred[Body]
    is_change: bool
    late: float | None
    more: More | None


class Link:
    """One connection to a peer.

    :param name: the system's, for messages.
    :param send: sends a text to the peer.
    :param drop: ends the connection; is told why.
    :param patience: seconds after which a command that is not answered is given up.
    :ivar on_watch: told of what comes of watched values.
    :ivar beats: the peer answers a command without names.
    :ivar was_good: it could be used.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[bytes], None],
        drop: Callable[[str], None],
        clock: IReactorTime,
        patience: float,
    ) -> None:
        self._name = name
        self._send = send
        self.drop = drop
        self._clock = clock
        self._patience = patience
        self._next = 0
        self._asked: dict[int, _Asked] = {}
        self._streams: dict[int, Callable[[Body], None]] = {}
        self._look: IDelayedCall | None = None
        self._lost = ""
        self.beats = False
        self.was_good = False
        self.on_watch: Callable[[Body], None] = lambda body: None

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return bool(self._lost)

    def ask(
        self,
        command: str,
        arguments: Mapping[str, object],
        *,
        is_change: bool = False,
        patience: float | None = None,
        more: More | None = None,
    ) -> Deferred[Body]:
        """Send a command; fires with the body of its answer, errors in it included.

        :param is_change: if no answer comes, nobody knows whether it has taken effect.
        :param more: is given each answer, until it says that it was the last.
        :raises ConnectionBrokenError: in the Deferred, if no answer came.
        :raises OagwError: in the Deferred, if the peer does not know the command.
        """
        if self._lost:
            return fail(ConnectionBrokenError(f"{self._name} is away: {self._lost}"))
        number = self._number()
        late = self._clock.seconds() + (self._patience if patience is None else patience)
        answer: Deferred[Body] = Deferred()
        self._asked[number] = _Asked(command, answer, is_change, late, more)
        if self._look is None:
            self._look = self._clock.callLater(_LOOK, self._find_late)
        self._send(_text(command, {"Id": number, **arguments}, is_change))
        return answer

    def beat(self, patience: float) -> Deferred[Body]:
        """Ask for a sign of life; see :class:`oagw.systems.presence.Line`."""
        return self.ask("DpGet", {"Dps": []}, patience=patience)

    def open(
        self,
        command: str,
        arguments: Mapping[str, object],
        on_update: Callable[[Body], None],
    ) -> tuple[int, Deferred[Body]]:
        """Send a command that has updates; gives its Id and its first answer.

        :param on_update: is given what comes after that.
        """
        number = self._next + 1
        answer = self.ask(command, arguments)
        if not self._lost:
            self._streams[number] = on_update
        return number, answer

    def close(self, number: int, command: str) -> None:
        """End updates; ``command`` tells the peer."""
        if self._streams.pop(number, None) is not None and not self._lost:
            self._send(_text(command, {"Id": number}, False))

    def forget(self, number: int) -> None:
        """There are no updates: what asked for them was refused, or is over."""
        self._streams.pop(number, None)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def received(self, frame: bytes) -> None:
        """A text has come."""
        try:
            [(name, body)] = _read(frame).items()
            number = body.get("Id")
        except (ValueError, AttributeError, RecursionError):
            self.drop("what it sends is no answer of this protocol")
            return
        asked = self._asked.get(number)
        if asked is not None:
            self._answered(number, asked, name, body)
        elif number is not None:
            stream = self._streams.get(number)
            if stream is not None:
                stream(body)
        elif name == "DpWatchResult":
            self.on_watch(body)
        else:
            _log.debug(
                "{name} sent {what} that nobody asked for", name=self._name, what=name
            )

    def _answered(self, number: int, asked: _Asked, name: str, body: Body) -> None:
        if name == "Response":
            del self._asked[number]
            message = f"{self._name} does not know {asked.command}: {body.get('Message')}"
            asked.answer.errback(SyntaxFaultError(message))
            return
        if asked.more is not None and asked.more(body):
            asked.late = self._clock.seconds() + self._patience
            return
        del self._asked[number]
        asked.answer.callback(body)

    def lost(self, reason: str) -> None:
        """The connection has ended: nothing more is answered."""
        self._lost = reason
        self._streams.clear()
        if self._look is not None:
            self._look.cancel()
            self._look = None
        asked, self._asked = self._asked, {}
        for one in asked.values():
            one.answer.errback(self._unanswered(one, f"the connection broke ({reason})"))

    def _find_late(self) -> None:
        self._look = None
        now = self._clock.seconds()
        late = [
            number
            for number, one in self._asked.items()
            if one.late is not None and one.late <= now
        ]
        for number in late:
            one = self._asked.pop(number)
            one.answer.errback(self._unanswered(one, "no answer came in time"))
        if self._asked and self._look is None:
            self._look = self._clock.callLater(_LOOK, self._find_late)

    def _unanswered(self, asked: _Asked, why: str) -> OagwError:
        if asked.is_change:
            return ConnectionBrokenError(
                f"{self._name}: {why}; whether {asked.command} took effect is not known, "
                "and it is not sent again: look before you do"
            )
        return ConnectionBrokenError(f"{self._name}: {why}")


def _read(frame: bytes) -> Any:
    """A message of a peer.

    One odd value (``NaN``, half a surrogate pair, a number beyond all doubles) must not
    cost the connection: what JSON cannot carry of it is null or a question mark.

    :raises ValueError: it is no JSON.
    """
    try:
        return orjson.loads(frame)
    except orjson.JSONDecodeError:
        return plain_json(json.loads(frame))


def _text(command: str, body: Mapping[str, object], is_change: bool) -> bytes:
    if not is_change:
        try:
            return orjson.dumps({command: body})
        except TypeError:
            pass
    # What is to be set may be NaN, half a surrogate or a number beyond 64 bits: that goes
    # out as it came in, and the peer says what is wrong with it.
    return json.dumps({command: body}, separators=(",", ":")).encode()


def names_errors(body: Body) -> dict[str, OagwError]:
    """The errors of an answer by name."""
    errors = body.get("Errors") or {}
    return {
        name: error_of(one.get("Code", 54), one.get("Message", ""))
        for name, one in errors.items()
    }


def error_in(body: Body) -> OagwError | None:
    """The error that an answer is; of names, if it tells which."""
    code = body.get("Error", 0)
    if not code:
        return None
    errors = names_errors(body)
    if errors:
        return NamesRefusedError(errors)
    return error_of(code, str(body.get("Message", f"error {code}")))


def checked(body: Body) -> Body:
    """An answer that is none but what was asked for.

    :raises OagwError: it is an error.
    """
    error = error_in(body)
    if error is not None:
        raise error
    return body
