"""What the tests run of each room: ``make coverage`` prints it, and fails below the limits.

Reads the report of ``coverage json`` from standard input.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.house import FLOORS, place
from tests.test_layers import PURE

#: Percent of the branches in each pure room, and of the lines and branches of all rooms.
LEAST_PURE = 95.0
LEAST_OF_ALL = 90.0

_COUNTS = ("covered_lines", "num_statements", "covered_branches", "num_branches")
_HEAD = ("room", "lines", "branches")
_ROW = "{:<20}{:>10}{:>10}"


def _percent(covered: int, of: int) -> float:
    return 100 * covered / of if of else 100.0


def _lines(counts: Mapping[str, int]) -> float:
    return _percent(counts["covered_lines"], counts["num_statements"])


def _branches(counts: Mapping[str, int]) -> float:
    return _percent(counts["covered_branches"], counts["num_branches"])


def _room_of(path: str) -> str:
    """The room that a file belongs to; the package itself belongs to none."""
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    found = place(module)
    return module if found is None else found[1]


def room_counts(report: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Covered and existing lines and branches of each room, in the order of the floors."""
    rooms: dict[str, Counter[str]] = {room: Counter() for floor in FLOORS for room in floor}
    for path, file in report["files"].items():
        counts = rooms.setdefault(_room_of(path), Counter())
        counts.update({name: file["summary"][name] for name in _COUNTS})
    return rooms


def faults(rooms: Mapping[str, Counter[str]]) -> list[str]:
    """A sentence about each limit that is not kept."""
    found = [
        f"{room}: the tests run {percent:.1f} % of the branches; at least {LEAST_PURE} %"
        for floor in FLOORS[:PURE]
        for room in floor
        if (percent := _branches(rooms[room])) < LEAST_PURE
    ]
    total: Counter[str] = sum(rooms.values(), Counter())
    covered = total["covered_lines"] + total["covered_branches"]
    percent = _percent(covered, total["num_statements"] + total["num_branches"])
    if percent < LEAST_OF_ALL:
        found.append(f"oagw: the tests run {percent:.1f} %; at least {LEAST_OF_ALL} %")
    return found


def main() -> int:
    """Print a row for each room and the faults; returns the exit code."""
    rooms = room_counts(json.load(sys.stdin))
    print(_ROW.format(*_HEAD))
    everything: Counter[str] = sum(rooms.values(), Counter())
    for room, counts in [*rooms.items(), ("all", everything)]:
        print(_ROW.format(room, f"{_lines(counts):.1f} %", f"{_branches(counts):.1f} %"))
    wrong = faults(rooms)
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
