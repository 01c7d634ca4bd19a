"""A session: reads frames, carries out commands, sends replies."""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from oagw.core.commands.commandtable import COMMAND_TABLE
from oagw.core.context import Context
from oagw.core.coroutines import begin
from oagw.errors import OagwError, SyntaxFaultError, UnexpectedStateError
from oagw.interfaces.sessions import ISession, SessionLoad
from oagw.wire.codec import (
    Message,
    RefusedFrame,
    decode,
    error_answer,
    response,
    written_id,
)
from oagw.wire.messages.base import Command

#: Commands of one session that may wait for something at the same time.
_AT_ONCE = 32


@implementer(ISession)
class Session:
    """One client that has logged in. Its commands begin in the order of sending."""

    _log = Logger()

    def __init__(self, context: Context) -> None:
        self.context = context
        self._running = 0
        self._queue: deque[bytes] = deque()
        self._draining = False

    @property
    def user(self) -> str:
        """The name of the user; see :class:`ISession`."""
        return self.context.user

    def load(self) -> SessionLoad:
        """The numbers of what it has open; see :class:`ISession`."""
        context = self.context
        return SessionLoad(
            len(context.connects),
            len(context.query_connects),
            len(context.waits),
            0 if context.watch is None else context.watch.count,
        )

    def receive(self, frame: bytes) -> None:
        """Handle a text frame; the reply says whatever is wrong with it."""
        if self._running < _AT_ONCE and not self._queue:
            self._begin(frame)
            return
        # Further commands stay in the socket, so that one client cannot make the gateway
        # work on any number of commands at once.
        if not self._queue:
            self.context.outlet.hold(True)
        self._queue.append(frame)

    def _begin(self, frame: bytes) -> None:
        if self.context.closed:
            return
        try:
            command = decode(frame)
        except RefusedFrame as refused:
            self._refuse(refused)
            return
        handler = COMMAND_TABLE[type(command)]
        try:
            done = begin(handler(self.context, command), self._answer)
        except Exception:
            self._failed(Failure(), command)
            return
        if done is not None:
            self._running += 1
            done.addCallbacks(self._answer, self._failed, errbackArgs=(command,))
            done.addBoth(self._ended)

    def refuse_binary(self, frame: bytes) -> None:
        """Reply to a binary frame, which is not a command."""
        error = SyntaxFaultError("a binary frame is not a command; send JSON as text")
        self.context.outlet.send(response(error, written_id(frame)))

    def close(self) -> None:
        """End all connects, because the client has left."""
        self._queue.clear()
        self.context.end_all()

    def _ended(self, result: object) -> object:
        self._running -= 1
        if self._queue and not self._draining:
            self._draining = True
            try:
                while self._queue and self._running < _AT_ONCE:
                    self._begin(self._queue.popleft())
            finally:
                self._draining = False
            if not self._queue:
                self.context.outlet.hold(False)
        return result

    def _answer(self, message: Message | None) -> None:
        if message is not None:
            self.context.outlet.send(message)

    def _failed(self, failure: Failure, command: Command) -> None:
        error = failure.value
        if self.context.closed and isinstance(error, CancelledError):
            return
        if not isinstance(error, OagwError):
            name = type(command).__name__
            self._log.failure("{command} failed", failure, command=name)
            error = UnexpectedStateError(f"{name} failed inside oagw; see its log")
        self.context.outlet.send(error_answer(type(command), command.id, error))

    def _refuse(self, refused: RefusedFrame) -> None:
        if refused.command is None:
            message = response(refused.error, refused.id)
        else:
            message = error_answer(refused.command, refused.id, refused.error)
        self.context.outlet.send(message)
