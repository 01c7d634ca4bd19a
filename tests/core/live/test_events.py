"""Events of the structure reach the subscribers to their kind."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.core.live.audience import Subscriber
from oagw.core.live.events import SystemEvents
from oagw.model.changes import EventKind, SystemEvent
from tests.core.test_session import FakeOutlet


class SystemEventsTests(SynchronousTestCase):
    """With one subscriber."""

    timeout = 30

    def setUp(self) -> None:
        self.events = SystemEvents()
        self.outlet = FakeOutlet()
        self.subscriber = Subscriber(self.outlet, b'{"R":{')

    def test_only_the_kinds_asked_for(self) -> None:
        """A renamed datapoint has its new name, a type is called so."""
        kinds = [EventKind.DP_RENAMED, EventKind.DP_TYPE_DELETED]
        self.events.connect(kinds, self.subscriber)
        self.events.notify(SystemEvent(EventKind.DP_CREATED, "S1:A.", "T"))
        self.events.notify(SystemEvent(EventKind.DP_RENAMED, "S1:A.", new_name="S1:B."))
        self.events.notify(SystemEvent(EventKind.DP_TYPE_DELETED, "S1:T"))
        found = [one["R"] for one in self.outlet.take()]
        renamed, deleted = (kind.value for kind in kinds)
        self.assertEqual(
            found,
            [
                {"Event": renamed, "Dp": "S1:A.", "NewName": "S1:B."},
                {"Event": deleted, "Type": "S1:T"},
            ],
        )

    def test_disconnect(self) -> None:
        """No event follows it."""
        self.events.connect(list(EventKind), self.subscriber)
        self.events.disconnect(list(EventKind), self.subscriber)
        self.events.notify(SystemEvent(EventKind.DP_CREATED, "S1:A.", "T"))
        self.assertEqual(self.outlet.take(), [])
