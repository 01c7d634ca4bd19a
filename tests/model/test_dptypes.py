"""Types have WinCC OA's numbers and know their elements."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.model.dptypes import BY_KEYWORD, DpType, ElementType, TypeNode

#: Numbers of the reference, by the name that plant files have.
NUMBERS = {
    "struct": 1,
    "char": 19,
    "uint": 20,
    "int": 21,
    "float": 22,
    "bool": 23,
    "bit32": 24,
    "string": 25,
    "time": 26,
    "dpid": 27,
    "langString": 42,
    "blob": 46,
    "bit64": 50,
    "long": 54,
    "ulong": 58,
    "dyn_char": 3,
    "dyn_uint": 4,
    "dyn_int": 5,
    "dyn_float": 6,
    "dyn_bool": 7,
    "dyn_bit32": 8,
    "dyn_string": 9,
    "dyn_time": 10,
    "dyn_dpid": 29,
    "dyn_langString": 44,
    "dyn_blob": 48,
    "dyn_bit64": 51,
    "dyn_long": 55,
    "dyn_ulong": 59,
}

PUMP = TypeNode(
    "Pump",
    ElementType.STRUCT,
    1,
    (
        TypeNode(
            "value",
            ElementType.STRUCT,
            2,
            (
                TypeNode("speed", ElementType.FLOAT, 3),
                TypeNode("running", ElementType.BOOL, 4),
            ),
        ),
        TypeNode("faults", ElementType.DYN_STRING, 5),
    ),
)


class ElementTypeTests(SynchronousTestCase):
    """The element types."""

    timeout = 30

    def test_each_type_has_the_number_of_the_reference(self) -> None:
        """The keyword of a type leads to its number, and the number back."""
        found = {keyword: int(kind) for keyword, kind in BY_KEYWORD.items()}
        self.assertEqual(found, NUMBERS)
        for keyword, number in NUMBERS.items():
            self.assertEqual(ElementType(number).keyword, keyword)

    def test_a_dyn_type_knows_its_members(self) -> None:
        """The members of a list have the type that its name says."""
        for keyword, kind in BY_KEYWORD.items():
            with self.subTest(keyword):
                member = BY_KEYWORD.get(keyword.removeprefix("dyn_"))
                self.assertIs(kind.member, member if "dyn_" in keyword else None)

    def test_only_structures_hold_no_value(self) -> None:
        """Every other type is one of leaves."""
        without = [kind for kind in ElementType if not kind.holds_value]
        self.assertEqual(without, [ElementType.STRUCT])


class DpTypeTests(SynchronousTestCase):
    """A type's elements."""

    timeout = 30

    def test_leaves_come_in_the_order_of_the_definition(self) -> None:
        """Leaves have their path from the root, their number and their place."""
        pump = DpType("Pump", PUMP)
        self.assertEqual(
            [(leaf.path, leaf.type, leaf.number, leaf.index) for leaf in pump.leaves],
            [
                ("value.speed", ElementType.FLOAT, 3, 0),
                ("value.running", ElementType.BOOL, 4, 1),
                ("faults", ElementType.DYN_STRING, 5, 2),
            ],
        )

    def test_elements_are_found_by_their_path(self) -> None:
        """Leaves and structures have separate indexes; the root is the empty path."""
        pump = DpType("Pump", PUMP)
        self.assertEqual(pump.by_path["value.running"].number, 4)
        self.assertEqual(set(pump.by_path), {"value.speed", "value.running", "faults"})
        self.assertEqual(pump.structs, {"", "value"})

    def test_a_type_of_a_single_element_is_its_own_leaf(self) -> None:
        """The root holds the value."""
        single = DpType("Float", TypeNode("Float", ElementType.FLOAT, 1))
        self.assertEqual(list(single.by_path), [""])
        self.assertEqual(single.structs, frozenset())

    def test_a_number_must_not_be_used_twice(self) -> None:
        """Elements are known by their numbers on disk, so these must differ."""
        children = (
            TypeNode("a", ElementType.INT, 2),
            TypeNode("b", ElementType.INT, 2),
        )
        with self.assertRaises(ParameterError) as caught:
            DpType("Twice", TypeNode("Twice", ElementType.STRUCT, 1, children))
        self.assertIn("Twice", caught.exception.message)
        self.assertIn("2", caught.exception.message)
