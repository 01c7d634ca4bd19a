"""Facts about names, as a client asks for them."""

from __future__ import annotations

from oagw.errors import OagwError, TypeNotFoundError
from oagw.model.changes import Fact
from oagw.model.dptypes import ElementType
from oagw.plant.lookup import PlantLookup
from tests.plant.bench import StructureTestCase


class PlantLookupTests(StructureTestCase):
    """In the plant of motors and groups."""

    def look_up(self, fact: Fact, *names: str) -> list[object]:
        """The fact for each name; for an error its number."""
        lookup = PlantLookup(self.bench.system.plant, "System1")
        return [
            one.code if isinstance(one, OagwError) else one
            for one in lookup.lookup(fact, names)
        ]

    def test_a_name_exists_with_each_of_its_parts(self) -> None:
        """An unknown part is not an error here."""
        names = ("M.on", "M.off", "X.", "M.on:_online.._value", "M.on:_online.._x")
        self.assertEqual(
            self.look_up(Fact.EXISTS, *names), [True, False, False, True, False]
        )

    def test_types(self) -> None:
        """The types of datapoints, elements and attributes."""
        self.assertEqual(self.look_up(Fact.TYPE_NAME, "M.on", "X.on"), ["Motor", 7])
        self.assertEqual(
            self.look_up(Fact.ELEMENT_TYPE, "M.on", "G.m1"),
            [int(ElementType.BOOL), int(ElementType.REFERENCE)],
        )
        self.assertEqual(
            self.look_up(Fact.ATTRIBUTE_TYPE, "M.on:_online.._stime"),
            [int(ElementType.TIME)],
        )

    def test_references(self) -> None:
        """An element that is not a reference is an error."""
        found = self.look_up(Fact.TYPE_REFERENCE, "G.m1", "G.limit")
        self.assertEqual(found, ["Motor", 8])

    def test_a_definition_is_expanded_on_request(self) -> None:
        """Then it has the elements of the types that it refers to."""
        lookup = PlantLookup(self.bench.system.plant, "System1")
        plain, expanded = (lookup.definition("Group", one) for one in (False, True))
        self.assertEqual([one.name for one in plain.children[0].children], [])
        self.assertEqual(
            [one.name for one in expanded.children[0].children], ["speed", "on"]
        )
        self.assertRaises(TypeNotFoundError, lookup.definition, "Turbine", False)
