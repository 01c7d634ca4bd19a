"""A link to a peer: commands out, answers in, matched by their Ids."""

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
from oagw.systems.remote.answers import Answer, Values, Watched
from oagw.systems.remote.peerframes import (
    NoAnswerError,
    UnusableAnswerError,
    read_answer,
)
from oagw.systems.remote.questions import DP_GET, DP_WATCH, RESPONSE, Question

_log = Logger()
_A = TypeVar("_A", bound=Answer)

#: How often it is looked for commands that have waited too long, in seconds.
_LOOK = 1.0


@dataclass(slots=True)
class _Asked:
    """A command that is not answered yet.

    :ivar late: when it has waited too long; ``None`` is never.
    :ivar more: is given each answer; tells whether another one belongs to it.
    """

    question: Question[Any]
    answer: Deferred[Any]
    is_change: bool
    late: float | None
    more: Callable[[Any], bool] | None


@dataclass(slots=True)
class _Stream:
    """A command whose updates come."""

    question: Question[Any]
    on_update: Callable[[Any], None]


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
        self._streams: dict[int, _Stream] = {}
        self._look: IDelayedCall | None = None
        self._lost = ""
        self.beats = False
        self.was_good = False
        self._has_warned = False
        self.on_watch: Callable[[Watched], None] = lambda answer: None

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
        """Send a command; fires with its answer, errors in it included.

        :param is_change: if no answer comes, nobody knows whether it has taken effect.
        :param more: is given each answer, until it says that it was the last.
        :raises ConnectionBrokenError: in the Deferred, if no answer came.
        :raises OagwError: in the Deferred, if the peer does not know the command.
        :raises UnexpectedStateError: in the Deferred, if the answer cannot be used.
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

    def beat(self, patience: float) -> Deferred[Values]:
        """Ask for a sign of life; see :class:`oagw.systems.presence.Line`."""
        return self.ask(DP_GET, {"Dps": []}, patience=patience)

    def open(
        self,
        question: Question[_A],
        arguments: Mapping[str, object],
        on_update: Callable[[_A], None],
    ) -> tuple[int, Deferred[_A]]:
        """Send a command that has updates; gives its Id and its first answer.

        :param on_update: is given what comes after that.
        """
        number = self._next + 1
        answer = self.ask(question, arguments)
        if not self._lost:
            self._streams[number] = _Stream(question, on_update)
        return number, answer

    def close(self, number: int) -> None:
        """End updates, and tell the peer."""
        stream = self._streams.pop(number, None)
        if stream is not None and stream.question.end and not self._lost:
            self._send(_text(stream.question.end, {"Id": number}, False))

    def forget(self, number: int) -> None:
        """There are no updates: what asked for them was refused, or is over."""
        self._streams.pop(number, None)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def received(self, frame: bytes) -> None:
        """A text has come."""
        try:
            name, answer = read_answer(frame)
        except NoAnswerError:
            self.drop("what it sends is no answer of this protocol")
            return
        except UnusableAnswerError as error:
            self._unusable(error.name, error.id, str(error))
            return
        number: Any = answer.id
        asked = self._asked.get(number)
        stream = None if asked is not None else self._streams.get(number)
        belongs = asked or stream
        if belongs is not None and name not in (belongs.question.answer_name, RESPONSE):
            self._unusable(name, number, f"{belongs.question.name} was asked")
        elif asked is not None:
            self._answered(number, asked, answer, name == RESPONSE)
        elif stream is not None and name != RESPONSE:
            stream.on_update(answer)
        elif number is None and isinstance(answer, Watched):
            self.on_watch(answer)
        else:
            _log.debug(
                "{name} sent {what} that nobody asked for", name=self._name, what=name
            )

    def _unusable(self, name: str, id_: object, reason: str) -> None:
        """An answer is not what it must be: whoever waits for it is told."""
        wrong = f"{self._name}: its answer {name} cannot be used: {reason}"
        # A list is no key of a dictionary, and true would be 1.
        is_number = isinstance(id_, int | float) and not isinstance(id_, bool)
        number: Any = id_ if is_number else None
        asked = self._asked.pop(number, None)
        stream = self._streams.get(number)
        if not self._has_warned:
            self._has_warned = True
            _log.warn("{wrong}", wrong=wrong)
        if asked is not None:
            if asked.is_change:
                wrong += f"; whether {asked.question.name} took effect is not known"
            asked.answer.errback(UnexpectedStateError(wrong))
        elif stream is not None:
            if stream.question.end:
                self.close(number)
            failed = stream.question.answer(error=UnexpectedStateError.code, message=wrong)
            stream.on_update(failed)
        elif id_ is None and name == DP_WATCH.answer_name:
            # Nobody knows what has changed: all is watched anew.
            self.drop(f"its answer {name} cannot be used: {reason}")

    def _answered(
        self, number: int, asked: _Asked, answer: Answer, is_unknown: bool
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
            # The peer may have begun all the same.
            self.close(number)
            one.answer.errback(self._unanswered(one, "no answer came in time"))
        if self._asked and self._look is None:
            self._look = self._clock.callLater(_LOOK, self._find_late)

    def _unanswered(self, asked: _Asked, why: str) -> OagwError:
        if asked.is_change:
            return ConnectionBrokenError(
                f"{self._name}: {why}; whether {asked.question.name} took effect is not "
                "known, and it is not sent again: look before you do"
            )
        return ConnectionBrokenError(f"{self._name}: {why}")


def _text(command: str, body: Mapping[str, object], is_change: bool) -> bytes:
    if not is_change:
        try:
            return orjson.dumps({command: body})
        except TypeError:
            pass
    # What is to be set may be NaN, half a surrogate or a number beyond 64 bits: that goes
    # out as it came in, and the peer says what is wrong with it.
    return json.dumps({command: body}, separators=(",", ":")).encode()
