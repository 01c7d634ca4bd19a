"""An OPC UA server as the configuration names it."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from twisted.logger import Logger

from oagw.config.secret import (
    Hidden,
    Secret,
)
from oagw.config.settings import ConfigError
from oagw.config.systemsettings import NamedSystemSettings
from oagw.errors import ConnectionBrokenError, OagwError
from oagw.interfaces.services import Services
from oagw.storage.textfile import read_text_file
from oagw.systems.opcua.naming import (
    Kept,
    NamingError,
    Plan,
    Rule,
    design,
    name_variables,
    read_kept,
    read_rule,
    read_table,
    write_table,
)
from oagw.systems.opcua.nodeids import NodeTextError, read_node_text
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.system import OpcuaOptions, OpcuaSystem
from oagw.systems.remote.dialling import DialError, read_trust

_log = Logger()
#: Of tables; ids of nodes may have bytes that are no text.
_ENCODING: Final = {"encoding": "utf-8", "errors": "surrogateescape"}
#: In the directory of a system: the names that its variables have.
TABLE = "nodes.csv"


def opcua_system(
    name: str,
    one: NamedSystemSettings,
    password: Hidden,
    services: Services,
    directory: Path,
    reactor: Any,
) -> OpcuaSystem:
    """A system that an OPC UA server holds.

    :param directory: where its table of names is kept.
    :raises ConfigError: a key is missing or cannot be used.
    """
    where = f"[system:{name}]"
    try:
        from oagw.systems.opcua.connection import Dialler
        from oagw.systems.opcua.loop import AsyncioThread
        from oagw.systems.opcua.security import Security, UserFiles
        from oagw.systems.opcua.uasession import (
            Sampling,
            Target,
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{where} backend = opcua: {error.name} is not installed; install it with: "
            "pip install 'oagw[opcua]'"
        ) from error
    check_url(where, one.url)
    _check_roots(where, one.roots)
    sampling = Sampling(
        one.sampling,
        one.publishing,
        one.deadband.size,
        one.deadband.is_percent,
        one.queue,
    )
    security = None
    if one.security != "none":
        own = own_files(where, one, directory)
        trusted = trusted_by(where, one)
        user = None
        paths = user_files(where, one)
        if paths is not None:
            user = UserFiles(*paths)
            try:
                user.read()
            except OagwError as error:
                raise ConfigError(f"{where} user_certificate: {error}") from error
        security = Security(one.security, one.mode == "sign", trusted, *own, user)
    elif one.user_certificate is not None or one.user_private_key is not None:
        raise ConfigError(f"{where} user_certificate: it needs security")
    target = Target(
        name,
        one.url,
        one.user,
        password,
        one.roots,
        sampling,
        one.timeout,
        one.heartbeat,
        security,
    )
    planning = Planning(where, one, directory / TABLE)
    options = OpcuaOptions(one.reconnect, one.heartbeat, planning)
    dialler = Dialler(target, AsyncioThread(reactor))
    return OpcuaSystem(name, options, dialler, services)


def check_url(where: str, url: str) -> None:
    """Refuse what is no address of a server.

    :raises ConfigError: says what is wrong.
    """
    shown = str(Secret(url))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"{where} url = {shown!r}: {error}") from error
    if parts.scheme != "opc.tcp" or not parts.hostname or port == 0:
        raise ConfigError(f"{where} url = {shown!r}: must be opc.tcp://host:port/path")
    if parts.username or parts.password:
        raise ConfigError(
            f"{where} url: user and password do not belong into it, but have keys"
        )


def _check_roots(where: str, roots: Sequence[str]) -> None:
    """Refuse roots below which no server could have anything.

    :raises ConfigError: there is none, or one is no node id.
    """
    if not roots:
        raise ConfigError(f"{where} roots: must name a node, such as i=85 (Objects)")
    try:
        for text in roots:
            read_node_text(text)
    except NodeTextError as error:
        raise ConfigError(f"{where} roots: {error}") from error


def own_files(where: str, one: NamedSystemSettings, directory: Path) -> tuple[Path, Path]:
    """Our certificate and its key: those that are configured, or those that are made.

    :raises ConfigError: there is one without the other.
    """
    if one.certificate is not None and one.private_key is not None:
        return one.certificate, one.private_key
    if one.certificate is not None or one.private_key is not None:
        raise ConfigError(f"{where} certificate and private_key: set both of them, or none")
    return directory / "certificate.pem", directory / "private_key.pem"


def user_files(where: str, one: NamedSystemSettings) -> tuple[Path, Path] | None:
    """The certificate of who logs in, and its key; ``None`` if there is none.

    :raises ConfigError: there is one without the other, or a password besides.
    """
    certificate, key = one.user_certificate, one.user_private_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigError(
            f"{where} user_certificate and user_private_key: set both of them, or none"
        )
    if one.user:
        raise ConfigError(f"{where} user: there is a user_certificate besides; set one")
    return certificate, key


def trusted_by(where: str, one: NamedSystemSettings) -> Sequence[x509.Certificate]:
    """What the server's certificate must be, or come from.

    :raises ConfigError: there is none, and so nobody could be trusted.
    """
    if one.ca is None:
        name = where.removeprefix("[system:").removesuffix("]")
        raise ConfigError(
            f"{where} ca: with security, the server's certificate must be known; get it "
            f"with 'oagw opcua certificate {name} --config FILE', and compare its SHA-256 "
            "with the server's"
        )
    try:
        return read_trust(one.ca)
    except DialError as error:
        raise ConfigError(f"{where} ca: {error}") from error


def is_secret(one: NamedSystemSettings) -> bool:
    """Whether nobody on the way can read passwords and values."""
    is_encrypted = one.security != "none" and one.mode == "sign_and_encrypt"
    return is_encrypted or is_local(one.url)


def is_local(url: str) -> bool:
    """Whether a server is on this machine, so that nobody reads on the way."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Planning:
    """Gives variables their names, and keeps them; its calls are for a thread.

    :param kept: the file with the names that variables have.
    :raises ConfigError: a rule or the table cannot be used.
    """

    def __init__(self, where: str, one: NamedSystemSettings, kept: Path) -> None:
        self._where = where
        self._kept = kept
        self._unused: list[str] = []
        try:
            self._rules: Sequence[Rule] = [read_rule(line) for line in one.nodes]
        except NamingError as error:
            raise ConfigError(f"{where} nodes: {error}") from error
        self._given: Mapping[str, str] = {}
        if one.table is not None:
            try:
                text = read_text_file(one.table)
                self._given = read_table(text, str(one.table))
            except OSError as error:
                raise ConfigError(
                    f"{where} table = {one.table}: {error.strerror}"
                ) from error
            except NamingError as error:
                raise ConfigError(f"{where} table = {error}") from error

    def __call__(self, variables: Sequence[Variable]) -> Plan:
        """Plan; what was named before and is away keeps its name, until another has it.

        :raises ConnectionBrokenError: the names cannot be kept, or the file that has them
            is no table.
        """
        try:
            return self._plan(variables)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConnectionBrokenError(f"{self._kept}: {reason}") from error
        except (NamingError, UnicodeDecodeError, csv.Error) as error:
            raise ConnectionBrokenError(
                f"{self._kept} has the names of nodes, and cannot be read: {error}; "
                "correct it, or remove it to have all nodes named anew"
            ) from error

    def _plan(self, variables: Sequence[Variable]) -> Plan:
        kept: dict[str, Kept] = {}
        if self._kept.exists():
            kept = read_kept(self._kept.read_bytes().decode(**_ENCODING), self._kept.name)
        names = name_variables(variables, self._rules, self._given, kept)
        self._note_unused(variables)
        present = {one.node for one in variables}
        used = set(names.values())
        away = [
            one.line
            for node, one in kept.items()
            if node not in present and one.name not in used
        ]
        table = write_table(names.items()) + "".join(away)
        temporary = self._kept.with_suffix(".new")
        self._kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.write_bytes(table.encode(**_ENCODING))
        os.replace(temporary, self._kept)
        return Plan(names, design(names))

    def _note_unused(self, variables: Sequence[Variable]) -> None:
        """Say once that lines of the table are about no variable of the server."""
        known = {one.node for one in variables} | {one.place for one in variables}
        unused = [node for node in self._given if node not in known]
        if unused and unused != self._unused:
            _log.warn(
                "{where} table: {count} lines name no variable that the server has below "
                "its roots, as in '{node}'",
                where=self._where,
                count=len(unused),
                node=unused[0],
            )
        self._unused = unused
