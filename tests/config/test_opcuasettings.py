"""The section of an OPC UA server."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.opcuasettings import DeadbandSetting, OpcuaSettings
from oagw.config.settings import describe, read_settings


class OpcuaSettingsTests(SynchronousTestCase):
    timeout = 30

    def test_a_deadband_is_a_size_or_a_percentage(self) -> None:
        """It is shown as it is written."""
        for text, expected in (
            ("0", DeadbandSetting()),
            ("0.5", DeadbandSetting(0.5)),
            ("2%", DeadbandSetting(2.0, True)),
        ):
            ini = f"[system:Plc]\nbackend = opcua\ndeadband = {text}\n"
            settings = read_settings(ini, "x.ini", Path())
            one = settings.systems["Plc"]
            assert isinstance(one, OpcuaSettings)
            self.assertEqual(one.deadband, expected)
            self.assertIn(f"[system:Plc] deadband = {text}", describe(settings))
