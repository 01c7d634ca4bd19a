"""All systems of a gateway: the one of ``[system]`` and those of ``[system:NAME]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings
from oagw.gateway.backends import make_system
from oagw.gateway.embeddedsystems import StartFiles, filled_system
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.gateway.health import Health
from oagw.interfaces.systems import ISystem
from oagw.systems.embedded.dplservice import DplService
from oagw.systems.embedded.system import EmbeddedSystem


@dataclass(frozen=True, slots=True)
class Namespace:
    """The systems of a gateway.

    :ivar built_in: the system of ``[system]``.
    :ivar dpl: imports and exports DPL files of that system.
    :ivar systems: all systems; that of ``[system]`` is the first.
    """

    built_in: EmbeddedSystem
    dpl: DplService
    systems: Sequence[GatewaySystem]

    def in_order(self, settings: Settings) -> list[ISystem]:
        """The own system first: names without a system mean that one."""
        own = {name for name, one in settings.systems.items() if one.own}
        served = [one.system for one in self.systems]
        return sorted(served, key=lambda one: one.name not in own)

    def health(self, clock: IReactorTime) -> Health | None:
        """What shows the states of the systems; ``None`` if there is only one."""
        if len(self.systems) == 1:
            return None
        backends = {one.system.name: one.backend for one in self.systems}
        states = {
            one.system.name: one.state for one in self.systems if one.state is not None
        }
        return Health(self.built_in, backends, states, clock)


def make_namespace(context: SystemContext) -> Namespace:
    """Make all systems of a configuration.

    :raises ConfigError: two systems have the same name, two are the own system, or a key
        cannot be used.
    :raises PlantFileError: a plant file cannot be read or used.
    :raises StorageError: the files of a system cannot be used.
    """
    settings = context.settings
    check_names(settings)
    one = settings.system
    files = StartFiles("system", one.plant, one.dpl)
    built_in, dpl = filled_system(one.name, context.state, files, context)
    others = [make_system(name, context) for name in settings.systems]
    first = GatewaySystem(built_in, "embedded", archived_in=built_in)
    return Namespace(built_in, dpl, [first, *others])


def check_names(settings: Settings) -> None:
    """Refuse systems that cannot be one namespace.

    :raises ConfigError: two systems have the same name, or two are the own system.
    """
    name = settings.system.name
    if name in settings.systems:
        raise ConfigError(
            f"[system:{name}]: the system of [system] has the same name; change that one, "
            "such as [system] name = Gateway"
        )
    own = [name for name, one in settings.systems.items() if one.own]
    if len(own) > 1:
        raise ConfigError(
            f"[system:{own[1]}] own: [system:{own[0]}] is the own system already; set it "
            "for one of them only"
        )
