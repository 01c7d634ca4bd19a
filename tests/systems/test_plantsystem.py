"""What a system with a plant in memory does unless it says otherwise.

What it answers from the plant is in the contracts of the embedded and the OPC UA system.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from oagw.errors import (
    DatapointNotFoundError,
    IllegalCallError,
    NamesRefusedError,
    NoArchivedValuesError,
)
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    ISystem,
    NewValue,
    PeriodRequest,
    QueryRequest,
    SetRequest,
)
from oagw.model.changes import CreateDatapoint, SystemFact
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.plant.plant import Plant
from oagw.query.parser import parse_query
from oagw.systems.plantsystem import PlantSystem
from tests.systems.bench import at_once, unsliced

VALUE = "Toy:One.:_original.._value"


class PlantSystemTests(SynchronousTestCase):
    """A plant with one datapoint, and nothing else."""

    timeout = 30

    def setUp(self) -> None:
        plant = Plant()
        float_type = build_type("Float", TypeNode("Float", ElementType.FLOAT), {})
        plant.add_type(float_type)
        plant.add_datapoint("One", float_type, 1)
        services = Services(Clock(), at_once, unsliced)
        self.system = PlantSystem("Toy", plant, None, services)

    def test_is_a_system(self) -> None:
        """It has all that the core asks for."""
        self.assertTrue(verifyObject(ISystem, self.system))
        self.assertEqual(self.successResultOf(self.system.get([VALUE])), [0.0])

    def test_values_cannot_be_set(self) -> None:
        """Each name of the set has the reason."""
        request = SetRequest([NewValue(VALUE, 1)], "anna")
        failure = self.failureResultOf(self.system.set(request, True), NamesRefusedError)
        self.assertIsInstance(failure.value.errors[VALUE], IllegalCallError)

    def test_datapoints_cannot_be_changed(self) -> None:
        """The error names the system."""
        done = self.system.change(CreateDatapoint("Two", "Float"))
        failure = self.failureResultOf(done, IllegalCallError)
        self.assertIn("Toy", failure.value.message)

    def test_values_of_the_past_are_unknown(self) -> None:
        """In a period and in a query; a name that does not exist is another error."""
        wrong = "Toy:Nope.:_original.._value"
        period = PeriodRequest([VALUE, wrong], 0, 1, 0, 9)
        found, errors = self.successResultOf(self.system.period(period))
        self.assertEqual(found, {})
        self.assertIsInstance(errors[VALUE], NoArchivedValuesError)
        self.assertIsInstance(errors[wrong], DatapointNotFoundError)
        query = parse_query("SELECT '_original.._value' FROM '*.' TIMERANGE(0,9,1,0)")
        done = self.system.query(QueryRequest(query, 9, 9))
        self.failureResultOf(done, NoArchivedValuesError)

    def test_questions_about_the_system(self) -> None:
        """It has no partner and no users."""
        inform = self.system.inform
        self.assertIs(self.successResultOf(inform(SystemFact.REDUNDANT, None)), False)
        self.assertIs(self.successResultOf(inform(SystemFact.REDU_ACTIVE, None)), True)
        self.failureResultOf(inform(SystemFact.USER_ID, "anna"), IllegalCallError)
