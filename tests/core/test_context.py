"""What a session has going on ends when its client leaves."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from tests.core.test_session import SessionTestCase


class ContextTests(SessionTestCase):
    """The context of one client."""

    async def wait(self, until: Deferred[int]) -> int:
        """Some work of a command."""
        return await until

    def test_work_of_a_client_that_stays(self) -> None:
        """Its result is that of the work."""
        context, until = self.client.context, Deferred[int]()
        done = Deferred.fromCoroutine(context.while_open(self.wait(until)))
        self.assertEqual(len(context.running), 1)
        until.callback(7)
        self.assertEqual(self.successResultOf(done), 7)
        self.assertEqual(context.running, set())

    def test_work_of_a_client_that_leaves(self) -> None:
        """It is cancelled, and so is work that begins later."""
        context = self.client.context
        done = Deferred.fromCoroutine(context.while_open(self.wait(Deferred())))
        context.end_all()
        self.failureResultOf(done, CancelledError)
        late = Deferred.fromCoroutine(context.while_open(self.wait(Deferred())))
        self.failureResultOf(late, CancelledError)
        self.assertEqual(context.running, set())

    def test_the_load_of_a_session(self) -> None:
        """Connects, live queries, waits and watched attributes are counted."""
        ask = self.client.ask
        ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        query = "SELECT '_online.._value' FROM 'F*.'"
        ask({"DpQueryConnect": {"Id": 2, "Query": query}})
        ask({"DpWaitForValue": {"DpNamesWait": ["F1."], "Conditions": [99]}})
        ask({"DpWatch": {"Dps": ["F1.", "F2."]}})
        load = self.client.session.load()
        counts = (load.connects, load.queries, load.waits, load.watched)
        self.assertEqual(counts, (1, 1, 1, 2))
        self.assertEqual(self.client.session.user, "anna")
        ask({"DpDisconnect": {"Id": 1}})
        self.assertEqual(self.client.session.load().connects, 0)
