"""A session with an OPC UA server: what every service needs, in asyncio's thread."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from asyncua import Client, ua

from oagw.errors import ConnectionBrokenError
from oagw.model.secret import Hidden
from oagw.systems.opcua import variants
from oagw.systems.opcua.security import URI, Security, secure

_T = TypeVar("_T")
#: Operations in one request, where the server sets no lower limit.
_CHUNK = 1000
#: Milliseconds that a server keeps a session that nobody uses.
_SESSION = 60_000
#: Seconds until a connection must be there.
_PATIENCE = 10.0
#: The server's variables for how many operations it takes in one request.
_LIMITS = {
    "read": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    "write": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    "browse": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    "monitor": (
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
    ),
}
_STATE = ua.NodeId(ua.ObjectIds.Server_ServerStatus_State)
_NAMESPACES = ua.NodeId(ua.ObjectIds.Server_NamespaceArray)
_WITH_URI = re.compile(r"nsu=(.*?);([isgb]=.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How values are watched; times in seconds.

    :ivar interval: how often the server looks at a value.
    :ivar publishing: how often it tells of what it has seen.
    :ivar deadband: a number tells of no smaller change; as ``5%`` of its range.
    :ivar queue: values that it keeps until it tells them.
    """

    interval: float = 0.1
    publishing: float = 0.1
    deadband: float = 0.0
    is_percent: bool = False
    queue: int = 100


@dataclass(frozen=True, slots=True)
class Target:
    """Which server, and how to connect to it.

    :ivar roots: node ids below which its variables are.
    :ivar patience: seconds after which a request that is not answered is given up.
    :ivar security: ``None`` is none.
    """

    name: str
    url: str
    user: str
    password: Hidden
    roots: Sequence[str]
    sampling: Sampling
    patience: float = 60.0
    heartbeat: float = 10.0
    security: Security | None = None


