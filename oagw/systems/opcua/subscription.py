"""The subscriptions of a session, for all watched values; in asyncio's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from asyncua import ua
from twisted.logger import Logger

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.samples import Sample
from oagw.systems.opcua import variants
from oagw.systems.opcua.items import FORGOTTEN, REFUSED, Items, Subscription
from oagw.systems.opcua.nodes import News, Variable
from oagw.systems.opcua.notifications import DATA_CHANGE, UnreadableError, read_news
from oagw.systems.opcua.uasession import UaSession, is_gone, reason_of

_log = Logger()
#: Publish requests that wait at the server, besides the library's own one: a response has
#: a thousand values or fewer, and the server can send the next one without waiting.
_AHEAD = 4
#: Seconds between two log messages about dropped values.
_TELL_AGAIN = 60.0


class Subscriptions:
    """The subscriptions of a session; more are created when the server's are full.

    :param on_news: called with all samples of a message at once.
    """

    def __init__(self, session: UaSession, on_news: Callable[[News], None]) -> None:
        self._session = session
        self._on_news = on_news
        self._open: dict[int, Subscription] = {}
        #: Items that one subscription accepts, once the server has refused more.
        self._most: int | None = None
        self._items = Items(session)
        self._asking: list[asyncio.Task[None]] = []
        self._told_at = -_TELL_AGAIN

    async def monitor(self, items: Mapping[int, Variable]) -> dict[int, OagwError]:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        self._items.kinds |= {number: one.kind for number, one in items.items()}
        errors: dict[int, OagwError] = {}
        left = await self._fill(items, errors)
        while left:
            try:
                one = await self._subscribe()
            except ua.UaStatusCodeError as error:
                if is_gone(error):
                    raise
                refusal = variants.error_of_code(
                    variants.status_code(int(error.code)), REFUSED
                )
                errors |= dict.fromkeys(left, refusal)
                break
            before = len(left)
            left = await self._add(one, left, errors)
            if len(left) == before:
                # The server is full, and not the subscription.
                await self._unsubscribe(one)
                errors |= dict.fromkeys(left, self._items.full)
                break
        for number in errors:
            self._items.kinds.pop(number, None)
        return errors

    async def ignore(self, numbers: Sequence[int]) -> None:
        """See :class:`oagw.systems.opcua.nodes.Server`."""
        await self._items.delete(numbers)

    async def _fill(
        self, items: Mapping[int, Variable], errors: dict[int, OagwError]
    ) -> dict[int, Variable]:
        """Use the existing subscriptions; returns items that they have no room for."""
        left = dict(items)
        for one in list(self._open.values()):
            if not left:
                break
            if one.room != 0:
                left = await self._add(one, left, errors)
        return left

    async def _add(
        self,
        one: Subscription,
        items: Mapping[int, Variable],
        errors: dict[int, OagwError],
    ) -> dict[int, Variable]:
        """Add items to a subscription; returns those that it has no room for."""
        left = dict(items)
        while left and one.room != 0:
            numbers = list(left)[: self._size(one, len(left))]
            refused = await self._items.create(
                one, {at: left[at] for at in numbers}, errors
            )
            for number in set(numbers).difference(refused):
                del left[number]
            if refused:
                one.room = 0
                self._most = one.count
        return left

    def _size(self, one: Subscription, count: int) -> int:
        """The number of items to request from a subscription.

        It would take long to request thousands that are refused, again and again.
        """
        if one.room is not None:
            return min(one.room, count)
        if not self._most or one.count > self._most:
            return count
        return self._most - one.count or 1

    async def _subscribe(self) -> Subscription:
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
        one = Subscription(result)
        self._open[one.number] = one
        if result.RevisedPublishingInterval > publishing * 1000 and len(self._open) == 1:
            _log.info(
                "{name}: the server reports values every {ms:g} ms",
                name=target.name,
                ms=result.RevisedPublishingInterval,
            )
        self._asking = [task for task in self._asking if not task.done()]
        while len(self._asking) < _AHEAD:
            self._asking.append(asyncio.create_task(self._ask()))
        return one

    async def _unsubscribe(self, one: Subscription) -> None:
        """Delete a subscription that is not used."""
        del self._open[one.number]
        await self._session.client.uaclient.delete_subscriptions([one.number])

    async def _ask(self) -> None:
        """Send publish requests one after the other, as the library does.

        Responses come in the order of the server's messages, whichever request they answer.
        """
        read: list[ua.SubscriptionAcknowledgement] = []
        while True:
            known = set(self._open)
            try:
                response = await self._session.client.uaclient.publish(read)
            except ua.UaStatusCodeError as error:
                if error.code in FORGOTTEN and known & self._open.keys():
                    self._session.drop(reason_of(error))
                # Otherwise the server wants fewer publish requests, or none.
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
        """Stop sending publish requests."""
        for one in self._asking:
            one.cancel()

    def _published(self, result: ua.PublishResult) -> None:
        """Pass all values of a publish response to the reactor in one step."""
        now = time.monotonic()
        message = result.NotificationMessage
        parts = message.NotificationData or ()
        subscription = self._open.get(result.SubscriptionId)
        if subscription is not None:
            subscription.note(message.SequenceNumber, now, bool(parts))
        lost = False
        news: list[tuple[int, Sample]] = []
        for one in parts:
            if isinstance(one, ua.StatusChangeNotification):
                error = variants.error_of_code(one.Status, "the subscription ended")
                self._session.drop(error.message)
            elif isinstance(one, ua.ExtensionObject) and one.TypeId == DATA_CHANGE:
                try:
                    found, overflow = read_news(one.Body, self._items.kinds, time.time_ns())
                except UnreadableError as error:
                    self._session.drop(str(error))
                    return
                news += found
                lost = lost or overflow
        if news:
            self._on_news(news)
        if lost:
            self._report_overflow(now)

    def _report_overflow(self, now: float) -> None:
        """Log now and then that the server has dropped values."""
        if now - self._told_at > _TELL_AGAIN:
            self._told_at = now
            _log.warn(
                "{name}: the server has dropped values, because more came between two "
                "messages than its queue holds; raise queue, or let it report more often "
                "(publishing)",
                name=self._session.target.name,
            )

    def check(self) -> None:
        """Check that no subscription is lost, and that no message is missing.

        :raises ConnectionBrokenError: values may be out of date.
        """
        now = time.monotonic()
        if any(now - one.heard > one.patience for one in self._open.values()):
            raise ConnectionBrokenError("the server no longer reports values")
        if any(one.missing for one in self._open.values()):
            raise ConnectionBrokenError("a message with values was lost")
