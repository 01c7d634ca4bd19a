"""Groups of datapoints in FROM stand for the patterns of their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.queries.dpgroups import names_groups, read_groups
from oagw.core.router import Router
from oagw.errors import (
    DatapointNotFoundError,
    ElementNotFoundError,
    OagwError,
    ParameterError,
    SyntaxFaultError,
)
from oagw.model.patterns import Pattern, compile_pattern
from oagw.model.values import WireValue
from tests.core.live.test_hotlinks import FakeSystem

GROUPS: Mapping[str, tuple[list[str], list[str]]] = {
    "Pumps": (["P*.speed", ""], ["Pump", "Valves"]),
    "Valves": (["V*.", ""], ["", "Pumps"]),
    "Far": (["S2:V*."], []),
}


class GroupSystem(FakeSystem):
    """A system with groups; ``Plain`` is a datapoint of another type."""

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        found: list[WireValue | OagwError] = []
        for at, name in enumerate(names):
            group = name.partition(":")[2].partition(".")[0]
            if group == "Plain":
                found.append(ElementNotFoundError("no"))
            elif group in GROUPS:
                found.append(list(GROUPS[group][at]))
            else:
                found.append(DatapointNotFoundError("no"))
        return succeed(found)


async def read(text: str) -> Pattern:
    """Read a pattern without aliases."""
    return compile_pattern(text)


class GroupTests(SynchronousTestCase):
    """Reading groups."""

    timeout = 30

    def read(self, *alternatives: str) -> Deferred[Pattern]:
        """Read the alternatives of FROM in the system S1."""
        router = Router([GroupSystem("S1")])
        return Deferred.fromCoroutine(read_groups(router, alternatives, "", read))

    def error(self, *alternatives: str) -> OagwError:
        """The error of these alternatives."""
        error = self.failureResultOf(self.read(*alternatives)).value
        assert isinstance(error, OagwError)
        return error

    def test_the_word_in_any_case(self) -> None:
        for text, expected in (
            ("DPGROUP(A)", True),
            ("{P*,dpgroup (A)}", True),
            ("DPGROUPS", False),
            ("MYDPGROUP(A)", False),
        ):
            self.assertIs(names_groups(text), expected, text)

    def test_members_of_groups_in_groups(self) -> None:
        """A group that contains itself is read once; the type of a member counts."""
        pattern = self.successResultOf(self.read("DPGROUP(Pumps)"))
        self.assertEqual(len(pattern.alternatives), 2)
        self.assertEqual([one.dp_type for one in pattern.alternatives], ["Pump", ""])
        self.assertEqual(pattern.text, "{DPGROUP(Pumps)}")

    def test_patterns_beside_groups(self) -> None:
        pattern = self.successResultOf(self.read("A*.", "S1:DPGROUP(Valves)"))
        self.assertEqual(pattern.system, "S1")
        self.assertEqual(len(pattern.alternatives), 3)

    def test_errors_name_the_group(self) -> None:
        for text, kind, part in (
            ("DPGROUP(None)", DatapointNotFoundError, "there is no group 'None' in S1"),
            ("DPGROUP(Plain)", ElementNotFoundError, "'Plain' is not a group"),
            ("DPGROUP()", SyntaxFaultError, "is not a group of datapoints; write one"),
            ("S1:DPGROUP(S2:Pumps)", SyntaxFaultError, "is not a group"),
            ("DPGROUP(Far)", ParameterError, "a pattern of another system, 'S2:V*.'"),
        ):
            error = self.error(text)
            self.assertIsInstance(error, kind, text)
            self.assertIn(part, error.message)

    def test_one_query_has_one_system(self) -> None:
        error = self.error("S1:DPGROUP(Pumps)", "S2:DPGROUP(Pumps)")
        self.assertEqual(error.message, "FROM names several systems: S1, S2")
