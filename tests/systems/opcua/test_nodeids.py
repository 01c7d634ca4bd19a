"""Node ids as text."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.systems.opcua.nodeids import Namespaces, NodeTextError, read_node_text

STANDARD = "http://opcfoundation.org/UA/"


class NodeIdTests(SynchronousTestCase):
    """One text for each node, and one node for each text."""

    timeout = 30

    def test_texts(self) -> None:
        """Spellings of one id are equal; similar ids of other nodes are not."""
        for text, same in (
            ("i=007", "i=7"),
            ("ns=0;i=7", "i=7"),
            (f"nsu={STANDARD};i=7", "i=7"),
            ("ns=2;g=ABCD", "ns=2;g=abcd"),
            ("nsu=a%3bb%25;s=x;i=1", "nsu=a%3Bb%25;s=x;i=1"),
            ("s=i=7", "s=i=7"),
            ("ns=2;s= A ", "ns=2;s= A "),
        ):
            self.assertEqual(str(read_node_text(text)), same)
        for wrong in ("", "x", "i=x", "i=-1", "nsu=;s=x", "ns=x;i=1", "7"):
            with self.assertRaises(NodeTextError):
                read_node_text(wrong)

    def test_every_namespace_is_told_apart(self) -> None:
        """Equal URIs, none, and what the array lacks: the text leads back to the index."""
        uris = [
            "",
            "urn:s",
            "u",
            "u",
            "",
            "U",
            None,
            STANDARD,
            "a;s=b",
            "u;nth=2",
            "%3B",
            7,
        ]
        known = Namespaces(uris)
        prefixes = [known.prefix(index) for index in range(len(uris) + 2)]
        self.assertEqual(len(set(prefixes)), len(prefixes))
        for index, prefix in enumerate(prefixes):
            text = read_node_text(f"{prefix}s=h")
            self.assertEqual((known.index(text), str(text)), (index, f"{prefix}s=h"))
        expected = ["", "nsu=urn:s;", "nsu=u;nth=1;", "nsu=u;nth=2;", "ns=4;", "nsu=U;"]
        self.assertEqual(prefixes[:6], expected)

    def test_what_could_be_several_is_refused(self) -> None:
        """An unknown namespace is refused too."""
        known = Namespaces([STANDARD, "urn:s", "u", "u"])
        for text, right in (
            ("nsu=u;s=h", "nsu=u;nth=2;s=h"),
            ("nsu=u;nth=3;s=h", "2 namespaces"),
            ("nsu=v;s=h", "no namespace v"),
        ):
            with self.assertRaises(NodeTextError) as caught:
                known.index(read_node_text(text))
            self.assertIn(right, str(caught.exception))
