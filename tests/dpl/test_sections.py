"""Texts are cut into sections, rows and cells."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.dpl.sections import Row, Section, read_sections
from oagw.dpl.strings import quote, unquote
from oagw.dpl.text import DplError

PLANT = """\
# ascii dump of database

# DpType
TypeName
Pump.Pump\t1#1
\tspeed\t22#2

#some have a state
Valve.Valve\t1#1
\topen\t23#2

# Datapoint/DpId
DpName\tTypeName\tID
Pump1\tPump\t17
Valve1\tValve

# DpValue
Manager/User\tElementName\tTypeName\t_original.._value\t_original.._status64
UI (1)/0\tPump1.speed\tPump\t1.5\t0x101
# Datapoint of the west
UI (1)/0\tValve1.open\tValve\t1\t0x101

"""
VALUES = "# DpValue\nElementName\tValue\n"


def sections(text: str) -> list[Section]:
    return list(read_sections(text))


def rows(text: str) -> list[Row]:
    """The rows of a section DpValue with two columns."""
    (section,) = sections(VALUES + text)
    return list(section.rows())


def first_rows(text: str) -> list[Row]:
    """The rows of the first section of a text."""
    return list(sections(text)[0].rows())


def cells(text: str) -> list[list[str]]:
    return [list(row.cells) for row in rows(text)]


class SectionTests(SynchronousTestCase):
    """Where a section begins and ends."""

    timeout = 30

    def test_names_lines_and_columns(self) -> None:
        """A section begins at its name; the next line has its columns."""
        found = [(one.name, one.line, one.columns[:2]) for one in sections(PLANT)]
        self.assertEqual(
            found,
            [
                ("DpType", 3, ("TypeName",)),
                ("Datapoint/DpId", 12, ("DpName", "TypeName")),
                ("DpValue", 17, ("Manager/User", "ElementName")),
            ],
        )

    def test_comments_and_blank_lines_are_no_rows(self) -> None:
        """A section goes on behind them, with the lines counted."""
        lines = [[row.line for row in one.rows()] for one in sections(PLANT)]
        self.assertEqual(lines, [[5, 6, 9, 10], [14, 15], [19, 21]])

    def test_spellings_of_names(self) -> None:
        """With a space behind the # or without, in any case, with tabs at the end."""
        for title in ("# DpType", "#DpType", "#DPType", "# dptype\t\t"):
            with self.subTest(title):
                (one,) = sections(f"{title}\nTypeName\t\t\n")
                self.assertEqual((one.name, one.columns), ("DpType", ("TypeName",)))

    def test_unknown_sections_keep_their_name(self) -> None:
        """A comment of one word above column names is one; above a row it is none."""
        text = "# Future\nElementName\t_future.._type\nPump1.\t5\n# Pumps\nPump2.\t5\n"
        (one,) = sections(text)
        self.assertEqual((one.name, len(list(one.rows()))), ("Future", 2))

    def test_comments_around_the_name(self) -> None:
        """Old exports have a lone # above and below it."""
        (one,) = sections("#\n# Datapoint/DpId\n#\nDpName\tTypeName\nPump1\tPump\n")
        self.assertEqual([row.cell("DpName") for row in one.rows()], ["Pump1"])

    def test_a_section_may_come_again_with_other_columns(self) -> None:
        """Each has the columns of its own."""
        first = "# GeneralConfig\nElementName\t_general.._type\n\n"
        second = "# GeneralConfig\nElementName\t_general.._unsigned_01\n"
        columns = [one.columns[1] for one in sections(first + second)]
        self.assertEqual(columns, ["_general.._type", "_general.._unsigned_01"])

    def test_the_text_of_all_sections_is_the_text(self) -> None:
        """Unknown sections are kept completely."""
        self.assertEqual(
            "".join(one.raw for one in sections(PLANT)), PLANT[PLANT.index("# DpType") :]
        )

    def test_column_names_alone_begin_a_section(self) -> None:
        """Old exports lack the line with its name; its columns identify it."""
        for columns, name in (
            ("TypeName", "DpType"),
            ("DpName\tTypeName\tID", "Datapoint/DpId"),
            ("TypeName\tDpName", "Datapoint/DpId"),
            ("AliasId\tAliasName\tCommentName", "Aliases/Comments"),
            ("Manager/User\tElementName\tTypeName\t_original.._value", "DpValue"),
            ("ElementName\tTypeName\tDetailNr\t_archive.._type", "DbArchiveInfo"),
            ("ElementName\t_alert_hdl.1._type\t", "AlertValue"),
            ("ElementName\t_future.._type", "GeneralConfig"),
            ("CNSpath\tname", "CNS"),
        ):
            for between in ("", "\n", "# some words\n", "\n#\n"):
                with self.subTest(columns + between):
                    text = f"TypeName\nA.A\t1#1\n{between}{columns}\nx\ty\n"
                    _, found = sections(text)
                    line = 3 + between.count("\n")
                    self.assertEqual((found.name, found.line), (name, line))
                    self.assertEqual([row.line for row in found.rows()], [line + 1])

    def test_column_names_again(self) -> None:
        """They may be repeated, also below the name of the section that is open."""
        again = "ElementName\tTypeName\t_original.._value"
        for between in ("\n", "\n# DpValue\n", "# DpValue\n"):
            text = f"# DpValue\n{again}\na\tT\t1\n{between}{again}\nb\tT\t2\n"
            rows = [row.cell("ElementName") for one in sections(text) for row in one.rows()]
            self.assertEqual(rows, ["a", "b"], between)
        text = f"# DpValue\n{again}\na\tT\t1\n# DpValue\nb\tT\t2\n"
        (one,) = sections(text)
        self.assertEqual(len(list(one.rows())), 2)

    def test_spellings_of_columns(self) -> None:
        """In any case, in any order, in quotes."""
        (one,) = sections('# Datapoint/DpId\ntypename\tid\t"dpname"\nPump\t5\tP1\n')
        [row] = one.rows()
        self.assertEqual([row.cell(name) for name in ("DpName", "ID")], ["P1", "5"])

    def test_a_datapoint_that_is_called_like_columns(self) -> None:
        """DpName of a type TypeName is a row among rows."""
        for name, dp_type in (
            ("DpName", "TypeName"),
            ("AliasId", "AliasName"),
            ("CNSpath", "name"),
            ("ElementName", "TypeName"),
        ):
            rows = f"{name}\t{dp_type}\t\nb\tB\t2\n"
            (one,) = sections(f"# Datapoint/DpId\nDpName\tTypeName\tID\n{rows}")
            self.assertEqual([row.cell("DpName") for row in one.rows()], [name, "b"])

    def test_sections_behind_an_open_quote(self) -> None:
        """They begin where they begin; a text in a string of lines is still none."""
        text = 'a\t"b\nc\t1\n# DpType\nTypeName\nA.A\t1#1\n'
        found = [one.name for one in sections(VALUES + text)]
        self.assertEqual(found, ["DpValue", "DpType"])
        inner = '"\n# DpType\nTypeName\nA.A\t1#1\n"'
        self.assertEqual(cells(f"a\t{inner}\nb\t1\n"), [["a", inner], ["b", "1"]])

    def test_other_formats_of_the_ascii_manager(self) -> None:
        """The message says how to export the one that is read, and is the only one."""
        text = "V 2\n# ascii dump of database\n\n# DpValue\n[configs]\nMgr/User\n*EOH*\n"
        errors: list[DplError] = []
        self.assertEqual(list(read_sections(text, errors.append)), [])
        [error] = errors
        self.assertIn("format V 2", error.reason)
        self.assertIn("-outputVersion 1", error.reason)
        (one,) = sections("V 1\n\n# DpType\nTypeName\n")
        self.assertEqual((one.name, one.line), ("DpType", 3))

    def test_an_empty_section_has_no_rows(self) -> None:
        """It has no columns either, if they are missing as well."""
        first, second = sections("# DpType\n\n# DpValue\nElementName")
        self.assertEqual([*first.rows(), *second.rows()], [])
        self.assertEqual((first.columns, second.columns), ((), ("ElementName",)))

    def test_no_text_has_no_sections(self) -> None:
        """A text with only comments has none either."""
        for text in ("", "\n", "# ascii dump of database\n", "#"):
            with self.subTest(text):
                self.assertEqual(sections(text), [])

    def test_other_files_are_refused(self) -> None:
        """Something before the first section, or rows where column names should be."""
        for text, line in (("a;b\n", 1), ("\nPump1\n# DpValue\n", 2)):
            with self.subTest(text):
                self.assertEqual(self.assertRaises(DplError, sections, text).line, line)
        error = self.assertRaises(DplError, sections, "# DpType\nPump.Pump\t1#1\n")
        self.assertEqual((error.line, error.column), (2, 1))
        self.assertIn("TypeName", error.reason)


