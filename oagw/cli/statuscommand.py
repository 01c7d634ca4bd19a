"""``oagw status``: what a running gateway does, for a person or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from oagw.cli.clierrors import CommandError
from oagw.cli.controlclient import NotRunning, ask
from oagw.cli.options import add_places
from oagw.cli.usedstate import used_state
from oagw.config.settings import Settings

#: Facts by name, as :class:`oagw.gateway.gatewaystatus.GatewayStatus` has them.
_Facts: TypeAlias = dict[str, Any]
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000
#: Seconds after which the gateway counts as hanging.
_PATIENCE = 30.0


def add_actions(status: argparse.ArgumentParser) -> None:
    """Add the options of the command; it has no actions."""
    add_places(status)
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(run=_status)


def _status(settings: Settings, options: argparse.Namespace) -> int:
    state = used_state(settings)
    try:
        content = ask(state, "status", {}, [], lambda text: None, _PATIENCE).content
    except NotRunning as error:
        raise CommandError(
            f"no gateway runs with {state}; start it, or name another's with --state"
        ) from error
    facts: _Facts = json.loads(content)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        for line in report(facts):
            print(line)
    return 0


def _printable(fact: Any) -> Any:
    """A fact whose texts cannot control the terminal.

    Names of users and errors of systems come from elsewhere: they may have line breaks and
    escape sequences, which are shown as in Python (``\\n``, ``\\x1b``).
    """
    if isinstance(fact, str):
        return "".join(
            one if one.isprintable() else one.encode("unicode_escape").decode("ascii")
            for one in fact
        )
    if isinstance(fact, dict):
        return {key: _printable(one) for key, one in fact.items()}
    if isinstance(fact, list):
        return [_printable(one) for one in fact]
    return fact


def report(facts: _Facts) -> Iterator[str]:
    """The lines for a person. Times are in UTC."""
    facts = _printable(facts)
    yield from _gateway(facts["gateway"], facts["listeners"])
    yield ""
    yield from _sessions(facts["totals"], facts["sessions"])
    yield ""
    yield from _systems(facts["systems"])
    for store in facts["stores"]:
        yield ""
        yield from _store(store)


def _gateway(gateway: _Facts, listeners: Sequence[str]) -> Iterator[str]:
    now, longest = gateway["reactor_delay"] * 1000, gateway["reactor_delay_max"] * 1000
    uptime = timedelta(seconds=int(gateway["uptime"]))
    yield (
        f"oagw {gateway['version']}, process {gateway['process']}, "
        f"running since {_time(gateway['started'])} ({uptime})"
    )
    for url in listeners:
        yield f"listens on     {url}"
    yield f"memory         {_bytes(gateway['memory'])}"
    yield f"reactor delay  {now:.1f} ms, at most {longest:.1f} ms since the start"


def _sessions(totals: _Facts, sessions: Sequence[_Facts]) -> Iterator[str]:
    yield f"sessions       {totals['sessions']}"
    yield f"not logged in  {totals['logins']}"
    yield f"connects       {totals['connects']}"
    yield f"live queries   {totals['queries']}"
    yield f"unsent         {_bytes(totals['unsent'])}"
    yield f"conflated      {totals['conflated']} updates since the start"
    head = ("user", "address", "since", "connects", "queries", "waits", "watched")
    rows = [
        (
            one["user"],
            one["address"],
            _time(one["since"]),
            str(one["connects"]),
            str(one["queries"]),
            str(one["waits"]),
            str(one["watched"]),
            _bytes(one["unsent"]),
            str(one["conflated"]),
        )
        for one in sessions
    ]
    if rows:
        yield ""
        yield from _table([(*head, "unsent", "conflated"), *rows], texts=3)


def _systems(systems: Sequence[_Facts]) -> Iterator[str]:
    rows = [
        (
            one["name"],
            one["backend"],
            "connected" if one["connected"] else "away",
            _time(one["since"]),
            f"{one['latency'] * 1000:.1f} ms" if one["latency"] else "-",
            one["error"],
        )
        for one in systems
    ]
    head = ("system", "backend", "state", "since", "latency", "last error")
    yield from _table([head, *rows], texts=6)


def _store(store: _Facts) -> Iterator[str]:
    values, archive = store["values"], store["archive"]
    sealed = archive["sealed_at"]
    yield f"files of {store['system']}"
    yield f"  values       {_waiting(values)}"
    yield f"  archive      {_waiting(archive)}"
    last = "none since the start" if sealed is None else _time(sealed)
    yield f"  not sealed   {archive['hot']} samples; last sealing: {last}"
    yield f"  partitions   {archive['partitions']}, files {_bytes(store['size'])}"
    for fault in dict.fromkeys(filter(None, (values["fault"], archive["fault"]))):
        yield f"  wrong        {fault}"


def _waiting(commits: _Facts) -> str:
    if not commits["waiting"]:
        return "all durable"
    return f"{commits['waiting']} wait to be written, the oldest {commits['age']:.1f} s"


def _table(rows: Sequence[Sequence[str]], texts: int) -> Iterator[str]:
    """Rows with their columns below one another.

    :param texts: the number of columns with text; numbers follow, to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _bytes(count: int) -> str:
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{count} B"
