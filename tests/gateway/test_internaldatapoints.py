"""The gateway's internal datapoints are created once, and follow their definition."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.gateway.internaldatapoints import ensure_datapoint
from oagw.model.dptypes import ElementType, TypeNode
from tests.systems.bench import EmbeddedTestCase


class InternalDatapointTests(EmbeddedTestCase):
    """In an embedded system."""

    def ensure(self, *elements: str) -> None:
        """A datapoint with these elements."""
        nodes = tuple(TypeNode(name, ElementType.INT) for name in elements)
        root = TypeNode("_Inner", ElementType.STRUCT, 0, nodes)
        work = ensure_datapoint(self.bench.system, "_inner", root)
        self.successResultOf(Deferred.fromCoroutine(work))

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
