"""The systems that the configuration names: made, and filled with what they begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from oagw.archives.policy import Threads
from oagw.config.plantfile import (
    PlantFile,
    PlantFileError,
    parse_plant,
)
from oagw.config.secret import (
    Hidden,
    Secret,
)
from oagw.config.settings import (
    ConfigError,
    Settings,
)
from oagw.config.systemsettings import (
    KEYS_OF,
    NamedSystemSettings,
)
from oagw.core.context import Rules
from oagw.gateway.health import Health
from oagw.gateway.stores import open_stores
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.model.patterns import Pattern, compile_pattern, every_element
from oagw.server.listeners import Listener, ListenError, Tls, parse_listener
from oagw.storage.textfile import read_text_file
from oagw.storage.threads import WriterThread
from oagw.systems.archived.system import ArchivedSystem
from oagw.systems.embedded.archiveservice import ArchiveService
from oagw.systems.embedded.build import add_missing, set_up
from oagw.systems.embedded.dplservice import (
    DplService,
    ImportRefused,
    NothingToImport,
    report,
)
from oagw.systems.embedded.store import Store
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.opcua.configured import is_secret, opcua_system
from oagw.systems.opcua.system import OpcuaSystem
from oagw.systems.remote.accepting import Acceptor, BridgeFactory, Login
from oagw.systems.remote.dialect import BRIDGE, DIALECTS, Dialect
from oagw.systems.remote.dialling import DialError, Dialler, Peer, check_url, read_trust
from oagw.systems.remote.peerpresence import (
    Connector,
    RemoteOptions,
)
from oagw.systems.remote.system import RemoteSystem

_log = Logger("oagw")
#: Characters of a bridge's password: nobody types it, and anybody may try.
SHORTEST_PASSWORD = 12
#: Bytes of the largest message that a bridge may send.
LARGEST_MESSAGE = 1 << 28


@dataclass(frozen=True, slots=True)
class Beginning:
    """What an embedded system begins with.

    :ivar section: of the configuration, for messages.
    :ivar plant: the plant file, if there is one; ``dpl`` are DPL files.
    """

    section: str
    plant: Path | None
    dpl: Sequence[Path]


def fill(
    system: EmbeddedSystem, store: Store, dpl: DplService, beginning: Beginning
) -> None:
    """Give an embedded system what it begins with, and what its plant file has more.

    :raises ConfigError: a DPL file cannot be read or used.
    :raises PlantFileError: the plant file cannot.
    """
    with store.creating():
        if not system.plant.types:
            _load_dpl(dpl, beginning)
        _add_plant_file(system, beginning)


def _load_dpl(dpl: DplService, beginning: Beginning) -> None:
    """At the first start only: afterwards the system is what it has become."""
    if not beginning.dpl:
        return
    try:
        files = [(str(path), path.read_bytes()) for path in beginning.dpl]
    except OSError as error:
        raise ConfigError(
            f"[{beginning.section}] dpl = {error.filename}: {error.strerror}"
        ) from error
    try:
        plan = dpl.import_now(files, keep_going=False)
    except NothingToImport as error:
        _log.warn("DPL import: {reason}", reason=error.first)
        return
    except ImportRefused as error:
        raise ConfigError(f"[{beginning.section}] dpl: {error}") from error
    for line in report(plan):
        _log.info("DPL import: {line}", line=line)


def _add_plant_file(system: EmbeddedSystem, beginning: Beginning) -> None:
    path = beginning.plant
    if path is None:
        return
    try:
        plant_file: PlantFile = parse_plant(read_text_file(path))
        set_up(plant_file, system, add_missing(plant_file, system))
    except OSError as error:
        raise PlantFileError(
            f"[{beginning.section}] plant = {path}: {error.strerror}"
        ) from error
    except PlantFileError as error:
        raise PlantFileError(f"{path}: {error}") from error


def check_systems(settings: Settings) -> None:
    """Refuse what cannot be one namespace.

    :raises ConfigError: two systems have one name, or two are the own one.
    """
    name = settings.system.name
    if name in settings.systems:
        raise ConfigError(
            f"[system:{name}]: the gateway's own system has this name already; give that "
            "another one, as in [system] name = Gateway"
        )
    own = [name for name, one in settings.systems.items() if one.own]
    if len(own) > 1:
        raise ConfigError(
            f"[system:{own[1]}] own: [system:{own[0]}] is the own system already"
        )


def unused_keys(settings: Settings) -> Iterator[str]:
    """A line for each key of ``[system:NAME]`` that means nothing for its backend."""
    for section, key in settings.places:
        name = section.removeprefix("system:")
        if key and name != section:
            backend = settings.systems[name].backend
            if key not in KEYS_OF[backend]:
                unused = f"[{section}] {key}: it means nothing for the backend {backend}"
                yield settings.located(unused)


def in_order(settings: Settings, systems: Sequence[ISystem]) -> list[ISystem]:
    """The own system first: it is meant where a name has no system."""
    own = {name for name, one in settings.systems.items() if one.own}
    return sorted(systems, key=lambda one: one.name not in own)


def health_of(
    settings: Settings, systems: Sequence[ISystem], own: ISystem, reactor: Any
) -> Health:
    """What keeps the states of all systems in a datapoint of the gateway's own."""
    remote = {
        one.name: (settings.systems[one.name].backend, one.presence)
        for one in systems
        if isinstance(one, RemoteSystem | OpcuaSystem)
    }
    embedded = [one.name for one in systems if one.name not in remote]
    return Health(own, embedded, remote, reactor)


