"""From variables to names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.model.dptypes import ElementType, TypeNode
from oagw.systems.opcua.nodenames import (
    Kept,
    NamingError,
    design,
    name_variables,
    path_text,
    read_kept,
    read_rule,
    read_table,
    write_table,
)
from oagw.systems.opcua.nodes import Variable


def variable(path: str, node: str = "", owner: str = "", kind: int = 22) -> Variable:
    """A variable with a path."""
    parts = tuple(path.split("/"))
    return Variable(node or f"nsu=u;s={path}", parts, owner, ElementType(kind), 11)


def names(
    *paths: str, rules: tuple[str, ...] = (), kept: dict[str, str] | None = None
) -> list[str]:
    """The names of variables, some of which had names with the given path."""
    before = {
        f"i={node}" if node.isdecimal() else node: Kept(*text.split("@"))
        for node, text in (kept or {}).items()
    }
    found = name_variables(
        [variable(path, f"i={number}") for number, path in enumerate(paths)],
        [read_rule(rule) for rule in rules],
        {},
        before,
    )
    return list(found.values())


class NameTests(SynchronousTestCase):
    """The names that variables get."""

    timeout = 30

    def test_the_path_is_the_name(self) -> None:
        """The object is the datapoint, the variable the element."""
        self.assertEqual(names("Plant/Line 1/Pump.A/speed"), ["Plant_Line_1_Pump_A.speed"])
        self.assertEqual(names("top"), ["top."])
        self.assertEqual(names("a/b:c", " /*"), ["a.b_c", "_._"])
        [long] = names("x" * 300 + "/" + "y" * 300)
        self.assertEqual([len(part) for part in long.split(".")], [247, 247])

    def test_names_that_are_taken_have_a_number(self) -> None:
        """In the order of the variables, and no element stands below a value."""
        self.assertEqual(names("a/b", "a/b", "a/b"), ["a.b", "a.b_2", "a.b_3"])
        self.assertEqual(names("a", "a/b"), ["a.", "a_2.b"])
        self.assertEqual(names("a/b", "a"), ["a.b", "a_2."])
        # The node whose own name that is has it.
        self.assertEqual(names("a b/c", "a/b/c", "a_b/c"), ["a_b.c_2", "a_b.c_3", "a_b.c"])
        kept = {"1": "a_2.b"}
        self.assertEqual(names("a", "a/b", kept=kept), ["a.", "a_2.b"])

    def test_who_had_a_name_keeps_it(self) -> None:
        """Also with a number; a missing node's goes to the only node with its path."""
        self.assertEqual(
            names("a/b", "a/b", kept={"1": "a.b", "0": "a.b_2"}), ["a.b_2", "a.b"]
        )
        self.assertEqual(names("a/b", kept={"s=x": "a.b@a/b"}), ["a.b"])
        # Of several it could be any, and what is called the same is another node.
        for paths, kept, expected in (
            (["a/b", "a/b"], {"s=x": "a.b@a/b"}, ["a.b_2", "a.b_3"]),
            (["a/b"], {"s=x": "a.b@a/b", "s=y": "a.b_2@a/b"}, ["a.b_3"]),
            (["a/b c"], {"s=x": "a.b_c@a/b_c"}, ["a.b_c_2"]),
        ):
            self.assertEqual(names(*paths, kept=kept), expected)
        # A rule that says otherwise now goes before.
        rule = ("a/* = x.$1",)
        self.assertEqual(names("a/b", rules=rule, kept={"0": "a.b"}), ["x.b"])

    def test_rules(self) -> None:
        """The first that fits; one with an empty name leaves out."""
        rules = ("**/raw/** =", "P/*/v/* = $1.$2", "**/* = All.$1.$2")
        paths = ("P/raw/x", "P/a/v/b", "Q/r/s")
        self.assertEqual(names(*paths, rules=rules), ["a.b", "All.Q_r.s"])
        for wrong in ("a/b", "= x.y", "a/* = x", "a/* = $2.y", "* = $0.x"):
            with self.assertRaises(NamingError):
                read_rule(wrong)

    def test_tables(self) -> None:
        """A written table is read again; mistakes are reported with their line."""
        one, other = (
            variable("a/b", "ns=2;i=1"),
            variable("c", 's=with "quotes", and comma'),
        )
        text = write_table([(one, "a.b"), (other, "c.")])
        self.assertEqual(read_table(text, "t"), {one.node: "a.b", other.node: "c."})
        kept = read_kept(text, "t")
        self.assertEqual(kept[one.node].line, "ns=2;i=1,a.b,float,yes,no,a/b\n")
        lines = [row.line for row in kept.values()]
        self.assertEqual("".join(lines), text.partition("\n")[2])
        for wrong in (
            "a,b\n1,2\n",
            "node,name\ni=1,x\n",
            "node,name\ni=1,a.b\ni=01,a.c\n",
            "node,name\ni=1,a.b\ni=2,a.b\n",
            "node,name\nspeed,a.b\n",
        ):
            with self.assertRaises(NamingError):
                read_table(wrong, "t")
        found = name_variables(
            [one, other], [], {one.node: "New.value", other.node: ""}, {}
        )
        self.assertEqual(found, {one: "New.value"})

    def test_nodes_that_differ_by_little(self) -> None:
        """The table of names distinguishes them: nothing of an id is lost."""
        ids = [
            "s=x",
            "s=x ",
            " s=x",
            "s=a\rb",
            "s=a\nb",
            "s=a\r\nb",
            "s=\udcff",
            "s=\0",
            "i=1",
        ]
        rows = [(variable("p/x", node), f"a.b_{at}") for at, node in enumerate(ids)]
        kept = read_kept(write_table(rows), "t")
        self.assertEqual(list(kept), ids)
        self.assertNotEqual(path_text(("a/b", "c")), path_text(("a", "b/c")))
        with self.assertRaises(NamingError):
            read_kept("node,name\ns=x,a.b\ns=x,a.c\n", "t")

    def test_a_table_with_the_index_of_a_namespace(self) -> None:
        """Users may write the index; the URI goes before."""
        one = Variable("nsu=u;s=x", ("x",), "", ElementType.FLOAT, 11, place="ns=2;s=x")
        self.assertEqual(name_variables([one], [], {"ns=2;s=x": "A.b"}, {}), {one: "A.b"})
        both = {"ns=2;s=x": "A.b", "nsu=u;s=x": "C.d"}
        self.assertEqual(name_variables([one], [], both, {}), {one: "C.d"})


