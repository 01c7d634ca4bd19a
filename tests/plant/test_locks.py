"""Locks: what a user has locked cannot be set by others."""

from __future__ import annotations

from tests.systems.bench import EmbeddedTestCase


class LockTests(EmbeddedTestCase):
    """A config that one user has locked is refused to others."""

    LOCK = "F1.:_lock._original._locked"

    def test_only_the_owner_and_root_set_what_is_locked(self) -> None:
        """Others get error 24, and nothing of their set takes effect."""
        self.set({self.LOCK: True}, user="anna")
        self.assertEqual(
            self.refused({"F1.": 1, "F2.": 1}, user="bert"),
            {"F1.:_original.._value": 24},
        )
        self.assertEqual(self.value("F2."), 2.5)
        self.set({"F1.": 2}, user="anna")
        self.set({"F1.": 3}, user="root")
        self.assertEqual(self.value("F1."), 3.0)
        self.assertEqual(self.value("F1.:_lock._original._user_name"), "anna")
        self.assertEqual(
            self.value("F1.:_lock._original._user_id"),
            self.bench.system.user_number("anna"),
        )

    def test_other_configs_and_elements_are_free(self) -> None:
        """A lock is for one config of one element."""
        self.set({self.LOCK: True}, user="anna")
        self.set({"F1.:_pv_range.._max": 5, "F2.": 1}, user="bert")
        self.set({"F1.:_lock._pv_range._locked": True}, user="bert")
        self.assertEqual(
            self.refused({"F1.:_pv_range.._max": 5}, user="anna"),
            {"F1.:_pv_range.._max": 24},
        )

    def test_others_cannot_unlock(self) -> None:
        """Setting the lock itself, or the type of all locks, is refused."""
        self.set({self.LOCK: True}, user="anna")
        self.reopen()
        for name in (self.LOCK, "F1.:_lock._original._user_name", "F1.:_lock.._type"):
            self.assertEqual(self.refused({name: 0}, user="bert"), {name: 24}, name)
        self.set({self.LOCK: False}, user="anna")
        self.assertEqual(self.value("F1.:_lock._original._user_name"), "")
        self.set({"F1.": 1, self.LOCK: True}, user="bert")
        self.set({"F1.:_lock.._type": 0}, user="root")
        self.set({"F1.": 2}, user="anna")