def remote_system(name: str, settings: Settings, reactor: Any) -> RemoteSystem:
    """A system that the gateway dials, or whose bridge dials the gateway.

    :raises ConfigError: a key is missing or cannot be used.
    """
    one = settings.systems[name]
    if one.backend == "winccoa":
        connector: Connector = _acceptor(name, settings)
        dialect: Dialect | None = BRIDGE
    else:
        connector = _dialler(name, settings, reactor)
        dialect = DIALECTS[one.protocol]
    options = RemoteOptions(
        one.remote_name or name,
        dialect,
        one.timeout,
        one.heartbeat,
        settings.server.time_zone,
        partial(user_there, one.users),
        deferToThread,
    )
    return RemoteSystem(name, options, connector, reactor)


def server_system(
    name: str, settings: Settings, services: Services, state: Path, reactor: Any
) -> OpcuaSystem:
    """A system that an OPC UA server holds.

    :param state: the state directory.
    :raises ConfigError: a key is missing or cannot be used.
    """
    one = settings.systems[name]
    where = f"[system:{name}]"
    password = Hidden("")
    if one.user or one.password or one.password_file is not None:
        password = password_of(where, one)
    directory = state / "systems" / name
    system = opcua_system(name, one, password, services, directory, reactor)
    if not is_secret(one) and not settings.server.allow_plain:
        raise ConfigError(
            f"{where} url = {one.url}: nothing is encrypted, so the password and values "
            "could be read on the way; set security, as in Basic256Sha256, or [server] "
            "allow_plain = yes"
        )
    return system


def archived_patterns(name: str, settings: Settings) -> list[Pattern]:
    """What of a system is archived here.

    :raises ConfigError: it has an archive anyway, or a pattern names another system.
    """
    one = settings.systems[name]
    where = f"[system:{name}] archive"
    if one.archive and one.backend == "embedded":
        raise ConfigError(
            f"{where}: an embedded system has an archive of its own; say in its plant file "
            "what is archived"
        )
    patterns = []
    for text in one.archive:
        pattern = every_element(compile_pattern(text))
        if pattern.system not in ("", name):
            raise ConfigError(f"{where} = {text!r}: the system is {name}; leave it out")
        patterns.append(pattern)
    return patterns


def with_archive(
    system: ISystem,
    settings: Settings,
    services: Services,
    state: Path,
    threads: Callable[[], Threads],
) -> ISystem:
    """A system with an archive here, if one is configured for it.

    :param state: the state directory.
    :param threads: makes threads for an archive.
    :raises ConfigError: it cannot have one.
    :raises StorageError: its files cannot be used.
    """
    name = system.name
    if name not in settings.systems or not (patterns := archived_patterns(name, settings)):
        return system
    assert isinstance(system, RemoteSystem | OpcuaSystem)
    directory = state / "systems" / name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = services.clock
    in_thread = WriterThread(clock, "store")
    store, archive = open_stores(directory, settings, name, clock, threads(), in_thread)
    kept = EmbeddedSystem(name, store, archive, services)
    state_of = system.presence.state
    return ArchivedSystem(system, state_of, kept, patterns, services)