class DesignTests(SynchronousTestCase):
    """Datapoints and their types."""

    timeout = 30

    def test_the_same_elements_are_one_type(self) -> None:
        """Called as the object's type, or as the first datapoint."""
        pumps = {
            variable(f"P{number}/{name}", owner="PumpType"): f"P{number}.{name}"
            for number in (1, 2)
            for name in ("speed", "on")
        }
        other = {variable("P3/speed", owner="PumpType"): "P3.speed"}
        plain = {variable("F/x"): "F.x", variable("t", kind=25): "t."}
        made = design(pumps | other | plain)
        expected = {"P1": "PumpType", "P2": "PumpType", "P3": "PumpType_2"}
        self.assertEqual(made.datapoints, expected | {"F": "F", "t": "OpcUa_string"})
        self.assertEqual(
            made.types["OpcUa_string"], TypeNode("OpcUa_string", ElementType.STRING)
        )

    def test_elements_below_elements(self) -> None:
        """A table may name them."""
        made = design({variable("x"): "D.a.b", variable("y", kind=25): "D.a.c"})
        leaves = (TypeNode("b", ElementType.FLOAT), TypeNode("c", ElementType.STRING))
        below = TypeNode("a", ElementType.STRUCT, 0, leaves)
        self.assertEqual(made.types, {"D": TypeNode("D", ElementType.STRUCT, 0, (below,))})
