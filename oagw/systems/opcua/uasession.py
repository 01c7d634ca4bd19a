"""A session with an OPC UA server: what every service needs, in asyncio's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from asyncua import ua

from oagw.config.secret import Hidden
from oagw.errors import ConnectionBrokenError
from oagw.systems.opcua import variants
from oagw.systems.opcua.messagesizes import LimitedClient
from oagw.systems.opcua.nodeids import Namespaces, NodeTextError, read_node_text
from oagw.systems.opcua.security import URI, Security, secure
from oagw.systems.opcua.skipping import UNREADABLE

_T = TypeVar("_T")
_G = TypeVar("_G")
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
_CODES = ua.StatusCodes
#: Faults of a request that has too many operations: nothing of it was done.
TOO_MANY = frozenset((_CODES.BadTooManyOperations, _CODES.BadRequestTooLarge))
#: Faults of a request whose answer has no room, or cannot be made; it may have been done.
TOO_LARGE = frozenset((_CODES.BadResponseTooLarge, _CODES.BadEncodingLimitsExceeded))
#: The server keeps no more places from where it would go on.
NO_POINT = frozenset((_CODES.BadNoContinuationPoints, _CODES.BadContinuationPointInvalid))
#: References of a node in one answer: all, or else as many as it has room for.
_REFERENCES = (0, 100, 10, 1)


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
        self.client = LimitedClient(
            target.url, timeout=target.patience, watchdog_intervall=target.heartbeat
        )
        self.client.name = self.client.description = "oagw"
        self.client.application_uri = URI
        self.client.session_timeout = _SESSION
        self._namespaces = Namespaces()
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
        self._namespaces = Namespaces(await self._read_namespaces())
        for name, number in _LIMITS.items():
            # One by one: how many at once it takes is what is asked for.
            wanted = [(ua.NodeId(number), ua.AttributeIds.Value)]
            [limit] = await self.read_attributes(wanted)
            value = variants.value_of(limit)
            if isinstance(value, int | float) and value >= 1:
                self._limits[name] = int(min(value, _CHUNK))

    async def _read_namespaces(self) -> list[object]:
        [found] = await self.read_attributes([(_NAMESPACES, ua.AttributeIds.Value)])
        uris = variants.value_of(found)
        return list(uris) if isinstance(uris, list) else []

    async def check(self) -> None:
        """Ask for a sign of life.

        The connection ends if the namespaces have other indexes than when it began: node
        ids that are known would be others then. Further ones do no harm.
        """
        await self.read_attributes([(_STATE, ua.AttributeIds.Value)])
        known, present = self._namespaces.uris, await self._read_namespaces()
        if present and Namespaces(present).uris[: len(known)] != known:
            self.drop("the server has numbered its namespaces anew")

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
        given: Sequence[_G],
        ask: Callable[[Sequence[_G]], Awaitable[Sequence[_T]]],
        refused: Callable[[int], _T],
    ) -> list[_T]:
        """The answers to as many requests as the server wants them divided to.

        :param refused: the answer to one whose request alone fails, by its status code.
        """
        answers: list[_T] = []
        while len(answers) < len(given):
            at = len(answers)
            part = given[at : at + self._limits[what]]
            answers += await self._part(what, part, ask, refused)
        return answers

    async def _part(
        self,
        what: str,
        part: Sequence[_G],
        ask: Callable[[Sequence[_G]], Awaitable[Sequence[_T]]],
        refused: Callable[[int], _T],
    ) -> list[_T]:
        """The answers to one request, or to its halves if it is too much as a whole."""
        try:
            answers = list(await ask(part))
        except ua.UaStatusCodeError as error:
            if error.code not in TOO_MANY | TOO_LARGE:
                raise
            code = int(error.code)
        else:
            if len(answers) == len(part):
                return answers
            raise ConnectionBrokenError(
                f"{self.target.name}: the server gives {len(answers)} answers to "
                f"{len(part)} questions"
            )
        if len(part) == 1:
            return [refused(code)]
        half = (len(part) + 1) // 2
        if code in TOO_MANY:
            self._limits[what] = min(self._limits[what], half)
        first = await self._part(what, part[:half], ask, refused)
        return first + await self._part(what, part[half:], ask, refused)

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
            return await readable(self.client.uaclient.read(parameters))

        return await self.in_parts("read", wanted, ask, _bad_value)

    async def browse_references(
        self,
        nodes: Sequence[ua.NodeId],
        description: ua.BrowseDescription,
        failed: Callable[[ua.NodeId, ua.StatusCode], None],
    ) -> list[list[ua.ReferenceDescription]]:
        """See :class:`oagw.systems.opcua.browsing.Asking`."""

        async def ask(part: Sequence[ua.NodeId]) -> Sequence[ua.BrowseResult]:
            return await self._browse(description, part, 0)

        results = await self.in_parts("browse", nodes, ask, _no_references)
        found: list[list[ua.ReferenceDescription]] = []
        for node, result in zip(nodes, results, strict=True):
            one = result
            if one.StatusCode.value in NO_POINT | TOO_LARGE:
                one = await self._browse_alone(description, node)
            if one.StatusCode.is_bad():
                failed(node, one.StatusCode)
            found.append(list(one.References or ()))
        return found

    async def _browse_alone(
        self, description: ua.BrowseDescription, node: ua.NodeId
    ) -> ua.BrowseResult:
        """What a node refers to; in smaller and smaller answers until there is one."""
        result = ua.BrowseResult()
        for most in _REFERENCES:
            try:
                [result] = await self._browse(description, [node], most)
            except ua.UaStatusCodeError as error:
                if error.code not in TOO_LARGE:
                    raise
                result = _no_references(int(error.code))
            if result.StatusCode.value not in NO_POINT | TOO_LARGE:
                break
        return result

    async def _browse(
        self, description: ua.BrowseDescription, part: Sequence[ua.NodeId], most: int
    ) -> Sequence[ua.BrowseResult]:
        """Browse nodes to the end, however many answers that takes.

        :param most: references of a node in one answer; 0 is as many as the server gives.
        """
        parameters = ua.BrowseParameters()
        parameters.RequestedMaxReferencesPerNode = most
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
        results = await readable(self.client.uaclient.browse(parameters))
        while left := [one for one in results if one.ContinuationPoint]:
            following = ua.BrowseNextParameters()
            following.ReleaseContinuationPoints = False
            following.ContinuationPoints = [one.ContinuationPoint for one in left]
            more = await self.client.uaclient.browse_next(following)
            for one, rest in zip(left, more, strict=True):
                one.References = [*(one.References or ()), *(rest.References or ())]
                one.StatusCode = rest.StatusCode
                one.ContinuationPoint = rest.ContinuationPoint
        return results

    def plain_id(self, node: ua.NodeId) -> ua.NodeId | None:
        """The id of a node of this server, whether it comes as an expanded one or not.

        ``None`` if it is of another server, or of a namespace that is not known.
        """
        index = node.NamespaceIndex
        if isinstance(node, ua.ExpandedNodeId):
            if node.ServerIndex:
                return None
            if node.NamespaceUri:
                found = self._namespaces.uris.count(node.NamespaceUri)
                if found != 1:
                    return None
                index = self._namespaces.uris.index(node.NamespaceUri)
        if node.Identifier is None:
            return None
        return ua.NodeId(node.Identifier, index)

    def text(self, node: ua.NodeId) -> str:
        """A node id with the URI of its namespace, by which :meth:`node` knows it."""
        bare = ua.NodeId(node.Identifier, 0, node.NodeIdType).to_string()
        text = f"{self._namespaces.prefix(node.NamespaceIndex)}{bare}"
        self._ids[text] = node
        return text

    def node(self, text: str) -> ua.NodeId:
        """The node id of a text.

        :raises ConnectionBrokenError: it is none, or not of one node of this server.
        """
        known = self._ids.get(text)
        if known is not None:
            return known
        try:
            parts = read_node_text(text)
            index = self._namespaces.index(parts)
            bare = ua.NodeId.from_string(f"{parts.kind}={parts.identifier}")
        except (NodeTextError, ua.UaError) as error:
            raise ConnectionBrokenError(str(error)) from error
        return ua.NodeId(bare.Identifier, index)

    async def close(self) -> None:
        """End; it is no matter whether there is a connection."""
        self._is_closed = True
        try:
            await asyncio.wait_for(self.client.disconnect(), 2)
        except (OSError, TimeoutError, ua.UaError):
            self.client.disconnect_socket()


async def readable(answers: Awaitable[Sequence[_T]]) -> list[_T]:
    """The answers; one that the library cannot read is as one that is too large.

    :raises ua.UaStatusCodeError: the server, or the library, refuses all of them.
    """
    try:
        return list(await answers)
    except ua.UaStatusCodeError:
        raise
    except UNREADABLE as error:
        raise ua.UaStatusCodeError(_CODES.BadEncodingLimitsExceeded) from error


def _bad_value(code: int) -> ua.DataValue:
    return ua.DataValue(StatusCode=variants.status_code(code))


def _no_references(code: int) -> ua.BrowseResult:
    return ua.BrowseResult(StatusCode=variants.status_code(code), References=[])


def is_gone(error: ua.UaStatusCodeError) -> bool:
    """Whether an error is about the connection rather than about what was asked."""
    refusal = variants.error_of_code(variants.status_code(int(error.code)), "")
    return isinstance(refusal, ConnectionBrokenError)


def reason_of(error: BaseException) -> str:
    """Why there is no connection, in a line."""
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    if isinstance(error, ua.UaStatusCodeError):
        code = ua.StatusCode(error.code)
        return f"the server says {code.name} ({code.doc.rstrip('.')})"
    return " ".join(str(error).split()) or type(error).__name__
