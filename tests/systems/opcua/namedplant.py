"""The plant of the embedded system's tests, served by an OPC UA server."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from oagw.config.secret import Hidden
from oagw.interfaces.services import Services
from oagw.model.systemstate import State
from oagw.systems.opcua.asynciothread import AsyncioThread
from oagw.systems.opcua.connection import ServerOpener
from oagw.systems.opcua.nodenames import Design, NamePlan, design
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.system import OpcuaOptions, OpcuaSystem
from oagw.systems.opcua.uasession import Sampling, Target
from tests.systems.bench import at_once, unsliced
from tests.systems.opcua.server import ServerProcess, python_server

#: The variables: their browse names below Objects, values and types.
VARIABLES: list[tuple[list[str], object, str]] = [
    (["F1"], 0.0, "Double"),
    (["F2"], 2.5, "Double"),
    (["K"], 0.0, "Double"),
    (["A", "b"], False, "Boolean"),
    (["A", "c"], 0, "Byte"),
    (["A", "u"], 0, "UInt32"),
    (["A", "i"], 0, "Int32"),
    (["A", "f"], 0.0, "Double"),
    (["A", "l"], 0, "Int64"),
    (["A", "ul"], 0, "UInt64"),
    (["A", "s"], "", "String"),
    *(
        variable
        for number in ("01", "02", "03")
        for variable in (
            ([f"pump_{number}", "value", "speed"], 0.0, "Double"),
            ([f"pump_{number}", "value", "running"], False, "Boolean"),
            ([f"pump_{number}", "state", "text"], "idle", "String"),
        )
    ),
    # Set last, it says that all before it has been reported.
    (["_Internal"], 0.0, "Double"),
]
#: What the types of some datapoints are called, and of all with the same elements.
_TYPES = {"K": "Float", "A": "All", "pump_01": "Pump"}
#: Its loop serves all tests of the process.
_THREAD = AsyncioThread(reactor)


def plan(variables: Sequence[Variable]) -> NamePlan:
    """The first browse name is the datapoint, the others are the path of the element."""
    wanted = {tuple(path) for path, _, _ in VARIABLES}
    names = {
        one: f"{one.path[0]}.{'.'.join(one.path[1:])}"
        for one in variables
        if one.path in wanted
    }
    made = design(names)
    known = {made.datapoints[name]: title for name, title in _TYPES.items()}
    types = {
        known.get(name, name): replace(root, name=known.get(name, name))
        for name, root in made.types.items()
    }
    datapoints = {name: known.get(one, one) for name, one in made.datapoints.items()}
    for name in made.datapoints:
        if name.startswith("pump_"):
            datapoints[name] = "Pump"
    used = {name: root for name, root in types.items() if name in datapoints.values()}
    return NamePlan(names, Design(used, datapoints))


def serve(without: str = "") -> dict[str, Any]:
    """The arguments of the server.

    :param without: a datapoint that is not served.
    """
    variables = [one for one in VARIABLES if one[0][0] != without]
    return {"pumps": [], "variables": variables, "kept": ["K"]}


def start_server() -> ServerProcess:
    """A server with all variables; it keeps the history of K."""
    return python_server(**serve())


_shared: list[ServerProcess] = []


def shared_server() -> ServerProcess:
    """A server that is started once, with the values that it began with."""
    if not _shared:
        _shared.append(start_server())
        atexit.register(_shared[0].stop)
    _shared[0].tell("reset")
    return _shared[0]


def system_of(server: ServerProcess, name: str) -> OpcuaSystem:
    """A system in front of the server, by the real reactor."""
    target = Target(
        name, server.url, "", Hidden(""), ["i=85"], Sampling(0.01, 0.01), 2.0, 10.0
    )
    services = Services(reactor, at_once, unsliced, UTC)
    options = OpcuaOptions(0.1, 10.0, plan)
    return OpcuaSystem(name, options, ServerOpener(target, _THREAD), services)


def connected(state: State, is_connected: bool) -> Deferred[None]:
    """Fires when the server is there, or is away."""
    done: Deferred[None] = Deferred()

    def look(state: State) -> None:
        if state.connected is is_connected and not done.called:
            state.listeners.remove(look)
            done.callback(None)

    state.listeners.append(look)
    look(state)
    return done
