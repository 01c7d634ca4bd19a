"""The system clock is set while the gateway runs: values go on, and have the new time."""

from __future__ import annotations

from typing import Any

from oagw.plant.servertime import ServerTime
from tests.systems.bench import NOW_MS, EmbeddedTestCase
from tests.systems.embedded.test_simulation import SimulationTestCase

HOUR = 3600
HOUR_MS = HOUR * 1000


class SetBackTests(EmbeddedTestCase):
    """By an hour, after values were set."""

    def setUp(self) -> None:
        super().setUp()
        self.set({"F1.": 1, "K.": 1})
        self.later(10)
        self.set({"F1.": 2, "K.": 2})
        self.later(1)

    def set_back(self) -> None:
        self.bench.clock.set(-HOUR)

    def test_a_set_has_the_new_time(self) -> None:
        """It is the present value at once, is archived, and is not a correction."""
        watched = [self.full("F1.", "_online"), self.full("F1.:_online.._stime")]
        self.successResultOf(self.bench.system.watch(watched))
        self.set_back()
        self.set({"F1.": 3, "K.": 3})
        now = NOW_MS + 11_000 - HOUR_MS
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [3.0, now])
        self.assertEqual(self.value("K.:_original.._corr"), False)
        self.assertEqual([list(one.values()) for one in self.changes], [[3.0, now]])
        self.assertEqual(
            self.history("K."), [(now, 3.0), (NOW_MS, 1.0), (NOW_MS + 10_000, 2.0)]
        )
        self.later(1)
        self.set({"F1.": 4})
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [4.0, now + 1000])

    def test_a_correction_stays_one(self) -> None:
        """A client that gives a time means that time."""
        self.set_back()
        self.set({"K.": 9}, NOW_MS + 5000)
        self.assertEqual(self.value("K."), 2.0)
        self.assertEqual(self.history("K.")[1], (NOW_MS + 5000, 9.0))

    def test_a_clock_that_was_put_right_while_the_gateway_was_off(self) -> None:
        """Source times ahead of the clock do not affect sets after the start."""
        self.bench.clock.set(HOUR)
        self.set({"F1.": 3})
        self.set_back()
        self.reopen()
        self.set({"F1.": 4})
        stime = self.value("F1.:_online.._stime")
        self.assertEqual((self.value("F1."), stime), (4.0, NOW_MS + 11_000))

    def test_a_client_whose_clock_is_fast(self) -> None:
        """By some seconds: the time does not go back, and the newest value is the last."""
        self.set({"F1.": 3}, NOW_MS + 16_000)
        self.set({"F1.": 4})
        stime = self.value("F1.:_online.._stime")
        self.assertEqual((self.value("F1."), stime), (4.0, NOW_MS + 16_000))

    def test_smoothing_by_time_begins_anew(self) -> None:
        """Smoothing of value and archive would otherwise wait for the former hour."""
        self.configure("F1.", "_smooth", _std_type=1, _std_time=60_000)
        self.configure("K.", "_archive", _1__std_type=1, _1__std_time=60_000)
        self.set({"K.": 3})
        self.set_back()
        for value in (4, 5):
            self.set({"F1.": value, "K.": value})
            self.later(1)
        self.assertEqual(self.value("F1."), 4.0)
        kept = [value for _, value in self.history("K.")]
        self.assertEqual(kept, [4.0, 1.0, 2.0, 3.0])

    def test_a_function_has_the_new_time(self) -> None:
        """That of the parameter that was set; those before were ahead."""
        self.set({"A.f:_dp_fct.._type": 60, "A.f:_dp_fct.._fct": "p1 + p2"})
        names = ["F1.:_online.._value", "F2.:_online.._value"]
        self.set({"F2.": 10})
        self.set({"A.f:_dp_fct.._param": names})
        self.assertEqual(self.value("A.f:_online.._stime"), NOW_MS + 11_000)
        self.set_back()
        self.set({"F1.": 5})
        found = self.get("A.f", "A.f:_online.._stime")
        self.assertEqual(found, [15.0, NOW_MS + 11_000 - HOUR_MS])

    def test_set_forward(self) -> None:
        """The clock behaves as if time had passed."""
        self.bench.clock.set(HOUR)
        self.set({"F1.": 3})
        found = self.get("F1.", "F1.:_online.._stime")
        self.assertEqual(found, [3.0, NOW_MS + 11_000 + HOUR_MS])


class SimulatedTests(SimulationTestCase):
    """Simulated values go on at their pace."""

    def test_back_and_forward(self) -> None:
        """A value each second, with the time that it is then."""
        self.simulation(F1="counter").start()
        self.advance(3)
        expected = 3
        passed = 3
        for jump in (-HOUR, 5 * HOUR, -30 * HOUR, 0.5, -0.5):
            self.bench.clock.set(jump)
            self.advance(3)
            expected += 3
            passed += 3
            now = NOW_MS + passed * 1000 + int(self.bench.clock.shift * 1000)
            found = self.get("F1.", "F1.:_online.._stime")
            self.assertEqual(found, [float(expected), now], jump)


class ServerTimeTests(EmbeddedTestCase):
    """The times alone."""

    def test_what_is_wrong(self) -> None:
        """What this clock has shown and is later than now, or is far ahead."""
        times: list[Any] = [1000.0]
        time = ServerTime(lambda: times[-1])
        second = 10**9
        time.now()
        times.append(500.0)
        now = time.now()
        for seconds, wrong in (
            (400, False),
            (500, False),
            (501, True),
            (1000, True),
            (1001, True),
            (10**6, True),
        ):
            self.assertIs(time.is_wrong(seconds * second, now), wrong, seconds)
        times.append(1000.0)
        now = time.now()
        for seconds, wrong in ((1000, False), (1060, False), (1061, True)):
            self.assertIs(time.is_wrong(seconds * second, now), wrong, seconds)
        self.assertEqual(time.newest([0, 900 * second, 1030 * second]), 1030 * second)
        self.assertEqual(time.newest([0, 900 * second, 2000 * second]), 900 * second)
        self.assertEqual(time.newest([2000 * second]), now)
