"""The options of updates."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.messages.connects import DpConnect


class ConnectTests(SynchronousTestCase):
    """MaxRate and Deadband."""

    timeout = 30

    def connect(self, **options: Any) -> DpConnect:
        """A command that has been checked."""
        command = DpConnect(dps=["A."], **options)
        command.check()
        return command

    def test_deadbands(self) -> None:
        """A number, or percent."""
        for given, expected in (
            (None, None),
            (0, (0.0, False)),
            (1.5, (1.5, False)),
            ("5%", (5.0, True)),
        ):
            self.assertEqual(self.connect(deadband=given).least_change, expected)
        for wrong in (-1, "5", "%", "x%", "-1%", float("inf"), 10**400):
            with self.assertRaisesRegex(ParameterError, "Deadband is"):
                self.connect(deadband=wrong)

    def test_rates(self) -> None:
        """0.001 to 1000 updates a second."""
        for rate in (None, 0.001, 1000):
            self.connect(max_rate=rate)
        for wrong in (0, 0.0009, 1000.1, -1):
            with self.assertRaisesRegex(ParameterError, "MaxRate is"):
                self.connect(max_rate=wrong)

    def test_no_names(self) -> None:
        """There would never be an update."""
        with self.assertRaisesRegex(ParameterError, "Dps is empty"):
            DpConnect(dps=[]).check()
