"""``python -m benchmarks.live``: what a delivered message costs, and what crowds do."""

from __future__ import annotations

import argparse
import sys

from benchmarks.client import ClientError
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
    options = parser.parse_args()
    for name in missing():
        print(f"{name} is not installed and left out: {INSTALL[name]}")
    extent = QUICK if options.quick else FULL
    try:
        for scheme in [options.only] if options.only else ["wss", "ws"]:
            print(
                f"over {scheme}; {extent.rounds} rounds of {extent.seconds:g} s each, in "
                "turn; medians; ratio of oagw's server us to the others'\n"
                f"{'':34}{'server us':>12}{'ratio':>8}{'per s':>12}{'client':>9}"
            )
            for result in run_suite(extent, plain=scheme == "ws"):
                _show(result)
    except (ClientError, ServerError, OSError) as error:
        sys.exit(f"benchmarks: {error}")


def _show(result: Result) -> None:
    print(result.title)
    for name, cost in result.costs.items():
        ratio = f"{result.ratios[name]:.2f}" if name in result.ratios else ""
        print(
            f"  {name:32}{cost.server_us:12.3f}{ratio:>8}{cost.rate:12,.0f}"
            f"{cost.client_share:9.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
