"""Ranges, substitute values and smoothing: what becomes of a value."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import (
    InactiveElementError,
    OagwError,
    ValueBelowRangeError,
    ValueOutOfRangeError,
)
from oagw.model import status
from oagw.model.behaviour import (
    Behaviour,
    behaviour_of,
    check_edit,
    is_smoothed,
    judged_anew,
    next_sample,
    online_value,
)
from oagw.model.configs.declarations import Edit
from oagw.model.samples import Sample
from oagw.model.times import NS_PER_S
from oagw.model.values import Value

BELOW, OUT = ValueBelowRangeError, ValueOutOfRangeError


def behaviour(**configs: Mapping[str, Value]) -> Behaviour | None:
    """The behaviour by configs, without their underscore: ``pv_range={"_min": 1}``."""
    return behaviour_of(lambda name: configs.get(name[1:], {}))


def some(**configs: Mapping[str, Value]) -> Behaviour:
    found = behaviour(**configs)
    assert found is not None, configs
    return found


class RangeTests(SynchronousTestCase):
    """What a range lets in."""

    timeout = 30

    def verdicts(self, config: Mapping[str, Value], *values: Value) -> list[object]:
        pv_range = some(pv_range=config).pv_range
        assert pv_range is not None
        return [pv_range.verdict(value) for value in values]

    def test_bounds_are_inside_unless_they_are_excluded(self) -> None:
        """Below is error 29, above 30; each bound is inclusive or exclusive on its own."""
        for config, expected in (
            ({}, [BELOW, None, None, None, OUT]),
            ({"_incl_min": False}, [BELOW, BELOW, None, None, OUT]),
            ({"_incl_max": False}, [BELOW, None, None, OUT, OUT]),
            ({"_incl_min": False, "_incl_max": False}, [BELOW, BELOW, None, OUT, OUT]),
        ):
            found = self.verdicts({"_min": 1, "_max": 3, **config}, 0, 1, 2, 3, 4)
            self.assertEqual(found, expected, config)

    def test_one_bound_is_enough(self) -> None:
        """The other side is open."""
        self.assertEqual(self.verdicts({"_min": 1}, 0, 1, 10**9), [BELOW, None, None])
        self.assertEqual(self.verdicts({"_max": 1.5}, -1e9, 1.5, 2.0), [None, None, OUT])

    def test_a_negated_range_lets_in_what_is_outside(self) -> None:
        """Also of a set and of a pattern."""
        negated = {"_neg": True}
        self.assertEqual(
            self.verdicts({"_min": 1, "_max": 3, **negated}, 0, 1, 3, 4),
            [None, OUT, OUT, None],
        )
        self.assertEqual(
            self.verdicts({"_type": 8, "_set": (1, 2), **negated}, 1, 3), [OUT, None]
        )
        self.assertEqual(
            self.verdicts({"_type": 64, "_match": "a*", **negated}, "ab", "b"), [OUT, None]
        )

    def test_a_set_lets_in_its_members(self) -> None:
        """The same for numbers and texts; a value outside the set is error 30."""
        config: dict[str, Value] = {"_type": 8, "_set": (1, 5, 7)}
        self.assertEqual(self.verdicts(config, 1, 5, 7, 6), [None, None, None, OUT])
        texts: dict[str, Value] = {"_type": 8, "_set": ("on", "off")}
        self.assertEqual(self.verdicts(texts, "on", "ON"), [None, OUT])
        self.assertEqual(self.verdicts({"_type": 8, "_set": ()}, 1), [OUT])

    def test_a_pattern_lets_in_what_matches(self) -> None:
        """A star is any number of characters, a question mark one."""
        config: dict[str, Value] = {"_type": 64, "_match": "P?mp*"}
        self.assertEqual(
            self.verdicts(config, "Pump", "Pomp 1", "Pmp", "xPump"), [None, None, OUT, OUT]
        )

    def test_without_bounds_there_is_no_range(self) -> None:
        """Also if it is negated, or of a kind whose set or pattern is not set yet."""
        for config in (
            {},
            {"_type": 7},
            {"_neg": True},
            {"_type": 8},
            {"_type": 8, "_min": 1},
            {"_type": 64, "_neg": True},
            {"_incl_min": False},
        ):
            self.assertIsNone(behaviour(pv_range=config), config)

    def test_texts_and_lists_have_no_bounds(self) -> None:
        """A text is neither above nor below; a list is in no range at all."""
        values: tuple[Value, ...] = ("z", b"z", (9, 9), {"en": "z"})
        for config in (
            {"_min": 1, "_max": 3},
            {"_min": 1, "_max": 3, "_neg": True},
            {"_min": "a", "_max": "b"},
        ):
            self.assertEqual(self.verdicts(config, *values), [None] * 4, config)
        self.assertEqual(self.verdicts({"_type": 8, "_set": (1,)}, (1, 2)), [None])

    def test_a_value_outside_is_refused_unless_it_is_to_be_flagged(self) -> None:
        """``_ignor_inv`` says so: without a word on it the value is refused."""
        for config, refused in (
            ({}, True),
            ({"_ignor_inv": True}, True),
            ({"_ignor_inv": False}, False),
        ):
            found = some(pv_range={"_max": 1, **config})
            if refused:
                with self.assertRaises(ValueOutOfRangeError) as caught:
                    found.check(2)
                self.assertIn("- to 1", caught.exception.message)
            else:
                found.check(2)
            self.assertTrue(found.judged(2, status.NORMAL) & status.OUT_PRANGE)
            self.assertFalse(found.judged(1, status.NORMAL) & status.OUT_PRANGE)

    def test_the_user_range_only_flags(self) -> None:
        """A value that is in none of the ranges has ``_out_range``, and is not bad."""
        config: dict[str, Value] = {
            "1._type": 4,
            "1._min": 0,
            "1._max": 1,
            "2._type": 3,
            "2._set": (5,),
        }
        found = some(u_range=config)
        for value, outside in ((0, False), (1, False), (5, False), (2, True)):
            found.check(value)
            bits = found.judged(value, status.NORMAL)
            self.assertEqual(bool(bits & status.OUT_RANGE), outside, value)
            self.assertFalse(status.is_bad(bits), value)
        plain = some(u_range={"_min": 3})
        self.assertTrue(plain.judged(2, status.NORMAL) & status.OUT_RANGE)


class SubstituteTests(SynchronousTestCase):
    """Substitute values and the bits that go with them."""

    timeout = 30

    def test_without_a_substitute_value_it_would_be_bad(self) -> None:
        """``_default_bad`` says that none is there, or that it is out of the range."""
        for configs, bad in (
            ({"pv_range": {"_max": 9}}, True),
            ({"default": {"_value": 5}}, False),
            ({"default": {"_value": 5}, "pv_range": {"_max": 9}}, False),
            ({"default": {"_value": 15}, "pv_range": {"_max": 9}}, True),
        ):
            bits = some(**configs).judged(1, status.NORMAL)
            self.assertEqual(bool(bits & status.DEFAULT_BAD), bad, configs)

    def test_it_comes_into_force_by_itself(self) -> None:
        """For an invalid value with ``_set_ibit``, out of range with ``_set_pvrange``."""
        ranged: dict[str, Value] = {"_max": 9, "_ignor_inv": False}
        invalid = status.NORMAL | status.AUT_INV
        for default, value, bits, active in (
            ({"_set_ibit": True}, 1, invalid, True),
            ({"_set_ibit": True}, 1, status.NORMAL, False),
            ({"_set_ibit": True}, 10, status.NORMAL, False),
            ({"_set_pvrange": True}, 10, status.NORMAL, True),
            ({"_set_pvrange": True}, 1, invalid, False),
            ({}, 10, invalid, False),
        ):
            found = some(default={"_value": 5, **default}, pv_range=ranged)
            judged = found.judged(value, bits)
            case = (default, value, bits)
            self.assertEqual(bool(judged & status.AUT_DEFAULT), active, case)
            shown = online_value(Sample(value, 0, judged, 0), found)
            self.assertEqual(shown, 5 if active else value, case)

    def test_by_hand_it_stays_in_force_until_it_is_taken_back(self) -> None:
        """New values do not end it; they are the original ones."""
        found = some(default={"_value": 5})
        sample = Sample(1, 1, found.judged(1, status.NORMAL), 0)
        sample = next_sample(sample, Edit(set_bits=status.EXP_DEFAULT), 2, 0, found)
        sample = next_sample(sample, Edit(value=2, has_value=True), 3, 0, found)
        self.assertEqual((sample.value, online_value(sample, found)), (2, 5))
        self.assertFalse(status.is_online_bad(sample.status))
        sample = next_sample(sample, Edit(clear_bits=status.EXP_DEFAULT), 4, 0, found)
        self.assertEqual(online_value(sample, found), 2)

    def test_it_ends_with_its_config(self) -> None:
        """No status bit shows a substitute value that has ended."""
        bits = status.ACTIVE | status.EXP_DEFAULT | status.AUT_DEFAULT
        sample = Sample(1, 1, bits, 0)
        self.assertEqual(judged_anew(sample, None), status.NORMAL)
        ranged = some(pv_range={"_max": 9})
        self.assertEqual(judged_anew(sample, ranged), status.NORMAL)
        still = some(default={"_value": 5})
        self.assertEqual(judged_anew(sample, still), status.ACTIVE | status.EXP_DEFAULT)


class EditTests(SynchronousTestCase):
    """What an edit makes of the present sample."""

    timeout = 30

    def test_a_new_value_has_a_clean_status(self) -> None:
        """Only the userbits stay, and what the edit itself says."""
        dirty = status.AUT_INV | status.EXP_DEFAULT | status.userbit(5)
        present = Sample(1, 1, status.NORMAL | dirty, 0)
        edit = Edit(value=2, has_value=True, set_bits=status.userbit(6))
        self.assertEqual(
            next_sample(present, edit, 2, 7, None),
            Sample(2, 2, status.NORMAL | status.userbit(5) | status.userbit(6), 7),
        )

    def test_a_bit_alone_leaves_value_and_other_bits(self) -> None:
        """Time and user are those of the set."""
        present = Sample(1, 1, status.NORMAL | status.AUT_INV, 0)
        edit = Edit(set_bits=status.userbit(1))
        self.assertEqual(
            next_sample(present, edit, 2, 7, None),
            Sample(1, 2, status.NORMAL | status.AUT_INV | status.userbit(1), 7),
        )

    def test_an_inactive_element_takes_no_value(self) -> None:
        """Error 41, unless the edit switches it on; bits can be set."""
        present = Sample(1, 1, status.DEFAULT_BAD, 0)
        with self.assertRaises(InactiveElementError) as caught:
            check_edit(present, Edit(value=2, has_value=True), None)
        self.assertEqual(caught.exception.code, 41)
        check_edit(present, Edit(value=2, has_value=True, set_bits=status.ACTIVE), None)
        check_edit(present, Edit(set_bits=status.userbit(1)), None)

    def test_refusals_have_their_numbers(self) -> None:
        """Below the range 29, above it 30."""
        found = some(pv_range={"_min": 1, "_max": 3})
        present = Sample(1, 1, status.NORMAL, 0)
        for value, code in ((0, 29), (4, 30)):
            with self.assertRaises(OagwError) as caught:
                check_edit(present, Edit(value=value, has_value=True), found)
            self.assertEqual(caught.exception.code, code)


def seconds(number: float) -> int:
    return int(number * NS_PER_S)


#: ``_std_type``, then steps of (seconds since the last, new value, whether it passes);
#: the value before is 100, the tolerance 5 (or 5 percent), the time 10 s.
SMOOTHINGS: list[tuple[int, list[tuple[float, float, bool]]]] = [
    (0, [(1, 105, False), (1, 95, False), (1, 105.5, True), (99, 100, False)]),
    (1, [(9, 200, False), (10, 100, True), (11, 100, True)]),
    (2, [(9, 200, False), (10, 105, False), (10, 106, True)]),
    (3, [(9, 105, False), (9, 106, True), (10, 100, True)]),
    (4, [(1, 100, False), (99, 100, False), (1, 100.1, True)]),
    (5, [(9, 101, False), (10, 100, False), (10, 100.1, True)]),
    (6, [(9, 100, False), (9, 100.1, True), (10, 100, True)]),
    (7, [(1, 105, False), (1, 105.5, True), (99, 95, False)]),
    (8, [(9, 200, False), (10, 105, False), (10, 106, True)]),
    (9, [(9, 105, False), (9, 106, True), (10, 100, True)]),
]


class SmoothingTests(SynchronousTestCase):
    """Which values are worth a change."""

    timeout = 30

    @staticmethod
    def config(kind: int) -> dict[str, Value]:
        return {"_std_type": kind, "_std_tol": 5.0, "_std_time": seconds(10)}

    def smoothed(self, found: Behaviour, old: Sample, new: Sample) -> bool:
        return is_smoothed(old, new, found)

    def test_each_kind_compares_what_it_says(self) -> None:
        """Value, time, both, one of them; a tolerance, any change, or percent."""
        old = Sample(100.0, seconds(1000), status.NORMAL, 0)
        for kind, steps in SMOOTHINGS:
            found = some(smooth=self.config(kind))
            for elapsed, value, passes in steps:
                new = Sample(value, old.stime + seconds(elapsed), status.NORMAL, 0)
                case = f"type {kind} after {elapsed} s: {value}"
                self.assertEqual(self.smoothed(found, old, new), not passes, case)

    def test_percent_are_those_of_the_last_value(self) -> None:
        """Five percent of 1000 are 50, of -1000 as much, of 0 nothing."""
        found = some(smooth=self.config(7))
        for old, new, passes in (
            (1000.0, 1050.0, False),
            (1000.0, 1051.0, True),
            (-1000.0, -1050.0, False),
            (-1000.0, -1051.0, True),
            (0.0, 0.001, True),
        ):
            before = Sample(old, seconds(1), status.NORMAL, 0)
            after = Sample(new, seconds(2), status.NORMAL, 0)
            self.assertEqual(self.smoothed(found, before, after), not passes, (old, new))

    def test_another_status_always_passes(self) -> None:
        """For any value and time."""
        old = Sample(1.0, seconds(1), status.NORMAL, 0)
        new = Sample(1.0, seconds(1), status.NORMAL | status.AUT_INV, 0)
        for kind in range(10):
            found = some(smooth=self.config(kind))
            self.assertFalse(self.smoothed(found, old, new), kind)

    def test_the_first_value_always_passes(self) -> None:
        """An unset element has no value that a new one could be close to."""
        old = Sample(0.0, 0, status.NORMAL, 0)
        new = Sample(0.0, seconds(1), status.NORMAL, 0)
        self.assertFalse(self.smoothed(some(smooth=self.config(4)), old, new))

    def test_texts_and_lists_differ_or_not(self) -> None:
        """A tolerance means nothing to them."""
        found = some(smooth=self.config(0))
        for old, new, passes in (
            ("a", "b", True),
            ("a", "a", False),
            ((1, 2), (1, 3), True),
            ((1, 2), (1, 2), False),
        ):
            before = Sample(old, seconds(1), status.NORMAL, 0)
            after = Sample(new, seconds(2), status.NORMAL, 0)
            self.assertEqual(self.smoothed(found, before, after), not passes, (old, new))

    def test_without_tolerance_and_time_nothing_is_smoothed(self) -> None:
        """Numbers that are none mean no smoothing either."""
        for config in ({}, {"_std_type": 0}, {"_std_type": 1}, {"_std_type": 77}):
            self.assertIsNone(behaviour(smooth=config), config)
            self.assertIsNone(behaviour(archive=config), config)

    def test_both_without_a_tolerance_is_by_time(self) -> None:
        """Equal values are archived as well, once the time has passed."""
        for kind in (1, 2):
            config = {"_std_type": kind, "_std_time": seconds(10)}
            old = Sample(1.0, seconds(1), status.NORMAL, 0)
            new = Sample(1.0, seconds(11), status.NORMAL, 0)
            self.assertFalse(self.smoothed(some(smooth=config), old, new), kind)

    def test_no_smoothing_of_the_archive(self) -> None:
        """Type 0 is none, unless the detail's own type is that of a smoothing."""
        config: dict[str, Value] = {"1._std_type": 0, "1._std_tol": 5.0}
        for kind, found in ((None, False), (3, False), (15, True)):
            stored = config if kind is None else {**config, "1._type": kind}
            smooths = behaviour(archive=stored) is not None
            self.assertEqual(smooths, found, kind)

    def test_the_archive_has_a_smoothing_of_its_own(self) -> None:
        """It is in the first detail, or else in the config itself."""
        own = some(archive=self.config(4))
        detail = {f"1.{key}": one for key, one in self.config(1).items()}
        both = some(archive={**self.config(4), **detail})
        self.assertIsNone(own.smoothing)
        assert own.archive_smoothing is not None
        assert both.archive_smoothing is not None
        self.assertFalse(own.archive_smoothing.by_time)
        self.assertTrue(both.archive_smoothing.by_time)

    def test_an_element_without_configs_has_no_behaviour(self) -> None:
        """It costs nothing."""
        self.assertIsNone(behaviour())
        self.assertIsNone(behaviour(archive={"_archive": True}))
