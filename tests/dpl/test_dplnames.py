"""Names in rows, and cells that belong to no column."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.dplnames import cells_without_column, check_type, name_in, own_name
from oagw.dpl.sections import Row, read_sections
from oagw.dpl.text import DplError


def row(cells: str) -> Row:
    """A row of Datapoint/DpId in line 3."""
    [section] = read_sections(f"# Datapoint/DpId\nDpName\tTypeName\tID\n{cells}\n")
    [found] = section.rows()
    return found


class NameTests(SynchronousTestCase):
    """Names, systems and types."""

    timeout = 30

    def test_names_may_be_quoted(self) -> None:
        self.assertEqual(name_in(row('"#1"\tPump\t7'), "DpName"), "#1")
        self.assertEqual(name_in(row("P1\tPump\t7"), "TypeName"), "Pump")

    def test_only_the_own_system_is_removed(self) -> None:
        one = row("S2:P1\tPump\t7")
        self.assertEqual(own_name("P1", "S1", one, "DpName"), "P1")
        self.assertEqual(own_name("S2:P1", "S2", one, "DpName"), "P1")
        with self.assertRaises(DplError) as caught:
            own_name("S2:P1", "S1", one, "DpName")
        self.assertIn("belongs to the system 'S2'", caught.exception.reason)
        self.assertEqual((caught.exception.line, caught.exception.column), (3, 1))

    def test_another_type_is_refused(self) -> None:
        check_type(row("P1\tPump\t7"), "P1", "Pump", "Pump")
        with self.assertRaises(DplError) as caught:
            check_type(row("P1\tPump\t7"), "P1", "Valve", "Pump")
        self.assertEqual(caught.exception.column, 4)
        self.assertIn("has the type Valve, not 'Pump'", caught.exception.reason)

    def test_cells_beyond_the_last_column(self) -> None:
        """Blank ones do not count."""
        self.assertEqual(cells_without_column(row("P1\tPump\t7\t ")), [])
        [fault] = cells_without_column(row("P1\tPump\t7\t\tx"))
        self.assertIn("no column for the cell 'x'", fault.reason)
