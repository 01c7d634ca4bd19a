"""The subscriptions of a session: all values that are watched, in asyncio's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from asyncua import ua
from twisted.logger import Logger

from oagw.errors import ConnectionBrokenError, OagwError, ParameterError
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.systems.opcua import variants
from oagw.systems.opcua.nodes import News, Variable
from oagw.systems.opcua.notifications import DATA_CHANGE, UnreadableError, read_news
from oagw.systems.opcua.session import TOO_LARGE, TOO_MANY, Session, is_gone, reason_of

_log = Logger()
#: After so many times the longest silence of a server nothing more is expected of it.
_SILENCES = 3
#: Requests for news that wait at the server besides the library's own one: it tells of a
#: thousand values or fewer in an answer, and need not wait for us to ask for the next.
_AHEAD = 4
#: Numbers of messages begin anew after the highest; nobody misses as many as these.
_TURN = 1000
#: Seconds after which the log says again that values are thrown away.
_TELL_AGAIN = 60.0
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
#: A subscription, or the server, takes no more items.
_FULL = frozenset(
    (
        _CODES.BadTooManyMonitoredItems,
        _CODES.BadOutOfMemory,
        _CODES.BadResourceUnavailable,
    )
)
#: The server, or the variable, knows no deadband.
_NO_FILTER = frozenset(
    (
        _CODES.BadFilterNotAllowed,
        _CODES.BadMonitoredItemFilterInvalid,
        _CODES.BadMonitoredItemFilterUnsupported,
        _CODES.BadDeadbandFilterInvalid,
    )
)
#: What may be wrong with how an item is to be watched, and not with its variable.
_NOT_SO = frozenset(
    (_CODES.BadInvalidArgument, _CODES.BadOutOfRange, _CODES.BadNotSupported)
)
#: How items are wanted: as configured; without a deadband; as the server likes best.
_AS_WANTED, _UNFILTERED, _PLAIN = range(3)
#: The server has forgotten what was subscribed to.
_FORGOTTEN = frozenset(
    (
        _CODES.BadNoSubscription,
        _CODES.BadSubscriptionIdInvalid,
        _CODES.BadSessionIdInvalid,
        _CODES.BadSessionClosed,
    )
)


_REFUSED = "it cannot be watched"


class _Subscription:
    """One subscription at the server.

    :ivar number: what the server calls it.
    :ivar patience: seconds of silence after which nothing more is expected.
    :ivar count: its items.
    :ivar room: items that it takes besides those; ``None`` as long as it took all.
    :ivar heard: when something came of it the last time.
    :ivar missing: the numbers of messages that have not come, though later ones have.
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
        self._last = 0

    def note(self, sequence: int, now: float) -> None:
        """A message has come; one without values has the number of the next."""
        self.heard = now
        self.missing.discard(sequence)
        if not self._last or sequence < self._last - _TURN:
            self._last = sequence
        elif sequence > self._last:
            self.missing.update(range(self._last + 1, min(sequence, self._last + _TURN)))
            self._last = sequence


