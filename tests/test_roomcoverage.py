"""The limits of coverage."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.house import FLOORS, MODULES, is_in
from tests.roomcoverage import faults, room_counts
from tests.test_layers import PURE


def file(path: str, lines: int, branches: int) -> dict[str, object]:
    """What a report says of a file with a hundred lines and branches."""
    summary = {"covered_lines": lines, "covered_branches": branches}
    summary |= {"num_statements": 100, "num_branches": 100}
    return {path: {"summary": summary}}


class LimitTests(SynchronousTestCase):
    timeout = 30

    def report(self, pure: int, other: int) -> list[str]:
        """The faults for given numbers of branches run in a pure room and in others."""
        files: dict[str, object] = {}
        room = FLOORS[PURE - 1][0]
        for name in MODULES:
            percent = pure if is_in(name, room) else other
            files |= file(f"{name.replace('.', '/')}.py", percent, percent)
        return faults(room_counts({"files": files}))

    def test_a_pure_room(self) -> None:
        """At least 95 percent of its branches."""
        self.assertEqual(self.report(95, 95), [])
        [fault] = self.report(94, 100)
        self.assertIn(FLOORS[PURE - 1][0], fault)
        self.assertIn("94.0 %", fault)

    def test_all_rooms(self) -> None:
        """At least 90 percent of the lines and branches."""
        self.assertEqual(len([one for one in self.report(89, 89) if "oagw:" in one]), 1)
        self.assertEqual(len([one for one in self.report(90, 90) if "oagw:" in one]), 0)
