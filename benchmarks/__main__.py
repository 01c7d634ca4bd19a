"""``python -m benchmarks``: measure, and print what came out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.client import ClientError
from benchmarks.report import as_json, as_text
from benchmarks.servers import ServerError
from benchmarks.suite import FULL, QUICK, run_suite


def main() -> None:
    """Run the suite as the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure oagw beside a bare Autobahn server on this machine.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a few seconds in all: shows that all works, the figures are rough",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIR",
        help="make the temporary directories here; its disk is what durable sets wait for",
    )
    options = parser.parse_args()
    try:
        results = run_suite(QUICK if options.quick else FULL, options.directory)
    except (ClientError, ServerError, OSError) as error:
        sys.exit(f"benchmarks: {error}")
    print(as_text(results), end="")
    if options.json is not None:
        options.json.write_text(as_json(results), encoding="utf-8")


if __name__ == "__main__":
    main()
