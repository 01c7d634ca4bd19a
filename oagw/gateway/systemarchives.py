"""Archives of the gateway for systems whose datapoints are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oagw.config.configerror import ConfigError
from oagw.config.systemsettings import RemoteSystemSettings
from oagw.gateway.embeddedsystems import open_system
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.interfaces.services import Services
from oagw.model.patterns import Pattern, compile_pattern, every_element
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.archiveservice import ArchiveService


def archived_patterns(name: str, one: RemoteSystemSettings) -> list[Pattern]:
    """The patterns of the elements of a system that the gateway archives.

    :raises ConfigError: a pattern names another system.
    """
    patterns = []
    for text in one.archive:
        pattern = every_element(compile_pattern(text))
        if pattern.system not in ("", name):
            raise ConfigError(
                f"[system:{name}] archive = {text!r}: the system is {name}; leave its "
                "name out of the pattern"
            )
        patterns.append(pattern)
    return patterns


def with_archive(
    made: GatewaySystem, one: RemoteSystemSettings, context: SystemContext
) -> GatewaySystem:
    """A system with an archive in the gateway, if its section has ``archive``.

    :raises ConfigError: a pattern names another system.
    :raises StorageError: the files of the archive cannot be used.
    """
    name = made.system.name
    patterns = archived_patterns(name, one)
    if not patterns or made.state is None:
        return made
    kept = open_system(name, context.created_directory(name), context)
    system = ArchivedSystem(made.system, made.state, kept, patterns, context.services)
    return replace(made, system=system, archived_in=kept)


def archive_services(
    systems: Sequence[GatewaySystem], services: Services
) -> dict[str, ArchiveService]:
    """What changes the archives of the gateway, by the names of the systems."""
    return {
        one.system.name: ArchiveService(one.archived_in, one.archived_in.archive, services)
        for one in systems
        if one.archived_in is not None
    }
