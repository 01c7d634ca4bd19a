"""The state of each system in a datapoint of the gateway's own system: ``_oagw``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import TypeNotFoundError
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    ISystem,
    SetRequest,
    Setting,
)
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.patterns import compile_pattern
from oagw.model.systemstate import State
from oagw.model.values import WireValue

_log = Logger()
DATAPOINT, TYPE = "_oagw", "_Oagw"
_ELEMENTS = {
    "backend": ElementType.STRING,
    "connected": ElementType.BOOL,
    "since": ElementType.TIME,
    "error": ElementType.STRING,
    "latency": ElementType.FLOAT,
}


class Watched(Protocol):
    """Who tells of a state that has changed."""

    state: State


class Health:
    """Keeps the datapoint.

    :param own: the system that has it.
    :param embedded: the names of the systems that are always there.
    :param remote: those that may be away, by name, with their backends.
    """

    def __init__(
        self,
        own: ISystem,
        embedded: Sequence[str],
        remote: Mapping[str, tuple[str, Watched]],
        clock: IReactorTime,
    ) -> None:
        self._own = own
        self._embedded = embedded
        self._remote = remote
        self._clock = clock
        self._last: dict[str, WireValue] = {}

    async def start(self) -> None:
        """Make the datapoint what it must be, and set it from now on."""
        await self._make()
        now = int(server_time_of(self._clock)() * 1000)
        for name in self._embedded:
            self._set(
                name, {"backend": "embedded", "connected": True, "since": now, "error": ""}
            )
        for name, (backend, watched) in self._remote.items():
            self._set(name, {"backend": backend})
            self._tell(watched.state)
            watched.state.listeners.append(self._tell)

    def stop(self) -> None:
        """Set nothing any more."""
        for _, watched in self._remote.values():
            if self._tell in watched.state.listeners:
                watched.state.listeners.remove(self._tell)

    async def _make(self) -> None:
        own = self._own
        root = health_type([*self._embedded, *self._remote])
        try:
            present = await own.definition(TYPE, False)
        except TypeNotFoundError:
            await own.change(CreateType(root))
        else:
            if _shape(present) != _shape(root):
                await own.change(ChangeType(root))
        if not await own.names(compile_pattern(DATAPOINT), None):
            await own.change(CreateDatapoint(DATAPOINT, TYPE))

    def _tell(self, state: State) -> None:
        values: dict[str, WireValue] = {
            "connected": state.connected,
            "since": int(state.since * 1000),
            "error": state.error,
            "latency": state.latency * 1000,
        }
        self._set(state.name, values)

    def _set(self, system: str, values: Mapping[str, WireValue]) -> None:
        prefix = f"{self._own.name}:{DATAPOINT}.systems.{system}"
        names = {f"{prefix}.{key}:{ORIGINAL_VALUE}": one for key, one in values.items()}
        changed = {name: one for name, one in names.items() if self._last.get(name) != one}
        if not changed:
            return
        self._last |= changed
        settings = [Setting(name, value) for name, value in changed.items()]
        done = self._own.set(SetRequest(settings, "root"), False)
        done.addErrback(self._not_set, system)

    def _not_set(self, failure: Failure, system: str) -> None:
        _log.failure("the state of {system} could not be set", failure, system=system)


def health_type(systems: Sequence[str]) -> TypeNode:
    """The type of the datapoint: ``systems.NAME.connected`` and so on."""
    elements = tuple(TypeNode(name, kind) for name, kind in _ELEMENTS.items())
    each = tuple(TypeNode(one, ElementType.STRUCT, 0, elements) for one in sorted(systems))
    return TypeNode(
        TYPE, ElementType.STRUCT, 0, (TypeNode("systems", ElementType.STRUCT, 0, each),)
    )


def _shape(node: TypeNode) -> object:
    """What of a definition counts: ids are given by the system."""
    return node.name, node.type, tuple(_shape(child) for child in node.children)
