"""The results as plain text and as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from importlib.metadata import version

from benchmarks.measures import Figures
from benchmarks.suite import SUBSCRIBERS, Results

_LIBRARIES = ("Twisted", "autobahn", "pyOpenSSL", "orjson", "msgspec")
_BUSY = 0.9
_HEAD = (
    f"{'':38}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}"
    f"{'server us':>11}{'server':>8}{'client':>8}"
)


def as_json(results: Results) -> str:
    """All figures, and on what they were measured."""
    content = {"machine": _machine(), **dataclasses.asdict(results)}
    return json.dumps(content, indent=2) + "\n"


def as_text(results: Results) -> str:
    """A table for people."""
    extent = results.extent
    lines = [
        f"oagw beside a bare Autobahn server; {extent.rounds} rounds of "
        f"{extent.seconds:g} s each, alternating; medians.",
        "; ".join(f"{name} {value}" for name, value in _machine().items()),
        "",
        _HEAD,
    ]
    for one in results.comparisons:
        lines += [
            _row(one.title, "oagw", one.oagw),
            _row("", "bare", one.bare),
            f"{'':32}{'ratio':6}{one.rate_ratio:9.2f}{'':18}{one.server_ratio:11.2f}",
        ]
        if one.title.startswith("fan-out"):
            updates = one.oagw.rate / SUBSCRIBERS, one.bare.rate / SUBSCRIBERS
            lines.append(f"  updates/s: oagw {updates[0]:,.0f}, bare {updates[1]:,.0f}")
    for durable in results.durable:
        lines += [
            _row(durable.title, "oagw", durable.oagw),
            f"  sets for each fsync of the disk alone: {durable.fsync_ratio:.2f}",
        ]
    lines += [
        f"{'write and fsync of a small file':38}{results.fsync_rate:9,.0f}",
        "",
        f"DpGet: request {results.request_size} bytes, answer {results.answer_size}; "
        f"the echo {results.request_size} both ways. Update: {results.update_size} bytes "
        "from both servers.",
        "per s: requests, or messages delivered. p50, p99: latency; of a fan-out, until "
        "the last subscriber has all.",
        "server us: the server's processor time for each. server, client: what the server "
        "and the load generator took of one processor.",
        *_notes(results),
    ]
    return "\n".join(lines) + "\n"


def _row(title: str, who: str, figures: Figures) -> str:
    return (
        f"{title:32}{who:6}{figures.rate:9,.0f}{figures.p50_ms:9.3f}{figures.p99_ms:9.3f}"
        f"{figures.server_us:11.2f}{figures.server_share:8.0%}{figures.client_share:8.0%}"
    )


def _notes(results: Results) -> list[str]:
    return [
        f"{one.title}: the load generator had no time left; compare 'server us'."
        for one in results.comparisons
        if max(one.oagw.client_share, one.bare.client_share) > _BUSY
    ]


def _machine() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "processors": str(os.cpu_count()),
    }
