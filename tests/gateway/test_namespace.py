"""The systems of a gateway as one namespace."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.gateway.backends import make_system
from oagw.gateway.gatewaysystem import GatewaySystem
from oagw.gateway.namespace import Namespace, check_names
from oagw.systems.embedded.dplservice import DplService
from tests.gateway.configured import context_of, settings_of
from tests.systems.bench import EmbeddedTestCase


class NameTests(SynchronousTestCase):
    timeout = 30

    def test_names_are_of_one_system_each(self) -> None:
        """The own system is one of them."""
        for text, part in (
            (
                "[system]\nname = S2",
                "the system of [system] has the same name",
            ),
            ("[system:S1]\nown = yes", "[system:S1] is the own system already"),
        ):
            with self.assertRaises(ConfigError) as caught:
                check_names(settings_of(text, own="yes"))
            self.assertIn(part, str(caught.exception))
        check_names(settings_of("[system:S1]", own="yes"))


class NamespaceTests(EmbeddedTestCase):
    def namespace(self, settings: Settings) -> Namespace:
        """The systems of a configuration around that of the bench."""
        context = context_of(settings, Path(self.mktemp()))
        system = self.bench.system
        systems = [GatewaySystem(system, "embedded", archived_in=system)]
        systems += [make_system(name, context) for name in settings.systems]
        return Namespace(system, DplService(system, context.services), systems)

    def test_the_own_system_is_the_first(self) -> None:
        """It is the one of [system] unless a section is."""
        for own, order in (("no", ["System1", "S2"]), ("yes", ["S2", "System1"])):
            settings = settings_of(own=own)
            found = self.namespace(settings).in_order(settings)
            self.assertEqual([one.name for one in found], order)

    def test_health_is_for_several_systems(self) -> None:
        """A gateway with one system has no datapoint _oagw."""
        settings = settings_of()
        whole = self.namespace(settings)
        self.assertIsNotNone(whole.health(Clock()))
        alone = Namespace(whole.built_in, whole.dpl, whole.systems[:1])
        self.assertIsNone(alone.health(Clock()))
