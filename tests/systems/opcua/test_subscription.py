"""What is subscribed to at a server that refuses some of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from asyncua import ua
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.secret import Hidden
from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.dptypes import ElementType
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.subscription import Subscriptions
from oagw.systems.opcua.uasession import Sampling, Target, UaSession

_CODES = ua.StatusCodes


class FakeClient:
    """The services of a server.

    :param each: items that a subscription takes.
    :param every: items that all of them take.
    :param most: subscriptions.
    :param is_strict: a request for more than there is room for is refused as a whole.
    """

    def __init__(
        self, each: int = 1000, every: int = 1000, most: int = 100, is_strict: bool = False
    ) -> None:
        self.each = each
        self.every = every
        self.most = most
        self.is_strict = is_strict
        self.counts: dict[int, int] = {}
        self.requests: list[list[ua.MonitoringParameters]] = []
        #: What is wrong with a request for an item; nothing is 0.
        self.judge: Callable[[ua.MonitoringParameters], int] = lambda wanted: 0
        self.fault = 0

    async def create_subscription(
        self, parameters: ua.CreateSubscriptionParameters, callback: object
    ) -> ua.CreateSubscriptionResult:
        if len(self.counts) >= self.most:
            raise ua.UaStatusCodeError(_CODES.BadTooManySubscriptions)
        number = max(self.counts, default=0) + 1
        self.counts[number] = 0
        return ua.CreateSubscriptionResult(number, 100.0, 1000, 10)

    async def delete_subscriptions(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            del self.counts[number]

    async def create_monitored_items(
        self, parameters: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        if self.fault:
            raise ua.UaStatusCodeError(self.fault)
        wanted = [one.RequestedParameters for one in parameters.ItemsToCreate]
        self.requests.append(wanted)
        count = self.counts[parameters.SubscriptionId] + len(wanted)
        others = sum(self.counts.values()) + len(wanted)
        if self.is_strict and (count > self.each or others > self.every):
            raise ua.UaStatusCodeError(_CODES.BadTooManyMonitoredItems)
        return [self.create(parameters.SubscriptionId, one) for one in wanted]

    def create(
        self, number: int, wanted: ua.MonitoringParameters
    ) -> ua.MonitoredItemCreateResult:
        code = self.judge(wanted)
        is_full = (
            self.counts[number] >= self.each or sum(self.counts.values()) >= self.every
        )
        if not code and is_full:
            code = _CODES.BadTooManyMonitoredItems
        if not code:
            self.counts[number] += 1
        status = ua.StatusCode(ua.UInt32(code))
        return ua.MonitoredItemCreateResult(status, wanted.ClientHandle, 100.0, 100)

    async def delete_monitored_items(
        self, parameters: ua.DeleteMonitoredItemsParameters
    ) -> list[ua.StatusCode]:
        self.counts[parameters.SubscriptionId] -= len(parameters.MonitoredItemIds)
        return [ua.StatusCode() for _ in parameters.MonitoredItemIds]

    async def publish(self, read: object) -> None:
        await asyncio.Event().wait()


class SubscriptionTests(SynchronousTestCase):
    """Items that are watched, and those that are not."""

    timeout = 30

    def setUp(self) -> None:
        self.lost: list[str] = []
        sampling = Sampling(0.1, 0.1, 5.0, True)
        target = Target("Plc", "opc.tcp://127.0.0.1:1", "", Hidden(""), ["i=85"], sampling)
        self.session = UaSession(target, self.lost.append)
        self.subscriptions = Subscriptions(self.session, lambda news: None)

    def serve(self, client: FakeClient) -> FakeClient:
        """Talk with a server that has these services."""
        self.session.client.uaclient = client
        return client

    def run_with(self, *steps: Callable[[], Awaitable[Any]]) -> list[Any]:
        """What steps give, one after the other in one loop."""

        async def run() -> list[Any]:
            results = [await step() for step in steps]
            self.subscriptions.close()
            return results

        return asyncio.run(run())

    def monitor(self, *numbers: int) -> Callable[[], Awaitable[dict[int, OagwError]]]:
        items = {
            number: Variable(f"ns=2;i={number}", ("x",), "", ElementType.FLOAT, 11)
            for number in numbers
        }
        return lambda: self.subscriptions.monitor(items)

    def ignore(self, *numbers: int) -> Callable[[], Awaitable[None]]:
        return lambda: self.subscriptions.ignore(numbers)

    def test_as_many_subscriptions_as_are_needed(self) -> None:
        """Without asking for all again and again."""
        server = self.serve(FakeClient(each=20))
        self.assertEqual(self.run_with(self.monitor(*range(300))), [{}])
        self.assertEqual(list(server.counts.values()), [20] * 15)
        self.assertLess(sum(map(len, server.requests)), 700)

    def test_what_there_is_no_room_for(self) -> None:
        """Is refused; no subscription is left that has nothing, and room is used again."""
        for server, word in (
            (FakeClient(each=10, every=25), "BadTooManyMonitoredItems"),
            (FakeClient(each=10, every=25, most=3), "BadTooMany"),
            (FakeClient(each=10, every=25, is_strict=True), "BadTooManyMonitoredItems"),
            (FakeClient(most=0), "BadTooManySubscriptions"),
            (FakeClient(every=0), "BadTooManyMonitoredItems"),
        ):
            self.setUp()
            self.serve(server)
            room = min(server.every, server.each * server.most)
            steps = self.monitor(*range(40)), self.monitor(99)
            first, second = self.run_with(*steps)
            self.assertEqual(list(first), list(range(room, 40)))
            self.assertEqual(list(second), [99])
            self.assertIn(word, first[39].message)
            self.assertNotIn(0, server.counts.values())
            if room:
                self.run_with(self.ignore(0, 1, 12))
                self.assertEqual(self.run_with(self.monitor(50, 51, 52)), [{}])
                self.assertEqual(list(server.counts.values()), [10, 10, 5])

    def test_items_that_are_refused_as_they_are_wanted(self) -> None:
        """They are asked for without a deadband, or else as the server likes."""
        no_filter, other = _CODES.BadFilterNotAllowed, _CODES.BadInvalidArgument
        for judge, expected in (
            (lambda one: no_filter if one.Filter else 0, (False, 100.0, 100)),
            (lambda one: other if one.QueueSize > 1 else 0, (False, -1, 1)),
            (
                lambda one: no_filter if one.Filter else other if one.QueueSize > 1 else 0,
                (False, -1, 1),
            ),
        ):
            self.setUp()
            server = self.serve(FakeClient())
            server.judge = judge
            self.assertEqual(self.run_with(self.monitor(1)), [{}])
            [last] = server.requests[-1]
            found = bool(last.Filter), last.SamplingInterval, last.QueueSize
            self.assertEqual(found, expected)
            self.assertEqual(sum(server.counts.values()), 1)

    def test_one_bad_item_spoils_no_other(self) -> None:
        """Whatever is wrong with it, and with the whole request."""
        server = self.serve(FakeClient())
        server.judge = lambda one: _CODES.BadNodeIdUnknown * (one.ClientHandle == 2)
        [errors] = self.run_with(self.monitor(1, 2, 3))
        self.assertEqual(
            [type(one).__name__ for one in errors.values()], ["ElementNotFoundError"]
        )
        self.assertEqual(list(errors), [2])
        server.fault = _CODES.BadUserAccessDenied
        [errors] = self.run_with(self.monitor(4, 5))
        self.assertEqual(list(errors), [4, 5])
        server.fault = _CODES.BadSubscriptionIdInvalid
        self.run_with(self.monitor(6))
        self.assertIn("BadSubscriptionIdInvalid", self.lost[0])

    def test_messages_that_are_lost(self) -> None:
        """Values would be old without any sign: the connection is closed."""
        self.serve(FakeClient())
        self.run_with(self.monitor(1))
        for messages, is_lost in (
            ("5 6 alive-7 alive-7 7", False),
            ("9", True),
            ("8 10", False),
            # The one that is lost comes after a sign of life, or before one.
            ("alive-11 12", True),
            ("11", False),
            ("alive-14", True),
            ("13 14 alive-15", False),
        ):
            for one in messages.split():
                alive, _, number = one.rpartition("-")
                parts = [] if alive else [ua.ExtensionObject()]
                message = ua.NotificationMessage(int(number), NotificationData=parts)
                self.subscriptions._published(
                    ua.PublishResult(1, NotificationMessage=message)
                )
            if is_lost:
                with self.assertRaises(ConnectionBrokenError):
                    self.subscriptions.check()
            else:
                self.subscriptions.check()

    def test_the_first_message_that_is_lost(self) -> None:
        """It comes after a sign of life."""
        self.serve(FakeClient())
        self.run_with(self.monitor(1))
        for number, parts in ((1, []), (2, [ua.ExtensionObject()])):
            message = ua.NotificationMessage(number, NotificationData=parts)
            self.subscriptions._published(ua.PublishResult(1, NotificationMessage=message))
        with self.assertRaises(ConnectionBrokenError):
            self.subscriptions.check()
