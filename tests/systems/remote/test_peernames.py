"""Names here and at a peer with another name for the system."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import DatapointNotFoundError, NamesRefusedError
from oagw.systems.remote.peernames import PeerNames, without_system


class PeerNamesTests(SynchronousTestCase):
    """The system A is called B by its peer."""

    timeout = 30

    def test_patterns_are_of_the_peers_system(self) -> None:
        """Whatever system they name here, and however."""
        names = PeerNames("A", "B")
        for pattern, out in (
            ("x*", "B:x*"),
            ("A:x*.**", "B:x*.**"),
            ("*:{x,y}.z", "B:{x.z,y.z}"),
            ("{A:x,A:y}", "B:{x,y}"),
        ):
            self.assertEqual(names.pattern_out(pattern), out)

    def test_names_are_translated_both_ways(self) -> None:
        """A name without a system is the peer's own."""
        names = PeerNames("A", "B")
        self.assertEqual(names.all_out(["A:x.:_online.._value"]), ["B:x.:_online.._value"])
        for theirs, ours in (("B:x.y", "A:x.y"), ("x.y", "A:x.y"), ("C:x", "C:x")):
            self.assertEqual(names.back(theirs), ours)
        self.assertEqual(names.all_back({"B:x.": 1}), {"A:x.": 1})
        refused = NamesRefusedError({"B:x.": DatapointNotFoundError("no x")})
        self.assertEqual(list(names.refusal_back(refused).errors), ["A:x."])

    def test_names_of_other_systems(self) -> None:
        """Are left out: a peer answers for its own system only."""
        names = PeerNames("A", "B")
        self.assertIsNone(names.own("C:x"))
        rows: list[list[object]] = [["B:x.", 1], ["C:y.", 2], ["z.", 3]]
        self.assertEqual(names.own_rows(rows), [["A:x.", 1], ["A:z.", 3]])  # type: ignore[arg-type]

    def test_systems_with_the_same_name(self) -> None:
        """Nothing is translated."""
        names = PeerNames("A", "A")
        self.assertEqual(names.out("A:x."), "A:x.")
        self.assertEqual(names.back("A:x."), "A:x.")
        self.assertEqual(without_system("x.y"), "x.y")
