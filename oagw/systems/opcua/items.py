"""Monitored items: the values that a server watches; in asyncio's thread."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from asyncua import ua
from twisted.logger import Logger

from oagw.errors import OagwError, ParameterError
from oagw.model.dptypes import ElementType
from oagw.systems.opcua import variants
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.uasession import TOO_LARGE, TOO_MANY, UaSession, is_gone, reason_of

_log = Logger()
#: A subscription is lost after this multiple of the server's longest silence.
_SILENCES = 3
#: A message number that is lower by more than this has wrapped around.
_TURN = 1000
_NUMBERS = frozenset(
    (
        ElementType.CHAR,
        ElementType.INT,
        ElementType.UINT,
        ElementType.LONG,
        ElementType.ULONG,
        ElementType.FLOAT,
    )
)
_CODES = ua.StatusCodes
#: The subscription, or the server, refuses further items.
_FULL = frozenset(
    (
        _CODES.BadTooManyMonitoredItems,
        _CODES.BadOutOfMemory,
        _CODES.BadResourceUnavailable,
    )
)
#: The server, or the variable, does not support deadbands.
_NO_FILTER = frozenset(
    (
        _CODES.BadFilterNotAllowed,
        _CODES.BadMonitoredItemFilterInvalid,
        _CODES.BadMonitoredItemFilterUnsupported,
        _CODES.BadDeadbandFilterInvalid,
    )
)
#: Errors that may come from an item's parameters rather than from its variable.
_NOT_SO = frozenset(
    (_CODES.BadInvalidArgument, _CODES.BadOutOfRange, _CODES.BadNotSupported)
)
#: Parameters of items: as configured; without a deadband; the server's defaults.
_AS_WANTED, _UNFILTERED, _PLAIN = range(3)
#: The server has lost the subscriptions or the session.
FORGOTTEN = frozenset(
    (
        _CODES.BadNoSubscription,
        _CODES.BadSubscriptionIdInvalid,
        _CODES.BadSessionIdInvalid,
        _CODES.BadSessionClosed,
    )
)
#: The error of an item, before the server's own text.
REFUSED = "it cannot be watched"


class Subscription:
    """One subscription at the server.

    :ivar number: its id at the server.
    :ivar patience: seconds of silence after which it counts as lost.
    :ivar count: the number of its items.
    :ivar room: how many more items it accepts; ``None`` as long as it accepted all.
    :ivar heard: the monotonic time of its last message.
    :ivar missing: numbers of messages that are missing, though later ones have come.
    """

    __slots__ = ("_last", "count", "heard", "missing", "number", "patience", "room")

    def __init__(self, result: ua.CreateSubscriptionResult) -> None:
        self.number = int(result.SubscriptionId)
        silence = result.RevisedPublishingInterval * result.RevisedMaxKeepAliveCount
        self.patience = _SILENCES * silence / 1000
        self.count = 0
        self.room: int | None = None
        self.heard = time.monotonic()
        self.missing: set[int] = set()
        self._last: int | None = None

    def note(self, sequence: int, now: float, has_values: bool) -> None:
        """Note a message; one without values has the number of the next."""
        self.heard = now
        if has_values:
            self.missing.discard(sequence)
        newest = sequence if has_values else sequence - 1
        if self._last is None or newest < self._last - _TURN:
            self._last = newest
        elif newest > self._last:
            self.missing.update(range(self._last + 1, min(sequence, self._last + _TURN)))
            self._last = newest


class Items:
    """The monitored items at a server.

    :ivar kinds: element types by the numbers of items.
    :ivar full: why a subscription refused items the last time.
    """

    def __init__(self, session: UaSession) -> None:
        self._session = session
        self.kinds: dict[int, ElementType] = {}
        self.full: OagwError = ParameterError(REFUSED)
        #: The subscription of each item, and its id at the server.
        self._items: dict[int, tuple[Subscription, int]] = {}
        self._is_revised = False
        self._is_plain = False

    async def create(
        self,
        one: Subscription,
        items: Mapping[int, Variable],
        errors: dict[int, OagwError],
        way: int = _AS_WANTED,
    ) -> list[int]:
        """Create items; returns those that the subscription has no room for.

        :param way: the parameters to use.
        """

        async def ask(
            part: Sequence[tuple[int, Variable]],
        ) -> Sequence[ua.MonitoredItemCreateResult]:
            parameters = ua.CreateMonitoredItemsParameters()
            parameters.SubscriptionId = one.number
            parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            parameters.ItemsToCreate = [self._item(*pair, way) for pair in part]
            try:
                uaclient = self._session.client.uaclient
                return list(await uaclient.create_monitored_items(parameters))
            except ua.UaStatusCodeError as error:
                if error.code in FORGOTTEN:
                    self._session.drop(reason_of(error))
                if error.code in TOO_MANY | TOO_LARGE or is_gone(error):
                    raise
                if error.code in _FULL and len(part) > 1:
                    # There may be room for a part of them.
                    raise ua.UaStatusCodeError(_CODES.BadResponseTooLarge) from error
                return [_refused(int(error.code))] * len(part)

        results = await self._session.in_parts(
            "monitor", list(items.items()), ask, _refused
        )
        full: list[int] = []
        other_ways: dict[int, dict[int, Variable]] = {}
        for number, result in zip(items, results, strict=True):
            code = variants.plain_code(result.StatusCode)
            other = _other_way(code.value, way)
            if code.is_good():
                one.count += 1
                self._items[number] = one, result.MonitoredItemId
                self._note_revision(result)
            elif code.value in _FULL:
                full.append(number)
                self.full = variants.error_of_code(code, REFUSED)
            elif other is not None:
                other_ways.setdefault(other, {})[number] = items[number]
            else:
                errors[number] = variants.error_of_code(code, REFUSED)
        for other, some in other_ways.items():
            self._note_plain(len(some))
            full += await self.create(one, some, errors, other)
        return full

    def _note_plain(self, count: int) -> None:
        """Log once that the server does not support the configured parameters."""
        if self._is_plain:
            return
        self._is_plain = True
        _log.info(
            "{name}: the server cannot watch {count} values as configured; they are "
            "watched without a deadband, or else with its defaults",
            name=self._session.target.name,
            count=count,
        )

    def _note_revision(self, result: ua.MonitoredItemCreateResult) -> None:
        """Log once that the server samples values less often than configured."""
        sampling = self._session.target.sampling
        asked = max(sampling.interval * 1000, 1)
        if self._is_revised or (
            result.RevisedSamplingInterval <= asked
            and result.RevisedQueueSize >= sampling.queue
        ):
            return
        self._is_revised = True
        _log.info(
            "{name}: the server samples values every {ms:g} ms and queues {queue} of each",
            name=self._session.target.name,
            ms=result.RevisedSamplingInterval,
            queue=result.RevisedQueueSize,
        )

    def _item(self, number: int, one: Variable, way: int) -> ua.MonitoredItemCreateRequest:
        sampling = self._session.target.sampling
        wanted = ua.MonitoringParameters()
        wanted.ClientHandle = number
        # -1 means the publishing interval.
        wanted.SamplingInterval = -1 if way == _PLAIN else sampling.interval * 1000
        wanted.QueueSize = 1 if way == _PLAIN else sampling.queue
        wanted.DiscardOldest = True
        if sampling.deadband and one.kind in _NUMBERS and way == _AS_WANTED:
            kind = (
                ua.DeadbandType.Percent if sampling.is_percent else ua.DeadbandType.Absolute
            )
            wanted.Filter = ua.DataChangeFilter(
                ua.DataChangeTrigger.StatusValue, int(kind), sampling.deadband
            )
        request = ua.MonitoredItemCreateRequest()
        request.ItemToMonitor = ua.ReadValueId(
            NodeId=self._session.node(one.node), AttributeId=ua.AttributeIds.Value
        )
        request.MonitoringMode = ua.MonitoringMode.Reporting
        request.RequestedParameters = wanted
        return request

    async def delete(self, numbers: Sequence[int]) -> None:
        """Delete items at the server."""
        left: dict[Subscription, list[int]] = {}
        for number in numbers:
            self.kinds.pop(number, None)
            found = self._items.pop(number, None)
            if found is not None:
                left.setdefault(found[0], []).append(found[1])
        for one, items in left.items():
            await self._delete_of(one, items)

    async def _delete_of(self, one: Subscription, items: Sequence[int]) -> None:
        async def ask(part: Sequence[int]) -> Sequence[ua.StatusCode]:
            parameters = ua.DeleteMonitoredItemsParameters()
            parameters.SubscriptionId = one.number
            parameters.MonitoredItemIds = list(part)
            uaclient = self._session.client.uaclient
            return list(await uaclient.delete_monitored_items(parameters))

        await self._session.in_parts("monitor", items, ask, variants.status_code)
        one.count -= len(items)
        if one.room is not None:
            one.room += len(items)


def _other_way(code: int, way: int) -> int | None:
    """The parameters to try next after a refusal; ``None`` if there are none."""
    if code in _NO_FILTER and way == _AS_WANTED:
        return _UNFILTERED
    return _PLAIN if code in _NOT_SO and way != _PLAIN else None


def _refused(code: int) -> ua.MonitoredItemCreateResult:
    return ua.MonitoredItemCreateResult(StatusCode=variants.status_code(code))
