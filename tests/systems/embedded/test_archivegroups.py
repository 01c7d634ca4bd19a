"""Which archive group an element belongs to."""

from __future__ import annotations

from oagw.model.changes import RenameDatapoint
from oagw.systems.embedded.archivegroups import ArchiveGroups
from tests.systems.bench import EmbeddedTestCase

_PLANT = """
[types.PUMP]
speed = "float"
state = { text = "string" }

[datapoints]
PUMP = ["Pump1", "Pump2"]
"""
_GROUPS = {"fast": ("*.speed",), "slow": ("Pump*",)}


class ArchiveGroupsTests(EmbeddedTestCase):
    """Of two pumps, with two groups."""

    plant_text = _PLANT

    def setUp(self) -> None:
        super().setUp()
        self.plant = self.bench.system.plant
        self.groups = ArchiveGroups(self.plant, "System1", _GROUPS, names=False)
        self.bench.system.on_structure.append(self.groups.follow)

    def of(self, datapoint: str, path: str) -> str:
        element = self.plant.element(datapoint, path, "")
        return self.groups.group_of(element.number)

    def test_the_first_pattern_decides(self) -> None:
        """In the order of the configuration; a pattern without elements means all."""
        self.assertEqual(self.of("Pump1", "speed"), "fast")
        self.assertEqual(self.of("Pump1", "state.text"), "slow")

    def test_the_class_of_the_archive_config_goes_first(self) -> None:
        """By the name of its datapoint; a class that is not a group has no effect."""
        for named, group in (
            ("System1:slow.", "slow"),
            ("slow", "slow"),
            ("System1:_ValueArchive_0.", "fast"),
        ):
            element = self.plant.element("Pump1", "speed", "")
            element.change_config("_archive", {"1._class": named})
            self.assertEqual(self.of("Pump1", "speed"), group)

    def test_a_pattern_may_name_a_system(self) -> None:
        """It does not apply to other systems."""
        texts = {"other": ("Plant2:Pump*",), "own": ("System1:Pump*",)}
        groups = ArchiveGroups(self.plant, "System1", texts, names=False)
        number = self.plant.element("Pump1", "speed", "").number
        self.assertEqual(groups.group_of(number), "own")

    def test_a_renamed_datapoint_has_the_group_of_its_new_name(self) -> None:
        """The group changes at once."""
        self.change(RenameDatapoint("Pump1", "Valve1"))
        self.assertEqual(self.of("Valve1", "state.text"), "")
        self.assertEqual(self.of("Valve1", "speed"), "fast")

    def test_unknown_numbers_belong_to_none(self) -> None:
        """Those of elements that never were."""
        self.assertEqual(self.groups.group_of(10**9), "")
        self.assertEqual(self.groups.group_of(1 << 16), "")
        self.assertEqual(
            ArchiveGroups(self.plant, "System1", {}, names=False).group_of(1), ""
        )

    def test_an_element_has_a_name_also_where_there_are_no_groups(self) -> None:
        """The present one; a number of no element has none."""
        element = self.plant.element("Pump1", "speed", "")
        groups = ArchiveGroups(self.plant, "System1", {}, names=True)
        self.bench.system.on_structure.append(groups.follow)
        self.assertEqual(groups.name_of(element.number), "Pump1.speed")
        self.change(RenameDatapoint("Pump1", "Valve1"))
        self.assertEqual(groups.name_of(element.number), "Valve1.speed")
        self.assertEqual(groups.name_of(10**9), "")
