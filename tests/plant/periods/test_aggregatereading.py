"""Aggregates of the embedded system: each type, attributes, deleted elements."""

from __future__ import annotations

import random
from typing import Any

from oagw.aggregates.aggregate import AggregateArguments, read_aggregate
from oagw.interfaces.systems import PeriodRequest
from oagw.model.changes import (
    CreateDatapoint,
    DeleteDatapoint,
)
from oagw.model.samples import Sample
from oagw.model.status import NORMAL, OUT_PRANGE
from oagw.model.times import LAST, NS_PER_MS
from tests.systems.bench import NOW_MS, EmbeddedTestCase


class AggregateTests(EmbeddedTestCase):
    """Over four seconds that end now, in intervals of one or two."""

    timeout = 60

    def reduce(
        self,
        name: str,
        function: str | list[str],
        points: int = 2,
        config: str = "_offline",
    ) -> list[Any]:
        """The results for a name; read twice, they are the same."""
        first, end = (NOW_MS - 4000) * NS_PER_MS, NOW_MS * NS_PER_MS
        wanted = AggregateArguments(function, points=points, percent=50)
        aggregate = read_aggregate(wanted, first, end, None)
        full = self.full(name, config)
        request = PeriodRequest([full], first, end - 1, 0, 0, aggregate)
        readings, errors = self.successResultOf(self.bench.system.period(request))
        self.assertEqual(errors, {})
        reading = readings[full]
        passes: list[list[Any]] = []
        for _ in range(2):
            found: list[Any] = []
            while (series := self.successResultOf(reading.next())) is not None:
                found += series.value_list()
            passes.append(found)
            reading.rewind()
        reading.close()
        self.assertEqual(*passes)
        self.assertEqual(self.bench.archive._scans, set())
        return passes[0]

    def test_numbers_of_each_type(self) -> None:
        """Keep what they are; bools count as 0 and 1, times as ms."""
        values: dict[str, tuple[Any, Any, Any]] = {
            "b": (True, False, 0),
            "c": (9, 200, 9),
            "u": (2**32 - 1, 7, 7),
            "i": (-5, 5, -5),
            "w": (3, 1, 1),
            "w64": (2**63 + 1, 2**63, 2**63),
            "l": (-(2**60) - 1, 2**60, -(2**60) - 1),
            "ul": (2**64 - 1, 5, 5),
            "t": (NOW_MS + 7, NOW_MS, NOW_MS),
        }
        for name, (one, other, least) in values.items():
            with self.subTest(name):
                element = f"A.{name}"
                self.set({f"{element}:_archive.._archive": True})
                self.set({element: one}, NOW_MS - 3000)
                self.set({element: other}, NOW_MS - 2500)
                self.assertEqual(self.reduce(element, "min"), [least, None])
                found = self.reduce(element, ["first", "last", "count"])
                self.assertEqual(found, [[one, other, 2], [None, None, 0]])
                self.assertEqual(type(found[0][0]), type(one))
                [[mean], _] = self.reduce(element, ["mean"])
                self.assertEqual(mean, (float(one) + float(other)) / 2)
                self.assertEqual(self.reduce(element, "percentile")[0], least)

    def test_other_values(self) -> None:
        """Have a first and a last, as the wire has them."""
        for name, one, shown in (
            ("s", "x", "x"),
            ("x", "AAE=", "AAE="),
            ("df", [1.5, 2], [1.5, 2.0]),
            ("ls", {"en_US.utf8": "y"}, "y"),
            ("dt", [NOW_MS], [NOW_MS]),
        ):
            with self.subTest(name):
                self.set({f"A.{name}:_archive.._archive": True})
                self.set({f"A.{name}": one}, NOW_MS - 3000)
                found = self.reduce(f"A.{name}", ["first", "last", "count"])
                self.assertEqual(found, [[shown, shown, 1], [None, None, 0]])

    def test_a_substitute_value_is_good_online(self) -> None:
        """The original value is bad at the same time."""
        self.configure("K.", "_default", _value=7, _set_ibit=True)
        self.set({"K.": 1, "K.:_original.._aut_inv": True}, NOW_MS - 3000)
        for config, average in (("_offline", None), ("_original", None), ("_online", 7.0)):
            found = self.reduce("K.", "average", config=config)
            self.assertEqual(found, [average, average], config)

    def test_many_attributes_of_the_status(self) -> None:
        """The average of a bit is the share of time for which it is set."""
        self.set({"K.": 1}, NOW_MS - 4000)
        self.set({"K.": 1, "K.:_original.._userbit3": True}, NOW_MS - 3000)
        self.assertEqual(self.reduce("K.:_offline.._userbit3", "avg"), [0.5, 1.0])
        self.assertEqual(self.reduce("K.:_offline.._stime", "min")[0], NOW_MS - 4000)

    def test_elements_that_are_no_more(self) -> None:
        """Deleted elements with the same name are one series."""
        for value in (1.0, 2.0, 3.0):
            self.change(CreateDatapoint("G", "Float"))
            self.set({"G.:_archive.._archive": True})
            self.set({"G.": value}, NOW_MS - 4000 + round(value * 1000))
            self.change(DeleteDatapoint("G"))
        self.assertEqual(self.reduce("G.", "avg", 4), [None, 1.0, 2.0, 3.0])
        self.assertEqual(self.reduce("G.", "lttb", 3), [1.0, 2.0, 3.0])

    def test_many_intervals_come_in_pieces(self) -> None:
        """Their order is kept; a second reading starts from the beginning."""
        self.set({"K.": 1}, NOW_MS - 4000)
        self.set({"K.": 2}, NOW_MS - 1000)
        found = self.reduce("K.", "avg", 40_000)
        self.assertEqual(found, [1.0] * 30_000 + [2.0] * 10_000)

    def test_summaries_say_what_the_samples_do(self) -> None:
        """Minimum and maximum alone are what they are beside a function of all samples."""
        element = self.bench.system.plant.element("K", "", "")
        span = 4000 * NS_PER_MS
        start = NOW_MS * NS_PER_MS - span
        for seed in range(30):
            choose = random.Random(seed)
            self.successResultOf(self.bench.archive.delete(None, 0, LAST))
            count = choose.choice([0, 1, 50, 3000])
            times = sorted(start + choose.randint(-span // 9, span) for _ in range(count))
            rare = choose.choice([0, 0, 1 / 1000])
            samples = [
                (
                    element.number,
                    Sample(
                        choose.choice([choose.randint(-999, 999) / 8, 0.0]),
                        time,
                        OUT_PRANGE if choose.random() < rare else NORMAL,
                        1,
                    ),
                )
                for time in times
            ]
            self.successResultOf(self.bench.archive.append(samples, True))
            if choose.random() < 0.7:
                self.successResultOf(self.bench.archive.compact())
            points = choose.choice([1, 2, 7, 1000])
            alone = self.both("K.", ["min", "max"], points)
            beside, quality = self.both("K.", ["min", "max", "count"], points)
            self.assertEqual(alone, ([one[:2] for one in beside], quality), seed)

    def both(self, name: str, function: list[str], points: int) -> tuple[list[Any], Any]:
        """The results and their quality."""
        first, end = (NOW_MS - 4000) * NS_PER_MS, NOW_MS * NS_PER_MS
        aggregate = read_aggregate(
            AggregateArguments(function, points=points), first, end, None
        )
        full = self.full(name, "_offline")
        request = PeriodRequest([full], first, end - 1, 0, 0, aggregate)
        readings, _ = self.successResultOf(self.bench.system.period(request))
        found: list[Any] = []
        shares: list[float] = []
        while (series := self.successResultOf(readings[full].next())) is not None:
            found += series.value_list()
            assert series.quality is not None
            shares += series.quality.tolist()
        readings[full].close()
        return found, shares
