"""``twistd oagw``: its options, and the one place that puts the gateway together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.cred import strcred
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python import usage

from oagw.auth.passwords import UserError
from oagw.config.configerror import ConfigError
from oagw.config.plantfile import PlantFileError
from oagw.config.settings import Settings, describe
from oagw.core.manager import DatapointManager
from oagw.errors import DataManagerError
from oagw.gateway.announcement import Announcer
from oagw.gateway.bridgelisteners import bridge_listeners
from oagw.gateway.clientlisteners import client_factory, client_listeners
from oagw.gateway.controlhandlers import (
    check_handlers,
    control_handlers,
    status_handlers,
)
from oagw.gateway.gatewaymonitor import gateway_monitor
from oagw.gateway.gatewaysystem import SystemContext
from oagw.gateway.lifecycle import Lifecycle
from oagw.gateway.loginchecker import login_checker
from oagw.gateway.namespace import make_namespace
from oagw.gateway.process import tune_interpreter
from oagw.gateway.servercertificate import certificate_files
from oagw.gateway.simulator import Simulator
from oagw.gateway.systemarchives import archive_services
from oagw.gateway.users import users_at_start
from oagw.interfaces.services import Services
from oagw.server.listeners import ListenError
from oagw.server.processsignals import Signals
from oagw.server.service import GatewayService
from oagw.server.steadyclock import keep_steady
from oagw.server.tls import TlsError, load_context
from oagw.storage.configfile import find_config, read_file
from oagw.storage.damage import StorageError, full_directory
from oagw.storage.ownership import warning_for_root
from oagw.storage.statedir import StateDirectory
from oagw.systems.embedded.signals import SignalError
from oagw.systems.slicerunner import SliceRunner

_log = Logger("oagw")
#: The errors that a person can cause, and correct.
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


class Options(usage.Options, strcred.AuthOptionMixin):
    """The command line of ``twistd oagw``."""

    synopsis = "[--config FILE] [--listen ENDPOINT ...] [--state DIR] [--set KEY=VALUE ...]"
    longdesc = (
        "oagw, the open gateway for WinCC OA datapoints: read, write, connect and query "
        "them with JSON commands over websockets. etc/oagw.ini explains every key of the "
        "configuration."
    )
    optParameters = [
        [
            "config",
            "c",
            None,
            "The configuration file (default: etc/oagw.ini, then /etc/oagw/oagw.ini).",
        ],
        ["state", "s", None, "The state directory (default: as configured)."],
    ]
    supportedInterfaces = (IUsernamePassword,)

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self["listen"] = []
        self["set"] = []

    def opt_listen(self, endpoint: str) -> None:
        """Where to listen: wss://host:port/path, or a Twisted endpoint; repeatable."""
        self["listen"].append(endpoint)

    opt_l = opt_listen

    def opt_set(self, setting: str) -> None:
        """Set a key of the configuration, as section.key=value; repeatable."""
        self["set"].append(setting)

    def postOptions(self) -> None:
        """Read the configuration.

        :raises SystemExit: the configuration or the log file cannot be used; with one line.
        """
        self._leave_out_pid_file()
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
        """Check that twistd can write its log; it would end with a traceback.

        :raises SystemExit: it cannot; with one line that says why.
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

    def _leave_out_pid_file(self) -> None:
        """In the foreground, twistd's pid file only prevents a second gateway."""
        parent = self.parent
        if parent is not None and parent["nodaemon"] and parent["pidfile"] == "twistd.pid":
            parent["pidfile"] = ""


def makeService(options: Options) -> IService:
    """Put a gateway together.

    :raises SystemExit: it cannot be done as configured; with one line that says why.
    """
    from twisted.internet import reactor

    keep_steady(reactor)
    settings = options["settings"]
    try:
        return _gateway(reactor, settings, options.get("credCheckers") or [])
    except _EXPECTED as error:
        reason = full_directory(error, settings.server.state) or error
        raise SystemExit(f"oagw: {settings.located(reason)}") from error


def _gateway(
    reactor: Any, settings: Settings, checkers: Sequence[ICredentialsChecker]
) -> GatewayService:
    """The whole gateway.

    :param checkers: of logins, from the command line.
    """
    signals = Signals(reactor)
    signals.survive_hangup()
    if settings.server.state is None:
        raise ConfigError("[server] state: must name a directory")

    # What clients reach: checked before anything is opened that is hard to undo.
    listeners = client_listeners(settings, reactor)
    state = StateDirectory(settings.server.state)
    passwords = users_at_start(settings, state.path, listeners)
    certificate, private_key = certificate_files(settings, state.path)
    tls = load_context(certificate, private_key)
    _log_start(settings, state.path)

    # The systems, and what serves them.
    slices = SliceRunner(reactor)
    groups = {name: one.elements for name, one in settings.archive_groups.items()}
    services = Services(reactor, deferToThread, slices, settings.server.time_zone, groups)
    namespace = make_namespace(SystemContext(settings, services, state.path, reactor))
    tune_interpreter()
    served = namespace.in_order(settings)
    manager = DatapointManager(served, reactor, slices)
    simulator = Simulator(settings.simulate, namespace.built_in, reactor)

    # What listens.
    is_reachable = any(one.reachable for one in listeners)
    checker = login_checker(settings, passwords, checkers, is_reachable)
    factory = client_factory(settings, listeners, manager, checker, reactor)
    bridges = bridge_listeners(settings, namespace.systems, reactor)
    all_listeners = [*listeners, *(listener for listener, _ in bridges)]

    # What operators see and do.
    monitor = gateway_monitor(namespace.systems, services, factory, state)
    archives = archive_services(namespace.systems, services)
    handlers = {
        **control_handlers(namespace.dpl, archives),
        **check_handlers(manager, served, reactor),
        **status_handlers(monitor.reader),
    }
    lifecycle = Lifecycle(
        manager,
        namespace.health(reactor),
        monitor,
        simulator,
        state.path,
        handlers,
        reactor,
    )
    return GatewayService(
        reactor,
        listeners,
        factory,
        tls,
        lifecycle.start,
        lifecycle.stop,
        Announcer(settings, passwords, certificate, all_listeners, state),
        state.remove_listening,
        signals,
        bridges,
    )


def _log_start(settings: Settings, state: Path) -> None:
    """Log the effective configuration, and a warning if root runs the gateway."""
    for line in describe(settings):
        _log.info("{line}", line=line)
    if warning := warning_for_root(state):
        _log.warn("{warning}", warning=warning)
