"""Each backend of the configuration has what makes its systems."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config import backendsettings
from oagw.config.backendsettings import BACKENDS
from oagw.gateway import backends
from oagw.gateway.backends import MAKERS, make_system
from oagw.gateway.remotesystems import websocket_system
from tests.gateway.configured import context_of, settings_of


class BackendTests(SynchronousTestCase):
    timeout = 30

    def test_every_backend_has_settings_and_a_maker(self) -> None:
        """One row in each of the two lists."""
        self.assertEqual(set(MAKERS), set(BACKENDS))

    def test_a_new_backend_is_two_rows(self) -> None:
        """One for the class of its settings, one for what makes its systems."""
        rows = {**BACKENDS, "toy": BACKENDS["oa4j-wss"]}
        self.patch(backendsettings, "BACKENDS", rows)
        self.patch(backends, "MAKERS", {**MAKERS, "toy": websocket_system})
        settings = settings_of(backend="toy")
        made = make_system("S2", context_of(settings, Path(self.mktemp())))
        self.assertEqual((made.system.name, made.backend), ("S2", "toy"))
