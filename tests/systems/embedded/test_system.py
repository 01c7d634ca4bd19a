"""The embedded system: what a set does, and what is still there after a restart."""

from __future__ import annotations

from typing import Any

from oagw.errors import DataManagerError
from oagw.interfaces.services import Services
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model import status
from oagw.systems.embedded.system import EmbeddedSystem
from oagw.systems.embedded.systemstore import SystemStore
from tests.systems.bench import (
    NOW_MS,
    BrokenArchive,
    EmbeddedTestCase,
    at_once,
    unsliced,
)

__all__ = ["NOW_MS", "EmbeddedTestCase", "at_once"]


class SetTests(EmbeddedTestCase):
    """What a set changes."""

    def test_a_set_is_checked_then_applied_then_committed(self) -> None:
        """Each once; a refused set is only checked."""
        system = self.bench.system
        way: list[str] = []

        def follow(owner: object, name: str) -> None:
            method = getattr(owner, name)

            def followed(*arguments: Any) -> Any:
                way.append(name)
                return method(*arguments)

            self.patch(owner, name, followed)

        follow(system._set_checks, "check")
        follow(system.set_application, "apply")
        follow(system, "commit")
        self.set({"F1.": 1.5, "F2.": 2.5})
        self.assertEqual(way, ["check", "apply", "commit"])
        way.clear()
        self.refused({"F1.": "much", "F2.": 2.5})
        self.assertEqual(way, ["check"])

    def test_a_value_is_converted_to_the_elements_type(self) -> None:
        """The value that can be read is the element's, not the client's."""
        self.set({"F1.": "1.5", "A.b": 1, "A.i": "5", "A.s": 7, "A.df": [1, "2"]})
        self.assertEqual(
            self.get("F1.", "A.b", "A.i", "A.s", "A.df"), [1.5, True, 5, "7", [1.0, 2.0]]
        )

    def test_every_type_comes_back_as_the_wire_has_it(self) -> None:
        """A value that was read can be set again."""
        values: dict[str, object] = {
            "A.b": True,
            "A.c": 255,
            "A.u": 2**32 - 1,
            "A.i": -5,
            "A.f": 0.1,
            "A.w": 2**32 - 1,
            "A.w64": 2**64 - 1,
            "A.l": -(2**63),
            "A.ul": 2**64 - 1,
            "A.s": "größe",
            "A.t": NOW_MS,
            "A.d": "System1:F1.",
            "A.ls": "Pump",
            "A.x": "aGk=",
            "A.df": [1.5, 2.5],
            "A.ds": ["a", "b"],
            "A.dt": [1, 2],
            "A.dx": ["aGk="],
        }
        self.set(values)
        self.assertEqual(self.get(*values), list(values.values()))
        self.reopen()
        self.assertEqual(self.get(*values), list(values.values()))

    def test_time_user_and_status_go_with_the_value(self) -> None:
        """The source time is the server's, in whole milliseconds."""
        self.bench.clock.advance(0.0125)
        self.set({"F1.": 1})
        self.assertEqual(self.value("F1.:_original.._stime"), NOW_MS + 12)
        self.assertEqual(self.value("F1.:_original.._status64"), status.NORMAL)
        other = self.value("F1.:_original.._user")
        self.assertNotEqual(other, self.value("F2.:_original.._user"))
        self.set({"F2.": 1})
        self.assertEqual(self.value("F2.:_original.._user"), other)

    def test_a_source_time_may_be_given(self) -> None:
        """For the whole set, or for an element by its own attribute."""
        self.set({"F1.": 1}, NOW_MS - 5000)
        self.assertEqual(self.value("F1.:_online.._stime"), NOW_MS - 5000)
        self.set({"F1.": 2, "F1.:_original.._stime": NOW_MS - 10})
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [2.0, NOW_MS - 10])

    def test_an_older_value_goes_to_the_archive_alone(self) -> None:
        """The online value stays, no update is sent, the history has a correction."""
        self.set({"K.": 1}, NOW_MS)
        name = self.full("K.", "_online")
        self.successResultOf(self.bench.system.watch([name]))
        self.set({"K.": 2}, NOW_MS - 1000)
        self.assertEqual(self.get("K.", "K.:_online.._stime"), [1.0, NOW_MS])
        self.assertEqual(self.changes, [])
        self.assertEqual(self.history("K."), [(NOW_MS - 1000, 2.0), (NOW_MS, 1.0)])
        found, _ = self.period("K.:_offline.._corr", "K.:_offline.._status")
        corrections, statuses = found.values()
        self.assertEqual(list(corrections.values), [True, False])
        self.assertEqual(
            list(statuses.values), [status.NORMAL | status.CORRECTION, status.NORMAL]
        )

    def test_an_older_value_without_archive_is_refused(self) -> None:
        """It would be lost: error 43."""
        self.set({"F1.": 1}, NOW_MS)
        self.assertEqual(
            self.refused({"F1.": 2}, NOW_MS - 1), {"F1.:_original.._value": 43}
        )
        both = {"F1.": 2, "F1.:_original.._stime": NOW_MS - 1}
        self.assertEqual(set(self.refused(both).values()), {43})
        self.assertEqual(self.value("F1."), 1.0)

    def test_an_equal_source_time_is_not_older(self) -> None:
        """The later of two values of one time is the present one; both are archived."""
        self.set({"K.": 1}, NOW_MS)
        self.set({"K.": 2}, NOW_MS)
        self.assertEqual(self.value("K."), 2.0)
        self.assertEqual(self.history("K."), [(NOW_MS, 1.0), (NOW_MS, 2.0)])

    def test_without_a_time_a_set_always_counts(self) -> None:
        """Also after a value from a clock that is ahead: time does not go back."""
        self.set({"F1.": 1}, NOW_MS + 60_000)
        self.set({"F1.": 2})
        self.assertEqual(self.get("F1.", "F1.:_online.._stime"), [2.0, NOW_MS + 60_000])

    def test_times_that_cannot_be_stored_are_refused(self) -> None:
        """A source time before 1970 is error 20."""
        self.assertEqual(
            self.refused({"F1.:_original.._stime": -1}), {"F1.:_original.._stime": 20}
        )

    def test_userbits_are_set_and_stay(self) -> None:
        """A new value keeps them; the value stays when a bit is set."""
        self.set({"F1.": 5})
        self.set({"F1.:_original.._userbit1": True, "F1.:_original.._userbit32": 1})
        self.set({"F1.": 6})
        self.assertEqual(
            self.get("F1.", "F1.:_online.._userbit1", "F1.:_online.._userbit2"),
            [6.0, True, False],
        )
        self.assertEqual(
            self.value("F1.:_online.._status64"),
            status.NORMAL | status.userbit(1) | status.userbit(32),
        )
        self.assertEqual(
            self.value("F1.:_online.._status"), status.NORMAL | status.userbit(1)
        )
        self.set({"F1.:_original.._userbit1": False})
        self.assertEqual(self.get("F1.", "F1.:_online.._userbit1"), [6.0, False])

    def test_virtual_bits_follow_the_real_ones(self) -> None:
        """An invalid value is bad; a new value without the bit is good again."""
        names = [
            f"F1.:_online..{bit}" for bit in ("_invalid", "_bad", "_default", "_online_bad")
        ]
        self.assertEqual(self.get(*names), [False, False, False, False])
        self.set({"F1.": 1, "F1.:_original.._exp_inv": True})
        self.assertEqual(self.get(*names), [True, True, False, True])
        self.set({"F1.": 2})
        self.assertEqual(self.get(*names), [False, False, False, False])

    def test_what_is_computed_cannot_be_set(self) -> None:
        """Only the original value can be set: error 53."""
        for name in (
            "F1.:_online.._value",
            "F1.:_offline.._value",
            "F1.:_original.._bad",
            "F1.:_original.._status",
        ):
            with self.subTest(name):
                self.assertEqual(self.refused({name: 1}), {name: 53})

    def test_a_refused_set_changes_nothing(self) -> None:
        """All settings take effect, or none; each wrong name has its own error."""
        before = self.get("F1.", "A.b", "F1.:_online.._stime")
        errors = self.refused(
            {
                "F1.": 9,
                "A.b": 1,
                "A.i": "x",
                "Nope.": 1,
                "F1.nope": 1,
                "F1.:_original.._nope": 1,
            }
        )
        self.assertEqual(
            errors,
            {
                "A.i:_original.._value": 11,
                "Nope.:_original.._value": 7,
                "F1.nope:_original.._value": 8,
                "F1.:_original.._nope": 19,
            },
        )
        self.assertEqual(self.get("F1.", "A.b", "F1.:_online.._stime"), before)
        self.reopen()
        self.assertEqual(self.get("F1.", "A.b", "F1.:_online.._stime"), before)

    def test_without_waiting_a_set_takes_effect_at_once(self) -> None:
        """The next read sees it, and so does the next start."""
        self.successResultOf(self.begin_set({"F1.": 3}, wait=False))
        self.assertEqual(self.value("F1."), 3.0)
        self.reopen()
        self.assertEqual(self.value("F1."), 3.0)

    def test_too_much_backlog_refuses_before_anything_takes_effect(self) -> None:
        """When the archive has no room the value stays as it was: error 33."""
        system = self.broken_system(has_room=False)
        name = self.full("K.")
        done = system.set(SetRequest([NewValue(name, 5)], "anna"), False)
        self.failureResultOf(done, DataManagerError)
        self.assertEqual(self.successResultOf(system.get([name])), [0.0])

    def test_who_waits_learns_that_the_archive_failed(self) -> None:
        """The value is set but not durable: error 33, not success."""
        system = self.broken_system(has_room=True)
        done = system.set(SetRequest([NewValue(self.full("K."), 5)], "anna"), True)
        self.failureResultOf(done, DataManagerError)

    def broken_system(self, has_room: bool) -> EmbeddedSystem:
        self.successResultOf(self.bench.system.stop())
        self.bench.store = SystemStore(
            self.bench.directory / "system.sqlite", self.bench.clock, at_once
        )
        self.bench.system = EmbeddedSystem(
            "System1",
            self.bench.store,
            BrokenArchive(has_room),
            Services(self.bench.clock, at_once, unsliced),
        )
        self.start()
        return self.bench.system