class RowTests(SynchronousTestCase):
    """What is in a row."""

    timeout = 30

    def test_cells_by_column(self) -> None:
        """A cell that the row lacks is empty, as one of no column."""
        row = rows("Pump1.")[0]
        self.assertEqual(
            [row.cell("ElementName"), row.cell("Value"), row.cell("Other")],
            ["Pump1.", "", ""],
        )

    def test_the_detail_has_two_names(self) -> None:
        """The documentation says DetailNo, the files DetailNr."""
        (one,) = sections("# AlertValue\nElementName\tDetailNo\nPump1.\t2\n")
        self.assertEqual([row.cell("DetailNr") for row in one.rows()], ["2"])

    def test_tabs_and_lines_in_strings(self) -> None:
        """They belong to the cell, also behind an escaped quote."""
        self.assertEqual(
            cells('a\t"one\ttwo"\nb\t"x\\"\ny\\\n"\tz\nc\t"\\\\"\n'),
            [["a", '"one\ttwo"'], ["b", '"x\\"\ny\\\n"', "z"], ["c", '"\\\\"']],
        )

    def test_lines_count_on_behind_a_string_of_lines(self) -> None:
        """The row is where it begins."""
        self.assertEqual([row.line for row in rows('a\t"\n\n"\nb\t1\n')], [3, 6])

    def test_a_section_name_in_a_string_is_none(self) -> None:
        """A value may be a DPL text."""
        self.assertEqual(cells('a\t"\n# DpType\n#x\n"\n'), [["a", '"\n# DpType\n#x\n"']])

    def test_line_ends_of_windows(self) -> None:
        """They are as those of Linux."""
        (one,) = sections('# DpValue\r\nElementName\tV\r\na\t"1"\r\n\r\nb\t2\r\n')
        self.assertEqual(
            [list(row.cells) for row in one.rows()], [["a", '"1"'], ["b", "2"]]
        )

    def test_line_ends_of_old_macs(self) -> None:
        """They are as well, in a file that has no others."""
        (one,) = sections('# DpValue\rElementName\tV\ra\t"1"\r\rb\t2\r')
        self.assertEqual(
            [list(row.cells) for row in one.rows()], [["a", '"1"'], ["b", "2"]]
        )

    def test_what_a_spreadsheet_quoted(self) -> None:
        """It is undone; strings and lists of the ASCII manager stay as they are."""
        for written, meant in (
            (
                '"lt:2 LANG:10000 """" LANG:10001 """" "',
                'lt:2 LANG:10000 "" LANG:10001 "" ',
            ),
            ('"""a"", ""b"""', '"a", "b"'),
            ('""""""', '""'),
            ('"a\n""b"""', 'a\n"b"'),
            ('""', '""'),
            ('"", "a"', '"", "a"'),
            ('"a", "", ""', '"a", "", ""'),
            ('"a\\"\\"b"', '"a\\"\\"b"'),
        ):
            with self.subTest(written):
                self.assertEqual(cells(f"x\t{written}\t\n"), [["x", meant, ""]])

    def test_where_a_cell_begins(self) -> None:
        """In characters, in the line where it stands, whatever quotes it has."""
        row = rows('Pump1.\t"""x"""\n')[0]
        self.assertEqual(
            [row.fault("ElementName", "").column, row.fault("Value", "").column], [1, 8]
        )
        self.assertEqual(rows("Pump1.\n")[0].fault("Value", "").column, 7)
        error = rows('"\n"\tx\n')[0].fault("Value", "wrong")
        self.assertEqual((error.line, error.column, error.reason), (4, 3, "wrong"))

    def test_a_quote_that_is_not_closed(self) -> None:
        """The error is at the quote, though a later one would close it."""
        for text in ('a\t"b\n', 'a\t"b\nc\t"d"\n', 'a\t"b\nc\t"d"\n\n# DpType\nTypeName\n'):
            with self.subTest(text):
                error = self.assertRaises(DplError, first_rows, VALUES + text)
                self.assertEqual((error.line, error.column), (3, 3))
        error = self.assertRaises(DplError, rows, 'a\t"b\nc\t"d"\ne\t"f\n')
        self.assertEqual((error.line, error.column), (3, 3))

    @given(
        st.lists(
            st.lists(st.text(st.characters(codec="utf-8")), min_size=1),
            min_size=1,
        )
    )
    @settings(deadline=None)
    def test_quoted_cells_come_back(self, table: list[list[str]]) -> None:
        """Any text in a cell comes back, and each row is one line."""
        text = "".join("\t".join(map(quote, row)) + "\n" for row in table)
        self.assertEqual(text.count("\n"), len(table))
        self.assertEqual([[unquote(cell) for cell in row] for row in cells(text)], table)

    @given(st.text('a"\\\n\t# ,'))
    @settings(deadline=None)
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """A text that is not DPL gives only an error with a place."""
        try:
            for section in read_sections(VALUES + text):
                for row in section.rows():
                    row.fault("Value", "")
        except DplError as error:
            self.assertGreater(min(error.line, error.column), 0)
