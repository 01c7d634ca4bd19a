"""A configuration with one system besides the gateway's own, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from oagw.config.settings import Settings, read_settings
from oagw.gateway.gatewaysystem import SystemContext
from oagw.interfaces.services import Services
from tests.systems.bench import at_once, unsliced

#: Keys of a peer that can be dialled.
GOOD = {"url": "wss://plant:8443/x", "user": "u", "password": "geheim"}


def settings_of(rest: str = "", **keys: str) -> Settings:
    """A configuration with ``[system:S2]``, which has these keys and those of GOOD."""
    return only_with(rest, **GOOD | keys)


def only_with(rest: str = "", **keys: str) -> Settings:
    """A configuration with ``[system:S2]``, which has these keys only."""
    values = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return read_settings(f"{rest}\n[system:S2]\n{values}", "x.ini", Path().absolute())


def context_of(settings: Settings, state: Path, reactor: Any = None) -> SystemContext:
    """The context that systems are made with; time stands still without a reactor."""
    clock = reactor or Clock()
    return SystemContext(settings, Services(clock, at_once, unsliced), state, clock)
