"""The datapoint ``_oagw``, which shows the state of each system of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import DatapointExistsError
from oagw.gateway.internaldatapoints import HEALTH, INTERNAL, ensure_datapoint
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    ISystem,
    NewValue,
    SetRequest,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.systemstate import State
from oagw.model.values import WireValue

_log = Logger()
DATAPOINT, TYPE = HEALTH, INTERNAL[HEALTH]
_ELEMENTS = {
    "backend": ElementType.STRING,
    "connected": ElementType.BOOL,
    "since": ElementType.TIME,
    "error": ElementType.STRING,
    "latency": ElementType.FLOAT,
}


class Health:
    """Keeps the datapoint up to date.

    :param own: the system that has the datapoint.
    :param backends: the backend of each system, by name.
    :param states: the states of those systems that can be away, by name; the others are
        part of the gateway, and always connected.
    """

    def __init__(
        self,
        own: ISystem,
        backends: Mapping[str, str],
        states: Mapping[str, State],
        clock: IReactorTime,
    ) -> None:
        self._own = own
        self._backends = backends
        self._states = states
        self._clock = clock
        self._last: dict[str, WireValue] = {}

    async def start(self) -> None:
        """Create the datapoint, or change its type, and set it from now on.

        If a datapoint of another type has its name, the log says so, and nothing is set.
        """
        root = health_type(list(self._backends))
        try:
            await ensure_datapoint(self._own, DATAPOINT, root)
        except DatapointExistsError as error:
            _log.warn("{name} has no values: {error}", name=DATAPOINT, error=error)
            return
        now = int(server_time_of(self._clock)() * 1000)
        for name, backend in self._backends.items():
            values: dict[str, WireValue] = {"backend": backend}
            if name not in self._states:
                values |= {"connected": True, "since": now, "error": ""}
            self._set(name, values)
        for state in self._states.values():
            self._show(state)
            state.listeners.append(self._show)

    def stop(self) -> None:
        """Stop setting the datapoint."""
        for state in self._states.values():
            if self._show in state.listeners:
                state.listeners.remove(self._show)

    def _show(self, state: State) -> None:
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
        settings = [NewValue(name, value) for name, value in changed.items()]
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
