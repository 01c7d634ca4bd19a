"""``oagw opcua``: names and certificates of the OPC UA servers of a gateway."""

from __future__ import annotations

import argparse
import asyncio
import sys

from cryptography.hazmat.primitives.serialization import Encoding

from oagw.cli.clierrors import CommandError
from oagw.cli.options import add_parser, add_places
from oagw.cli.usedstate import used_state
from oagw.config.opcuasettings import OpcuaSettings
from oagw.config.settings import Settings
from oagw.errors import OagwError
from oagw.systems.opcua.opcuabackend import TABLE, check_url

_MISSING = "asyncua is not installed; install it with: pip install 'oagw[opcua]'"


def add_actions(opcua: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(opcua)
    actions = opcua.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("export", _export, "write the nodes and their names (CSV) to standard output"),
        (
            "certificate",
            _certificate,
            "write the certificate (PEM) of the server to standard output, for the key ca",
        ),
    ):
        action = add_parser(actions, name, text)
        action.add_argument("system", metavar="SYSTEM", help="the name in [system:NAME]")
        action.set_defaults(run=run)
        add_places(action)


def _section(settings: Settings, name: str) -> OpcuaSettings:
    servers = {
        key: one for key, one in settings.systems.items() if isinstance(one, OpcuaSettings)
    }
    if name not in servers:
        known = f"there are: {', '.join(servers)}" if servers else "there is none"
        raise CommandError(
            f"the configuration has no [system:{name}] with backend = opcua; {known}"
        )
    return servers[name]


def _export(settings: Settings, options: argparse.Namespace) -> int:
    _section(settings, options.system)
    path = used_state(settings) / "systems" / options.system / TABLE
    if not path.exists():
        raise CommandError(
            f"{path} does not exist yet: the gateway creates it when it connects to the "
            "server; start both"
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(path.read_bytes())
    sys.stdout.buffer.flush()
    return 0


def _certificate(settings: Settings, options: argparse.Namespace) -> int:
    one = _section(settings, options.system)
    check_url(f"[system:{options.system}]", one.url)
    try:
        from asyncua import ua

        from oagw.systems.opcua.security import fingerprint, server_certificate
    except ModuleNotFoundError as error:
        raise CommandError(_MISSING) from error
    try:
        found = asyncio.run(server_certificate(one.url, one.timeout))
    except (OagwError, ua.UaError, TimeoutError) as error:
        raise CommandError(
            f"{one.url}: {error or 'no reply within the timeout'}"
        ) from error
    print(
        f"SHA-256: {fingerprint(found)}\nCompare it with the one that the server shows "
        "before you trust it.",
        file=sys.stderr,
    )
    sys.stdout.write(found.public_bytes(Encoding.PEM).decode())
    return 0
