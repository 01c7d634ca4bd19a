"""A plant file creates what is missing, and leaves alone what exists."""

from __future__ import annotations

from oagw.config.plantfile import PlantFileError
from tests.systems.bench import EmbeddedTestCase

PLANT = """
[types.Pump]
speed = "float"

[datapoints]
Pump = ["P1"]

[values]
"P*.speed" = 1.5

[archive]
elements = ["P*.speed"]
"""


class PlantSetupTests(EmbeddedTestCase):
    """Starts with a plant file that has changed since."""

    plant_text = PLANT

    def restart(self, old: str, new: str) -> None:
        """Start again with another text in the plant file."""
        self.assertIn(old, self.bench.plant_text)
        self.bench.plant_text = self.bench.plant_text.replace(old, new)
        self.reopen()

    def refused_with(self, old: str, new: str) -> str:
        """Try to start with another text in the plant file; returns the error."""
        self.successResultOf(self.bench.system.stop())
        plant = self.bench.plant_text
        self.bench.plant_text = plant.replace(old, new)
        with self.assertRaises(PlantFileError) as caught:
            self.bench.open()
        self.successResultOf(self.bench.system.stop())
        self.bench.plant_text = plant
        self.bench.open()
        self.start()
        return str(caught.exception)

    def is_archived(self, name: str) -> object:
        """Whether an element is archived."""
        return self.value(f"{name}:_archive.._archive")

    def test_new_datapoints_get_values_and_archive(self) -> None:
        self.assertEqual(self.value("P1.speed"), 1.5)
        self.assertIs(self.is_archived("P1.speed"), True)

    def test_existing_datapoints_keep_what_they_have(self) -> None:
        """Only the datapoint that is new in the file gets its values."""
        self.set({"P1.speed": 7.0, "P1.speed:_archive.._archive": False})
        self.restart('["P1"]', '["P1", "P2"]')
        self.assertEqual([self.value("P1.speed"), self.value("P2.speed")], [7.0, 1.5])
        self.assertIs(self.is_archived("P1.speed"), False)
        self.assertIs(self.is_archived("P2.speed"), True)

    def test_a_type_with_other_elements_is_refused(self) -> None:
        error = self.refused_with('speed = "float"', 'speed = "int"')
        self.assertIn("types.Pump: the state directory has this type with other", error)
        self.assertEqual(self.value("P1.speed"), 1.5)

    def test_a_datapoint_of_another_type_is_refused(self) -> None:
        error = self.refused_with(
            'Pump = ["P1"]\n', 'Valve = ["P1"]\n\n[types.Valve]\nis_open = "bool"\n'
        )
        self.assertEqual(error, "datapoints.Valve: 'P1' exists, with type Pump")

    def test_an_unknown_type_is_refused(self) -> None:
        error = self.refused_with('Pump = ["P1"]\n', 'Pump = ["P1"]\nTank = ["T1"]\n')
        self.assertEqual(error, "datapoints.Tank: there is no such type")

    def test_a_value_must_fit(self) -> None:
        """Nothing of the file is kept then: it is one transaction."""
        error = self.refused_with(
            'Pump = ["P1"]\n\n[values]\n',
            'Pump = ["P1", "P3"]\n\n[values]\n"P3.speed" = "x"\n',
        )
        self.assertTrue(error.startswith("values: "), error)
        self.assertNotIn("P3", self.bench.system.plant.datapoints)
