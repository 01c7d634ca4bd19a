"""``twistd oagw``: its options, and the one place that puts the parts together."""

from __future__ import annotations

import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.cred import strcred
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python import usage

from oagw.archives.policy import Threads
from oagw.auth.checker import FirstOf, PasswordFileChecker
from oagw.auth.passwords import PasswordFile, UserError
from oagw.config.plantfile import PlantFileError
from oagw.config.quantities import duration
from oagw.config.settings import (
    ConfigError,
    Settings,
    describe,
)
from oagw.core.manager import DatapointManager
from oagw.core.realm import Realm
from oagw.errors import DataManagerError
from oagw.gateway.announcement import announcement
from oagw.gateway.assembly import (
    Beginning,
    archive_services,
    bridge_door,
    check_systems,
    fill,
    health_of,
    in_order,
    remote_system,
    rules_of,
    server_system,
    unused_keys,
    with_archive,
)
from oagw.gateway.control import ControlSocket
from oagw.gateway.controlhandlers import (
    check_handlers,
    control_handlers,
)
from oagw.gateway.process import (
    make_room,
    settle,
)
from oagw.gateway.stores import open_stores
from oagw.gateway.users import (
    check_users,
    make_demo_user,
    users_shown,
)
from oagw.interfaces.archives import IArchive
from oagw.interfaces.services import Services
from oagw.interfaces.systems import ISystem
from oagw.server.certificates import doubts
from oagw.server.delivery import Bounds
from oagw.server.listeners import Listener, ListenError, Tls, parse_listener
from oagw.server.processsignals import Signals
from oagw.server.service import GatewayService
from oagw.server.timekeeping import keep_steady
from oagw.server.tls import TlsError, load_context, make_local_certificate
from oagw.server.websocket import Limits, OagwFactory
from oagw.storage.configfile import find_config, read_file
from oagw.storage.damage import StorageError, full_directory
from oagw.storage.ownership import hand_over, warning_for_root
from oagw.storage.statedir import StateDirectory
from oagw.storage.threads import WriterThread
from oagw.systems.embedded.dplservice import DplService
from oagw.systems.embedded.signals import SignalError, check_history, parse_signal
from oagw.systems.embedded.simulation import Simulation
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.slices import Slices

_log = Logger("oagw")


class Options(usage.Options, strcred.AuthOptionMixin):
    """The command line of ``twistd oagw``."""

    synopsis = "[--config FILE] [--listen ENDPOINT ...] [--state DIR] [--set KEY=VALUE ...]"
    longdesc = (
        "oagw, the open gateway for WinCC OA datapoints: read, write, connect and query "
        "them with JSON commands over websockets. Every key of the configuration is "
        "explained in etc/oagw.ini."
    )
    optParameters = [
        [
            "config",
            "c",
            None,
            "The configuration (default etc/oagw.ini, /etc/oagw/oagw.ini).",
        ],
        ["state", "s", None, "The state directory, instead of the configured one."],
    ]
    supportedInterfaces = (IUsernamePassword,)

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["listen"] = []
        self["set"] = []

    def opt_listen(self, endpoint: str) -> None:
        """Listen here: wss://host:port/path or a Twisted endpoint; repeatable."""
        self["listen"].append(endpoint)

    opt_l = opt_listen

    def opt_set(self, setting: str) -> None:
        """Set a key of the configuration: section.key=value; repeatable."""
        self["set"].append(setting)

    def postOptions(self) -> None:
        """Read the configuration.

        :raises SystemExit: with one line that says what is wrong with it.
        """
        self._keep_no_pid_file()
        self._check_log_file()
        overrides = list(self["set"])
        if self["state"]:
            overrides.append(f"server.state={self['state']}")
        if self["listen"]:
            overrides.append("server.listen=" + "\n".join(self["listen"]))
        try:
            self["settings"] = read_file(find_config(self["config"]), overrides)
        except ConfigError as error:
            raise SystemExit(f"oagw: {error}") from error

    def _check_log_file(self) -> None:
        """Find out whether twistd can write its log; it would end in a traceback.

        :raises SystemExit: with one line that says why not.
        """
        parent = self.parent
        if parent is None or parent["logfile"] in (None, "-"):
            return
        path = Path(parent["rundir"], parent["logfile"])
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise SystemExit(f"oagw: --logfile {path}: {error.strerror}") from error

    def _keep_no_pid_file(self) -> None:
        """In the foreground twistd's pid file is only in the way of a second start."""
        parent = self.parent
        if parent is not None and parent["nodaemon"] and parent["pidfile"] == "twistd.pid":
            parent["pidfile"] = ""