class Session:
    """A server that is connected.

    :param on_lost: told why, if the connection ends by itself; in asyncio's thread.
    :ivar client: what requests go through.
    """

    def __init__(self, target: Target, on_lost: Callable[[str], None]) -> None:
        self.target = target
        self._on_lost = on_lost
        self.client = Client(
            target.url, timeout=target.patience, watchdog_intervall=target.heartbeat
        )
        self.client.name = self.client.description = "oagw"
        self.client.application_uri = URI
        self.client.session_timeout = _SESSION
        self._namespaces: list[str] = []
        self._limits = dict.fromkeys(_LIMITS, _CHUNK)
        self._ids: dict[str, ua.NodeId] = {}
        self._is_closed = False

    async def open(self) -> None:
        """Connect.

        :raises ConnectionBrokenError: it cannot be; the text says why.
        """
        client, target = self.client, self.target
        if target.user:
            client.set_user(target.user)
            client.set_password(target.password.reveal())
        client.connection_lost_callback = self._lost
        try:
            await asyncio.wait_for(self._connect(), _PATIENCE)
        except (OSError, TimeoutError, ua.UaError) as error:
            await self.close()
            raise ConnectionBrokenError(reason_of(error)) from error
        try:
            await self.asked(self._learn())
        except BaseException:
            await self.close()
            raise

    async def _connect(self) -> None:
        target = self.target
        if target.security is not None:
            await secure(self.client, target.security, target.url)
        await self.client.connect()

    async def _learn(self) -> None:
        """What is needed of the server before anything is asked."""
        names = list(_LIMITS)
        nodes = [_NAMESPACES, *(ua.NodeId(_LIMITS[name]) for name in names)]
        wanted = [(node, ua.AttributeIds.Value) for node in nodes]
        namespaces, *limits = await self.read_attributes(wanted)
        self._namespaces = list(namespaces.Value.Value or ())
        for name, limit in zip(names, limits, strict=True):
            value = limit.Value.Value if limit.Value is not None else None
            if isinstance(value, int) and value > 0:
                self._limits[name] = min(value, _CHUNK)

    async def _lost(self, error: Exception) -> None:
        self.drop(reason_of(error))

    def drop(self, reason: str) -> None:
        """The connection is of no use any more."""
        if not self._is_closed:
            self._is_closed = True
            self._on_lost(reason)

    async def asked(self, work: Coroutine[Any, Any, _T]) -> _T:
        """What is asked of the server, with errors as they are here."""
        try:
            return await work
        except ua.UaStatusCodeError as error:
            code = ua.StatusCode(error.code)
            raise variants.error_of_code(code, self.target.name) from error
        except (OSError, TimeoutError, ua.UaError) as error:
            message = f"{self.target.name}: {reason_of(error)}"
            raise ConnectionBrokenError(message) from error

    async def in_parts(
        self,
        what: str,
        given: Sequence[Any],
        ask: Callable[[Sequence[Any]], Awaitable[Sequence[_T]]],
    ) -> list[_T]:
        """The answers to as many requests as the server wants them divided to."""
        size = self._limits[what]
        answers: list[_T] = []
        for start in range(0, len(given), size):
            answers += await ask(given[start : start + size])
        return answers

    async def read_attributes(
        self, wanted: Sequence[tuple[ua.NodeId, ua.AttributeIds]]
    ) -> list[ua.DataValue]:
        """See :class:`oagw.systems.opcua.browsing.Asking`."""

        async def ask(
            part: Sequence[tuple[ua.NodeId, ua.AttributeIds]],
        ) -> Sequence[ua.DataValue]:
            parameters = ua.ReadParameters()
            parameters.MaxAge = 0
            parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=attribute)
                for node, attribute in part
            ]
            return list(await self.client.uaclient.read(parameters))

        return await self.in_parts("read", wanted, ask)

    async def browse_references(
        self, nodes: Sequence[ua.NodeId], description: ua.BrowseDescription
    ) -> list[list[ua.ReferenceDescription]]:
        """All references of nodes, however many answers they take."""

        async def ask(
            part: Sequence[ua.NodeId],
        ) -> Sequence[list[ua.ReferenceDescription]]:
            parameters = ua.BrowseParameters()
            parameters.RequestedMaxReferencesPerNode = 0
            parameters.NodesToBrowse = [
                ua.BrowseDescription(
                    node,
                    description.BrowseDirection,
                    description.ReferenceTypeId,
                    description.IncludeSubtypes,
                    description.NodeClassMask,
                    description.ResultMask,
                )
                for node in part
            ]
            results = await self.client.uaclient.browse(parameters)
            found = [list(one.References or ()) for one in results]
            await self._browse_on(results, found)
            return found

        return await self.in_parts("browse", nodes, ask)

    async def _browse_on(
        self,
        results: Sequence[ua.BrowseResult],
        found: list[list[ua.ReferenceDescription]],
    ) -> None:
        left = {at: one.ContinuationPoint for at, one in enumerate(results)}
        while points := {at: point for at, point in left.items() if point}:
            parameters = ua.BrowseNextParameters()
            parameters.ReleaseContinuationPoints = False
            parameters.ContinuationPoints = list(points.values())
            more = await self.client.uaclient.browse_next(parameters)
            for at, one in zip(points, more, strict=True):
                found[at] += one.References or ()
            left = {at: one.ContinuationPoint for at, one in zip(points, more, strict=True)}

    def text(self, node: ua.NodeId) -> str:
        """A node id with the URI of its namespace."""
        text = ua.NodeId(node.Identifier, 0, node.NodeIdType).to_string()
        index = node.NamespaceIndex
        if not index or index >= len(self._namespaces):
            return str(node.to_string())
        return f"nsu={self._namespaces[index]};{text}"

    def node(self, text: str) -> ua.NodeId:
        """The node id of a text.

        :raises ConnectionBrokenError: it is none, or not of this server.
        """
        known = self._ids.get(text)
        if known is not None:
            return known
        wanted = text
        found = _WITH_URI.fullmatch(text)
        if found is not None:
            uri, rest = found.groups()
            if uri not in self._namespaces:
                raise ConnectionBrokenError(f"the server has no namespace {uri}")
            wanted = f"ns={self._namespaces.index(uri)};{rest}"
        try:
            node: ua.NodeId = ua.NodeId.from_string(wanted)
        except ua.UaError as error:
            raise ConnectionBrokenError(f"'{text}' is no node id") from error
        self._ids[text] = node
        return node

    async def close(self) -> None:
        """End; it is no matter whether there is a connection."""
        self._is_closed = True
        try:
            await asyncio.wait_for(self.client.disconnect(), 2)
        except (OSError, TimeoutError, ua.UaError):
            self.client.disconnect_socket()


def reason_of(error: BaseException) -> str:
    """Why there is no connection, in a line."""
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    if isinstance(error, ua.UaStatusCodeError):
        code = ua.StatusCode(error.code)
        return f"the server says {code.name} ({code.doc.rstrip('.')})"
    return " ".join(str(error).split()) or type(error).__name__
