"""A program: an OPC UA server of the library asyncua with small limits and odd nodes.

Besides what ``plant.py`` takes, its arguments are

- ``limits``: operations that it takes in one request, by service (``read``, ``write``,
  ``browse``, ``monitor``), and whether it says so (``are_told``);
- ``items``, ``items_each``, ``subscriptions``: monitored items in all, in one subscription,
  and subscriptions;
- ``namespaces``: URIs of further namespaces, equal ones too; each has a folder ``N0``,
  ``N1`` ... with a variable ``x`` whose id is ``s=h``;
- ``names``: the namespace array that it shows, whatever there is;
- ``odd``: whether there are variables of odd types and values, in the folder ``Odd``;
- ``sizes``: of the largest chunk that it takes and sends, how many of them a message may
  have, and the size of the largest message.

Of ``clamped`` among the odd variables it takes no more than 10, and says so.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from asyncua import ua
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import ServiceError
from asyncua.server.internal_session import InternalSession

if __package__:
    from tests.systems.opcua.plant import Plant
else:
    from plant import Plant  # type: ignore[import-not-found, no-redef]

_T = ua.VariantType
_CODES = ua.StatusCodes
_LIMITS = {
    "read": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    "write": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    "browse": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    "monitor": (
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall
    ),
}
_LIST = {
    "read": "NodesToRead",
    "write": "NodesToWrite",
    "browse": "NodesToBrowse",
    "create_monitored_items": "ItemsToCreate",
}
#: Odd variables: their names, data types and values.
ODD: tuple[tuple[str, ua.NodeId, ua.Variant], ...] = (
    ("number", ua.NodeId(26), ua.Variant(5, _T.Int32)),
    ("anything", ua.NodeId(24), ua.Variant(True, _T.Boolean)),
    ("unknown", ua.NodeId("nowhere", 1), ua.Variant(2.5, _T.Double)),
    ("null_type", ua.NodeId(), ua.Variant(3.5, _T.Double)),
    ("nothing", ua.NodeId(11), ua.Variant()),
    ("text", ua.NodeId(12), ua.Variant(None, _T.String)),
    ("label", ua.NodeId(21), ua.Variant(ua.LocalizedText(), _T.LocalizedText)),
    ("guid", ua.NodeId(14), ua.Variant(UUID(int=7), _T.Guid)),
    ("empty", ua.NodeId(11), ua.Variant([], _T.Double, is_array=True)),
    ("array", ua.NodeId(11), ua.Variant([1.0], _T.Double, is_array=True)),
    ("bytes", ua.NodeId(3), ua.Variant(b"\x01\x02", _T.ByteString)),
    ("structure", ua.NodeId(22), ua.Variant(ua.ExtensionObject(), _T.ExtensionObject)),
    ("never", ua.NodeId(13), ua.Variant(datetime.max.replace(tzinfo=UTC), _T.DateTime)),
    ("no_time", ua.NodeId(13), ua.Variant(datetime(1601, 1, 1), _T.DateTime)),
    ("birth", ua.NodeId(13), ua.Variant(datetime(1950, 1, 1), _T.DateTime)),
    ("latin", ua.NodeId(12), ua.Variant("\udcfcber", _T.String)),
    ("clamped", ua.NodeId(11), ua.Variant(1.0, _T.Double)),
    ("matrix", ua.NodeId(11), ua.Variant([[1.0, 2.0], [3.0, 4.0]], _T.Double)),
)


class OddPlant(Plant):
    """The server, and the commands it takes."""

    async def make(self) -> None:
        await super().make()
        arguments = self.arguments
        objects = self.server.nodes.objects
        array = self.server.nodes.namespace_array
        for number, uri in enumerate(arguments.get("namespaces", ())):
            uris = await array.read_value()
            await array.write_value([*uris, uri])
            index = len(uris)
            folder = await objects.add_folder(index, f"N{number}")
            variable = await folder.add_variable(ua.NodeId("h", index), "x", float(number))
            await variable.set_writable()
            self.variables[f"N{number}"] = variable
        if arguments.get("odd"):
            await self.add_odd(await objects.add_folder(self.index, "Odd"))
        if "names" in arguments:
            await self.name(arguments["names"])
        limits = arguments.get("limits", {})
        for name, number in _LIMITS.items():
            told = limits.get(name, 0) if limits.get("are_told", True) else 0
            node = self.server.get_node(ua.NodeId(number))
            await node.write_value(ua.Variant(told, _T.UInt32))

    async def add_odd(self, folder: Any) -> None:
        for name, data_type, value in ODD:
            variable = await folder.add_variable(
                ua.NodeId(name, self.index), name, 0.0, datatype=data_type
            )
            await variable.set_writable()
            # The library would look whether it fits.
            node = self.server.iserver.aspace._nodes[variable.nodeid]
            node.attributes[ua.AttributeIds.Value].value = ua.DataValue(value)
            if name == "matrix":
                rank = ua.DataValue(ua.Variant(-2, _T.Int32))
                node.attributes[ua.AttributeIds.ValueRank].value = rank
            self.variables[name] = variable

    async def name(self, uris: Sequence[str]) -> None:
        """Show another namespace array."""
        variant = ua.Variant(list(uris), _T.String, is_array=True)
        await self.server.nodes.namespace_array.write_value(variant)

    async def cut(self) -> None:
        """Forget all subscriptions without a word."""
        service = self.server.iserver.subscription_service
        await service.delete_subscriptions(list(service.subscriptions))

    async def allow(self, **arguments: int) -> None:
        """Set new limits."""
        self.arguments.update(arguments)
        self.limit()

    def limit(self) -> None:
        """Make the library obey the limits; for one server in a process."""
        limits, arguments = self.arguments.get("limits", {}), self.arguments
        for service, attribute in _LIST.items():
            most = limits.get("monitor" if "items" in service else service)
            if most:
                _limit_requests(service, attribute, most)
        service = self.server.iserver.subscription_service
        self.server.iserver.max_subscriptions = arguments.get("subscriptions", 1000)
        each = arguments.get("items_each", 1 << 30)
        every = arguments.get("items", 1 << 30)
        create = type(service).create_monitored_items

        async def create_monitored_items(
            params: ua.CreateMonitoredItemsParameters,
        ) -> list[ua.MonitoredItemCreateResult]:
            counts = {
                number: len(one.monitored_item_srv._monitored_items)
                for number, one in service.subscriptions.items()
            }
            here = counts.get(params.SubscriptionId, 0)
            room = max(min(each - here, every - sum(counts.values())), 0)
            wanted = params.ItemsToCreate
            params.ItemsToCreate = wanted[:room]
            results = list(await create(service, params))
            code = ua.StatusCode(ua.UInt32(_CODES.BadTooManyMonitoredItems))
            refused = ua.MonitoredItemCreateResult(StatusCode=code)
            return results + [refused] * (len(wanted) - len(results))

        service.create_monitored_items = create_monitored_items
        if "clamped" in self.variables:
            _clamp(self.variables["clamped"].nodeid)

    async def serve(self) -> None:
        if "sizes" in self.arguments:
            self.server.limits = TransportLimits(*self.arguments["sizes"])
        # The limits do not apply to the server itself.
        start = self.server.start

        async def begin() -> None:
            await start()
            self.limit()

        self.server.start = begin
        await super().serve()


def _limit_requests(service: str, attribute: str, most: int) -> None:
    real = getattr(InternalSession, service)

    async def limited(self: InternalSession, params: Any) -> Any:
        if self.external and len(getattr(params, attribute)) > most:
            raise ServiceError(_CODES.BadTooManyOperations)
        return await real(self, params)

    setattr(InternalSession, service, limited)


def _clamp(node: ua.NodeId) -> None:
    """Let a node accept at most 10."""
    real = InternalSession.write

    async def write(
        self: InternalSession, params: ua.WriteParameters
    ) -> list[ua.StatusCode]:
        clamped = []
        for at, one in enumerate(params.NodesToWrite):
            if one.NodeId == node and one.Value.Value.Value > 10:
                one.Value = ua.DataValue(ua.Variant(10.0, _T.Double))
                clamped.append(at)
        codes = list(await real(self, params))
        for at in clamped:
            codes[at] = ua.StatusCode(ua.UInt32(_CODES.GoodClamped))
        return codes

    InternalSession.write = write


if __name__ == "__main__":
    asyncio.run(OddPlant(json.loads(sys.argv[1])).serve())
