"""Values of attributes from columns of samples."""

from __future__ import annotations

from oagw.model import status
from oagw.model.columns import columns
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_MS
from oagw.plant.cells import Cells
from oagw.plant.periods.attributecolumns import (
    has_numbers,
    is_kept_number,
    numbers,
    piece,
    values,
)
from tests.systems.bench import EmbeddedTestCase

_BAD = status.NORMAL | status.AUT_INV
_SAMPLES = [
    Sample(1.5, 1 * NS_PER_MS, status.NORMAL, 0),
    Sample(2.5, 2 * NS_PER_MS, _BAD, 0),
]


class AttributeColumnsTests(EmbeddedTestCase):
    """Columns of two samples of a float, the second of which is invalid."""

    def setUp(self) -> None:
        super().setUp()
        self.cells = Cells(self.bench.system.plant)
        self.columns = columns(_SAMPLES)

    def test_archived_numbers_are_not_copied_one_by_one(self) -> None:
        """Values and source times are; what follows from the status is a list."""
        value = self.cells.find(self.full("K.", "_offline"))
        stime = self.cells.find("System1:K.:_offline.._stime")
        invalid = self.cells.find("System1:K.:_offline.._invalid")
        found = numbers(value, self.columns)
        assert found is not None
        self.assertEqual(list(found.tolist()), [1.5, 2.5])
        found = numbers(stime, self.columns)
        assert found is not None
        self.assertEqual(list(found.tolist()), [1, 2])
        self.assertIsNone(numbers(invalid, self.columns))
        self.assertEqual(values(invalid, self.columns), [False, True])

    def test_which_attributes_have_numbers(self) -> None:
        """A text has none; a time is a number on the wire, but not the archived one."""
        for name, expected in (
            ("K.", (True, True)),
            ("A.s", (False, False)),
            ("A.t", (True, False)),
        ):
            cell = self.cells.find(self.full(name, "_offline"))
            self.assertEqual((has_numbers(cell), is_kept_number(cell)), expected, name)

    def test_invalid_values_are_not_good(self) -> None:
        """Other attributes of an invalid value are."""
        value = self.cells.find(self.full("K.", "_offline"))
        stime = self.cells.find("System1:K.:_offline.._stime")
        self.assertEqual(piece(value, self.columns).good.tolist(), [True, False])
        self.assertEqual(piece(stime, self.columns).good.tolist(), [True, True])
