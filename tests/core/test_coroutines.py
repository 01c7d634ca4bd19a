"""Work that ends at once is done at once; work that waits goes on like any coroutine."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.coroutines import begin


class BeginTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.done: list[object] = []

    def test_without_waiting(self) -> None:
        """A result that is already there needs no Deferred."""

        async def work() -> int:
            return 1 + await succeed(2)

        self.assertIsNone(begin(work(), self.done.append))
        self.assertEqual(self.done, [3])

    def test_an_error_at_once(self) -> None:
        """It comes out of the call."""

        async def work() -> int:
            raise ValueError("no")

        with self.assertRaises(ValueError):
            begin(work(), self.done.append)
        self.assertEqual(self.done, [])

    def test_waiting(self) -> None:
        """Again and again, also for what fails and for what is there in between."""
        parts: list[Deferred[int]] = [Deferred(), Deferred(), Deferred()]

        async def work() -> list[object]:
            found: list[object] = [await parts[0], await succeed(5)]
            try:
                await parts[1]
            except ValueError as error:
                found.append(str(error))
            return [*found, await parts[2]]

        result = begin(work(), self.done.append)
        assert result is not None
        parts[0].callback(1)
        self.assertNoResult(result)
        parts[1].errback(ValueError("no"))
        self.assertNoResult(result)
        parts[2].callback(3)
        self.assertEqual(self.successResultOf(result), [1, 5, "no", 3])
        self.assertEqual(self.done, [])

    def test_an_error_later(self) -> None:
        """It is the failure of the Deferred, and no other has it."""
        pending: Deferred[int] = Deferred()

        async def work() -> int:
            return 1 // await pending

        result = begin(work(), self.done.append)
        assert result is not None
        pending.callback(0)
        self.failureResultOf(result, ZeroDivisionError)

    def test_cancelled(self) -> None:
        """What it waits for is cancelled, and it learns of that."""
        cancelled: list[object] = []
        pending: Deferred[int] = Deferred(cancelled.append)

        async def work() -> Any:
            try:
                return await pending
            except CancelledError:
                return "given up"

        result = begin(work(), self.done.append)
        assert result is not None
        result.cancel()
        self.assertEqual(cancelled, [pending])
        self.assertEqual(self.successResultOf(result), "given up")
