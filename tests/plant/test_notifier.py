"""Watched attributes: each change is reported once."""

from __future__ import annotations

from oagw.errors import NamesRefusedError
from tests.systems.bench import (
    NOW_MS,
    EmbeddedTestCase,
)


class WatchTests(EmbeddedTestCase):
    """Which subscribers are notified of which changes."""

    def test_watching_gives_the_present_values(self) -> None:
        """They come in the order asked for."""
        names = [self.full("F2.", "_online"), self.full("A.s", "_original")]
        self.assertEqual(self.successResultOf(self.bench.system.watch(names)), [2.5, ""])

    def test_one_set_is_one_report(self) -> None:
        """All watched attributes that an atomic set touches come together."""
        names = [
            self.full("F1.", "_online"),
            self.full("F2.", "_online"),
            self.full("F1.:_online.._stime"),
        ]
        self.successResultOf(self.bench.system.watch(names))
        self.set({"F1.": 1, "F2.": 2, "A.s": "not watched"})
        self.assertEqual(self.changes, [{names[0]: 1.0, names[1]: 2.0, names[2]: NOW_MS}])

    def test_a_set_to_the_same_value_is_reported(self) -> None:
        """Setting is an event, whatever the value was before."""
        name = self.full("F1.", "_online")
        self.successResultOf(self.bench.system.watch([name]))
        self.set({"F1.": 0})
        self.assertEqual(self.changes, [{name: 0.0}])

    def test_unwatching_ends_the_reports(self) -> None:
        """Each watch must be ended separately."""
        name = self.full("F1.", "_online")
        for _ in range(2):
            self.successResultOf(self.bench.system.watch([name]))
        self.bench.system.unwatch([name])
        self.set({"F1.": 1})
        self.bench.system.unwatch([name])
        self.set({"F1.": 2})
        self.assertEqual(self.changes, [{name: 1.0}])

    def test_what_cannot_be_watched_watches_nothing(self) -> None:
        """Each wrong name has its own error, and the right ones are not watched."""
        names = [
            self.full("F1.", "_online"),
            self.full("Nope.", "_online"),
            self.full("F1.:_archive.._archive"),
            self.full("K.:_offline.._value"),
        ]
        failure = self.failureResultOf(self.bench.system.watch(names), NamesRefusedError)
        self.assertEqual(
            [error.code for error in failure.value.errors.values()], [7, 53, 53]
        )
        self.set({"F1.": 1})
        self.assertEqual(self.changes, [])
