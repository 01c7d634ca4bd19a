"""A system as the gateway's other parts use it, and what it is made with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oagw.config.settings import Settings
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.model.systemstate import State
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.remote.bridgeacceptor import Acceptor


@dataclass(frozen=True, slots=True)
class SystemContext:
    """What the systems of a gateway are made with.

    :ivar state: the state directory.
    """

    settings: Settings
    services: Services
    state: Path
    reactor: Any

    def directory(self, name: str) -> Path:
        """The directory for the files of a ``[system:NAME]``; it may not exist yet."""
        return self.state / "systems" / name

    def created_directory(self, name: str) -> Path:
        """The same, created if it is needed, for the gateway's user alone."""
        directory = self.directory(name)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory


@dataclass(frozen=True, slots=True)
class GatewaySystem:
    """A system of the gateway.

    :ivar system: answers commands.
    :ivar backend: the name of its backend.
    :ivar state: whether it is connected; ``None``: it is part of the gateway.
    :ivar archived_in: the embedded system that archives its values; ``None``: none does.
    :ivar acceptor: the end of its bridge in the gateway, if it has a bridge.
    """

    system: ISystem
    backend: str
    state: State | None = None
    archived_in: EmbeddedSystem | None = None
    acceptor: Acceptor | None = None
