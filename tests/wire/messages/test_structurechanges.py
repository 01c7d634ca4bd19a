"""Commands about one datapoint or element name it in exactly one argument."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.wire.codec import decode
from oagw.wire.messages.structurechanges import DpCopy, DpDelete, DpSetAlias, SysConnect


class StructureChangeTests(SynchronousTestCase):
    """The names of arguments in WinCC OA's API, and the gateway's own."""

    timeout = 30

    def test_datapoints_and_elements(self) -> None:
        """All arguments mean the same."""
        self.assertEqual(DpDelete(dp="A").datapoint, "A")
        self.assertEqual(DpDelete(name="A").datapoint, "A")
        self.assertEqual(DpSetAlias(dpe="A.b", alias="x").element, "A.b")
        for wrong in (DpDelete(), DpDelete(dp="A", name="A")):
            with self.assertRaises(ParameterError):
                wrong.check()

    def test_copies(self) -> None:
        """``From`` is a word of Python, and an argument all the same."""
        command = decode(b'{"DpCopy": {"From": "A", "To": "B"}}')
        assert isinstance(command, DpCopy)
        self.assertEqual((command.source_name, command.destination_name), ("A", "B"))
        with self.assertRaisesRegex(ParameterError, "a Destination"):
            DpCopy(source="A").check()

    def test_events(self) -> None:
        """All by default; an empty list is refused."""
        SysConnect().check()
        with self.assertRaisesRegex(ParameterError, "Events is empty"):
            SysConnect(events=[]).check()
