"""The gateway's edge with nothing behind it: what the rest of the path costs is the rest.

Run as ``python -m benchmarks.live.prototype CERTIFICATE PRIVATE_KEY FILE [plain]``. A DpSet
of whatever becomes an update of it for all who have sent a DpConnect of whatever; there
are no names, no permissions, no queries, no archive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from zope.interface import Interface, implementer

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.interfaces.sessions import IOutlet, ISession, SessionLoad
from oagw.server.delivery import Bounds
from oagw.server.listeners import parse_listener
from oagw.server.tls import load_context
from oagw.server.websocket import Limits, OagwFactory
from oagw.wire.codec import decode, encode, values_answer, values_head
from oagw.wire.messages.attributes import (
    DpGet,
    DpSet,
)
from oagw.wire.messages.connects import (
    DpConnect,
)

_PREFIX, _ATTRIBUTE = "System1:", ":_online.._value"


@implementer(ISession)
class _Session:
    def __init__(self, outlet: IOutlet, audience: Audience, values: dict[str, Any]) -> None:
        self._outlet = outlet
        self._audience = audience
        self._values = values

    user = ""

    def load(self) -> SessionLoad:
        return SessionLoad(0, 0, 0, 0)

    def receive(self, frame: bytes) -> None:
        command = decode(frame)
        if isinstance(command, DpSet):
            for one in command.values:
                self._values[f"{_PREFIX}{one.dp}{_ATTRIBUTE}"] = one.value
            self._audience.notify(encode(self._values))
        elif isinstance(command, DpConnect):
            head = values_head(DpConnect, command.id)
            self._audience.add(Subscriber(self._outlet, head))
            self._outlet.send(values_answer(DpConnect, command.id, encode(self._values)))
        elif isinstance(command, DpGet):
            self._outlet.send(values_answer(DpGet, command.id, encode(self._values)))

    def refuse_binary(self, frame: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """The process ends with the clients."""


@implementer(IRealm)
class _Realm:
    def __init__(self) -> None:
        self._audience = Audience()
        self._values: dict[str, Any] = {}

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        session = _Session(IOutlet(mind), self._audience, self._values)
        return ISession, session, session.close


async def _main() -> None:
    certificate, private_key, listening = map(Path, sys.argv[1:4])
    reactor: Any = installed_reactor
    tls = load_context(certificate, private_key)
    checker = InMemoryUsernamePasswordDatabaseDontUse(demo=b"demo")
    bounds = Bounds(queue=2**16, delay=0.5, unsent=2**26, stall=60)
    limits = Limits(connections=10_000, message=2**24, bounds=bounds)
    factory = OagwFactory(Portal(_Realm(), [checker]), {"/winccoa"}, limits, reactor)
    factory.be_ready()
    scheme = "ws" if sys.argv[4:] == ["plain"] else "wss"
    listener = parse_listener(f"{scheme}://127.0.0.1:0/winccoa", "/winccoa", reactor)
    port: Any = await listener.listen(reactor, factory, tls)
    listening.write_text(f"{port.getHost().port}\n", encoding="ascii")


if __name__ == "__main__":
    started = Deferred.fromCoroutine(_main())
    installed_reactor.run()
