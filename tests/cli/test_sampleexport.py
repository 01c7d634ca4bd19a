"""Files of exports: which format they have."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.clierrors import CommandError
from oagw.cli.sampleexport import format_of, open_writer


class FormatTests(SynchronousTestCase):
    timeout = 30

    def test_the_ending_says_it_unless_it_is_given(self) -> None:
        """Standard output is CSV."""
        for file, given, expected in (
            ("a.csv", None, "csv"),
            ("a.b.PARQUET", None, "parquet"),
            ("-", None, "csv"),
            ("a.txt", "csv", "csv"),
            ("a.csv", "parquet", "parquet"),
        ):
            self.assertEqual(format_of(file, given), expected)
        with self.assertRaises(CommandError) as caught:
            format_of("a.txt", None)
        self.assertIn(
            "a.txt: the ending is neither .csv nor .parquet", str(caught.exception)
        )

    def test_standard_output_is_csv_only(self) -> None:
        """The error says what to do."""
        with self.assertRaises(CommandError) as caught, open_writer("-", "parquet"):
            pass
        self.assertIn("name a file for another format", str(caught.exception))
