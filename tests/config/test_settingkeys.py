"""The readers of keys."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.settingkeys import (
    boolean,
    choice,
    count,
    lines,
    patterns,
    positive_duration,
    system_name,
    zone,
)


class ReaderTests(SynchronousTestCase):
    timeout = 30

    def test_what_is_read(self) -> None:
        """Texts become what the code uses."""
        self.assertEqual(
            [boolean(one) for one in ("Yes", "on", "0", "FALSE")],
            [True, True, False, False],
        )
        self.assertEqual(count("12"), 12)
        self.assertEqual(positive_duration("250ms"), 0.25)
        self.assertEqual(lines("\n a b \n\nc\n"), ("a b", "c"))
        self.assertEqual(patterns("Pump*.**\n{a,b}.x"), ("Pump*.**", "{a,b}.x"))
        self.assertEqual(choice("a", "b")("b"), "b")
        self.assertEqual(system_name("Plant_7"), "Plant_7")
        self.assertIsNone(zone("local"))

    def test_what_is_refused(self) -> None:
        """The error says what would be right."""
        for read, text, right in (
            (boolean, "maybe", "yes or no"),
            (count, "0", "a whole number, 1 or more"),
            (count, "\u00bd", "a whole number, 1 or more"),
            (positive_duration, "0s", "more than 0"),
            (positive_duration, "10", "a duration such as"),
            (patterns, "a\nb[", "patterns, one a line"),
            (choice("a", "b"), "c", "one of a, b"),
            (system_name, "a:b", "a name without any of"),
            (zone, "Vienna", "such as Europe/Vienna"),
        ):
            with self.subTest(text), self.assertRaises(ValueError) as caught:
                read(text)
            self.assertIn(right, str(caught.exception))
