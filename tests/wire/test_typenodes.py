"""Definitions of types on the wire."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import IllegalCallError, ParameterError
from oagw.model.dptypes import ElementType as E
from oagw.model.dptypes import TypeNode
from oagw.wire.typenodes import (
    read_node,
    write_node,
)

TREE = TypeNode(
    "T",
    E.STRUCT,
    children=(
        TypeNode("a", E.DYN_FLOAT),
        TypeNode("b", E.STRUCT, children=(TypeNode("c", E.LANG_STRING),)),
        TypeNode("d", E.REFERENCE, reference="Other"),
    ),
)


def nested(levels: int) -> dict[str, Any]:
    """A structure in a structure, and so on."""
    node: dict[str, Any] = {"Name": "x"}
    for _ in range(levels):
        node = {"Name": "x", "Children": [node]}
    return node


class NodeTests(SynchronousTestCase):
    timeout = 30

    def test_what_is_written_can_be_read(self) -> None:
        """A definition comes back as it was."""
        self.assertEqual(read_node(write_node(TREE)), ("", TREE, {}))

    def test_types_have_numbers_and_names(self) -> None:
        """Keywords may be those of CTRL's constants, in any case."""
        for given, kind in (
            (22, E.FLOAT),
            ("float", E.FLOAT),
            ("DPEL_FLOAT", E.FLOAT),
            ("dyn_langString", E.DYN_LANG_STRING),
            ("struct", E.STRUCT),
            ("Bit64", E.BIT64),
            (None, E.STRUCT),
        ):
            _, node, _ = read_node({"Name": "T", "Type": given})
            self.assertEqual(node.type, kind, given)
        nonsense: list[object] = [0, True, 22.0, "", [], "typeref"]
        for wrong in nonsense:
            with self.assertRaises(ParameterError, msg=repr(wrong)):
                read_node({"Name": "T", "Type": wrong})

    def test_a_type_may_be_another_systems(self) -> None:
        """Its name is read as one of a datapoint's is."""
        system, node, _ = read_node({"Name": "S2:T", "Type": "int"})
        self.assertEqual((system, node.name), ("S2", "T"))

    def test_new_names_are_told_by_old_ones(self) -> None:
        """Of elements in a structure first, since its own new name covers them too."""
        _, node, renamed = read_node(
            {
                "Name": "T",
                "Children": [
                    {
                        "Name": "a",
                        "NewName": "b",
                        "Children": [
                            {"Name": "c", "NewName": "d", "Type": "int"},
                            {"Name": "e", "NewName": "e", "Type": "int"},
                        ],
                    }
                ],
            }
        )
        self.assertEqual(list(renamed.items()), [("a.c", "b.d"), ("a", "b")])
        self.assertEqual(node.children[0].name, "b")
        self.assertEqual([one.name for one in node.children[0].children], ["d", "e"])

    def test_depth_has_an_end(self) -> None:
        """Reading and writing both refuse trees that are nested too deeply."""
        read_node(nested(50))
        with self.assertRaises(ParameterError):
            read_node(nested(51))
        deep = TypeNode("x", E.STRUCT)
        for _ in range(51):
            deep = TypeNode("x", E.STRUCT, children=(deep,))
        write_node(deep.children[0])
        with self.assertRaises(IllegalCallError):
            write_node(deep)

    def test_messages_are_short(self) -> None:
        """Whatever a client sends, little of it comes back."""
        for wrong in ({"Name": "T", "x" * 1000: 1}, {"Name": "T", "Type": "x" * 1000}):
            with self.assertRaises(ParameterError) as caught:
                read_node(wrong)
            self.assertLess(len(caught.exception.message), 200)
