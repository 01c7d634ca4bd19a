"""Plant files declare types and datapoints; errors say where and what."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.plantfile import (
    PlantFileError,
    parse_plant,
)
from oagw.model.dptypes import BY_KEYWORD, ElementType

GOOD = """
[types]
Single = "float"
[types.Pump]
info = "langString"
[types.Pump.value]
speed = "float"
faults = "dyn_string"

[datapoints]
Single = ["Trend{1,2}", "X"]
Pump = ["pump_{08..11}", "hall_{1..2}_{a,b}"]

[values]
"Trend*." = 1.5
"pump_*.value.speed" = 100

[archive]
elements = ["Trend*.", "pump_*.**"]
"""

#: What is wrong, and a part of what the error says.
BAD = [
    ("types = 5", "types must be a table"),
    ("[typos]", "the table [typos] is unknown"),
    ("x = ", "Invalid value"),
    ('[types]\nA = "flaot"', "types.A: 'flaot' is not an element type"),
    ('[types]\nA = "struct"', "types.A: 'struct' is not an element type"),
    ("[types]\nA = 5", "types.A: 5 is not an element type"),
    ('[types.A.b]\nc = "no"', "types.A.b.c: 'no' is not an element type"),
    ('[types.A]\n"b.c" = "int"', "an element cannot be called 'b.c'"),
    ('[types]\n"A*" = "int"', "types.A*"),
    ('[datapoints]\nA = "x"', "datapoints.A must be a list of names"),
    ("[datapoints]\nA = [1]", "datapoints.A must be a list of names"),
    ('[datapoints]\nA = ["x*"]', "datapoints.A: 'x*'"),
    ('[datapoints]\nA = ["x{1,2"]', "open brace"),
    ('[datapoints]\nA = ["x{1..9999999}"]', "more than 1000000 names"),
    ('[datapoints]\nA = ["x", "x"]', "datapoints.A: 'x'"),
    ('[datapoints]\nA = ["x"]\nB = ["x"]', "datapoints.B: 'x'"),
    (
        "[types.A]\n" + "".join(f'e{number} = "int"\n' for number in range(65_535)),
        "types.A.e65534: a type has at most 65535 elements",
    ),
    ('[values]\n"a{b" = 1', "values: "),
    ('[archive]\nelement = ["a."]', "[archive] has one key: elements"),
    ('[archive]\nelements = "a."', "elements, a list of patterns"),
    ("[archive]\nelements = [1]", "elements, a list of patterns"),
    ('[archive]\nelements = ["a[1."]', "archive: "),
]


class PlantFileTests(SynchronousTestCase):
    """What a plant file declares."""

    timeout = 30

    def test_types_are_trees_of_elements(self) -> None:
        """Elements are numbered in the order in which they stand."""
        types = parse_plant(GOOD).types
        self.assertEqual(list(types), ["Single", "Pump"])
        self.assertIs(types["Single"].by_path[""].type, ElementType.FLOAT)
        self.assertEqual(
            [(leaf.path, leaf.type.keyword, leaf.number) for leaf in types["Pump"].leaves],
            [
                ("info", "langString", 2),
                ("value.speed", "float", 4),
                ("value.faults", "dyn_string", 5),
            ],
        )

    def test_names_may_be_counted_and_listed(self) -> None:
        """A span keeps the width of its first number."""
        datapoints = parse_plant(GOOD).datapoints
        self.assertEqual(
            datapoints,
            {
                **dict.fromkeys(["Trend1", "Trend2", "X"], "Single"),
                **dict.fromkeys(["pump_08", "pump_09", "pump_10", "pump_11"], "Pump"),
                **dict.fromkeys(["hall_1_a", "hall_1_b", "hall_2_a", "hall_2_b"], "Pump"),
            },
        )

    def test_values_and_archived_elements_are_patterns(self) -> None:
        """Both are kept in the order of the file."""
        plant = parse_plant(GOOD)
        self.assertEqual(plant.values, {"Trend*.": 1.5, "pump_*.value.speed": 100})
        self.assertEqual(plant.archived, ("Trend*.", "pump_*.**"))

    def test_an_empty_file_declares_nothing(self) -> None:
        """All tables may be left out."""
        plant = parse_plant("")
        self.assertEqual((plant.types, plant.datapoints, plant.archived), ({}, {}, ()))

    def test_every_element_type_can_be_declared(self) -> None:
        """The keyword of each type that holds a value is known."""
        kinds = {word: kind for word, kind in BY_KEYWORD.items() if kind.holds_value}
        text = "[types.All]\n" + "".join(f'{word} = "{word}"\n' for word in kinds)
        found = parse_plant(text).types["All"].by_path
        leaves = {path: one.type for path, one in found.items() if one.type.holds_value}
        self.assertEqual(leaves, kinds)

    def test_errors_say_where_and_what(self) -> None:
        """The table and the key that are wrong are named, in one line."""
        for text, wrong in BAD:
            with self.subTest(text[:80]):
                with self.assertRaises(PlantFileError) as caught:
                    parse_plant(text)
                self.assertIn(wrong, str(caught.exception))
                self.assertNotIn("\n", str(caught.exception))

    @given(
        st.sampled_from(["types", "datapoints", "values", "archive"]),
        st.sampled_from(["a", "elements", '"a*"', '"{"', '"a[1-9]."']),
        st.sampled_from(["1", '"int"', '["a"]', "[1]", '{b = "x"}', "[]", "nan", "{}"]),
    )
    @example("values", '"[1-99999999999999999999]."', "1")
    @settings(deadline=None)
    def test_any_table_is_read_or_refused(self, table: str, key: str, value: str) -> None:
        """For any content of a file, the patterns read from it are text."""
        try:
            plant = parse_plant(f"[{table}]\n{key} = {value}\n")
        except PlantFileError as error:
            self.assertTrue(str(error))
        else:
            for pattern in (*plant.values, *plant.archived):
                self.assertIsInstance(pattern, str)

    def test_the_plant_of_the_demo_is_good(self) -> None:
        """The file that comes with oagw declares what its simulation needs."""
        path = Path(__file__).parents[2] / "etc" / "plant.toml"
        plant = parse_plant(path.read_text(encoding="utf-8"))
        self.assertIn("ExampleDP_Trend1", plant.datapoints)
        self.assertEqual(set(plant.datapoints.values()) - set(plant.types), set())

    def test_the_demo_takes_exports_of_projects(self) -> None:
        """Datapoints that every WinCC OA project has are of its types."""
        path = Path(__file__).parents[2] / "etc" / "plant.toml"
        plant = parse_plant(path.read_text(encoding="utf-8"))
        project = dict.fromkeys(
            ("Arg1", "Arg2", "Result", "Trend1", "Rpt1", "Rpt2", "Rpt3", "Rpt4"), "Float"
        )
        project |= {"AlertHdl1": "Bit", "AlertHdl2": "Bit", "SumAlert": "Text"}
        for name, dp_type in project.items():
            found = plant.datapoints.get(f"ExampleDP_{name}")
            self.assertIn(found, (None, f"ExampleDP_{dp_type}"), name)
