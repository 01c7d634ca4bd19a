"""Two gateways in a row, in one process: client, gateway, gateway, embedded system."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from oagw.core.context import Context, Rules
from oagw.core.manager import DatapointManager
from oagw.core.session import Session
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peerpresence import PeerPresence
from oagw.wire.codec import Message
from tests.core.test_session import FakeOutlet
from tests.systems.bench import at_once


class _Outlet(FakeOutlet):
    """Passes messages of the far gateway to the near one's link."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        super().__init__()
        self._receive = receive

    def send(self, message: Message) -> None:
        self._receive(message.body)

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        self.parts.append(part)
        if is_last:
            self._receive(b"".join(self.parts))
            self.parts = []
        return succeed(None)


class Wire:
    """Connects two gateways; it may break, and hold back what comes.

    :ivar sent: what the near gateway sent.
    :ivar held: gets what comes instead of the near gateway, if it is a list.
    :ivar known: the commands that the far end knows; ``None`` is all.
    :ivar garble: what becomes of a text from the far gateway on its way.
    """

    dials = True

    def __init__(self, far: DatapointManager, rules: Rules, clock: IReactorTime) -> None:
        self.far = far
        self.rules = rules
        self.clock = clock
        self.sent: list[bytes] = []
        self.held: list[bytes] | None = None
        self.known: set[str] | None = None
        self.garble: Callable[[bytes], bytes] = lambda text: text
        self.presence: PeerPresence | None = None
        self.cable: Cable | None = None

    def start(self, presence: PeerPresence) -> None:
        """Connect at once."""
        self.presence = presence
        self.connect()

    def stop(self) -> Deferred[None]:
        """End the connection."""
        self.break_off("stopped")
        return succeed(None)

    def connect(self) -> None:
        """Make a connection."""
        assert self.presence is not None
        self.cable = Cable(self, self.presence)

    def break_off(self, reason: str) -> None:
        """End the connection, as a cable that is cut does."""
        if self.cable is not None:
            self.cable.cut(reason)

    @property
    def commands(self) -> list[tuple[str, dict[str, Any]]]:
        """What was sent since the last time, as commands and arguments."""
        sent, self.sent = self.sent, []
        return [next(iter(json.loads(one).items())) for one in sent]


class Cable:
    """One connection, with the session that the far gateway has for it.

    :ivar link: the near gateway's end.
    """

    def __init__(self, wire: Wire, presence: PeerPresence) -> None:
        self._wire = wire
        self._presence = presence
        outlet = _Outlet(self.come)
        context = Context("anna", outlet, wire.far, wire.rules, at_once, wire.clock)
        self._session = Session(context)
        self._early: list[bytes] = []
        self.link: PeerLink | None = None
        self.link = presence.attach(self._send, self.cut)
        for one in self._early:
            self._send(one)

    def _send(self, text: bytes) -> None:
        if self.link is None:
            # The greeting begins before the link is there to hear of its answer.
            self._early.append(text)
            return
        self._wire.sent.append(text)
        [(command, body)] = json.loads(text).items()
        known = self._wire.known
        if known is None or command in known:
            self._session.receive(text)
        else:
            answer = {"Id": body["Id"], "Code": 36, "Message": f"no {command}"}
            self.come(json.dumps({"Response": answer}).encode())

    def come(self, text: bytes) -> None:
        """Something comes from the far gateway."""
        if self._wire.held is not None:
            self._wire.held.append(text)
        elif self.link is not None:
            self.link.received(self._wire.garble(text))

    def cut(self, reason: str) -> None:
        """End the connection for both."""
        self._session.close()
        if self.link is not None:
            self._presence.detach(self.link, reason)
