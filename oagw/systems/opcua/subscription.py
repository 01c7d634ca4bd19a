"""The subscription of a session: all values that are watched, in asyncio's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from asyncua import ua
from twisted.logger import Logger

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.systems.opcua import variants
from oagw.systems.opcua.nodes import News, Variable
from oagw.systems.opcua.notifications import DATA_CHANGE, UnreadableError, read_news
from oagw.systems.opcua.session import Session, reason_of

_log = Logger()
#: After so many times the longest silence of a server nothing more is expected of it.
_SILENCES = 3
#: Requests for news that wait at the server besides the library's own one: it tells of a
#: thousand values or fewer in an answer, and need not wait for us to ask for the next.
_AHEAD = 4
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


class Subscription:
    """Made with the first value that is watched.

    :param on_news: told of all samples of a message at once.
    """

    def __init__(self, session: Session, on_news: Callable[[News], None]) -> None:
        self._session = session
        self._on_news = on_news
        self._number: int | None = None
        #: By the number of an item: its kind, and what the server calls it.
        self._kinds: dict[int, ElementType] = {}
        self._items: dict[int, int] = {}
        self._asking: list[asyncio.Task[None]] = []
        self._is_revised = False
        self._heard = 0.0
        self._patience = 0.0
        self._told_at = -_TELL_AGAIN

    async def monitor(self, items: Mapping[int, Variable]) -> dict[int, OagwError]:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        if not items:
            return {}
        subscription = await self._subscribed()
        self._kinds |= {number: one.kind for number, one in items.items()}

        async def ask(
            part: Sequence[tuple[int, Variable]],
        ) -> Sequence[ua.MonitoredItemCreateResult]:
            parameters = ua.CreateMonitoredItemsParameters()
            parameters.SubscriptionId = subscription
            parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            parameters.ItemsToCreate = [self._item(*one) for one in part]
            uaclient = self._session.client.uaclient
            return list(await uaclient.create_monitored_items(parameters))

        results = await self._session.in_parts("monitor", list(items.items()), ask)
        errors: dict[int, OagwError] = {}
        for number, result in zip(items, results, strict=True):
            if result.StatusCode.is_good():
                self._items[number] = result.MonitoredItemId
                self._note_revision(result)
            else:
                self._kinds.pop(number, None)
                what = "it cannot be watched"
                errors[number] = variants.error_of_code(result.StatusCode, what)
        return errors

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

    def _item(self, number: int, one: Variable) -> ua.MonitoredItemCreateRequest:
        sampling = self._session.target.sampling
        wanted = ua.MonitoringParameters()
        wanted.ClientHandle = number
        wanted.SamplingInterval = sampling.interval * 1000
        wanted.QueueSize = sampling.queue
        wanted.DiscardOldest = True
        if sampling.deadband and one.kind in _NUMBERS:
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

    async def _subscribed(self) -> int:
        """The number of the one subscription that there is."""
        if self._number is None:
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
            self._number = result.SubscriptionId
            silence = result.RevisedPublishingInterval * result.RevisedMaxKeepAliveCount
            self._patience = _SILENCES * silence / 1000
            self._heard = time.monotonic()
            self._asking = [asyncio.create_task(self._ask()) for _ in range(_AHEAD)]
        return self._number

    async def _ask(self) -> None:
        """Ask for news again and again, as the library does, until it is no use.

        Answers come in the order of the server's messages, whoever has asked.
        """
        read: list[ua.SubscriptionAcknowledgement] = []
        while True:
            try:
                response = await self._session.client.uaclient.publish(read)
            except ua.UaStatusCodeError:
                # The server wants fewer such requests, or has ended the subscription.
                return
            except (OSError, TimeoutError, ua.UaError) as error:
                self._session.drop(reason_of(error))
                return
            result = response.Parameters
            number, sequence = result.SubscriptionId, result.NotificationMessage
            read = [ua.SubscriptionAcknowledgement(number, sequence.SequenceNumber)]
            if number == self._number:
                self._published(result)

    def close(self) -> None:
        """Ask for no more news."""
        for one in self._asking:
            one.cancel()

    def _published(self, result: ua.PublishResult) -> None:
        """A publish response has come: all of it goes to the reactor in one step."""
        self._heard = time.monotonic()
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
            self._tell_overflow()

    def _tell_overflow(self) -> None:
        """Say in the log, now and then, that the server had no room for all values."""
        if self._heard - self._told_at > _TELL_AGAIN:
            self._told_at = self._heard
            _log.warn(
                "{name}: the server has thrown away values, for there were more between "
                "two messages than it keeps; raise queue, or have it tell more often "
                "(publishing)",
                name=self._session.target.name,
            )

    def check(self) -> None:
        """Refuse a subscription that the server has forgotten.

        :raises ConnectionBrokenError: nothing has come for too long.
        """
        if self._number is not None and time.monotonic() - self._heard > self._patience:
            raise ConnectionBrokenError("the server tells of values no more")

    async def ignore(self, numbers: Sequence[int]) -> None:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        items = []
        for number in numbers:
            self._kinds.pop(number, None)
            item = self._items.pop(number, None)
            if item is not None:
                items.append(item)

        async def ask(part: Sequence[int]) -> Sequence[ua.StatusCode]:
            parameters = ua.DeleteMonitoredItemsParameters()
            parameters.SubscriptionId = self._number or 0
            parameters.MonitoredItemIds = list(part)
            uaclient = self._session.client.uaclient
            return list(await uaclient.delete_monitored_items(parameters))

        await self._session.in_parts("monitor", items, ask)
