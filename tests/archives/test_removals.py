"""Removals wait for the scans that were open when they were added."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.removals import Removals
from tests.contracts.archive import AT_ONCE


class OpenScan:
    """A scan that ends when the test says so."""

    def __init__(self) -> None:
        self.ended: Deferred[None] = Deferred()


class RemovalsTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.scans: set[Any] = set()
        self.removals = Removals(AT_ONCE, self.scans)
        self.done: list[str] = []

    def add(self) -> None:
        self.removals.add(
            lambda: self.done.append("removed"), lambda: self.done.append("closed")
        )

    def test_without_scans_it_is_done_at_once(self) -> None:
        """In the background thread, which is done at once here."""
        self.add()
        self.assertEqual(self.done, ["removed"])

    def test_it_waits_for_open_scans_only(self) -> None:
        """A scan that begins later does not read what is removed."""
        first, later = OpenScan(), OpenScan()
        self.scans.add(first)
        self.add()
        self.scans.add(later)
        self.assertEqual(self.done, [])
        first.ended.callback(None)
        self.assertEqual(self.done, ["removed"])

    def test_a_closed_archive_removes_nothing(self) -> None:
        """The next start does; the end waits for the scans."""
        scan = OpenScan()
        self.scans.add(scan)
        self.add()
        self.removals.stop()
        ended = Deferred.fromCoroutine(self.removals.ended())
        self.assertNoResult(ended)
        scan.ended.callback(None)
        self.successResultOf(ended)
        self.assertEqual(self.done, ["closed"])

    def test_a_failure_is_logged(self) -> None:
        """With its reason; other removals go on."""
        with patch.object(Removals, "_log") as log:
            self.removals.add(lambda: self.fail("the disk"))
        [call] = log.error.mock_calls
        self.assertIn("the disk", call.kwargs["error"])
        self.add()
        self.assertEqual(self.done, ["removed"])
