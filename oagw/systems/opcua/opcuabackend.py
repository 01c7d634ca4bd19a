"""Builds the system of an OPC UA server from the configuration."""

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

from oagw.config.configerror import ConfigError
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.secret import Hidden, Secret
from oagw.errors import ConnectionBrokenError, OagwError
from oagw.interfaces.services import Services
from oagw.storage.textfile import read_text_file
from oagw.systems.opcua.nodeids import NodeTextError, read_node_text
from oagw.systems.opcua.nodenames import (
    Kept,
    NamePlan,
    NamingError,
    Rule,
    design,
    name_variables,
    read_kept,
    read_rule,
    read_table,
    write_table,
)
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.system import OpcuaOptions, OpcuaSystem
from oagw.systems.remote.peerdialler import DialError, read_trust

_log = Logger()
#: The encoding of tables; node ids may contain bytes that are not text.
_ENCODING: Final = {"encoding": "utf-8", "errors": "surrogateescape"}
#: The file in the directory of a system that keeps the names of its variables.
TABLE = "nodes.csv"


def opcua_system(
    name: str,
    one: OpcuaSettings,
    password: Hidden,
    services: Services,
    directory: Path,
    reactor: Any,
) -> OpcuaSystem:
    """Build the system of an OPC UA server.

    :param directory: where the system keeps its files.
    :raises ConfigError: a key is missing or cannot be used.
    """
    where = f"[system:{name}]"
    try:
        from oagw.systems.opcua.asynciothread import AsyncioThread
        from oagw.systems.opcua.connection import ServerOpener
        from oagw.systems.opcua.security import Security, UserFiles
        from oagw.systems.opcua.uasession import Sampling, Target
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
        raise ConfigError(f"{where} user_certificate: it needs security, which is none")
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
    dialler = ServerOpener(target, AsyncioThread(reactor))
    return OpcuaSystem(name, options, dialler, services)


def check_url(where: str, url: str) -> None:
    """Check the URL of a server.

    :raises ConfigError: the text says what is wrong.
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
            f"{where} url: use the keys user and password instead of writing them here"
        )


def _check_roots(where: str, roots: Sequence[str]) -> None:
    """Check the node ids of roots.

    :raises ConfigError: there is none, or one is not a node id.
    """
    if not roots:
        raise ConfigError(f"{where} roots: must name a node, such as i=85 (Objects)")
    try:
        for text in roots:
            read_node_text(text)
    except NodeTextError as error:
        raise ConfigError(f"{where} roots: {error}") from error


def own_files(where: str, one: OpcuaSettings, directory: Path) -> tuple[Path, Path]:
    """Return the files of our certificate and its key; by default oagw creates them.

    :raises ConfigError: only one of them is configured.
    """
    if one.certificate is not None and one.private_key is not None:
        return one.certificate, one.private_key
    if one.certificate is not None or one.private_key is not None:
        raise ConfigError(f"{where} certificate and private_key: set both, or neither")
    return directory / "certificate.pem", directory / "private_key.pem"


def user_files(where: str, one: OpcuaSettings) -> tuple[Path, Path] | None:
    """Return the files of the user's certificate and its key, if they are configured.

    :raises ConfigError: only one of them is configured, or a user as well.
    """
    certificate, key = one.user_certificate, one.user_private_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigError(
            f"{where} user_certificate and user_private_key: set both, or neither"
        )
    if one.user:
        raise ConfigError(
            f"{where} user: there is a user_certificate too; set only one of them"
        )
    return certificate, key


def trusted_by(where: str, one: OpcuaSettings) -> Sequence[x509.Certificate]:
    """Read the certificates that the server's must equal, or be issued by.

    :raises ConfigError: none is configured, or they cannot be read.
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


def is_secret(one: OpcuaSettings) -> bool:
    """Whether the connection is encrypted, or stays on this machine."""
    is_encrypted = one.security != "none" and one.mode == "sign_and_encrypt"
    return is_encrypted or is_local(one.url)


def is_local(url: str) -> bool:
    """Whether a server is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Planning:
    """Names the variables of a server, and keeps the names; to be called in a thread.

    :param kept: the file that keeps the names.
    :raises ConfigError: a rule or the table cannot be used.
    """

    def __init__(self, where: str, one: OpcuaSettings, kept: Path) -> None:
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

    def __call__(self, variables: Sequence[Variable]) -> NamePlan:
        """Name variables; a missing node keeps its name until another node needs it.

        :raises ConnectionBrokenError: the file cannot be written, or is not a table.
        """
        try:
            return self._plan(variables)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConnectionBrokenError(f"{self._kept}: {reason}") from error
        except (NamingError, UnicodeDecodeError, csv.Error) as error:
            raise ConnectionBrokenError(
                f"{self._kept} keeps the names of nodes, and cannot be read: {error}; "
                "correct it, or remove it to name all nodes again"
            ) from error

    def _plan(self, variables: Sequence[Variable]) -> NamePlan:
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
        return NamePlan(names, design(names))

    def _note_unused(self, variables: Sequence[Variable]) -> None:
        """Log once that lines of the table match no variable of the server."""
        known = {one.node for one in variables} | {one.place for one in variables}
        unused = [node for node in self._given if node not in known]
        if unused and unused != self._unused:
            _log.warn(
                "{where} table: {count} lines match no variable of the server below its "
                "roots, such as '{node}'",
                where=self._where,
                count=len(unused),
                node=unused[0],
            )
        self._unused = unused
