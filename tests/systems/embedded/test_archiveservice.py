"""Samples from outside are checked, converted and archived as a batch."""

from __future__ import annotations

from datetime import UTC

from twisted.internet.defer import Deferred

from oagw.interfaces.services import Services
from oagw.model import status
from oagw.model.times import NS_PER_MS
from oagw.systems.embedded.archiveservice import (
    ArchiveService,
    BatchResult,
    SampleBatch,
    encode_body,
)
from tests.systems.bench import NOW_MS, EmbeddedTestCase, at_once, unsliced


class ArchiveServiceTests(EmbeddedTestCase):
    """Into the archive of the small plant."""

    def setUp(self) -> None:
        super().setUp()
        system = self.bench.system
        services = Services(self.bench.clock, at_once, unsliced, UTC)
        self.service = ArchiveService(system, system.archive, services)

    def batch(self, *values: bool | int | float | str, element: str = "K.") -> bytes:
        """Values of an element of user anna, one a millisecond."""
        count = len(values)
        times = [(NOW_MS + at) * NS_PER_MS for at in range(count)]
        users = [("anna", 0)]
        return encode_body(
            SampleBatch(
                [(element, "float")],
                [0] * count,
                times,
                list(values),
                [status.NORMAL] * count,
                users,
                [0] * count,
            )
        )

    def add(
        self, content: bytes, keep_going: bool = False, only_check: bool = False
    ) -> BatchResult:
        done = Deferred.fromCoroutine(self.service.add(content, keep_going, only_check))
        return self.successResultOf(done)

    def test_a_bad_value_refuses_the_batch(self) -> None:
        """Unless the caller keeps going: then only the bad value is left out."""
        content = self.batch(1.5, "x", 2.5)
        refused = self.add(content)
        self.assertEqual((refused.count, [at for at, _ in refused.problems]), (2, [1]))
        self.assertEqual(self.history("K."), [])
        self.add(content, keep_going=True)
        self.assertEqual(self.history("K."), [(NOW_MS, 1.5), (NOW_MS + 2, 2.5)])

    def test_a_check_archives_nothing(self) -> None:
        """It reports the period of each series."""
        number = self.bench.system.plant.element("K", "", "K.").number
        checked = self.add(self.batch(1.5, 2.5), only_check=True)
        first, last = NOW_MS * NS_PER_MS, (NOW_MS + 1) * NS_PER_MS
        self.assertEqual(checked.periods, [(number, first, last)])
        self.assertEqual(self.history("K."), [])

    def test_an_unknown_element_is_a_problem(self) -> None:
        """The message names it."""
        [problem] = self.add(self.batch(1.5, element="X.")).problems
        self.assertIn("'X'", problem[1])

    def test_a_period_is_deleted(self) -> None:
        """The number of deleted samples comes back."""
        self.add(self.batch(1.5, 2.5))
        number = self.bench.system.plant.element("K", "", "K.").number
        begin = NOW_MS * NS_PER_MS
        deleted = self.service.delete(encode_body([(number, begin, begin)]))
        self.assertEqual(self.successResultOf(Deferred.fromCoroutine(deleted)), 1)
        self.assertEqual(self.history("K."), [(NOW_MS + 1, 2.5)])
