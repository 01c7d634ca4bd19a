"""Which aggregates the archive may answer from its summaries."""

from __future__ import annotations

from oagw.aggregates.aggregate import AggregateArguments, read_aggregate
from oagw.model.times import NS_PER_MS
from oagw.plant.cells import Cells
from oagw.plant.periods.intervalextremes import are_extremes
from tests.systems.bench import NOW_MS, EmbeddedTestCase


class ExtremesTests(EmbeddedTestCase):
    """Extremes of attributes of the small plant."""

    def test_extremes_of_archived_numbers(self) -> None:
        """Texts, online values and other functions have none."""
        cells = Cells(self.bench.system.plant)
        first, end = (NOW_MS - 4000) * NS_PER_MS, NOW_MS * NS_PER_MS
        for functions, name, config, expected in (
            (["min", "max"], "K.", "_offline", True),
            (["min"], "K.", "_original", True),
            (["min", "avg"], "K.", "_offline", False),
            (["min"], "K.", "_online", False),
            (["max"], "A.s", "_offline", False),
        ):
            wanted = AggregateArguments(functions, points=2)
            aggregate = read_aggregate(wanted, first, end, None)
            cell = cells.find(self.full(name, config))
            found = are_extremes(cell, aggregate)
            self.assertEqual(found, expected, (functions, name, config))
