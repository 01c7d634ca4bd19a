"""Rows of DpValue become values with their time, status and user."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.plan import DplSource
from oagw.dpl.planner import plan_import
from oagw.dpl.text import decode
from oagw.model import status
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_S
from tests.dpl.plans import (
    DATAPOINTS,
    NORMAL,
    NOW,
    PLANT,
    TYPES,
    VALUE_COLUMNS,
    System,
    plan,
    problems,
    samples,
    values,
)


class ValueTests(SynchronousTestCase):
    """The section DpValue."""

    timeout = 30

    def test_a_value_with_all_that_belongs_to_it(self) -> None:
        """Value, time, status and user are those of the row."""
        found = plan(PLANT + values(("P1.value.speed", "Pump", "1.5")))
        self.assertEqual(found.values, [("P1", 2, Sample(1.5, NOW, 0x8300000000000101, 7))])
        self.assertEqual(found.counts["DpValue"], 1)

    def test_what_is_missing(self) -> None:
        """Without time it is now, without status normal, without user root."""
        text = "# DpValue\nElementName\tTypeName\t_original.._value\nP1.label\tPump\tx\n"
        found = plan(PLANT + text)
        self.assertEqual(found.values, [("P1", 4, Sample("x", NOW, status.NORMAL, 0))])

    def test_the_old_status(self) -> None:
        """Exports of old versions have 32 bits."""
        text = (
            "# DpValue\nElementName\tTypeName\t_original.._value\t_original.._status\n"
            "P1.label\tPump\tx\t0x101\n"
        )
        [(_, _, sample)] = plan(PLANT + text).values
        self.assertEqual(sample.status, 0x101)

    def test_values_that_do_not_fit(self) -> None:
        """Line, column and reason; in the column of what is wrong."""
        row = "UI (1)/7\tP1.value.speed\tPump\t{}\t{}\t{}\n"
        good = ("1.5", NORMAL, "14.11.2023 22:13:20.000")
        for at, cell, column, reason in (
            (0, "fast", 30, "the cell 'fast' is not a valid float"),
            (0, "1e999", 30, "is not a finite number"),
            (1, "0xZ", 34, "is not a valid bit64"),
            (2, "yesterday", 53, "is not a time"),
            (2, "31.02.2023 22:13:20.000", 53, "is not a time"),
            (2, "31.12.1969 23:59:59.999", 53, "is not between 1970 and 2262"),
            (2, "01.01.2300 00:00:00.000", 53, "is not between 1970 and 2262"),
        ):
            cells = [cell if number == at else one for number, one in enumerate(good)]
            text = PLANT + f"# DpValue\n{VALUE_COLUMNS}{row.format(*cells)}"
            [problem] = problems(text)
            self.assertIn(f"a.dpl, line 16, column {column}: ", problem, cell)
            self.assertIn(reason, problem, cell)

    def test_elements_that_are_not_there(self) -> None:
        """No such element, and an element that has no value."""
        for element, reason in (
            ("P1.nope", "'P1' of type Pump has no element 'nope'"),
            ("P1.value", "'value' is a structure and has no value"),
            ("P1.", "'' is a structure and has no value"),
        ):
            [problem] = problems(PLANT + values((element, "Pump", "1")))
            self.assertIn(f"line 16, column 10: {reason}", problem, element)

    def test_names_with_a_system(self) -> None:
        """The own system is accepted; any other is an error that names it."""
        found = plan(PLANT + values(("System1:P1.label", "Pump", '"x"')))
        self.assertEqual(samples(found), {("P1", "label"): "x"})
        self.assertEqual(
            problems(PLANT + values(("Dist_2:P1.label", "Pump", '"x"'))),
            [
                "a.dpl, line 16, column 10: 'Dist_2:P1.label' belongs to the system "
                "'Dist_2'; this one is 'System1'"
            ],
        )

    def test_empty_cells(self) -> None:
        """An empty text is a value; an empty number is none, which is a warning."""
        found = plan(
            PLANT + values(("P1.label", "Pump", ""), ("P1.value.speed", "Pump", ""))
        )
        self.assertEqual(samples(found), {("P1", "label"): ""})
        self.assertEqual(
            found.warnings,
            [
                "a.dpl, line 17: 'P1.value.speed' has no value in the file; its "
                "value is kept"
            ],
        )

    def test_values_before_types(self) -> None:
        """Sections may come in any order, and be in any of the files."""
        text = values(("P1.label", "Pump", '"x"'))
        for texts in ((text, PLANT), (text + DATAPOINTS, TYPES), (text + PLANT,)):
            found = plan(*texts)
            self.assertEqual(found.problems, [], texts)
            self.assertEqual(samples(found), {("P1", "label"): "x"}, texts)

    def test_spreadsheets(self) -> None:
        """Trailing tabs, quotes around cells, doubled quotes and CRLF do no harm."""
        text = PLANT + values(
            ("P1.label", "Pump", '"""a \\""quoted\\"" text"""'),
            ("P1.value.speed", "Pump", '"1.5"'),
            ("P2.label", "Pump", '"plain"'),
        )
        text = text.replace("\n", "\t\t\t\r\n").replace("# DpType\t\t\t", "# DpType")
        found = plan(text)
        self.assertEqual(found.problems, [])
        self.assertEqual(
            samples(found),
            {
                ("P1", "label"): 'a "quoted" text',
                ("P1", "value.speed"): 1.5,
                ("P2", "label"): "plain",
            },
        )

    def test_iso_8859_1(self) -> None:
        """A file that is not UTF-8 is read in that encoding."""
        text = PLANT + values(("P1.label", "Pump", '"Kühlwasser größer"'))
        for encoding in ("utf-8", "iso-8859-1", "utf-8-sig", "utf-16"):
            found = plan(decode(text.encode(encoding)).text)
            self.assertEqual(
                samples(found), {("P1", "label"): "Kühlwasser größer"}, encoding
            )

    def test_times_are_in_the_zone(self) -> None:
        """The zone is that of the gateway's configuration."""
        source = DplSource("a.dpl", PLANT + values(("P1.label", "Pump", '"x"')))
        found = plan_import([source], System(), "System1", 0, ZoneInfo("Europe/Vienna"))
        [(_, _, sample)] = found.values
        self.assertEqual(sample.stime, NOW - 3600 * NS_PER_S)
