"""The gateway's internal datapoints are created once, and follow their definition."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.config.plantfile import PlantFileError, parse_plant
from oagw.errors import DatapointExistsError
from oagw.gateway.internaldatapoints import check_plant_file, ensure_datapoint
from oagw.model.dptypes import ElementType, TypeNode
from tests.systems.bench import EmbeddedTestCase


class InternalDatapointTests(EmbeddedTestCase):
    """In an embedded system."""

    def ensured(self, *elements: str, name: str = "_inner") -> Deferred[None]:
        """Ensure a datapoint with these elements."""
        nodes = tuple(TypeNode(name, ElementType.INT) for name in elements)
        root = TypeNode("_Inner", ElementType.STRUCT, 0, nodes)
        return Deferred.fromCoroutine(ensure_datapoint(self.bench.system, name, root))

    def ensure(self, *elements: str) -> None:
        """A datapoint with these elements."""
        self.successResultOf(self.ensured(*elements))

    def test_it_follows_the_definition(self) -> None:
        """Values of elements that stay are kept; an equal definition changes nothing."""
        self.ensure("a", "b")
        self.set({"_inner.a": 5})
        self.events.clear()
        self.ensure("a", "b")
        self.assertEqual(self.events, [])
        self.ensure("a", "c")
        self.assertEqual(self.value("_inner.a"), 5)
        self.assertEqual(self.value("_inner.c"), 0)
        self.assertEqual(self.error("_inner.b"), 8)

    def test_a_datapoint_of_another_type_is_kept(self) -> None:
        """The error names it, its type and the way out; no type is created."""
        error = self.failureResultOf(self.ensured("a", name="F1"), DatapointExistsError)
        self.assertIn("'F1'", str(error.value))
        self.assertIn("the type 'Float' has it; rename or delete", str(error.value))
        self.assertNotIn("_Inner", self.bench.system.plant.types)

    def test_plant_files_cannot_declare_them(self) -> None:
        """Neither the type nor the datapoint; other names may begin with an underscore."""
        check_plant_file(parse_plant('[types]\n_Own = "float"\n'))
        for text, place in (
            ('[types]\n_OagwStatus = "float"\n', "types._OagwStatus: "),
            (
                '[types]\nFloat = "float"\n[datapoints]\nFloat = ["_oagw_status"]\n',
                "datapoints.Float: '_oagw_status': ",
            ),
            ('[types]\n_Oagw = "float"\n', "types._Oagw: "),
        ):
            with self.assertRaises(PlantFileError) as refused:
                check_plant_file(parse_plant(text))
            self.assertEqual(
                str(refused.exception),
                f"{place}the gateway creates this itself; remove it here, or use another "
                "name",
            )
