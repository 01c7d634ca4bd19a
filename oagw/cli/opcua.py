"""``oagw opcua``: what is to be known of the OPC UA servers behind a gateway."""

from __future__ import annotations

import argparse
import asyncio
import sys

from cryptography.hazmat.primitives.serialization import Encoding

from oagw.cli.clierrors import CommandError
from oagw.cli.options import add_places
from oagw.cli.places import used_state
from oagw.config.settings import Settings
from oagw.config.systemsettings import NamedSystemSettings
from oagw.errors import OagwError
from oagw.systems.opcua.configured import TABLE, check_url

_MISSING = "asyncua is not installed; install it with: pip install 'oagw[opcua]'"


def add_actions(opcua: argparse.ArgumentParser) -> None:
    """Add the actions of the topic."""
    add_places(opcua)
    actions = opcua.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("export", _export, "write the table of nodes and names (CSV) to standard output"),
        (
            "certificate",
            _certificate,
            "write the server's certificate (PEM) to standard output, to be trusted as ca",
        ),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("system", metavar="SYSTEM", help="as in [system:SYSTEM]")
        action.set_defaults(run=run)
        add_places(action)


def _system(settings: Settings, name: str) -> NamedSystemSettings:
    one = settings.systems.get(name)
    if one is None or one.backend != "opcua":
        known = [key for key, one in settings.systems.items() if one.backend == "opcua"]
        shown = ", ".join(known) or "none"
        raise CommandError(f"[system:{name}] is no OPC UA server; there are: {shown}")
    return one


def _export(settings: Settings, options: argparse.Namespace) -> int:
    _system(settings, options.system)
    path = used_state(settings) / "systems" / options.system / TABLE
    if not path.exists():
        raise CommandError(
            f"{path}: there are no names yet; start the gateway while the server runs"
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(path.read_bytes())
    sys.stdout.buffer.flush()
    return 0


def _certificate(settings: Settings, options: argparse.Namespace) -> int:
    one = _system(settings, options.system)
    check_url(f"[system:{options.system}]", one.url)
    try:
        from asyncua import ua

        from oagw.systems.opcua.security import fingerprint, server_certificate
    except ModuleNotFoundError as error:
        raise CommandError(_MISSING) from error
    try:
        found = asyncio.run(server_certificate(one.url, one.timeout))
    except (OagwError, ua.UaError, TimeoutError) as error:
        raise CommandError(f"{one.url}: {error or 'no answer came in time'}") from error
    print(
        f"SHA-256: {fingerprint(found)}\nCompare it with what the server shows before you "
        "trust it.",
        file=sys.stderr,
    )
    sys.stdout.write(found.public_bytes(Encoding.PEM).decode())
    return 0
