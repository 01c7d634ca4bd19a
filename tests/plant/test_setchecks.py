"""Checks of a set: aliases belong to one element."""

from __future__ import annotations

from tests.systems.bench import EmbeddedTestCase


class AliasTests(EmbeddedTestCase):
    """``_common``: aliases and texts."""

    def test_an_alias_leads_to_its_element(self) -> None:
        """Until the alias is changed or removed; after a restart too."""
        alias = self.bench.system.alias
        self.set({"pump_01.value.speed:_common.._alias": "Hall.Speed"})
        self.set({"pump_01.:_common.._alias": "P1"})
        self.assertEqual(alias("Hall.Speed"), "pump_01.value.speed")
        self.assertEqual(alias("P1"), "pump_01.")
        self.assertEqual(alias("P1.value.speed"), "pump_01.value.speed")
        self.assertIsNone(alias("Hall"))
        self.reopen()
        alias = self.bench.system.alias
        self.assertEqual(alias("Hall.Speed"), "pump_01.value.speed")
        self.set({"pump_01.value.speed:_common.._alias": "Other"})
        self.assertEqual(
            (alias("Hall.Speed"), alias("Other")), (None, "pump_01.value.speed")
        )
        self.set({"pump_01.value.speed:_common.._type": 0})
        self.assertIsNone(alias("Other"))
        self.assertEqual(self.value("pump_01.value.speed:_common.._alias"), "")

    def test_a_long_text_is_no_alias(self) -> None:
        """Any number of dots does not make it one."""
        self.assertIsNone(self.bench.system.alias("a." * 50_000))

    def test_an_alias_belongs_to_one_element(self) -> None:
        """Error 51 for a second element, unless the same set takes it from the first."""
        first, second = "F1.:_common.._alias", "F2.:_common.._alias"
        self.set({first: "Speed"})
        self.assertEqual(self.refused({second: "Speed"}), {second: 51})
        self.assertEqual(self.refused({first: "X", second: "X"}), {second: 51})
        self.set({first: "Speed"})
        self.set({second: "Speed", first: ""})
        self.assertEqual(self.bench.system.alias("Speed"), "F2.")
        self.set({first: "Flow"})
        self.set({first: "Speed", second: "Flow"})
        self.assertEqual(
            [self.bench.system.alias(one) for one in ("Speed", "Flow")], ["F1.", "F2."]
        )
        self.reopen()
        self.assertEqual(
            [self.bench.system.alias(one) for one in ("Speed", "Flow")], ["F1.", "F2."]
        )
        for wrong in ("a*", " a", "a:b", "{a}"):
            self.assertEqual(self.refused({first: wrong}), {first: 51}, wrong)

    def test_events_tell_of_aliases_and_texts(self) -> None:
        """With the complete name of the element."""
        self.set(
            {
                "F1.:_common.._alias": "Speed",
                "F1.:_common.._unit": {"en_US.utf8": "rpm", "de_AT.utf8": "U/min"},
                "F2.:_common.._description": "Flow",
                "F2.:_common.._format": "%5.2f",
            }
        )
        self.assertEqual(
            [(event.kind.value, event.name) for event in self.events],
            [
                ("dpAliasChanged", "System1:F1."),
                ("dpUnitChanged", "System1:F1."),
                ("dpDescriptionChanged", "System1:F2."),
                ("dpFormatChanged", "System1:F2."),
            ],
        )
        self.assertEqual(self.value("F1.:_common.._unit"), "rpm")