def makeService(options: Options) -> IService:
    """Put a gateway together.

    :raises SystemExit: with one line, if it cannot be done as configured.
    """
    from twisted.internet import reactor

    keep_steady(reactor)
    checkers = options.get("credCheckers") or []
    try:
        service: IService = Composer(reactor, options["settings"], checkers).service()
    except _EXPECTED as error:
        settings = options["settings"]
        reason = full_directory(error, settings.server.state) or error
        raise SystemExit(f"oagw: {settings.located(reason)}") from error
    return service


def _plugged(text: str) -> ICredentialsChecker:
    # What follows the kind may hold a password.
    kind = text.partition(":")[0]
    try:
        checker: ICredentialsChecker = strcred.makeChecker(text)
    except (strcred.StrcredException, ValueError) as error:
        raise ConfigError(
            f"[auth] checkers: '{kind}' is no checker, or cannot be one with these "
            "arguments; 'twistd oagw --help-auth' lists the kinds"
        ) from error
    if not any(one.isOrExtends(IUsernamePassword) for one in checker.credentialInterfaces):
        raise ConfigError(
            f"[auth] checkers: '{kind}' checks no passwords; 'twistd oagw --help-auth' "
            "lists the kinds that do"
        )
    return checker


_EXPECTED = (
    OSError,
    ConfigError,
    DataManagerError,
    ListenError,
    PlantFileError,
    SignalError,
    StorageError,
    TlsError,
    UserError,
)


