"""Types are read as trees, and written."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.sections import read_sections
from oagw.dpl.text import DplError
from oagw.dpl.types import TypeText, read_types, write_types
from oagw.model.dptypes import ElementType

PUMP = """\
Pump.Pump\t1#1
\tspeed\t22#2\t\t
\tstate\t1#5
\t\tlog\t41#27:_Log
\t\t1\t25#
\tname\t42

Flow.Flow\t22
"""
#: Fifty levels below the root, and one more.
_DEEP = "A.A\t1#1\n" + "".join("\t" * depth + "e\t1#\n" for depth in range(1, 52))


def read(text: str) -> list[TypeText]:
    (section,) = read_sections(f"# DpType\nTypeName\n{text}")
    return read_types(section)


def element_names(types: list[TypeText]) -> list[object]:
    return [[one.name, element_names(one.children)] for one in types]


class ReadTests(SynchronousTestCase):
    """The trees of a section."""

    timeout = 30

    def test_depth_is_the_number_of_tabs(self) -> None:
        """Trailing ones and blank lines do not count."""
        self.assertEqual(
            element_names(read(PUMP)),
            [
                [
                    "Pump",
                    [["speed", []], ["state", [["log", []], ["1", []]]], ["name", []]],
                ],
                ["Flow", []],
            ],
        )

    def test_what_an_element_is(self) -> None:
        """Its element type, its id if there is one above 0, the type it refers to."""
        speed, state, name = read(PUMP)[0].children
        log, one = state.children
        self.assertEqual((speed.kind, speed.id, speed.line), (22, 2, 4))
        self.assertEqual((log.kind, log.id, log.reference), (41, 27, "_Log"))
        self.assertEqual([one.id, name.id, read("A.A\t25#0\n")[0].id], [None] * 3)

    def test_the_root_may_have_a_name_of_its_own(self) -> None:
        """The type is what stands before the dot."""
        (one,) = read("Control.MacScheduler\t1#1\n")
        self.assertEqual((one.name, one.root), ("Control", "MacScheduler"))
        self.assertEqual(read(PUMP)[0].root, None)

    def test_errors_are_where_the_fault_is(self) -> None:
        """Each in the line and at the cell that is wrong."""
        for text, line, column, word in (
            ("A.A\t62\n", 3, 5, "no element type 62"),
            ("A.A\t28#1\n", 3, 5, "no element type 28"),
            ("A.A\tx\n", 3, 5, "must follow"),
            ("A.A\n", 3, 4, "must follow"),
            ("\ta\t25#2\n", 3, 2, "indented too deep"),
            ("A.A\t1#1\n\t\ta\t25#2\n", 4, 3, "indented too deep"),
            ("A.A\t1#1\n\ta\t25#2\n\t\tb\t25#3\n", 5, 3, "a is of type string and cannot"),
            (_DEEP, 54, 52, "at most 50 levels deep"),
            (
                "A.A\t1#1\n\ta\t41#2:B\n\t\tb\t25#3\n",
                5,
                3,
                "a is of type reference and",
            ),
            ("A.A\t1#1\n\ta\t25#2\n\ta\t25#3\n", 5, 2, "element a occurs twice"),
            ("A.A\t1#1\n\ta\t41#2\n", 4, 4, "refer to a type"),
            ("A.A\t1#1\n\ta\t25#2:B\n", 4, 4, "refer to a type"),
        ):
            with self.subTest(text):
                error = self.assertRaises(DplError, read, text)
                self.assertEqual((error.line, error.column), (line, column))
                self.assertIn(word, error.reason)

    def test_ids_that_cannot_be_had(self) -> None:
        """Names distinguish elements: these get other ids, with a warning."""
        text = "A.A\t1#1\n\ta\t25#2\n\tb\t25#2\n\tc\t25#65536\n\td\t25#3\n"
        (section,) = read_sections(f"# DpType\nTypeName\n{text}")
        warnings: list[DplError] = []
        [root] = read_types(section, warn=warnings.append)
        self.assertEqual([child.id for child in root.children], [2, None, None, 3])
        self.assertEqual([(one.line, one.column) for one in warnings], [(5, 4), (6, 4)])
        self.assertIn("the id 2 is used twice in its type", warnings[0].reason)
        self.assertIn("the id 65536 is too large", warnings[1].reason)

    def test_names_and_ids_are_of_their_type(self) -> None:
        """Another type, or another structure, may have them too."""
        text = "A.A\t1#1\n\ta\t1#2\n\t\ta\t22#3\nB.B\t1#1\n\ta\t22#2\n"
        self.assertEqual(len(read(text)), 2)


NAMES = st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)
KINDS = st.sampled_from([kind for kind in ElementType if kind.holds_value])
LEAVES = st.builds(TypeText, NAMES, KINDS.map(int)) | st.builds(
    TypeText, NAMES, st.just(41), reference=NAMES
)
NODES = st.recursive(
    LEAVES,
    lambda nodes: st.builds(
        TypeText,
        NAMES,
        st.sampled_from([1, 2, 14, 33]),
        children=st.lists(nodes, unique_by=lambda one: one.name, max_size=4),
    ),
    max_leaves=12,
)


def numbered(element: TypeText, id_: int, line: int) -> tuple[int, int]:
    """Give all elements an id and a line, as they come when they are written."""
    element.id, element.line = id_, line
    for child in element.children:
        id_, line = numbered(child, id_ + 1, line + 1)
    return id_, line


class WriteTests(SynchronousTestCase):
    """The text of types."""

    timeout = 30

    def test_the_form(self) -> None:
        """An element without an id has nothing behind its #."""
        root = TypeText("Pump", 1, 1, children=[TypeText("speed", 22)])
        self.assertEqual(
            "".join(write_types([root])),
            "# DpType\nTypeName\nPump.Pump\t1#1\n\tspeed\t22#\n\n",
        )

    @given(NODES)
    @settings(deadline=None)
    def test_what_is_written_is_read(self, root: TypeText) -> None:
        """All of a tree, and the name of its root."""
        root.root = None if root.name != "A" else "B"
        numbered(root, 1, 3)
        (section,) = read_sections("".join(write_types([root])))
        self.assertEqual(read_types(section), [root])
