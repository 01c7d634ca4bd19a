"""Element types by their names in queries."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.dptypes import ElementType
from oagw.query.elementtypes import find_type, unknown_type


class ElementTypeTests(SynchronousTestCase):
    """Looking up names."""

    timeout = 30

    def test_every_type_has_a_name(self) -> None:
        for kind in ElementType:
            self.assertIs(find_type(f" dpel_{kind.name.lower()} "), kind)
        self.assertIs(find_type("DPEL_LANGSTRING"), ElementType.LANG_STRING)
        self.assertIs(find_type("DPEL_TYPEREF"), ElementType.REFERENCE)

    def test_unknown_names(self) -> None:
        """The message suggests similar names, or some names if none is similar."""
        self.assertIsNone(find_type("FLOAT"))
        self.assertIn("perhaps DPEL_FLOAT", unknown_type("DPEL_FLOTA"))
        self.assertIn("DPEL_STRING and others", unknown_type("x" * 100))
        self.assertLess(len(unknown_type("x" * 1000)), 200)