def archive_services(
    systems: Sequence[ISystem], services: Services
) -> dict[str, ArchiveService]:
    """What changes the archives that are here, by the names of the systems."""
    kept = [one.kept if isinstance(one, ArchivedSystem) else one for one in systems]
    return {
        one.name: ArchiveService(one, one.archive, services)
        for one in kept
        if isinstance(one, EmbeddedSystem)
    }


def user_there(users: Mapping[str, str], user: str) -> str | None:
    """Who sets values in a system for a user here; ``None`` is the bridge's own user."""
    there = users.get(user, users.get("*"))
    return user if there == "*" else there


def _acceptor(name: str, settings: Settings) -> Acceptor:
    one = settings.systems[name]
    where = f"[system:{name}]"
    if not settings.bridge.listen:
        raise ConfigError(
            f"{where} backend = winccoa: its bridge must have something to connect to; set "
            "[bridge] listen, as in wss://0.0.0.0:8444/bridge"
        )
    password = password_of(where, one)
    if len(password.reveal()) < SHORTEST_PASSWORD:
        raise ConfigError(
            f"{where} password: it must have at least {SHORTEST_PASSWORD} characters; make "
            "one with: openssl rand -base64 24"
        )
    return Acceptor(Login(one.user, password))


def bridge_door(
    settings: Settings, systems: Sequence[ISystem], reactor: Any
) -> list[tuple[Listener, Factory]]:
    """Where bridges connect to.

    :raises ListenError: a listener cannot be had.
    :raises ConfigError: one has no TLS.
    """
    try:
        listeners = [
            parse_listener(text, "/bridge", reactor) for text in settings.bridge.listen
        ]
    except ListenError as error:
        raise ListenError(str(error).replace("[server]", "[bridge]", 1)) from error
    for listener in listeners:
        if listener.tls is Tls.NONE and not settings.server.allow_plain:
            raise ConfigError(
                f"[bridge] listen {listener.text}: it has no TLS; use wss:// or ssl:, or "
                "set [server] allow_plain = yes if a proxy in front has TLS"
            )
    connectors = [one.connector for one in systems if isinstance(one, RemoteSystem)]
    acceptors = [one for one in connectors if isinstance(one, Acceptor)]
    paths = {listener.path for listener in listeners}
    factory = BridgeFactory(acceptors, paths, LARGEST_MESSAGE, reactor)
    return [(listener, factory) for listener in listeners]


def _dialler(name: str, settings: Settings, reactor: Any) -> Dialler:
    one = settings.systems[name]
    where = f"[system:{name}]"
    try:
        check_url(one.url)
    except DialError as error:
        raise ConfigError(f"{where} url = {str(Secret(one.url))!r}: {error}") from error
    try:
        trust = [] if one.ca is None else read_trust(one.ca)
    except DialError as error:
        raise ConfigError(f"{where} ca: {error}") from error
    peer = Peer(one.url, one.user, password_of(where, one), trust, one.reconnect)
    if not peer.is_tls and not settings.server.allow_plain:
        raise ConfigError(
            f"{where} url = {one.url}: it has no TLS, so the password and values could be "
            "read on the way; use wss://, or set [server] allow_plain = yes"
        )
    return Dialler(peer, reactor)


def password_of(where: str, one: NamedSystemSettings) -> Hidden:
    """The password of a system, which may stand in a file of its own.

    :raises ConfigError: there is none, or there are two.
    """
    if one.password and one.password_file is not None:
        raise ConfigError(f"{where} password and password_file: set one of them")
    if one.password_file is None:
        if not one.user or not one.password:
            raise ConfigError(f"{where} user and password, or password_file, are needed")
        return one.password
    try:
        text = read_text_file(one.password_file).strip()
    except OSError as error:
        raise ConfigError(
            f"{where} password_file = {one.password_file}: {error.strerror}"
        ) from error
    if not one.user or not text:
        raise ConfigError(
            f"{where} user, and a password in {one.password_file}, are needed"
        )
    return Hidden(text)


def rules_of(settings: Settings) -> Rules:
    """What the configuration says to commands."""
    return Rules(
        settings.server.answer,
        settings.server.time_zone,
        settings.archive.max_period_values,
        settings.query.max_rows,
        version("oagw"),
    )