class Composer:
    """Makes the parts and joins them."""

    def __init__(
        self, reactor: Any, settings: Settings, checkers: list[ICredentialsChecker]
    ) -> None:
        self.signals = Signals(reactor)
        self.signals.survive_hangup()
        self.reactor = reactor
        self.settings = settings
        self.checkers = checkers
        server = settings.server
        if server.state is None:
            raise ConfigError("[server] state: must name a directory")
        self.listeners = [
            parse_listener(text, server.path, reactor) for text in server.listen
        ]
        self._check_plain()
        self.state = StateDirectory(server.state)
        self.passwords = PasswordFile(settings.auth.users or self.state.path / "users")
        reachable = [one for one in self.listeners if one.reachable]
        self.is_reachable = bool(reachable)
        if settings.auth.demo_user and not reachable:
            make_demo_user(self.passwords)
        check_users(self.passwords, settings, reachable)
        self.bridges: list[Listener] = []
        self.certificate, key = self._certificate()
        self.tls: ssl.SSLContext = load_context(self.certificate, key)

    def service(self) -> GatewayService:
        """The whole gateway."""
        for line in describe(self.settings):
            _log.info("{line}", line=line)
        if warning := warning_for_root(self.state.path):
            _log.warn("{warning}", warning=warning)
        check_systems(self.settings)
        for unused in unused_keys(self.settings):
            _log.warn("{unused}", unused=unused)
        zone = self.settings.server.time_zone
        slices = Slices(self.reactor)
        groups = {name: one.elements for name, one in self.settings.archive_groups.items()}
        services = Services(self.reactor, deferToThread, slices, zone, groups)
        own = self.settings.system
        beginning = Beginning("system", own.plant, own.dpl)
        system, dpl = self._embedded(own.name, self.state.path, services, beginning)
        systems: list[ISystem] = [system]
        systems += [self._other(name, services) for name in self.settings.systems]
        served = [
            with_archive(one, self.settings, services, self.state.path, self._threads)
            for one in systems
        ]
        settle()
        manager = DatapointManager(in_order(self.settings, served), self.reactor, slices)
        simulation = self._simulation(system)
        handlers = control_handlers(dpl, archive_services(served, services))
        handlers |= check_handlers(manager, served, self.reactor)
        health = health_of(self.settings, systems, system, self.reactor)
        door = bridge_door(self.settings, systems, self.reactor)
        self.bridges = [listener for listener, _ in door]
        control: list[ControlSocket] = []

        async def start() -> None:
            await manager.start()
            if self.settings.systems:
                await health.start()
            control.append(ControlSocket(self.reactor, self.state.path, handlers))
            if simulation is not None:
                await self._begin(simulation, system.archive)

        async def stop() -> None:
            for socket in control:
                await socket.close()
            if simulation is not None:
                simulation.stop()
            health.stop()
            await manager.stop()
            hand_over(self.state.path)

        return GatewayService(
            self.reactor,
            self.listeners,
            self._factory(manager),
            self.tls,
            lambda: Deferred.fromCoroutine(start()),
            lambda: Deferred.fromCoroutine(stop()),
            self._announce,
            self.state.remove_listening,
            self.signals,
            door,
        )

    def _embedded(
        self, name: str, directory: Path, services: Services, beginning: Beginning
    ) -> tuple[EmbeddedSystem, DplService]:
        """An embedded system whose files are in a directory."""
        thread = WriterThread(self.reactor, "store")
        store, archive = open_stores(
            directory, self.settings, name, self.reactor, self._threads(), thread
        )
        system = EmbeddedSystem(name, store, archive, services)
        dpl = DplService(system, services)
        fill(system, store, dpl, beginning)
        return system, dpl

    def _other(self, name: str, services: Services) -> ISystem:
        """A system of a section ``[system:NAME]``."""
        one = self.settings.systems[name]
        if one.backend == "opcua":
            return server_system(
                name, self.settings, services, self.state.path, self.reactor
            )
        if one.backend != "embedded":
            return remote_system(name, self.settings, self.reactor)
        directory = self.state.path / "systems" / name
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        beginning = Beginning(f"system:{name}", one.plant, one.dpl)
        system, _ = self._embedded(name, directory, services, beginning)
        return system

    def _threads(self) -> Threads:
        return Threads(
            WriterThread(self.reactor, "archive"),
            WriterThread(self.reactor, "sealing"),
            deferToThread,
        )

    def _factory(self, manager: DatapointManager) -> OagwFactory:
        server, rules = self.settings.server, rules_of(self.settings)
        portal = Portal(
            Realm(manager, rules, deferToThread, self.reactor), self._credentials_checkers()
        )
        bounds = Bounds(
            server.max_queue, server.max_delay, server.max_unsent, server.max_stall
        )
        room = make_room(server.max_connections)
        if room.shortage:
            _log.warn("{shortage}", shortage=room.shortage)
        limits = Limits(room.clients, server.max_message, bounds, room.limit)
        paths = {listener.path for listener in self.listeners}
        return OagwFactory(portal, paths, limits, self.reactor)

    def _credentials_checkers(self) -> list[ICredentialsChecker]:
        """One checker that asks all: a portal has only one for each kind of credentials."""
        own = PasswordFileChecker(self.passwords, deferToThread)
        plugged = [_plugged(text) for text in self.settings.auth.checkers]
        return [FirstOf([own, *plugged, *self.checkers], self.is_reachable)]

    def _simulation(self, system: EmbeddedSystem) -> Simulation | None:
        simulate = self.settings.simulate
        if not simulate.enabled:
            return None
        signals = {}
        for pattern, text in simulate.signals.items():
            try:
                signals[pattern] = parse_signal(text, duration)
            except SignalError as error:
                raise SignalError(f"[simulate] {pattern}: {error}") from error
        check_history(signals, simulate.history, simulate.history_step)
        return Simulation(system, signals, simulate.hold, self.reactor)

    async def _begin(self, simulation: Simulation, archive: IArchive) -> None:
        simulate = self.settings.simulate
        count = await simulation.make_history(
            archive, simulate.history, simulate.history_step
        )
        if count:
            _log.info("the archive was filled with {count} simulated values", count=count)
        simulation.start()

    def _certificate(self) -> tuple[Path, Path]:
        server = self.settings.server
        if (server.certificate is None) != (server.private_key is None):
            raise ConfigError(
                "[server] certificate and private_key: set both of them, or none"
            )
        if server.certificate is not None and server.private_key is not None:
            return server.certificate, server.private_key
        certificate = self.state.path / "certificate.pem"
        key = self.state.path / "private_key.pem"
        make_local_certificate(certificate, key, datetime.now(UTC))
        return certificate, key

    def _check_plain(self) -> None:
        if self.settings.server.allow_plain:
            return
        for listener in self.listeners:
            if listener.tls is Tls.NONE:
                raise ConfigError(
                    f"[server] listen {listener.text}: it has no TLS, so passwords and "
                    "values could be read on the way; use wss:// or ssl:, or set "
                    "[server] allow_plain = yes if a proxy in front has TLS"
                )

    def _announce(self, urls: list[str]) -> None:
        shown = users_shown(self.passwords, self.settings)
        served = [*self.listeners, *self.bridges]
        hosts = [one.host for one in served if one.tls is Tls.OURS]
        found = list(doubts(self.certificate, hosts, datetime.now(UTC))) if hosts else []
        self.state.write_listening(urls)
        for url in urls:
            _log.info("listening on {url}", url=url)
        for doubt in found:
            _log.warn("{doubt}", doubt=doubt)
        # Past the log, which twistd has in place of stdout: this is for a person.
        text = announcement(urls, shown, self.certificate, found)
        print(text, file=sys.__stdout__, flush=True)
