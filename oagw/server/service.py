"""The service: listens, becomes ready, tells where, and ends cleanly."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.server.listeners import Listener, ListenError
from oagw.server.processsignals import Signals
from oagw.server.timekeeping import ClockWatch
from oagw.server.websocket import OagwFactory

_STOPPING = "the gateway stops"
#: What to do about a port that cannot be had, by the number of the error.
_WAYS_OUT: Mapping[int | None, str] = {
    errno.EADDRINUSE: "; end what listens there, or choose another port with --listen",
    errno.EADDRNOTAVAIL: "; this machine does not have that address",
    errno.EACCES: "; ports below 1024 need the capability CAP_NET_BIND_SERVICE",
}


class CannotListen(SystemExit, Exception):  # noqa: N818 - as an exit it is none
    """Ends a start for which a listener cannot be had, after one line for the person.

    It is an exit, which shows no traceback, and an exception, because twistd as a daemon
    waits for ever for a child that has ended by an exit.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code = 1
        # twistd has put its log in the place of stderr.
        print(f"oagw: {text}", file=sys.__stderr__)


class GatewayService(Service):
    """Binds the listeners, starts what is behind them, and stops both.

    :param start: starts what is behind; logins wait for it.
    :param stop: stops it; everything accepted is durable when it has fired.
    :param announce: is told the URLs once they accept connections.
    :param withdraw: is called when they do no more.
    :param signals: have survived a hangup since the process began.
    :param others: further listeners, which are not announced, and what they serve.
    """

    name = "oagw"
    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        listeners: Sequence[Listener],
        factory: OagwFactory,
        tls: ssl.SSLContext,
        start: Callable[[], Deferred[None]],
        stop: Callable[[], Deferred[None]],
        announce: Callable[[list[str]], None],
        withdraw: Callable[[], None],
        signals: Signals,
        others: Sequence[tuple[Listener, Factory]] = (),
    ) -> None:
        self._reactor = reactor
        self._listeners = listeners
        self._factory = factory
        self._tls = tls
        self._start = start
        self._stop = stop
        self._announce = announce
        self._withdraw = withdraw
        self._others = others
        self._ports: list[IListeningPort] = []
        self._urls: list[str] = []
        self._signals = signals
        self._started: Deferred[None] | None = None
        self._watch = ClockWatch(reactor)

    def privilegedStartService(self) -> None:
        """Bind, while a port below 1024 may still be allowed.

        :raises CannotListen: after one line on stderr, if a listener cannot be had.
        """
        for listener in self._listeners:
            self._urls.append(self._listen(listener, self._factory))
        for listener, factory in self._others:
            url = self._listen(listener, factory)
            self._log.info("bridges connect to {url}", url=url)

    def _listen(self, listener: Listener, factory: Factory) -> str:
        found: list[IListeningPort] = []
        wrong: list[Failure] = []
        listening = maybeDeferred(listener.listen, self._reactor, factory, self._tls)
        listening.addCallbacks(found.append, wrong.append)
        if not found:
            reason = _reason(listener, wrong)
            self._log.critical("{reason}", reason=reason)
            raise CannotListen(reason)
        self._ports += found
        return listener.url(found[0])

    def startService(self) -> None:
        """Start what is behind the listeners when the reactor runs."""
        super().startService()  # type: ignore[no-untyped-call]
        if not self._ports:
            self.privilegedStartService()
        self._signals.survive_others()
        # One turn later the reactor has installed its own signal handlers.
        self._reactor.callWhenRunning(self._reactor.callLater, 0, self._run)

    def _run(self) -> None:
        if not self.running:
            return
        self._signals.stop_cleanly()
        self._watch.start()
        self._started = self._start()
        self._started.addCallback(self._ready)
        self._started.addErrback(self._broken)

    def _ready(self, _: None) -> None:
        if not self.running:
            return
        self._factory.be_ready()
        self._announce(self._urls)
        _notify("READY=1")

    def _broken(self, failure: Failure) -> None:
        self._log.failure("oagw cannot start", failure)
        print(f"oagw: cannot start: {failure.getErrorMessage()}", file=sys.__stderr__)
        self._reactor.addSystemEventTrigger("after", "shutdown", _exit_with_failure)
        self._reactor.stop()

    def stopService(self) -> Deferred[None]:
        """Send the clients away, then stop what is behind."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._shut_down())

    async def _shut_down(self) -> None:
        _notify("STOPPING=1")
        self._withdraw()
        self._watch.stop()
        ports, self._ports = self._ports, []
        await gatherResults([maybeDeferred(port.stopListening) for port in ports])
        await self._factory.close_all(_STOPPING)
        if self._started is None:
            return
        await self._started
        try:
            await self._stop()
        except Exception:
            self._log.failure("not everything that was accepted could be written")
            self._reactor.addSystemEventTrigger("after", "shutdown", _exit_with_failure)
            return
        self._log.info("stopped; everything accepted is on disk")


def _reason(listener: Listener, wrong: Sequence[Failure]) -> str:
    """Why a listener cannot be had, and what to do about it."""
    error = wrong[0].value if wrong else ListenError("it is not ready at once")
    cause = getattr(error, "socketError", error)
    reason = getattr(cause, "strerror", None) or cause
    is_tcp = listener.endpoint.startswith("tcp")
    way_out = _WAYS_OUT.get(getattr(cause, "errno", None), "") if is_tcp else ""
    return f"listen {listener.text}: {reason}{way_out}"


def _exit_with_failure() -> None:
    """The reactor has no exit code of its own; nothing is left to be done here."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _notify(state: str) -> None:
    """Tell systemd, if it asked (sd_notify(3), Type=notify)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.sendall(state.encode())
