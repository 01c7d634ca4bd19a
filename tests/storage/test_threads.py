"""A separate thread for each file that is written."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.threads import WriterThread


class LateReactor(Clock):
    """A reactor that is stopped before it runs.

    :ivar kept: the calls for when it runs, and then those for its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Callable[[], object]] = []

    def callWhenRunning(self, call: Callable[[], object]) -> None:  # noqa: N802
        """Keep the call."""
        self.kept.append(call)

    def addSystemEventTrigger(  # noqa: N802
        self, phase: str, event: str, call: Callable[[], object]
    ) -> None:
        """Keep the call."""
        self.kept.append(call)


class WriterThreadTests(SynchronousTestCase):
    timeout = 30

    def test_a_thread_that_was_stopped_is_not_started(self) -> None:
        """The reactor may shut down before it has run."""
        reactor = LateReactor()
        WriterThread(reactor, "store")
        start, stop = reactor.kept
        stop()
        start()
        self.assertEqual(len(reactor.kept), 2)
