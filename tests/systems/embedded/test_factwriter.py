"""Each kind of fact can be written, and is read at the next start."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from oagw.model import status
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.samples import Sample
from oagw.plant.element import Datapoint
from oagw.plant.facts import (
    ConfigsChanged,
    DatapointDeleted,
    DatapointRenamed,
    DatapointRow,
    DatapointsCreated,
    DeletedRow,
    ElementsDeleted,
    HistoryKept,
    PlantFact,
    PresentConfigs,
    PresentValues,
    SectionKept,
    TypeDefined,
    TypeDeleted,
    UserNumbered,
)
from oagw.plant.plant import Plant
from oagw.systems.embedded.factwriter import write_fact
from oagw.systems.embedded.systemstore import SystemStore
from tests.clocks import SetClock
from tests.systems.bench import at_once

_ROOT = TypeNode("Float", ElementType.FLOAT)
_FLOAT = build_type("Float", _ROOT, {"Float": _ROOT})


class FactWriterTests(SynchronousTestCase):
    """Facts go into a store, and a second store loads a plant from the file."""

    timeout = 20

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.written = Datapoint("A", _FLOAT, 1)
        [self.element] = self.written.elements

    def store(self, *facts: PlantFact) -> None:
        """Write facts to the file."""
        store = SystemStore(self.path, SetClock(), at_once)
        store.add(facts)
        self.successResultOf(store.flushed())
        store.close()

    def load(self) -> tuple[Plant, dict[str, int], list[tuple[str, str]]]:
        """Plant, users and sections as the next start finds them."""
        store = SystemStore(self.path, SetClock(), at_once)
        plant = Plant()
        users = store.load(plant)
        sections = store.kept_sections()
        store.close()
        return plant, users, sections

    def begin(self) -> None:
        """A datapoint A with a config and a value."""
        self.store(
            TypeDefined(_FLOAT),
            DatapointsCreated([DatapointRow(1, "A", "Float", 101)]),
            ConfigsChanged([(self.element.number, "_archive", {"_archive": True})]),
            (self.element.number, Sample(1.5, 7, status.NORMAL, 0)),
        )

    def test_every_kind_of_fact_has_its_statement(self) -> None:
        """The store does not write what is not a fact."""
        kinds = [one for one in get_args(PlantFact) if isinstance(one, type)]
        self.assertEqual(len(kinds), 12)
        for kind in kinds:
            self.assertIsNot(write_fact.dispatch(kind), write_fact.dispatch(object), kind)
        connection = sqlite3.connect(":memory:")
        self.addCleanup(connection.close)
        self.assertRaises(TypeError, write_fact, object(), connection)

    def test_what_is_created_is_there(self) -> None:
        """Type, datapoint, config and value."""
        self.begin()
        plant, _, _ = self.load()
        [element] = plant.datapoints["A"].elements
        self.assertEqual((element.sample.value, element.archived), (1.5, True))
        self.assertEqual(plant.datapoints["A"].dp_id, 101)

    def test_renamed_and_deleted(self) -> None:
        """A deleted datapoint leaves its history."""
        self.begin()
        self.store(DatapointRenamed(1, "B"))
        self.assertEqual(list(self.load()[0].datapoints), ["B"])
        number = self.element.number
        self.store(
            DatapointDeleted(1),
            ElementsDeleted([number]),
            HistoryKept([DeletedRow(number, "B.", ElementType.FLOAT)]),
            TypeDeleted("Float"),
        )
        plant, _, _ = self.load()
        self.assertEqual((plant.datapoints, plant.types), ({}, {}))
        self.assertEqual(plant.deleted, {"B.": [(number, ElementType.FLOAT)]})

    def test_a_config_without_attributes_is_deleted(self) -> None:
        """Others of the same fact are written."""
        self.begin()
        number = self.element.number
        rows = [(number, "_archive", {}), (number, "_common", {"_alias": "pump"})]
        self.store(ConfigsChanged(rows))
        plant, _, _ = self.load()
        [element] = plant.datapoints["A"].elements
        self.assertEqual(element.configs, {"_common": {"_alias": "pump"}})
        self.assertIs(plant.aliases["pump"], element)

    def test_present_facts_are_read_when_they_are_written(self) -> None:
        """Not when they are added."""
        self.begin()
        facts = (
            PresentValues([self.element]),
            PresentConfigs([(self.element, "_archive"), (self.element, "_common")]),
        )
        self.element.sample = Sample(9.5, 8, status.NORMAL, 0)
        self.element.change_config("_common", {"_alias": "late"})
        self.store(*facts)
        [element] = self.load()[0].datapoints["A"].elements
        self.assertEqual(element.sample.value, 9.5)
        self.assertEqual(element.configs, {"_common": {"_alias": "late"}})

    def test_users_and_sections(self) -> None:
        """A fact that is written twice is there once."""
        for _ in range(2):
            self.store(UserNumbered(4, "anna"), SectionKept("CNS", "# CNS\n"))
        _, users, sections = self.load()
        self.assertEqual(users, {"root": 0, "anna": 4})
        self.assertEqual(sections, [("CNS", "# CNS\n")])
