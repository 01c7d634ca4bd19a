"""``python -m benchmarks.live``: what a delivered message costs, and what crowds do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.client import ClientError
from benchmarks.live.chart import draw
from benchmarks.live.fair import CLIENTS, run_fairness
from benchmarks.live.suite import FULL, INSTALL, QUICK, Result, missing, run_suite
from benchmarks.servers import ServerError


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live",
        description="What a delivered message costs, beside other servers.",
    )
    parser.add_argument("--quick", action="store_true", help="a glance; rough figures")
    parser.add_argument("--only", choices=["ws", "wss"], help="one of the two alone")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw a chart (SVG)")
    options = parser.parse_args()
    for name in missing():
        print(f"{name} is not installed and left out: {INSTALL[name]}")
    extent = QUICK if options.quick else FULL
    found: dict[str, list[Result]] = {}
    try:
        for scheme in [options.only] if options.only else ["wss", "ws"]:
            results = found.setdefault(scheme, [])
            print(
                f"over {scheme}; {extent.rounds} rounds of {extent.seconds:g} s each, in "
                "turn; medians; ratio of oagw's server us to the others'\n"
                f"{'':40}{'server us':>12}{'ratio':>8}{'per s':>12}{'client':>9}"
            )
            for result in run_suite(extent, plain=scheme == "ws"):
                _show(result)
                results.append(result)
        _show_fairness(options.quick)
        if options.chart is not None:
            draw(found, options.chart)
    except (ClientError, ServerError, OSError) as error:
        sys.exit(f"benchmarks: {error}")


def _show_fairness(quick: bool) -> None:
    found = run_fairness(1, 0.5, 10) if quick else run_fairness(5, 2.0)
    print(
        f"{CLIENTS} clients that ask for a value, beside one with a load over wss\n"
        f"{'':40}{'p50 ms':>12}{'p99 ms':>12}{'ratio of p99':>14}"
    )
    for one in found:
        print(f"  {one.title:38}{one.p50_ms:12.3f}{one.p99_ms:12.3f}{one.ratio:14.2f}")


def _show(result: Result) -> None:
    print(result.title)
    for name, cost in result.costs.items():
        ratio = f"{result.ratios[name]:.2f}" if name in result.ratios else ""
        print(
            f"  {name:38}{cost.server_us:12.3f}{ratio:>8}{cost.rate:12,.0f}"
            f"{cost.client_share:9.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
