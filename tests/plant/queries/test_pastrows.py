"""Queries of the past: a row for each archived value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from twisted.internet.defer import Deferred
from zope.interface import implementer

from oagw.archives.archive import Archive
from oagw.errors import SyntaxFaultError
from oagw.interfaces.archives import IScan
from oagw.model.columns import Columns
from tests.plant.queries.bench import VALUE, QueriesTestCase
from tests.systems.bench import NOW_MS


@implementer(IScan)
class _OneByOne:
    """A scan whose pieces have one sample each."""

    def __init__(self, scan: IScan) -> None:
        self._scan = scan
        self._rest: list[Columns] = []
        self.read = 0
        self.is_closed = False

    def next(self) -> Deferred[Columns | None]:
        return Deferred.fromCoroutine(self._next())

    async def _next(self) -> Columns | None:
        if not self._rest:
            columns = await self._scan.next()
            if columns is None:
                return None
            self._rest = [columns.part(slice(at, at + 1)) for at in range(len(columns))]
        self.read += 1
        return self._rest.pop(0)

    def rewind(self) -> None:
        self._scan.rewind()

    def close(self) -> None:
        self.is_closed = True
        self._scan.close()


class PastTests(QueriesTestCase):
    """TIMERANGE: a row for each archived value."""

    def setUp(self) -> None:
        super().setUp()
        for second, values in enumerate(
            (
                {"F1.": 10, "F2.": 100, "valve_1.position": 5},
                {"F1.": 20, "valve_1.position": 6, "valve_1.open": False},
                {"F1.": 30, "valve_1.open": True},
                {"F1.": 40},
            )
        ):
            self.set(values, NOW_MS + second * 1000)

    def past(self, select: str, rest: str = "") -> list[Any]:
        """Rows of the two seconds in the middle; times are seconds from the first."""
        period = f"TIMERANGE({NOW_MS + 1000},{NOW_MS + 2000},1,0)"
        return [
            (row[0], (row[1] - NOW_MS) // 1000, *row[2:])
            for row in self.found(f"SELECT {select} {period} {rest}")
        ]

    def test_a_row_for_each_value(self) -> None:
        """By element, then by time; both ends are included."""
        self.assertEqual(
            self.past("'_online.._value','_original.._stime' FROM '*.**'"),
            [
                ("F1.", 1, 20.0, NOW_MS + 1000),
                ("F1.", 2, 30.0, NOW_MS + 2000),
                ("valve_1.open", 1, False, NOW_MS + 1000),
                ("valve_1.open", 2, True, NOW_MS + 2000),
                ("valve_1.position", 1, 6.0, NOW_MS + 1000),
            ],
        )

    def test_bonus_values(self) -> None:
        """As many before and after."""
        period = f"TIMERANGE({NOW_MS + 1000},{NOW_MS + 1000},1,1)"
        rows = self.found(f"SELECT ALL '_offline.._value' FROM 'F*' {period}")
        self.assertEqual(
            rows,
            [
                ("F1.", NOW_MS, 10.0),
                ("F1.", NOW_MS + 1000, 20.0),
                ("F1.", NOW_MS + 2000, 30.0),
                ("F2.", NOW_MS, 100.0),
            ],
        )

    def test_conditions_are_about_the_values_of_then(self) -> None:
        """Conditions on other configs and elements use the present values."""
        value = "'_original.._value' FROM 'F*' WHERE"
        for where, expected in (
            ("'_original.._value' > 20", [("F1.", 2, 30.0)]),
            ("'_original.._stime' < 1700000002000", [("F1.", 1, 20.0)]),
            ('_DP = "F2"', []),
            (
                "'_archive.._archive' == 1 AND '_original.._value' IN (30)",
                [("F1.", 2, 30.0)],
            ),
        ):
            self.assertEqual(self.past(f"{value} {where}"), expected, where)

    def test_conditions_on_elements_that_are_not_selected(self) -> None:
        """Groups too: the value of such an element at that time, if there was one."""
        select, source = "'.position:_online.._value'", "FROM 'valve_*' WHERE _DPT='Valve'"
        shut = "'.open:_offline.._value' == FALSE"
        self.assertEqual(self.past(f"{select} {source} AND {shut}"), [("valve_1", 1, 6.0)])
        self.assertEqual(self.past(f"{select} {source} AND NOT {shut}"), [])
        period = f"TIMERANGE({NOW_MS},{NOW_MS + 3000},1,0)"
        groups = f"SELECT MAX({select}) {source} GROUP BY '.open:_offline.._value' {period}"
        self.assertEqual(self.found(groups), [("", 5.0), ("False", 6.0)])
        for text in (
            f"SELECT '_online.._value' {source} AND {shut} {period}",
            f"SELECT {select} {source} AND '_online.._value' > 1 {period}",
            f"SELECT {select}, '_online.._stime' {source} {period}",
        ):
            with self.assertRaisesRegex(SyntaxFaultError, "or none of them"):
                self.found(text)

    def test_order_number_and_groups(self) -> None:
        """They work on the rows."""
        self.assertEqual(
            self.past("'_online.._value' FROM '*.**'", "SORT BY 0 DESC LAST 1"),
            [("F1.", 2, 30.0)],
        )
        self.assertEqual(
            self.past("'_online.._value' FROM '*.**'", "FIRST 1"), [("F1.", 1, 20.0)]
        )
        for order, expected in (("DESC", ("F1.", 2, 30.0)), ("ASC", ("F1.", 1, 20.0))):
            text = f"SORT BY '_online.._stime' {order} FIRST 1"
            self.assertEqual(self.past("'_online.._value' FROM '*.**'", text), [expected])
        period = f"TIMERANGE({NOW_MS},{NOW_MS + 3000},1,0)"
        text = f"SELECT MAX('_online.._value'),COUNT('_online.._value') FROM 'F*' {period}"
        self.assertEqual(
            self.found(f"{text} GROUP BY _DP"), [("F1", 40.0, 4), ("F2", 100.0, 1)]
        )

    def test_named_elements(self) -> None:
        """A row for each time at which one of them has a value."""
        self.assertEqual(
            self.past(
                "'.position:_online.._value','.open:_online.._value' FROM '*' "
                'WHERE _DPT = "Valve"'
            ),
            [("valve_1", 1, 6.0, False), ("valve_1", 2, None, True)],
        )
        self.assertEqual(
            self.past(
                "'.position:_online.._value','.open:_online.._value' FROM '*' "
                "WHERE _DPT = 'Valve' AND '.open' == 1 AND '.open:_archive.._archive'"
            ),
            [("valve_1", 2, None, True)],
        )
        # An element that was never archived had no value then.
        self.assertEqual(
            self.past(
                "'.open:_online.._value' FROM '*' "
                "WHERE _DPT = 'Valve' AND '.state.text' LIKE \"a*\""
            ),
            [],
        )

    def test_equal_times_of_named_elements_are_several_rows(self) -> None:
        """No value is lost."""
        self.set({"valve_1.open": False}, NOW_MS + 2000)
        self.assertEqual(
            self.past("'.open:_online.._value' FROM '*' WHERE _DPT = \"Valve\""),
            [("valve_1", 1, False), ("valve_1", 2, True), ("valve_1", 2, False)],
        )

    def test_values_are_read_in_pieces(self) -> None:
        """The rows are the same, however few values a piece has."""
        select = "'.position:_online.._value','.open:_online.._value' FROM '*' "
        texts = [
            "SELECT '_online.._value' FROM '*.**' TIMERANGE(0,9E12,1,0)",
            f"SELECT {select} WHERE _DPT = 'Valve' TIMERANGE(0,9E12,1,0)",
            "SELECT MAX('_online.._value') FROM 'F*' TIMERANGE(0,9E12,1,0) GROUP BY _DP",
        ]
        self.set({"valve_1.open": False}, NOW_MS + 2000)
        self.set({"valve_1.position": 8.0}, NOW_MS + 2000)
        whole = [self.query(text) for text in texts]
        self.assertEqual([len(rows) for rows in whole], [11, 4, 2])
        with _one_by_one():
            self.assertEqual([self.query(text) for text in texts], whole)

    def test_no_more_is_read_than_is_needed(self) -> None:
        """The first rows, and an error for too many values, end the reading."""
        text = f"{VALUE} 'F1.' TIMERANGE(0,{NOW_MS * 2},1,0)"
        with _one_by_one() as scans:
            self.assertEqual(len(self.query(f"{text} FIRST 2")), 2)
            self.query_error(text, max_values=2)
        self.assertEqual(
            [(one.read, one.is_closed) for one in scans], [(2, True), (3, True)]
        )

    def test_too_many_values_are_not_read(self) -> None:
        """The error says how to ask for less."""
        text = f"{VALUE} 'F1.' TIMERANGE(0,{NOW_MS * 2})"
        self.assertEqual(len(self.query(text, max_values=4)), 4)
        error = self.query_error(text, max_values=3)
        self.assertEqual(
            (error.code, "more than 3 archived values" in error.message), (51, True)
        )


@contextmanager
def _one_by_one() -> Iterator[list[_OneByOne]]:
    """All scans made during the block are such ones."""
    scans: list[_OneByOne] = []
    begin = Archive._begin

    def begun(archive: Archive, *period: int) -> IScan:
        scans.append(_OneByOne(begin(archive, *period)))
        return scans[-1]

    with patch.object(Archive, "_begin", begun):
        yield scans
