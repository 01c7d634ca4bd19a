"""Where sections and keys stand in ini text."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.ini import (
    IniError,
    parse_ini,
)

_TEXT = """# a comment
[server]
listen =
    a = 1
    # b = 2

    answer = 3
answer=no
[archive:x]
  elements = *.x
    keep = 5
  keep = 30d
; [server]
[empty]
"""


class IniTests(SynchronousTestCase):
    timeout = 30

    def test_lines(self) -> None:
        """A line that is indented more belongs to the key above, whatever it looks like."""
        found = parse_ini(_TEXT)
        self.assertEqual({name: one.line for name, one in found.items()}, {
            "server": 2, "archive:x": 9, "empty": 14,
        })  # fmt: skip
        self.assertEqual(found["server"].lines, {"listen": 3, "answer": 8})
        self.assertEqual(found["archive:x"].lines, {"elements": 10, "keep": 12})
        self.assertEqual(found["server"].values["answer"], "no")
        self.assertEqual(found["archive:x"].values["elements"], "*.x\nkeep = 5")

    def test_keys_keep_their_case(self) -> None:
        """They may be patterns, with colons too."""
        found = parse_ini("[simulate]\nSystem1:Pump_*.X = sine min=0\n")
        self.assertEqual(found["simulate"].values, {"System1:Pump_*.X": "sine min=0"})
        self.assertEqual(found["simulate"].lines, {"System1:Pump_*.X": 2})

    def test_mistakes_have_a_line(self) -> None:
        """The one to correct."""
        for text, line in (("a = 1", 1), ("[a]\nb = 1\nb = 2", 3), ("[a]\n\nb", 3)):
            with self.assertRaises(IniError) as caught:
                parse_ini(text)
            self.assertEqual(caught.exception.line, line)
