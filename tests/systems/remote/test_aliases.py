"""The aliases of a remote system, without a peer."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.remote.aliases import Aliases
from oagw.systems.remote.peernames import PeerNames


class AliasesTests(SynchronousTestCase):
    """Found at once, by what is known."""

    timeout = 30

    def setUp(self) -> None:
        self.aliases = Aliases("A", PeerNames("A", "B"), Clock())

    def test_elements_and_paths_below(self) -> None:
        """An alias of a structure may be followed by a path; it may have dots itself."""
        self.aliases.note("A:pump.", "p")
        self.aliases.note("A:pump.value", "p.v")
        for text, element in (
            ("p", "pump."),
            ("p.state.text", "pump.state.text"),
            ("p.v", "pump.value"),
            ("p.v.speed", "pump.value.speed"),
            ("q", None),
            ("", None),
        ):
            self.assertEqual(self.aliases.find(text), element, text)

    def test_an_alias_moves(self) -> None:
        """To another element, or away; the element's old alias means nothing then."""
        self.aliases.note("A:x.", "a")
        self.aliases.note("A:x.", "b")
        self.assertIsNone(self.aliases.find("a"))
        self.aliases.note("A:y.", "b")
        self.assertEqual(self.aliases.find("b"), "y.")
        self.aliases.note("A:x.", "")
        self.assertEqual(self.aliases.find("b"), "y.")
        self.aliases.note_set({"A:y.:_common.._alias": "", "A:y.:_original.._value": "z"})
        self.assertIsNone(self.aliases.find("b"))
        self.assertIsNone(self.aliases.find("z"))
