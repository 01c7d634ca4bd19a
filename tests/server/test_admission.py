"""How many clients may come."""

from __future__ import annotations

from typing import Any

from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from oagw.server.admission import Admission


class AdmissionTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.told: list[tuple[Any, str]] = []

        @implementer(ILogObserver)
        def hear(event: dict[str, Any]) -> None:
            self.told.append((event["log_level"], formatEvent(event)))

        globalLogPublisher.addObserver(hear)
        self.addCleanup(globalLogPublisher.removeObserver, hear)
        self.admission = Admission(100, "[server] max_connections")

    def test_up_to_the_limit(self) -> None:
        """All clients up to the limit connect, and the log has no warning."""
        for present in range(1, 101):
            self.assertTrue(self.admission.has_line(present - 1))
            self.assertTrue(self.admission.admits(present))
        self.assertEqual(self.told, [])

    def test_beyond_it(self) -> None:
        """More are refused, with an answer or without; the log says it once."""
        for present in (100, 110, 131):
            self.assertTrue(self.admission.has_line(present))
            self.assertFalse(self.admission.admits(present + 1))
        self.assertFalse(self.admission.has_line(132))
        for present in (120, 100, 95, 91):
            self.admission.left(present)
        self.assertEqual(
            self.told,
            [
                (
                    LogLevel.warn,
                    "100 clients are connected, as many as [server] max_connections "
                    "allows; more are refused",
                )
            ],
        )
        self.admission.left(90)
        self.admission.left(89)
        told = [text for _, text in self.told[1:]]
        self.assertEqual(told, ["clients are accepted again; 4 were refused"])
        self.assertFalse(self.admission.admits(101))
        self.assertEqual(len(self.told), 3)
