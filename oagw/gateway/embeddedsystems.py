"""Embedded systems: opened from their files, and filled from DPL and plant files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from oagw.archives.policy import Threads
from oagw.config.configerror import ConfigError
from oagw.config.embeddedsettings import EmbeddedSettings
from oagw.config.plantfile import PlantFileError, parse_plant
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from oagw.gateway.internaldatapoints import check_plant_file
from oagw.gateway.stores import open_stores
from oagw.storage.textfile import read_text_file
from oagw.storage.threads import WriterThread
from oagw.systems.embedded.dplservice import (
    DplService,
    ImportRefused,
    NothingToImport,
    import_lines,
)
from oagw.systems.embedded.plantsetup import add_missing, set_up
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger("oagw")


@dataclass(frozen=True, slots=True)
class StartFiles:
    """The files that an embedded system is filled from when the gateway starts.

    :ivar section: the section that names them, for messages.
    :ivar plant: the plant file: whatever it has more than the system is added.
    :ivar dpl: DPL files, which only a system without datapoints is filled from.
    """

    section: str
    plant: Path | None
    dpl: Sequence[Path]


def open_system(name: str, directory: Path, context: SystemContext) -> EmbeddedSystem:
    """An embedded system and its archive, opened from the files of a directory.

    :raises StorageError: the files cannot be used.
    """
    reactor = context.reactor
    threads = Threads(
        WriterThread(reactor, "archive"), WriterThread(reactor, "sealing"), deferToThread
    )
    store, archive = open_stores(
        directory,
        context.settings,
        name,
        context.services.clock,
        threads,
        WriterThread(reactor, "store"),
    )
    return EmbeddedSystem(name, store, archive, context.services)


def filled_system(
    name: str, directory: Path, files: StartFiles, context: SystemContext
) -> tuple[EmbeddedSystem, DplService]:
    """An embedded system with the content of its start files.

    :raises StorageError: the system's own files cannot be used.
    :raises ConfigError: a DPL file cannot be read or used.
    :raises PlantFileError: the plant file cannot be read or used.
    """
    system = open_system(name, directory, context)
    dpl = DplService(system, context.services)
    with system.store.creating():
        if not system.plant.types:
            _load_dpl(dpl, files)
        _add_plant_file(system, files)
    return system, dpl


def embedded_system(
    name: str, one: EmbeddedSettings, context: SystemContext
) -> GatewaySystem:
    """The system of a section with ``backend = embedded``.

    :raises StorageError: the system's own files cannot be used.
    :raises ConfigError: a DPL file cannot be read or used.
    :raises PlantFileError: the plant file cannot be read or used.
    """
    files = StartFiles(f"system:{name}", one.plant, one.dpl)
    system, _ = filled_system(name, context.created_directory(name), files, context)
    return GatewaySystem(system, one.backend, archived_in=system)


def _load_dpl(dpl: DplService, given: StartFiles) -> None:
    if not given.dpl:
        return
    try:
        files = [(str(path), path.read_bytes()) for path in given.dpl]
    except OSError as error:
        raise ConfigError(
            f"[{given.section}] dpl = {error.filename}: {error.strerror}"
        ) from error
    try:
        plan = dpl.import_now(files, keep_going=False)
    except NothingToImport as error:
        _log.warn("DPL import: {reason}", reason=error.first)
        return
    except ImportRefused as error:
        raise ConfigError(f"[{given.section}] dpl: {error}") from error
    for line in import_lines(plan):
        _log.info("DPL import: {line}", line=line)


def _add_plant_file(system: EmbeddedSystem, given: StartFiles) -> None:
    path = given.plant
    if path is None:
        return
    try:
        plant_file = parse_plant(read_text_file(path))
        check_plant_file(plant_file)
        set_up(plant_file, system, add_missing(plant_file, system))
    except OSError as error:
        raise PlantFileError(
            f"[{given.section}] plant = {path}: {error.strerror}"
        ) from error
    except PlantFileError as error:
        raise PlantFileError(f"{path}: {error}") from error
