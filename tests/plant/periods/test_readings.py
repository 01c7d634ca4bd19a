"""Period queries: what is archived of each name."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.interfaces.systems import (
    PeriodRequest,
)
from tests.systems.bench import (
    NOW_MS,
    EmbeddedTestCase,
)


class PeriodTests(EmbeddedTestCase):
    """History."""

    def test_archived_elements_have_a_history(self) -> None:
        """Each set is a value of it."""
        self.set({"K.": 1})
        self.bench.clock.advance(1)
        self.set({"K.": 2})
        self.assertEqual(self.history("K."), [(NOW_MS, 1.0), (NOW_MS + 1000, 2.0)])

    def test_initial_values_begin_no_history(self) -> None:
        """The archive begins with the first set."""
        self.assertEqual(self.history("K."), [])

    def test_archiving_can_be_switched_on_and_off(self) -> None:
        """Values are kept from the one that comes with it until it is switched off."""
        self.set({"F1.": 1})
        self.assertEqual(self.value("F1.:_archive.._archive"), False)
        self.set({"F1.:_archive.._archive": True, "F1.": 2})
        self.bench.clock.advance(1)
        self.set({"F1.": 3})
        self.assertEqual(self.value("F1.:_archive.._archive"), True)
        self.assertEqual(self.history("F1."), [(NOW_MS, 2.0), (NOW_MS + 1000, 3.0)])
        self.set({"F1.:_archive.._archive": False})
        self.set({"F1.": 4})
        self.assertEqual(len(self.history("F1.")), 2)
        self.assertEqual(self.error("F1.:_offline.._value"), 46)

    def test_switching_archiving_is_no_change_of_the_value(self) -> None:
        """The source time stays and no subscriber is notified."""
        self.successResultOf(self.bench.system.watch([self.full("F2.", "_online")]))
        self.set({"F2.:_archive.._archive": True})
        self.assertEqual(self.value("F2.:_online.._stime"), 0)
        self.assertEqual(self.changes, [])

    def test_several_attributes_stand_side_by_side(self) -> None:
        """They have the same times, each under its complete name."""
        self.set({"K.": 1, "K.:_original.._userbit3": True})
        names = ["K.:_offline.._value", "K.:_offline.._userbit3", "K.:_offline.._stime"]
        found, errors = self.period(*names)
        self.assertEqual(errors, {})
        self.assertEqual(list(found), [f"System1:{name}" for name in names])
        self.assertEqual(
            [list(series.values) for series in found.values()], [[1.0], [True], [NOW_MS]]
        )

    def test_wrong_names_have_their_errors_beside_the_others(self) -> None:
        """What is known is answered."""
        self.set({"K.": 1})
        found, errors = self.period("K.", "Nope.", "K.:_archive.._archive")
        self.assertEqual(list(found), [self.full("K.", "_offline")])
        self.assertEqual([error.code for error in errors.values()], [7, 53])

    def test_too_many_values_are_refused(self) -> None:
        """The limit counts the values of all columns; at the limit it still works."""
        for value in range(3):
            self.set({"K.": value, "pump_01.value.speed": value})
        names = ("K.", "K.:_offline.._stime", "pump_01.value.speed")
        found, _ = self.period(*names, limit=9)
        self.assertEqual(sum(len(one.values) for one in found.values()), 9)
        request = PeriodRequest(
            [self.full(name, "_offline") for name in names], 0, 2**63 - 1, 0, 8
        )
        failure = self.failureResultOf(self.bench.system.period(request), ParameterError)
        self.assertIn("8 values", failure.value.message)
