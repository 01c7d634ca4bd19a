"""Connects to a server, and again whenever the connection is lost."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import OagwError
from oagw.systems.opcua.nodes import News, Opening, Server
from oagw.systems.presence import Presence
from oagw.systems.redial import Redial, scattered

_log = Logger()


class ServerLine:
    """One connection; see :class:`oagw.systems.presence.Line`.

    :param ended: called with the reason when it has ended.
    :ivar opened: the server; ``None`` until it is connected.
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
        """The server of a line that is connected."""
        assert self.opened is not None
        return self.opened

    def beat(self, patience: float) -> Deferred[None]:
        """Send a heartbeat; the server's connection has its own time limit."""
        return self.server.beat()

    def drop(self, reason: str) -> None:
        """Close it."""
        self._ended(self, reason)

    def lost(self, reason: str) -> None:
        """It has ended."""
        self.is_lost = True

    def on_news(self, news: News) -> None:
        """Samples have come; see :class:`oagw.systems.opcua.nodes.Watcher`."""
        if not self.is_lost:
            self._on_news(news)

    def on_lost(self, reason: str) -> None:
        """The connection was lost; see :class:`oagw.systems.opcua.nodes.Watcher`."""
        self._ended(self, reason)


class ServerDialler:
    """Keeps a presence connected to its server.

    :param longest: upper limit of the seconds between two attempts.
    :param on_news: called with the samples that come over the present connection.
    :param jitter: see :class:`oagw.systems.redial.Redial`.
    """

    def __init__(
        self,
        presence: Presence[ServerLine],
        opening: Opening,
        clock: IReactorTime,
        longest: float,
        on_news: Callable[[News], None],
        jitter: Callable[[], float] = scattered,
    ) -> None:
        self._presence = presence
        self._opening = opening
        self._on_news = on_news
        self._redial = Redial(self._connect, clock, longest, jitter)
        self._line: ServerLine | None = None
        self._attempt: Deferred[None] = succeed(None)

    def start(self) -> Deferred[None]:
        """Connect; fires when the first attempt has succeeded or failed."""
        first = self._presence.wait()
        self._connect()
        return first

    def stop(self) -> Deferred[None]:
        """Close the connection, and stop dialling; fires when it is closed."""
        self._redial.cancel()
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
            _log.failure("{name}: the server cannot be used", failure, name=name)
        self._ended(line, failure.getErrorMessage())

    def _ended(self, line: ServerLine, reason: str) -> None:
        """Close a line that has ended, and dial again; further calls do nothing."""
        if line is not self._line:
            return
        self._line = None
        self._close(line)
        if line.was_good:
            self._redial.reset()
        self._redial.schedule()
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
