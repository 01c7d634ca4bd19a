"""A link to a peer: sends commands, and matches replies by their Ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from oagw.errors import (
    ConnectionBrokenError,
    OagwError,
    SyntaxFaultError,
    UnexpectedStateError,
)
from oagw.systems.remote.answers import PeerAnswer, ValuesAnswer, WatchAnswer
from oagw.systems.remote.peerframes import NoAnswerError, UnusableAnswerError, read_answer
from oagw.systems.remote.questions import DP_GET, DP_WATCH, RESPONSE, Question

_log = Logger()
_A = TypeVar("_A", bound=PeerAnswer)

#: Seconds between two checks for commands that have timed out.
_LOOK = 1.0


@dataclass(slots=True)
class _Asked:
    """A command without a reply yet.

    :ivar late: when it times out, in the clock's seconds; ``None`` is never.
    :ivar more: called with each reply; returns whether a further reply follows.
    """

    question: Question[Any]
    answer: Deferred[Any]
    is_change: bool
    late: float | None
    more: Callable[[Any], bool] | None


@dataclass(slots=True)
class _Stream:
    """A command with updates."""

    question: Question[Any]
    on_update: Callable[[Any], None]


class PeerLink:
    """One connection to a peer.

    :param name: the name of the system, for messages.
    :param send: sends a text to the peer.
    :param drop: closes the connection for a reason.
    :param patience: seconds after which a command without a reply times out.
    :ivar on_watch: called with updates of watched values.
    :ivar beats: see :class:`oagw.systems.presence.Line`, as for ``was_good``.
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
        self._streams: dict[int, _Stream] = {}
        self._look: IDelayedCall | None = None
        self._lost = ""
        self.beats = False
        self.was_good = False
        self._has_warned = False
        self.on_watch: Callable[[WatchAnswer], None] = lambda answer: None

    @property
    def is_lost(self) -> bool:
        """Whether the connection has ended."""
        return bool(self._lost)

    def ask(
        self,
        question: Question[_A],
        arguments: Mapping[str, object],
        *,
        is_change: bool = False,
        patience: float | None = None,
        more: Callable[[_A], bool] | None = None,
    ) -> Deferred[_A]:
        """Send a command; fires with its reply, which may contain errors.

        :param is_change: without a reply, the error says that the effect is unknown.
        :param more: called with each reply; returns whether a further reply follows.
        :raises ConnectionBrokenError: in the Deferred, if no reply came.
        :raises SyntaxFaultError: in the Deferred, if the peer does not know the command.
        :raises UnexpectedStateError: in the Deferred, if the reply cannot be used.
        """
        if self._lost:
            return fail(ConnectionBrokenError(f"{self._name} is away: {self._lost}"))
        number = self._number()
        late = self._clock.seconds() + (self._patience if patience is None else patience)
        answer: Deferred[_A] = Deferred()
        self._asked[number] = _Asked(question, answer, is_change, late, more)
        if self._look is None:
            self._look = self._clock.callLater(_LOOK, self._find_late)
        self._send(_text(question.name, {"Id": number, **arguments}, is_change))
        return answer

    def beat(self, patience: float) -> Deferred[ValuesAnswer]:
        """Ask for a sign of life; see :class:`oagw.systems.presence.Line`."""
        return self.ask(DP_GET, {"Dps": []}, patience=patience)

    def open(
        self,
        question: Question[_A],
        arguments: Mapping[str, object],
        on_update: Callable[[_A], None],
    ) -> tuple[int, Deferred[_A]]:
        """Send a command with updates; returns its Id and the Deferred of its reply.

        :param on_update: called with each message after the reply.
        """
        number = self._next + 1
        answer = self.ask(question, arguments)
        if not self._lost:
            self._streams[number] = _Stream(question, on_update)
        return number, answer

    def close(self, number: int) -> None:
        """End updates, and send the peer the command that ends them."""
        stream = self._streams.pop(number, None)
        if stream is not None and stream.question.end and not self._lost:
            self._send(_text(stream.question.end, {"Id": number}, False))

    def forget(self, number: int) -> None:
        """Expect no updates: their command was refused, or has ended."""
        self._streams.pop(number, None)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def received(self, frame: bytes) -> None:
        """Take a text from the peer."""
        try:
            name, answer = read_answer(frame)
        except NoAnswerError:
            self.drop("it sent a message that is not part of this protocol")
            return
        except UnusableAnswerError as error:
            self._unusable(error.name, error.id, str(error))
            return
        number: Any = answer.id
        asked = self._asked.get(number)
        stream = None if asked is not None else self._streams.get(number)
        belongs = asked or stream
        if belongs is not None and name not in (belongs.question.answer_name, RESPONSE):
            self._unusable(name, number, f"it is not the reply to {belongs.question.name}")
        elif asked is not None:
            self._answered(number, asked, answer, name == RESPONSE)
        elif stream is not None and name != RESPONSE:
            stream.on_update(answer)
        elif number is None and isinstance(answer, WatchAnswer):
            self.on_watch(answer)
        else:
            _log.debug(
                "{name} sent {what} without a command for it", name=self._name, what=name
            )

    def _unusable(self, name: str, id_: object, reason: str) -> None:
        """Fail the command that waits for a reply which cannot be used."""
        wrong = f"{self._name}: its reply {name} cannot be used: {reason}"
        # A list cannot be a key of a dictionary, and true would equal 1.
        is_number = isinstance(id_, int | float) and not isinstance(id_, bool)
        number: Any = id_ if is_number else None
        asked = self._asked.pop(number, None)
        stream = self._streams.get(number)
        if not self._has_warned:
            self._has_warned = True
            _log.warn("{wrong}", wrong=wrong)
        if asked is not None:
            if asked.is_change:
                wrong += f"; it is unknown whether {asked.question.name} took effect"
            asked.answer.errback(UnexpectedStateError(wrong))
        elif stream is not None:
            if stream.question.end:
                self.close(number)
            failed = stream.question.answer(error=UnexpectedStateError.code, message=wrong)
            stream.on_update(failed)
        elif id_ is None and name == DP_WATCH.answer_name:
            # What has changed is unknown: a new connection watches everything again.
            self.drop(f"its reply {name} cannot be used: {reason}")

    def _answered(
        self, number: int, asked: _Asked, answer: PeerAnswer, is_unknown: bool
    ) -> None:
        if is_unknown:
            del self._asked[number]
            name = asked.question.name
            message = f"{self._name} does not know {name}: {answer.message}"
            asked.answer.errback(SyntaxFaultError(message))
            return
        if asked.more is not None and asked.more(answer):
            asked.late = self._clock.seconds() + self._patience
            return
        del self._asked[number]
        asked.answer.callback(answer)

    def lost(self, reason: str) -> None:
        """Fail all commands that wait: the connection has ended."""
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
            # The peer may have begun to send updates.
            self.close(number)
            one.answer.errback(self._unanswered(one, "no reply came in time"))
        if self._asked and self._look is None:
            self._look = self._clock.callLater(_LOOK, self._find_late)

    def _unanswered(self, asked: _Asked, why: str) -> OagwError:
        if asked.is_change:
            return ConnectionBrokenError(
                f"{self._name}: {why}; it is unknown whether {asked.question.name} took "
                "effect, and oagw does not send it again: check before you do"
            )
        return ConnectionBrokenError(f"{self._name}: {why}")


def _text(command: str, body: Mapping[str, object], is_change: bool) -> bytes:
    if not is_change:
        try:
            return orjson.dumps({command: body})
        except TypeError:
            pass
    # A value to set may be NaN, half a surrogate or a number beyond 64 bits. It is sent
    # as the client sent it, and the peer refuses it.
    return json.dumps({command: body}, separators=(",", ":")).encode()
