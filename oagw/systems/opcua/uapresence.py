"""Connects to a server, and again whenever that is lost."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import OagwError
from oagw.systems.opcua.nodes import News, Opening, Server
from oagw.systems.presence import Presence

_log = Logger()
#: Seconds after the first failure; after each further one it is twice as long.
_FIRST_DELAY = 0.5


class ServerLine:
    """One connection; see :class:`oagw.systems.presence.Line`.

    :param ended: told that it has ended, and why.
    :ivar opened: what is asked; ``None`` until it is connected.
    """

    beats = True

    def __init__(
        self, ended: Callable[[ServerLine, str], None], on_news: Callable[[News], None]
    ) -> None:
        self._ended = ended
        self._on_news = on_news
        self.opened: Server | None = None
        self.is_lost = False
        self.was_good = False

    @property
    def server(self) -> Server:
        """What is asked, of a line that is connected."""
        assert self.opened is not None
        return self.opened

    def beat(self, patience: float) -> Deferred[None]:
        """A sign of life; how long it may take is the server's own affair."""
        return self.server.beat()

    def drop(self, reason: str) -> None:
        """End it."""
        self._ended(self, reason)

    def lost(self, reason: str) -> None:
        """It has ended."""
        self.is_lost = True

    def on_news(self, news: News) -> None:
        """Samples have come; see :class:`oagw.systems.opcua.nodes.Watcher`."""
        if not self.is_lost:
            self._on_news(news)

    def on_lost(self, reason: str) -> None:
        """It has ended by itself; see :class:`oagw.systems.opcua.nodes.Watcher`."""
        self._ended(self, reason)


class Dialling:
    """Keeps a presence connected to its server.

    :param longest: seconds between two attempts at most.
    :param on_news: told of samples that come over the present connection.
    """

    def __init__(
        self,
        presence: Presence[ServerLine],
        opening: Opening,
        clock: IReactorTime,
        longest: float,
        on_news: Callable[[News], None],
    ) -> None:
        self._presence = presence
        self._opening = opening
        self._clock = clock
        self._longest = longest
        self._on_news = on_news
        self._failures = 0
        self._line: ServerLine | None = None
        self._attempt: Deferred[None] = succeed(None)
        self._later: IDelayedCall | None = None

    def start(self) -> Deferred[None]:
        """Connect now; a server that is there is waited for."""
        first = self._presence.wait()
        self._connect()
        return first

    def stop(self) -> Deferred[None]:
        """End the connection, and make no more; fires when it is gone."""
        if self._later is not None and self._later.active():
            self._later.cancel()
        line, self._line = self._line, None
        self._attempt.cancel()
        self._presence.stop()
        return succeed(None) if line is None else self._close(line)

    def _connect(self) -> None:
        line = self._line = ServerLine(self._ended, self._on_news)
        opening = self._opening(line)
        self._attempt = opening.addCallback(self._opened, line)
        self._attempt.addErrback(self._not_opened, line)

    def _opened(self, server: Server, line: ServerLine) -> None:
        line.opened = server
        if line is self._line:
            self._presence.greet(line)
        else:
            self._close(line)

    def _not_opened(self, failure: Failure, line: ServerLine) -> None:
        if line is not self._line:
            return
        if failure.check(OagwError) is None:
            name = self._presence.state.name
            _log.failure("{name}: the server is of no use", failure, name=name)
        self._ended(line, failure.getErrorMessage())

    def _ended(self, line: ServerLine, reason: str) -> None:
        """A connection has ended, or there was none; no matter how often it is told."""
        if line is not self._line:
            return
        self._line = None
        self._close(line)
        if line.was_good:
            self._failures = 0
        delay = min(_FIRST_DELAY * 2**self._failures, self._longest)
        self._failures = min(self._failures + 1, 30)
        self._later = self._clock.callLater(delay, self._connect)
        if line.opened is None:
            self._presence.failed(reason)
        else:
            self._presence.detach(line, reason)

    def _close(self, line: ServerLine) -> Deferred[None]:
        if line.opened is None:
            return succeed(None)
        return line.server.close().addErrback(
            lambda failure: _log.debug("{why}", why=failure.getErrorMessage())
        )
