"""The catalogue of commands: a row each, which names the handler."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from twisted.internet.defer import Deferred

from oagw.core.commands.connects import (
    dp_connect,
    dp_disconnect,
    dp_query_connect,
    dp_query_disconnect,
)
from oagw.core.commands.history import dp_get_period
from oagw.core.commands.values import dp_get, dp_set
from oagw.core.context import Context
from oagw.wire import messages
from oagw.wire.codec import Message

#: Handles a command of its class; returns what to answer, if anything.
Handler: TypeAlias = Callable[[Context, Any], Coroutine[Deferred[Any], Any, Message | None]]

CATALOGUE: Final[dict[type[messages.Command], Handler]] = {
    messages.DpGet: dp_get,
    messages.DpSet: dp_set,
    messages.DpConnect: dp_connect,
    messages.DpDisconnect: dp_disconnect,
    messages.DpQueryConnect: dp_query_connect,
    messages.DpQueryDisconnect: dp_query_disconnect,
    messages.DpGetPeriod: dp_get_period,
}
