"""Rows of Aliases/Comments become aliases, descriptions, formats and units."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.dpl.plans import PLANT, PUMP_TYPE, System, plan, problems


class AliasTests(SynchronousTestCase):
    """The section Aliases/Comments."""

    timeout = 30

    def aliases(self, *rows: str) -> str:
        lines = "".join(f"{row}\n" for row in rows)
        return PLANT + f"# Aliases/Comments\nAliasId\tAliasName\tCommentName\n{lines}\n"

    def test_aliases_and_comments(self) -> None:
        """Alias, description, format and unit; in several languages, and with an @."""
        found = plan(
            self.aliases(
                'P1.value.speed\t"Speed1"\tlt:2 LANG:10001 "speed@%5.1f@rpm" '
                'LANG:10000 "Drehzahl@%5.1f@1/min"',
                'P1.label\t""\tlt:1 LANG:10001 "mail@home@@"',
                'P2.\t"P 2"\t',
                "P2.label\t\tlt:1 LANG:10001 plain"[:9],
            )
        )
        self.assertEqual(found.problems, [])
        self.assertEqual(
            found.configs,
            {
                ("P1", 2, "_common"): {
                    "_alias": "Speed1",
                    "_description": {"en_US.utf8": "speed", "de_AT.utf8": "Drehzahl"},
                    "_format": {"en_US.utf8": "%5.1f", "de_AT.utf8": "%5.1f"},
                    "_unit": {"en_US.utf8": "rpm", "de_AT.utf8": "1/min"},
                },
                ("P1", 4, "_common"): {"_description": {"en_US.utf8": "mail@home"}},
                ("P2", 0, "_common"): {"_alias": "P 2"},
            },
        )

    def test_a_language_that_says_nothing_is_not_there(self) -> None:
        """The row has it because one of the other two texts is set."""
        found = plan(
            self.aliases('P1.label\t\tlt:2 LANG:10000 "Pumpe@@" LANG:10001 "@@bar"')
        )
        self.assertEqual(
            found.configs["P1", 4, "_common"],
            {"_description": {"de_AT.utf8": "Pumpe"}, "_unit": {"en_US.utf8": "bar"}},
        )

    def test_an_alias_has_one_owner(self) -> None:
        """In the files, and with what the system has."""
        self.assertEqual(
            problems(self.aliases('P1.label\t"A"\t', 'P2.label\t"A"\t')),
            ["a.dpl, line 17, column 10: the alias 'A' already belongs to 'P1.label'"],
        )
        system = System(
            {"Pump": PUMP_TYPE}, {"P1": "Pump", "Old": "Pump"}, {"A": ("Old", "label")}
        )
        self.assertEqual(
            problems(self.aliases('P1.label\t"A"\t'), system=system),
            ["a.dpl, line 16, column 10: the alias 'A' already belongs to 'Old.label'"],
        )
        text = self.aliases('Old.label\t"A"\t')
        self.assertEqual(problems(text, system=system), [])

    def test_faults(self) -> None:
        """An error about a comment or an alias that is not a text names its place."""
        for row, column in (('P1.label\t"A"B\t', 10), ("P1.label\tA\tlt:1 LANG", 12)):
            found = plan(self.aliases(row)).problems
            self.assertEqual([(one.line, one.column) for one in found], [(16, column)], row)
