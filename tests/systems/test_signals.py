"""Signals are pure functions of time, or of the last value, within their bounds."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.quantities import duration
from oagw.model.dptypes import ElementType
from oagw.systems.embedded.signals import Signal, SignalError, parse_signal

#: What is no signal, and a part of what the error says.
BAD = [
    ("", "there are"),
    ("   ", "there are"),
    ("sinus", "'sinus' is no signal; there are sine"),
    ("sine low=5", "'low=5' is no parameter of sine; it has every, max, min"),
    ("sine min", "'min' is no parameter"),
    ("sine min=", "sine min="),
    ("sine min=low", "low"),
    ("sine min=nan", "min"),
    ("sine max=inf", "max"),
    ("counter max=inf", "max"),
    ("counter step=1e999", "step"),
    ("sine period=0", "period must be positive"),
    ("sine period=5", "duration"),
    ("sine every=1ms", "every must be at least 10 ms"),
    ("walk period=5s", "is no parameter of walk"),
    ("square duty=much", "much"),
]

_PIECES = [
    *("sine", "walk", "counter", "cycle", "min=", "max=", "9e999", "-1", "nan"),
    *("period=", "0s", "1e5", "every=", "step=", "values=", "=", ",", " "),
]
_times = st.floats(0, 4e9)


def read(text: str) -> Signal:
    return parse_signal(text, duration)


class ParseTests(SynchronousTestCase):
    """Signals as the configuration has them."""

    timeout = 30

    def test_durations_may_have_any_unit(self) -> None:
        """The pace is in seconds afterwards, one second if nothing is said."""
        self.assertEqual(read("sine every=5s").every, 5)
        self.assertEqual(read("sine every=10ms period=1min").every, 0.01)
        self.assertEqual(read("walk min=1 max=2").every, 1)

    def test_errors_say_what_would_be_right(self) -> None:
        """Whatever is wrong ends in one line for the user."""
        for text, wrong in BAD:
            with self.subTest(text):
                with self.assertRaises(SignalError) as caught:
                    read(text)
                self.assertIn(wrong, str(caught.exception))
                self.assertNotIn("\n", str(caught.exception))

    def test_a_shape_must_fit_the_element(self) -> None:
        """A sine cannot drive a text, a cycle no number."""
        for text, kind in (
            ("sine", ElementType.STRING),
            ("sine", ElementType.BOOL),
            ("square", ElementType.FLOAT),
            ("cycle", ElementType.INT),
            ("counter", ElementType.BLOB),
        ):
            with self.subTest(text):
                with self.assertRaises(SignalError) as caught:
                    read(text).function("Pump1.x", kind)
                self.assertIn(kind.keyword, str(caught.exception))

    def test_bounds_from_elsewhere_must_be_numbers(self) -> None:
        """The range of an element may have no end; that is refused like all else."""
        for bound in ("inf", "-inf", "nan"):
            for kind in (ElementType.FLOAT, ElementType.INT):
                with self.subTest(f"{bound} {kind}"):
                    signal = read("walk").with_parameters({"max": bound})
                    with self.assertRaises(SignalError) as caught:
                        signal.function("x", kind)
                    self.assertIn("max must be a finite number", str(caught.exception))

    @given(
        st.lists(
            st.sampled_from(_PIECES),
            max_size=8,
        ).map("".join)
    )
    @example("counter max=inf")
    @settings(deadline=None)
    def test_any_text_is_a_signal_or_refused(self, text: str) -> None:
        """Nothing in a configuration ends in a traceback."""
        try:
            signal = read(text)
        except SignalError as error:
            self.assertTrue(str(error))
        else:
            self.assertGreater(signal.every, 0)


class ShapeTests(SynchronousTestCase):
    """What the shapes do."""

    timeout = 30

    def values(self, text: str, kind: ElementType, times: list[float]) -> list[object]:
        signal = read(text).function("", kind)
        last: object = 0
        found = []
        for time in times:
            last = signal(time, last)
            found.append(last)
        return found

    def test_a_sine_swings_between_its_bounds(self) -> None:
        """It is in the middle at first, then at the top, the middle and the bottom."""
        found = self.values(
            "sine min=10 max=20 period=4s phase=0", ElementType.FLOAT, [0, 1, 2, 3, 4]
        )
        self.assertEqual(found, [15.0, 20.0, 15.0, 10.0, 15.0])

    def test_a_ramp_rises_and_falls_back(self) -> None:
        """Each period begins at the bottom."""
        found = self.values(
            "ramp min=0 max=8 period=4s phase=0", ElementType.FLOAT, [0, 1, 3, 4, 5]
        )
        self.assertEqual(found, [0.0, 2.0, 6.0, 0.0, 2.0])

    def test_a_square_is_on_for_its_duty(self) -> None:
        """It is true in the first part of each period."""
        found = self.values(
            "square period=4s duty=0.5 phase=0", ElementType.BOOL, [0, 1, 2, 3, 4]
        )
        self.assertEqual(found, [True, True, False, False, True])

    def test_a_counter_starts_again_after_its_limit(self) -> None:
        """It goes on from the last value."""
        found = self.values("counter step=2 max=5", ElementType.INT, [0, 1, 2, 3])
        self.assertEqual(found, [2, 4, 0, 2])

    def test_a_cycle_shows_its_values_in_turn(self) -> None:
        """Each has the same part of the period."""
        found = self.values(
            "cycle values=a,b period=4s phase=0", ElementType.STRING, [0, 1, 2, 3, 4]
        )
        self.assertEqual(found, ["a", "a", "b", "b", "a"])

    def test_elements_are_out_of_phase(self) -> None:
        """Without a phase of its own an element has one that comes from its name."""
        signal = read("sine period=60s")
        found = {signal.function(f"p{n}", ElementType.FLOAT)(0, 0) for n in range(20)}
        self.assertGreater(len(found), 10)

    def test_whole_types_get_whole_numbers(self) -> None:
        """An integer element is driven with rounded values."""
        signal = read("sine min=0 max=10 period=7s").function("x", ElementType.INT)
        for time in range(20):
            self.assertIsInstance(signal(time, 0), int)

    @given(st.lists(_times, min_size=1, max_size=20), st.sampled_from(["sine", "ramp"]))
    @settings(deadline=None)
    def test_waves_stay_within_their_bounds(self, times: list[float], shape: str) -> None:
        """At any time, and equally for the same time."""
        signal = read(f"{shape} min=-3 max=7 period=13s").function("x", ElementType.FLOAT)
        for time in times:
            value = signal(time, 0)
            assert isinstance(value, float)
            self.assertTrue(-3 <= value <= 7)
            self.assertEqual(signal(time, 99), value)

    @given(st.floats(-1e6, 1e6), st.integers(1, 50))
    @settings(deadline=None)
    def test_a_walk_takes_small_steps_within_its_bounds(
        self, start: float, count: int
    ) -> None:
        """From outside it comes in; from inside no step is larger than said."""
        signal = read("walk min=2 max=8 step=0.5").function("x", ElementType.FLOAT)
        last = start
        for _ in range(count):
            value = signal(0, last)
            assert isinstance(value, float)
            self.assertTrue(2 <= value <= 8)
            if 2 <= last <= 8:
                self.assertLessEqual(abs(value - last), 0.501)
            last = value
