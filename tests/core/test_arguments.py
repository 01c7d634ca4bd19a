"""Arguments that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, succeed

from oagw.core.arguments import not_elements, read_given, read_time
from oagw.errors import AddressError, ParameterError, SourceTimeRangeError
from oagw.model.times import LAST
from tests.core.test_session import SessionTestCase


class ArgumentTests(SessionTestCase):
    """In the zone UTC."""

    def test_long_texts_are_read_in_a_thread(self) -> None:
        """So are short ones that may stand for many patterns."""
        offloaded: list[object] = []

        def offload(work: Callable[[], Any]) -> Deferred[Any]:
            offloaded.append(work)
            return succeed(work())

        self.client.context.offload = offload
        for text, count in (("abc", 0), ("a{1,2}", 1), ("[ab]", 2), ("a" * 301, 3)):
            reading = read_given(self.client.context, text, partial(str, text))
            found = self.successResultOf(Deferred.fromCoroutine(reading))
            self.assertEqual((found, len(offloaded)), (text, count))

    def test_times(self) -> None:
        """A number is in ms; the error names the argument."""
        self.assertEqual(read_time(5, "T1", UTC), 5_000_000)
        with self.assertRaises(ParameterError) as caught:
            read_time("noon", "T1", UTC)
        self.assertTrue(caught.exception.message.startswith("T1: "))

    def test_a_time_that_cannot_be_stored(self) -> None:
        """It is refused, or replaced by the last one that can be."""
        late = "9999-12-31T00:00:00Z"
        with self.assertRaises(SourceTimeRangeError):
            read_time(late, "T1", UTC)
        self.assertEqual(read_time(late, "T1", UTC, clamp=True), LAST)

    def test_an_attribute_where_an_element_is_meant(self) -> None:
        """It is an error of the name as written."""
        router = self.manager.router
        default = "_common.._alias"
        completed = router.complete(["F1.", "F2.:_online.._value"], default)
        wrong = not_elements(completed, default)
        self.assertEqual(list(wrong), ["F2.:_online.._value"])
        self.assertIsInstance(wrong["F2.:_online.._value"], AddressError)
