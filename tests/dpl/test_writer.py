"""Sections are written with the columns of WinCC OA."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dplwriter import (
    HEADER,
    SECTION_COLUMNS,
    section,
)
from oagw.dpl.sections import KEY_COLUMNS, read_sections


class WriterTests(SynchronousTestCase):
    """The lines of a section."""

    timeout = 30

    def test_the_form(self) -> None:
        """Name, column names, rows, an empty line."""
        lines = list(section("DpValue", ("ElementName", "x"), [("Pump1.", "1")]))
        self.assertEqual(lines, ["# DpValue\n", "ElementName\tx\n", "Pump1.\t1\n", "\n"])

    def test_all_sections_are_read_back(self) -> None:
        """With their names and columns, in their order."""
        text = f"{HEADER}\n\n" + "".join(
            line
            for name, columns in SECTION_COLUMNS.items()
            for line in section(name, columns, [["x"] * len(columns)])
        )
        found = list(read_sections(text))
        self.assertEqual({one.name: one.columns for one in found}, SECTION_COLUMNS)
        self.assertEqual([len(list(one.rows())) for one in found], [1] * len(found))

    def test_every_known_section_can_be_written(self) -> None:
        """Its columns have the one that is needed to read it."""
        self.assertEqual(list(SECTION_COLUMNS), list(KEY_COLUMNS))
        for name, column in KEY_COLUMNS.items():
            self.assertIn(column, SECTION_COLUMNS[name])

    def test_columns_of_configs(self) -> None:
        """Manager, element, type, detail where the config has details, attributes."""
        self.assertEqual(
            SECTION_COLUMNS["DpAuth"],
            (
                "Manager/User",
                "ElementName",
                "TypeName",
                "DetailNr",
                "_auth.._type",
                "_auth.._write",
                "_auth.._read",
                "_auth.._owner_write",
                "_auth.._owner_read",
                "_auth.._owner",
            ),
        )
        lengths = {name: len(columns) for name, columns in SECTION_COLUMNS.items()}
        self.assertEqual(lengths["AlertValue"], 45)
        self.assertEqual(lengths["AlertClass"], 32)
        self.assertEqual(lengths["DpFunction"], 38)
