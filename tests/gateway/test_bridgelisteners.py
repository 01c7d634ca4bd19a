"""The listeners that bridges connect to."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.gateway.backends import make_system
from oagw.gateway.bridgelisteners import bridge_listeners
from oagw.server.listeners import ListenError
from oagw.systems.remote.bridgeacceptor import BridgeFactory
from tests.gateway.configured import context_of, only_with, settings_of


class BridgeListenerTests(SynchronousTestCase):
    timeout = 30

    def test_bridges_do_not_connect_without_tls(self) -> None:
        """Unless a proxy in front has it."""
        for text in ("ws://localhost:0/bridge", "tcp:0:interface=127.0.0.1"):
            settings = settings_of(f"[bridge]\nlisten = {text}")
            with self.assertRaises(ConfigError) as caught:
                bridge_listeners(settings, [], reactor)
            self.assertIn("[bridge] listen", str(caught.exception))
            plain = f"[server]\nallow_plain = yes\n[bridge]\nlisten = {text}"
            self.assertEqual(len(bridge_listeners(settings_of(plain), [], reactor)), 1)
        with self.assertRaises(ListenError) as wrong:
            bridge_listeners(settings_of("[bridge]\nlisten = 8444"), [], reactor)
        self.assertIn("[bridge] listen 8444", str(wrong.exception))

    def test_a_listener_serves_the_systems_with_a_bridge(self) -> None:
        """Which are found by their logins; a dialled system has none."""
        listen = "[bridge]\nlisten = wss://localhost:0/bridge"
        keys = {"backend": "winccoa", "user": "u", "password": "geheim, und lang"}
        made = [
            make_system("S2", context_of(settings, Path(self.mktemp())))
            for settings in (only_with(listen, **keys), settings_of())
        ]
        [(listener, factory)] = bridge_listeners(settings_of(listen), made, reactor)
        self.assertEqual(listener.path, "/bridge")
        assert isinstance(factory, BridgeFactory)
        self.assertEqual(factory.acceptors, [made[0].acceptor])