class Subscriptions:
    """As many as the server needs for the values that are watched; the first makes one.

    :param on_news: told of all samples of a message at once.
    """

    def __init__(self, session: Session, on_news: Callable[[News], None]) -> None:
        self._session = session
        self._on_news = on_news
        self._open: dict[int, _Subscription] = {}
        #: Items that one subscription has taken, if the server has refused more.
        self._most: int | None = None
        #: By the number of an item: its kind, and its subscription with its number there.
        self._kinds: dict[int, ElementType] = {}
        self._items: dict[int, tuple[_Subscription, int]] = {}
        self._asking: list[asyncio.Task[None]] = []
        self._is_revised = False
        self._is_plain = False
        self._full: OagwError = ParameterError("it cannot be watched")
        self._told_at = -_TELL_AGAIN

    async def monitor(self, items: Mapping[int, Variable]) -> dict[int, OagwError]:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        self._kinds |= {number: one.kind for number, one in items.items()}
        errors: dict[int, OagwError] = {}
        left = await self._fill(items, errors)
        while left:
            try:
                one = await self._subscribe()
            except ua.UaStatusCodeError as error:
                if is_gone(error):
                    raise
                refusal = variants.error_of_code(_status(int(error.code)), _REFUSED)
                errors |= dict.fromkeys(left, refusal)
                break
            before = len(left)
            left = await self._add(one, left, errors)
            if len(left) == before:
                # It is not the subscription that is full.
                await self._unsubscribe(one)
                errors |= dict.fromkeys(left, self._full)
                break
        for number in errors:
            self._kinds.pop(number, None)
        return errors

    async def _fill(
        self, items: Mapping[int, Variable], errors: dict[int, OagwError]
    ) -> dict[int, Variable]:
        """Use what subscriptions there are; gives what they have no room for."""
        left = dict(items)
        for one in list(self._open.values()):
            if not left:
                break
            if one.room != 0:
                left = await self._add(one, left, errors)
        return left

    async def _add(
        self,
        one: _Subscription,
        items: Mapping[int, Variable],
        errors: dict[int, OagwError],
    ) -> dict[int, Variable]:
        """Have a subscription watch items; gives what it has no room for."""
        left = dict(items)
        while left and one.room != 0:
            numbers = list(left)[: self._size(one, len(left))]
            refused = await self._create(one, {at: left[at] for at in numbers}, errors)
            for number in set(numbers).difference(refused):
                del left[number]
            if refused:
                one.room = 0
                self._most = one.count
        return left

    def _size(self, one: _Subscription, count: int) -> int:
        """How many of some items a subscription is asked to take.

        To ask for thousands that are refused, again and again, would take long.
        """
        if one.room is not None:
            return min(one.room, count)
        if not self._most or one.count > self._most:
            return count
        return self._most - one.count or 1

    async def _create(
        self,
        one: _Subscription,
        items: Mapping[int, Variable],
        errors: dict[int, OagwError],
        way: int = _AS_WANTED,
    ) -> list[int]:
        """Create items; gives those that a subscription has no room for.

        :param way: how they are wanted.
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
                if error.code in _FORGOTTEN:
                    self._session.drop(reason_of(error))
                if error.code in TOO_MANY | TOO_LARGE or is_gone(error):
                    raise
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
                self._full = variants.error_of_code(code, _REFUSED)
            elif other is not None:
                other_ways.setdefault(other, {})[number] = items[number]
            else:
                errors[number] = variants.error_of_code(code, _REFUSED)
        for other, some in other_ways.items():
            self._note_plain(len(some))
            full += await self._create(one, some, errors, other)
        return full

    def _note_plain(self, count: int) -> None:
        """Say once that the server does not watch some values as it was asked to."""
        if self._is_plain:
            return
        self._is_plain = True
        _log.info(
            "{name}: the server cannot watch {count} values as configured; it is asked to "
            "do so without deadband, or else as it likes best",
            name=self._session.target.name,
            count=count,
        )

    def _note_revision(self, result: ua.MonitoredItemCreateResult) -> None:
        """Say once that the server looks at values less often than it was asked to."""
        sampling = self._session.target.sampling
        asked = max(sampling.interval * 1000, 1)
        if self._is_revised or (
            result.RevisedSamplingInterval <= asked
            and result.RevisedQueueSize >= sampling.queue
        ):
            return
        self._is_revised = True
        _log.info(
            "{name}: the server looks at values every {ms:g} ms and keeps {queue} of each",
            name=self._session.target.name,
            ms=result.RevisedSamplingInterval,
            queue=result.RevisedQueueSize,
        )

    def _item(self, number: int, one: Variable, way: int) -> ua.MonitoredItemCreateRequest:
        sampling = self._session.target.sampling
        wanted = ua.MonitoringParameters()
        wanted.ClientHandle = number
        # -1 is the interval of publishing.
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

    async def _subscribe(self) -> _Subscription:
        """Open one more subscription."""
        target = self._session.target
        publishing = target.sampling.publishing
        beats = max(1, round(target.heartbeat / publishing))
        parameters = ua.CreateSubscriptionParameters()
        parameters.RequestedPublishingInterval = publishing * 1000
        parameters.RequestedMaxKeepAliveCount = beats
        parameters.RequestedLifetimeCount = beats * 10
        parameters.MaxNotificationsPerPublish = 0
        parameters.PublishingEnabled = True
        result = await self._session.client.uaclient.create_subscription(
            parameters, self._published
        )
        one = _Subscription(result)
        self._open[one.number] = one
        if result.RevisedPublishingInterval > publishing * 1000 and len(self._open) == 1:
            _log.info(
                "{name}: the server tells of values every {ms:g} ms",
                name=target.name,
                ms=result.RevisedPublishingInterval,
            )
        self._asking = [task for task in self._asking if not task.done()]
        while len(self._asking) < _AHEAD:
            self._asking.append(asyncio.create_task(self._ask()))
        return one

    async def _unsubscribe(self, one: _Subscription) -> None:
        """Close a subscription that is of no use."""
        del self._open[one.number]
        await self._session.client.uaclient.delete_subscriptions([one.number])

    async def _ask(self) -> None:
        """Ask for news again and again, as the library does, until it is no use.

        Answers come in the order of the server's messages, whoever has asked.
        """
        read: list[ua.SubscriptionAcknowledgement] = []
        while True:
            known = set(self._open)
            try:
                response = await self._session.client.uaclient.publish(read)
            except ua.UaStatusCodeError as error:
                if error.code in _FORGOTTEN and known & self._open.keys():
                    self._session.drop(reason_of(error))
                # Otherwise the server wants fewer such requests, or none.
                return
            except (OSError, TimeoutError, ua.UaError) as error:
                self._session.drop(reason_of(error))
                return
            result = response.Parameters
            number, sequence = result.SubscriptionId, result.NotificationMessage
            read = [ua.SubscriptionAcknowledgement(number, sequence.SequenceNumber)]
            if number in self._open:
                self._published(result)

    def close(self) -> None:
        """Ask for no more news."""
        for one in self._asking:
            one.cancel()

    def _published(self, result: ua.PublishResult) -> None:
        """A publish response has come: all of it goes to the reactor in one step."""
        now = time.monotonic()
        subscription = self._open.get(result.SubscriptionId)
        if subscription is not None:
            subscription.note(result.NotificationMessage.SequenceNumber, now)
        lost = False
        news: list[tuple[int, Sample]] = []
        for one in result.NotificationMessage.NotificationData or ():
            if isinstance(one, ua.StatusChangeNotification):
                error = variants.error_of_code(one.Status, "the subscription ended")
                self._session.drop(error.message)
            elif isinstance(one, ua.ExtensionObject) and one.TypeId == DATA_CHANGE:
                try:
                    found, overflow = read_news(one.Body, self._kinds, time.time_ns())
                except UnreadableError as error:
                    self._session.drop(str(error))
                    return
                news += found
                lost = lost or overflow
        if news:
            self._on_news(news)
        if lost:
            self._tell_overflow(now)

    def _tell_overflow(self, now: float) -> None:
        """Say in the log, now and then, that the server had no room for all values."""
        if now - self._told_at > _TELL_AGAIN:
            self._told_at = now
            _log.warn(
                "{name}: the server has thrown away values, for there were more between "
                "two messages than it keeps; raise queue, or have it tell more often "
                "(publishing)",
                name=self._session.target.name,
            )

    def check(self) -> None:
        """Refuse a subscription that the server has forgotten, or that has lost messages.

        :raises ConnectionBrokenError: values may be others than they are known to be.
        """
        now = time.monotonic()
        if any(now - one.heard > one.patience for one in self._open.values()):
            raise ConnectionBrokenError("the server tells of values no more")
        if any(one.missing for one in self._open.values()):
            raise ConnectionBrokenError("a message with values of the server is lost")

    async def ignore(self, numbers: Sequence[int]) -> None:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        left: dict[_Subscription, list[int]] = {}
        for number in numbers:
            self._kinds.pop(number, None)
            found = self._items.pop(number, None)
            if found is not None:
                left.setdefault(found[0], []).append(found[1])
        for one, items in left.items():
            await self._delete(one, items)

    async def _delete(self, one: _Subscription, items: Sequence[int]) -> None:
        async def ask(part: Sequence[int]) -> Sequence[ua.StatusCode]:
            parameters = ua.DeleteMonitoredItemsParameters()
            parameters.SubscriptionId = one.number
            parameters.MonitoredItemIds = list(part)
            uaclient = self._session.client.uaclient
            return list(await uaclient.delete_monitored_items(parameters))

        await self._session.in_parts("monitor", items, ask, _status)
        one.count -= len(items)
        if one.room is not None:
            one.room += len(items)


def _other_way(code: int, way: int) -> int | None:
    """How an item may be watched instead that is refused; ``None`` if in no way."""
    if code in _NO_FILTER and way == _AS_WANTED:
        return _UNFILTERED
    return _PLAIN if code in _NOT_SO and way != _PLAIN else None


def _status(code: int) -> ua.StatusCode:
    return ua.StatusCode(ua.UInt32(code))


def _refused(code: int) -> ua.MonitoredItemCreateResult:
    return ua.MonitoredItemCreateResult(StatusCode=_status(code))
