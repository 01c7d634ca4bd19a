"""The realm: who has logged in gets a session."""

from __future__ import annotations

from collections.abc import Callable

from twisted.cred.portal import IRealm
from twisted.internet.interfaces import IReactorTime
from zope.interface import Interface, implementer

from oagw.core.context import Context, Offload, Rules
from oagw.core.manager import DatapointManager
from oagw.core.session import Session
from oagw.interfaces.sessions import (
    IOutlet,
    ISession,
)


@implementer(IRealm)
class Realm:
    """Makes a session for each login; the mind is the client's :class:`IOutlet`."""

    def __init__(
        self,
        manager: DatapointManager,
        rules: Rules,
        offload: Offload,
        clock: IReactorTime,
    ) -> None:
        self._manager = manager
        self._rules = rules
        self._offload = offload
        self._clock = clock

    def requestAvatar(
        self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        """A session of the user whose name the avatar id is."""
        if ISession not in interfaces or not isinstance(avatarId, bytes):
            raise NotImplementedError("only sessions can be had here")
        context = Context(
            avatarId.decode("utf-8"),
            IOutlet(mind),
            self._manager,
            self._rules,
            self._offload,
            self._clock,
        )
        session = Session(context)
        return ISession, session, session.close
