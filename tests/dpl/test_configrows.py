"""Rows of config sections become attributes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.dpl.plans import PLANT, config, plan, problems


class ConfigTests(SynchronousTestCase):
    """The sections of configs."""

    timeout = 30

    def test_every_section(self) -> None:
        """Each has its columns, whose cells are attributes of the config."""
        for section, columns, cells, expected in (
            ("DpDefaultValue", "_default.._type _default.._value", "3 1.5", "_default"),
            ("DpFunction", "_dp_fct.._type _dp_fct.._fct", '60 "p1+1"', "_dp_fct"),
            ("PvssRangeCheck", "_pv_range.._type _pv_range.._min", "7 0", "_pv_range"),
            ("UserRangeCheck", "DetailNr _u_range.._type", "~ 9", "_u_range"),
            ("AlertClass", "_alert_class.._type", "14", "_alert_class"),
            ("AlertValue", "DetailNr _alert_hdl.._type", "~ 13", "_alert_hdl"),
            ("DistributionInfo", "_distrib.._type _distrib.._driver", "56 \\3", "_distrib"),
            ("DpAuth", "DetailNr _auth.._type _auth.._write", "~ 62 \\4", "_auth"),
            ("GeneralConfig", "_general.._type _general.._int_01", "55 7", "_general"),
            ("DpConvRawToIngMain", "DetailNr _msg_conv.._type", "~ 33", "_msg_conv"),
            ("DpConvIngToRawMain", "DetailNr _cmd_conv.._type", "~ 36", "_cmd_conv"),
            ("DpSmoothMain", "_smooth.._type _smooth.._std_tol", "48 0.5", "_smooth"),
            ("PeriphAddrMain", "_address.._type", "16", "_address"),
            ("DbArchiveInfo", "DetailNr _archive.._type", "~ 45", "_archive"),
        ):
            found = plan(PLANT + config(section, columns, f"P1.value.speed Pump {cells}"))
            self.assertEqual(found.problems, [], section)
            self.assertEqual(found.warnings, [], section)
            self.assertEqual(list(found.configs), [("P1", 2, expected)], section)
            self.assertEqual(found.counts[section], 1, section)

    def test_details(self) -> None:
        """A row of its own for each, with its number or name in DetailNr (DetailNo)."""
        for column in ("DetailNr", "DetailNo"):
            text = config(
                "AlertValue",
                f"{column} _alert_hdl.._type _alert_hdl.._u_limit _alert_hdl.._active",
                "P1.value.speed Pump ~ 13 ~ 1",
                "P1.value.speed Pump 1 4 99.5",
                "P1.value.speed Pump 2 4",
            )
            found = plan(PLANT + text)
            self.assertEqual(found.problems, [], column)
            self.assertEqual(
                found.configs["P1", 2, "_alert_hdl"],
                {
                    "_type": 13,
                    "_active": True,
                    "1._type": 4,
                    "1._u_limit": 99.5,
                    "2._type": 4,
                },
                column,
            )

    def test_unknown_columns(self) -> None:
        """Attributes are kept with their text, each with one warning; # is a comment."""
        text = config(
            "DpSmoothMain",
            "_smooth.._type _smooth.._new_one _what.._ever #_smooth.._std_tol",
            "P1.value.speed Pump 48 1 2 3",
            "P2.value.speed Pump 48 1 2 3",
        )
        found = plan(PLANT + text)
        self.assertEqual(found.configs["P1", 2, "_smooth"], {"_type": 48})
        self.assertEqual(found.configs["P1", 2, "#_smooth"], {"_new_one": "1"})
        self.assertEqual(found.configs["P2", 2, "#_what"], {"_ever": "2"})
        self.assertEqual(
            found.warnings,
            [
                f"a.dpl, line 15: the column '{column}' is unknown; its cells are kept "
                "as texts for an export"
                for column in ("_smooth.._new_one", "_what.._ever")
            ],
        )

    def test_columns_that_are_no_attributes(self) -> None:
        """They are left out, with a warning; so is an unchecked alias."""
        head = "# DpSmoothMain\nElementName\tTypeName\tNote\t_common.._alias\n"
        found = plan(PLANT + head + 'P1.value.speed\tPump\tx\t"A"\n')
        self.assertEqual((found.configs, found.problems), ({}, []))
        self.assertEqual(len(found.warnings), 2)
        self.assertIn("the column 'Note' is unknown and is left out", found.warnings[0])

    def test_blank_cells(self) -> None:
        """A lone blank is an empty name, or an empty list; else it is nothing."""
        text = config(
            "DpFunction",
            "_dp_fct.._type _dp_fct.._param _dp_fct.._fct _dp_fct.._global _dp_fct.._time",
            'P1.value.speed Pump 60 ~ "1" ~ ~',
        )
        self.assertEqual(
            plan(PLANT + text).configs["P1", 2, "_dp_fct"],
            {"_type": 60, "_param": (), "_fct": "1", "_global": ()},
        )
        text = config(
            "DbArchiveInfo",
            "DetailNr _archive.._type _archive.._class",
            "P1.value.speed Pump 1 15 ~",
        )
        self.assertEqual(
            plan(PLANT + text).configs["P1", 2, "_archive"],
            {"1._type": 15, "1._class": ""},
        )

    def test_a_bad_cell_takes_its_row_with_it(self) -> None:
        """Nothing of the row is planned, and the error has the place of the cell."""
        text = config(
            "DpSmoothMain",
            "_smooth.._type _smooth.._std_tol",
            "P1.value.speed Pump 48 much",
            "P2.value.speed Pump 48 0.5",
        )
        found = plan(PLANT + text)
        self.assertEqual(list(found.configs), [("P2", 2, "_smooth")])
        self.assertEqual(
            [str(one) for one in found.problems],
            ["a.dpl, line 16, column 34: the cell 'much' is not a valid float"],
        )

    def test_attributes_in_any_detail(self) -> None:
        """Real exports have those of the whole config in the rows of details too."""
        text = config(
            "AlertValue",
            "DetailNr _alert_hdl.._type _alert_hdl.._status64_pattern _alert_hdl.._order",
            "P1.value.speed Pump ~ 13 ~ 2",
            "P1.value.speed Pump 1 4 0x0",
        )
        found = plan(PLANT + text)
        self.assertEqual((found.problems, found.warnings), ([], []))
        self.assertEqual(
            found.configs["P1", 2, "_alert_hdl"],
            {"_type": 13, "_order": 2, "1._type": 4, "1._status64_pattern": "0x0"},
        )

    def test_numbers_of_the_archive(self) -> None:
        """The vendor does not say the type of _interv; real files have a number."""
        text = config(
            "DbArchiveInfo",
            "DetailNr _archive.._type _archive.._interv",
            "P1.value.speed Pump 1 15 0",
        )
        found = plan(PLANT + text)
        self.assertEqual(
            found.configs["P1", 2, "_archive"], {"1._type": 15, "1._interv": 0}
        )

    def test_unknown_details(self) -> None:
        """They are kept as texts, with a warning; an invalid detail name is an error."""
        text = config(
            "PeriphAddrMain", "DetailNr _address.._type", "P1.value.speed Pump 1 16"
        )
        found = plan(PLANT + text)
        self.assertEqual(found.configs, {("P1", 2, "#_address"): {"1._type": "16"}})
        [warning] = found.warnings
        self.assertIn("'_address.._type' is unknown in the detail '1'", warning)
        [problem] = problems(PLANT + text.replace("\t1\t16", "\t1.x\t16"))
        self.assertIn("line 16, column 31: '1.x' is not a detail", problem)

    def test_configs_of_structures(self) -> None:
        """Real exports have some that mean nothing there; they are kept, with a warning."""
        text = config("DpSmoothMain", "_smooth.._type", "P1. Pump 48")
        found = plan(PLANT + text)
        self.assertEqual(found.configs, {("P1", 0, "_smooth"): {"_type": 48}})
        [warning] = found.warnings
        self.assertIn("line 16: 'P1.' is a structure, so its _smooth", warning)
        text = config("DbArchiveInfo", "_archive.._type", "P1. Pump 45")
        self.assertEqual(plan(PLANT + text).warnings, [])

    def test_configs_with_their_history(self) -> None:
        """The latest row counts, with what it leaves empty, wherever it stands."""
        columns = (
            "DetailNr StampSec StampMSec _alert_hdl.._type _alert_hdl.._panel_param "
            "_alert_hdl.._order"
        )
        rows = {
            "old": 'D. Float  1700000000 900 13 "$A","$B" 7',
            "old detail": "D. Float 3 1700000000 900 4",
            "new": "D. Float  1700000001 100 59",
            "new detail": "D. Float 1 1700000001 100 4",
        }
        head = "# DpType\nTypeName\nFloat.\t22#1\n\n"
        head += "# Datapoint/DpId\nDpName\tTypeName\nD\tFloat\n\n"
        for order in (rows.values(), reversed(rows.values())):
            found = plan(head + config("AlertValue", columns, *order))
            self.assertEqual(found.problems, [])
            self.assertEqual(
                found.configs["D", 0, "_alert_hdl"], {"_type": 59, "1._type": 4}
            )
        wrong = rows["new"].replace("100", "soon")
        [problem] = problems(head + config("AlertValue", columns, wrong))
        self.assertIn("'soon' is not a time as a number", problem)
