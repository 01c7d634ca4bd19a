"""Types have WinCC OA's numbers and know their elements."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError, TypeNotFoundError
from oagw.model.dptypes import BY_KEYWORD, MAX_LEVELS, ElementType, TypeNode, build_type

#: Numbers of the reference, by the name that plant files have.
NUMBERS = {
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

    def test_structures_hold_no_value(self) -> None:
        """Structures, arrays, references and structures of one type are no leaves."""
        without = {int(kind) for kind in ElementType if not kind.holds_value}
        self.assertEqual(
            without,
            {1, 2, 41, *range(11, 19), *range(30, 41), 43, 45, 47, 49, 52, 53, 56, 57}
            | {60, 61},
        )


def node(
    name: str, kind: ElementType, *children: TypeNode, reference: str = ""
) -> TypeNode:
    return TypeNode(name, kind, 0, children, reference)


STRUCT, FLOAT, REFERENCE = ElementType.STRUCT, ElementType.FLOAT, ElementType.REFERENCE
MOTOR = node("Motor", STRUCT, node("speed", FLOAT), node("on", ElementType.BOOL))
GROUP = node(
    "Group",
    STRUCT,
    node("m1", REFERENCE, reference="Motor"),
    node("limit", REFERENCE, reference="Float"),
)
TYPES = {"Motor": MOTOR, "Float": node("Float", FLOAT), "Group": GROUP}


class DpTypeTests(SynchronousTestCase):
    """A type's elements."""

    timeout = 30

    def test_elements_come_in_the_order_of_the_definition(self) -> None:
        """Elements have their path from the root, their number and their place."""
        pump = build_type("Pump", PUMP, {})
        self.assertEqual(
            [(one.path, one.type, one.number, one.index) for one in pump.elements],
            [
                ("", STRUCT, 1, 0),
                ("value", STRUCT, 2, 1),
                ("value.speed", FLOAT, 3, 2),
                ("value.running", ElementType.BOOL, 4, 3),
                ("faults", ElementType.DYN_STRING, 5, 4),
            ],
        )
        self.assertEqual(
            [one.path for one in pump.leaves], ["value.speed", "value.running", "faults"]
        )

    def test_elements_are_found_by_path_and_by_number(self) -> None:
        """Structures too; the root is the empty path."""
        pump = build_type("Pump", PUMP, {})
        self.assertEqual(pump.by_path["value.running"].number, 4)
        self.assertEqual(pump.by_number[4].path, "value.running")
        self.assertIn("", pump.by_path)

    def test_a_type_of_a_single_element_is_its_own_leaf(self) -> None:
        """The root holds the value."""
        single = build_type("Float", TypeNode("Float", FLOAT, 1), {})
        self.assertEqual([one.path for one in single.leaves], [""])

    def test_references_are_expanded(self) -> None:
        """What a reference stands for hangs below it; of a single value, it holds that."""
        group = build_type("Group", GROUP, TYPES)
        self.assertEqual(
            [(one.path, one.type, one.declared) for one in group.elements],
            [
                ("", STRUCT, STRUCT),
                ("m1", STRUCT, REFERENCE),
                ("m1.speed", FLOAT, FLOAT),
                ("m1.on", ElementType.BOOL, ElementType.BOOL),
                ("limit", FLOAT, REFERENCE),
            ],
        )
        self.assertEqual(group.references, {"Motor", "Float"})
        numbers = [one.number for one in group.elements]
        self.assertEqual(len(set(numbers)), len(numbers))

    def test_circles_are_refused(self) -> None:
        """Types that refer to one another in a circle have no end; the error names it."""
        for name, types in (
            ("A", {"A": node("A", STRUCT, node("a", REFERENCE, reference="A"))}),
            (
                "A",
                {
                    "A": node("A", STRUCT, node("b", REFERENCE, reference="B")),
                    "B": node("B", STRUCT, node("a", REFERENCE, reference="A")),
                },
            ),
        ):
            with self.assertRaises(ParameterError) as caught:
                build_type(name, types[name], types)
            self.assertIn("-> A", caught.exception.message)

    def test_a_reference_needs_its_type(self) -> None:
        """An unknown one is error 57."""
        with self.assertRaises(TypeNotFoundError) as caught:
            build_type("Group", GROUP, {"Motor": MOTOR})
        self.assertEqual(caught.exception.code, 57)
        self.assertIn("'Float'", caught.exception.message)

    def test_elements_that_stay_keep_their_numbers(self) -> None:
        """Numbers of elements that went are not given to others."""
        first = build_type("Group", GROUP, TYPES)
        bigger = node("Motor", STRUCT, node("torque", FLOAT), node("on", ElementType.BOOL))
        known = {
            path: number for path, number in first.numbers.items() if "speed" not in path
        }
        second = build_type(
            "Group", GROUP, TYPES | {"Motor": bigger}, known, first.next_number
        )
        self.assertEqual(second.by_path["m1.on"].number, first.by_path["m1.on"].number)
        self.assertNotIn(second.by_path["m1.torque"].number, first.by_number)

    def test_arrays_and_structures_of_one_type_have_members(self) -> None:
        """Their members hang below them by their names, as in any structure."""
        for kind in ElementType:
            if kind.holds_value or kind is REFERENCE:
                continue
            root = node("T", STRUCT, node("a", kind, node("1", FLOAT), node("2", FLOAT)))
            built = build_type("T", root, {})
            found = [(one.path, one.type) for one in built.elements]
            expected = [("", STRUCT), ("a", kind), ("a.1", FLOAT), ("a.2", FLOAT)]
            self.assertEqual(found, expected, kind.name)

    def test_references_may_be_nested(self) -> None:
        """Each place has elements of its own, with numbers of their own."""
        both = node(
            "Both",
            STRUCT,
            node("g1", REFERENCE, reference="Group"),
            node("g2", REFERENCE, reference="Group"),
        )
        built = build_type("Both", both, TYPES)
        self.assertEqual(built.by_path["g2.m1.speed"].type, FLOAT)
        self.assertEqual(built.by_path["g1.limit"].type, FLOAT)
        self.assertEqual(len(built.by_number), len(built.elements))
        self.assertEqual(built.references, {"Group"})

    def test_a_root_may_be_a_reference(self) -> None:
        """Then the type has the elements of the other one."""
        other = node("Other", REFERENCE, reference="Group")
        built = build_type("Other", other, TYPES)
        self.assertEqual(built.by_path[""].declared, REFERENCE)
        self.assertEqual(built.by_path["m1.speed"].type, FLOAT)

    def test_a_value_has_nothing_below_it(self) -> None:
        """The error names the type and the element."""
        root = node("T", STRUCT, node("a", FLOAT, node("b", FLOAT)))
        with self.assertRaises(ParameterError) as caught:
            build_type("T", root, {})
        self.assertIn("'a'", caught.exception.message)

    def test_element_names_have_the_characters_of_names(self) -> None:
        """A dot or a star in one would make it impossible to ask for it."""
        for name in ("", "a.b", "a*", " a", "a:b", "{a}"):
            with self.assertRaises(ParameterError, msg=name) as caught:
                build_type("T", node("T", STRUCT, node(name, FLOAT)), {})
            self.assertIn(f"'{name}'", caught.exception.message)

    def test_numbers_of_the_definition_are_kept_where_they_are_free(self) -> None:
        """A number that is there twice, or not at all, is replaced by a free one."""
        root = TypeNode(
            "T",
            STRUCT,
            7,
            (
                TypeNode("a", FLOAT, 3),
                TypeNode("b", FLOAT, 3),
                TypeNode("c", FLOAT, 0),
                TypeNode("d", FLOAT, 9),
            ),
        )
        built = build_type("T", root, {})
        numbers = [one.number for one in built.elements]
        self.assertEqual(numbers[:2], [7, 3])
        self.assertEqual(len(set(numbers)), 5)
        self.assertGreater(built.next_number, max(numbers))

    def test_an_element_must_not_be_there_twice(self) -> None:
        """The error names type and element."""
        with self.assertRaises(ParameterError) as caught:
            build_type(
                "Twice", node("Twice", STRUCT, node("a", FLOAT), node("a", FLOAT)), {}
            )
        self.assertIn("Twice", caught.exception.message)
        self.assertIn("'a'", caught.exception.message)

    def test_references_that_multiply_are_refused_at_once(self) -> None:
        """Ten in each of ten types would be ten thousand million elements."""
        definitions = {"T0": TypeNode("T0", ElementType.FLOAT)}
        for level in range(1, 11):
            children = tuple(
                TypeNode(f"e{at}", ElementType.REFERENCE, reference=f"T{level - 1}")
                for at in range(10)
            )
            name = f"T{level}"
            definitions[name] = TypeNode(name, ElementType.STRUCT, children=children)
        build_type("T4", definitions["T4"], definitions)
        with self.assertRaises(ParameterError) as caught:
            build_type("T10", definitions["T10"], definitions)
        self.assertIn("more than 65535 elements", caught.exception.message)

    def test_levels_have_an_end(self) -> None:
        """What is deeper than any plant needs is refused before anything recurses."""

        def nested(levels: int) -> TypeNode:
            node = TypeNode("e", ElementType.FLOAT)
            for _ in range(levels - 1):
                node = TypeNode("e", ElementType.STRUCT, children=(node,))
            return TypeNode("T", ElementType.STRUCT, children=(node,))

        self.assertEqual(len(build_type("T", nested(MAX_LEVELS), {}).elements), 51)
        for levels in (MAX_LEVELS + 1, 100_000):
            with self.subTest(levels), self.assertRaises(ParameterError) as caught:
                build_type("T", nested(levels), {})
            self.assertIn("more than 50 levels", caught.exception.message)
