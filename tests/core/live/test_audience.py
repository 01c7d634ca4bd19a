"""Subscribers to the same values share messages."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import (
    Audience,
    Subscriber,
)
from oagw.errors import (
    DatapointNotFoundError,
)
from tests.core.test_session import FakeOutlet


class AudienceTests(SynchronousTestCase):
    """One message for all who get the same."""

    timeout = 30

    def test_the_same_head_is_the_same_message(self) -> None:
        """Equal heads share one object, other heads have one of their own."""
        audience = Audience()
        outlets = [FakeOutlet() for _ in range(3)]
        for outlet, head in zip(outlets, (b"[[", b"[[", b" [["), strict=True):
            audience.add(Subscriber(outlet, head))
        audience.notify(b"1")
        [first], [second], [third] = (outlet.messages for outlet in outlets)
        self.assertIs(first, second)
        self.assertIsNot(first, third)
        self.assertEqual((first.body, third.body), (b"[[1}}", b" [[1}}"))

    def test_is_true_while_somebody_is_there(self) -> None:
        """The last to leave makes it false."""
        audience, subscriber = Audience(), Subscriber(FakeOutlet(), b"")
        self.assertFalse(audience)
        audience.add(subscriber)
        self.assertTrue(audience)
        audience.remove(subscriber)
        self.assertFalse(audience)

    def test_an_end_is_told_to_all(self) -> None:
        """Ended subscribers are removed; a subscriber may ignore the end."""
        audience = Audience()
        ends: list[int] = []
        audience.add(Subscriber(FakeOutlet(), b"", lambda error: ends.append(error.code)))
        audience.add(Subscriber(FakeOutlet(), b""))
        audience.end(DatapointNotFoundError("gone"))
        self.assertEqual(ends, [7])
        self.assertFalse(audience)

    def test_who_leaves_while_being_told_disturbs_nobody(self) -> None:
        """A client that is cut off for not reading ends its connects at once."""
        audience = Audience()
        other = FakeOutlet()

        class Leaving(FakeOutlet):
            def send(self, message: Any) -> None:
                audience.remove(leaving)

        leaving = Subscriber(Leaving(), b"[[")
        audience.add(leaving)
        audience.add(Subscriber(other, b"[["))
        audience.notify(b"1")
        audience.notify(b"2")
        self.assertEqual(len(other.messages), 2)
