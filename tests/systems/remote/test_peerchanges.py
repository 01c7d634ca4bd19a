"""Changes of datapoints and types as commands."""

from __future__ import annotations

import msgspec
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import UnexpectedStateError
from oagw.model.changes import ChangeType
from oagw.model.dptypes import ElementType, TypeNode
from oagw.systems.remote.answers import DefinitionAnswer, Node
from oagw.systems.remote.peerchanges import command_of, node_of
from oagw.systems.remote.peernames import PeerNames
from oagw.wire.typenodes import read_node, write_node


class PeerChangesTests(SynchronousTestCase):
    """Between what is here and what is sent."""

    timeout = 30

    def test_renamed_elements_are_sent_with_both_names(self) -> None:
        """The far gateway reads the same change that this one was sent."""
        node = {
            "Name": "T",
            "Children": [
                {"Name": "a", "NewName": "b", "Children": [{"Name": "x", "Type": 21}]},
                {"Name": "c", "Children": [{"Name": "y", "NewName": "z", "Type": 22}]},
            ],
        }
        _, root, renamed = read_node(node)
        command, arguments = command_of(ChangeType(root, renamed), PeerNames("A", "B"))
        self.assertEqual(command, "DpTypeChange")
        self.assertEqual(read_node(arguments["Node"]), ("B", root, renamed))

    def test_definitions_with_what_they_refer_to(self) -> None:
        """A reference has children then, which a definition that is sent has not."""
        child = TypeNode("x", ElementType.FLOAT)
        root = TypeNode("r", ElementType.REFERENCE, 0, (child,), "T")
        told = msgspec.convert({"Value": write_node(root)}, DefinitionAnswer).value
        assert told is not None
        self.assertEqual(node_of(told), root)

    def test_an_unknown_element_type(self) -> None:
        """Is refused with the name of the node."""
        with self.assertRaises(UnexpectedStateError) as caught:
            node_of(Node("T", 1, None, [Node("x", 9999)]))
        self.assertIn("'x'", caught.exception.message)
