"""Requests that a server, or the library, refuses as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from asyncua import ua
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.secret import Hidden
from oagw.errors import ConnectionBrokenError
from oagw.systems.opcua.addressspace import browse_variables
from oagw.systems.opcua.nodeids import Namespaces
from oagw.systems.opcua.uasession import Sampling, Target, UaSession

_CODES = ua.StatusCodes
_T = TypeVar("_T")
_VALUE = ua.AttributeIds.Value
_ROOT = ua.NodeId(ua.ObjectIds.ObjectsFolder)


class FakeClient:
    """The services of a server whose folder Objects has variables: ``ns=2;i=NUMBER``.

    :ivar references: of the folder, as they are.
    :ivar most: nodes in a request, and references in an answer.
    :ivar points: places that it remembers; after those there is an error.
    """

    def __init__(self, count: int = 10) -> None:
        self.references = [self.reference(ua.NodeId(at, 2)) for at in range(1, count + 1)]
        self.most = 1000
        self.points = 1000
        self.asked: list[int] = []
        #: What is wrong with reading a number of nodes.
        self.judge: Callable[[Sequence[ua.NodeId]], object] = lambda nodes: None

    def reference(self, node: ua.NodeId, **more: Any) -> ua.ReferenceDescription:
        return ua.ReferenceDescription(
            NodeId=node,
            BrowseName=ua.QualifiedName(f"v{node.Identifier}", 2),
            NodeClass=ua.NodeClass.Variable,
            **more,
        )

    async def read(self, parameters: ua.ReadParameters) -> list[ua.DataValue]:
        nodes = [one.NodeId for one in parameters.NodesToRead]
        self.asked.append(len(nodes))
        self.judge(nodes)
        return [self.value(one) for one in parameters.NodesToRead]

    def value(self, one: ua.ReadValueId) -> ua.DataValue:
        if one.AttributeId == ua.AttributeIds.DataType:
            return ua.DataValue(ua.Variant(ua.NodeId(11), ua.VariantType.NodeId))
        if one.AttributeId == ua.AttributeIds.ValueRank:
            return ua.DataValue(ua.Variant(-1, ua.VariantType.Int32))
        return ua.DataValue(ua.Variant(one.NodeId.Identifier))

    async def browse(self, parameters: ua.BrowseParameters) -> list[ua.BrowseResult]:
        nodes = [one.NodeId for one in parameters.NodesToBrowse]
        most = parameters.RequestedMaxReferencesPerNode or 1000
        if nodes == [_ROOT] and min(most, len(self.references)) > self.most:
            raise ua.UaStatusCodeError(_CODES.BadResponseTooLarge)
        return [self.part(one, 0, most) for one in nodes]

    def part(self, node: ua.NodeId, begin: int, most: int) -> ua.BrowseResult:
        every = self.references if node == _ROOT else []
        point = None
        if begin + most < len(every):
            if not self.points:
                return ua.BrowseResult(
                    ua.StatusCode(ua.UInt32(_CODES.BadNoContinuationPoints))
                )
            point = f"{begin + most} {most}".encode()
        return ua.BrowseResult(ua.StatusCode(), point, every[begin : begin + most])

    async def browse_next(
        self, parameters: ua.BrowseNextParameters
    ) -> list[ua.BrowseResult]:
        return [
            self.part(_ROOT, *map(int, point.split()))
            for point in parameters.ContinuationPoints
        ]


class SessionTests(SynchronousTestCase):
    """One bad thing spoils no other."""

    timeout = 30

    def setUp(self) -> None:
        sampling = Sampling(0.1, 0.1)
        target = Target("Plc", "opc.tcp://127.0.0.1:1", "", Hidden(""), [], sampling)
        self.session = UaSession(target, lambda reason: None)
        self.client = FakeClient()
        self.session.client.uaclient = self.client

    def run_it(self, work: Awaitable[_T]) -> _T:
        async def run() -> _T:
            return await work

        return asyncio.run(run())

    def read(self, count: int = 10) -> list[object]:
        """The values of nodes, and names of status codes of those that cannot be read."""
        wanted = [(ua.NodeId(at, 2), _VALUE) for at in range(1, count + 1)]
        found = self.run_it(self.session.read_attributes(wanted))
        return [
            one.Value.Value if one.StatusCode.is_good() else one.StatusCode.name
            for one in found
        ]

    def browse(self) -> tuple[list[str], list[str]]:
        """The nodes that are found, and why there may be more."""
        failed: list[str] = []
        found = browse_variables(
            self.session, [_ROOT], lambda node, code: failed.append(code.name)
        )
        variables, _ = self.run_it(found)
        return [one.node for one in variables], failed

    def test_requests_are_divided(self) -> None:
        """Until the server takes them; how many it takes is kept in mind."""

        def judge(nodes: Sequence[ua.NodeId]) -> None:
            if len(nodes) > 3:
                raise ua.UaStatusCodeError(_CODES.BadTooManyOperations)

        self.client.judge = judge
        self.assertEqual(self.read(), list(range(1, 11)))
        self.client.asked.clear()
        self.read()
        self.assertLessEqual(max(self.client.asked), 3)

    def test_one_that_cannot_be_read(self) -> None:
        """Because of the server or because of the library: the others can."""
        for error, name in (
            (ua.UaStatusCodeError(_CODES.BadResponseTooLarge), "BadResponseTooLarge"),
            (ValueError("no node class"), "BadEncodingLimitsExceeded"),
            (ua.UaError("not enough data"), "BadEncodingLimitsExceeded"),
        ):

            def judge(nodes: Sequence[ua.NodeId], error: Exception = error) -> None:
                if ua.NodeId(7, 2) in nodes:
                    raise error

            self.client.judge = judge
            expected: list[object] = list(range(1, 11))
            expected[6] = name
            self.assertEqual(self.read(), expected)
            # That was one value, and not too many.
            self.client.asked.clear()
            self.client.judge = lambda nodes: None
            self.read()
            self.assertEqual(self.client.asked, [10])

    def test_answers_that_are_too_few(self) -> None:
        """Whose they are is not known."""

        async def read(parameters: ua.ReadParameters) -> list[ua.DataValue]:
            return [ua.DataValue()] * (len(parameters.NodesToRead) - 1)

        self.client.read = read  # type: ignore[method-assign]
        with self.assertRaises(ConnectionBrokenError):
            self.read()

    def test_children_that_come_in_many_answers(self) -> None:
        """Also where the server's answers are small, or it remembers no place."""
        every = [f"ns=2;i={at}" for at in range(1, 11)]
        self.assertEqual(sorted(self.browse()[0]), sorted(every))
        self.client.most = 1
        self.assertEqual(self.browse(), (sorted(every, key=_path), []))
        self.client.most, self.client.points = 5, 0
        self.assertEqual(self.browse(), ([], ["BadNoContinuationPoints"]))

    def test_nodes_of_other_servers(self) -> None:
        """Are none of this one, whatever their ids are."""
        self.session._namespaces = Namespaces(["", "urn:s", "u", "v", "v"])
        expanded = ua.ExpandedNodeId
        self.client.references = [
            self.client.reference(node)
            for node in (
                expanded(1, 2, ServerIndex=3),
                expanded(2, 0, NamespaceUri="u"),
                expanded(3, 0, NamespaceUri="v"),
                expanded(4, 0, NamespaceUri="w"),
                expanded(5, 3),
                expanded(6, 4),
            )
        ]
        nodes, _ = self.browse()
        self.assertEqual(nodes, ["nsu=u;i=2", "nsu=v;nth=1;i=5", "nsu=v;nth=2;i=6"])
        for text, node in zip(nodes, ((2, 2), (5, 3), (6, 4)), strict=True):
            self.assertEqual(self.session.node(text), ua.NodeId(*node))
        with self.assertRaises(ConnectionBrokenError):
            self.session.node("nsu=v;i=5")


def _path(node: str) -> str:
    """What variables are sorted by."""
    return f"v{node.rpartition('=')[2]}"
