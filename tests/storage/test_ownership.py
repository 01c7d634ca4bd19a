"""Files that another user owns: who that is, and how to get them back."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.ownership import find_foreign, owner_of, user_name, warning_for_root

#: No user has it.
_NOBODY = 2**31 - 7


class OwnershipTests(SynchronousTestCase):
    """Owners of a state directory."""

    timeout = 30

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        (self.directory / "archive").mkdir(parents=True)
        self.file = self.directory / "archive" / "hot.sqlite"
        self.file.touch()

    def test_users_have_names_or_numbers(self) -> None:
        self.assertEqual(user_name(_NOBODY), str(_NOBODY))
        own = pwd.getpwuid(os.getuid()).pw_name
        self.assertEqual(owner_of(self.file), own)

    def test_own_files_are_fine(self) -> None:
        self.assertIsNone(find_foreign(self.directory))

    def test_a_foreign_file_is_named_with_the_way_out(self) -> None:
        self.patch(os, "geteuid", lambda: _NOBODY)
        self.patch(os, "access", lambda *_, **__: False)
        reason = find_foreign(self.directory)
        assert reason is not None
        self.assertIn(f"{self.file} belongs to the user {owner_of(self.file)}", reason)
        self.assertIn(f"chown -R {_NOBODY}: {self.directory}", reason)

    def test_a_foreign_file_may_be_writable(self) -> None:
        """For example through its group."""
        self.patch(os, "geteuid", lambda: _NOBODY)
        self.patch(os, "access", lambda *_, **__: True)
        self.assertIsNone(find_foreign(self.directory))

    def test_others_are_not_warned_of_root(self) -> None:
        self.patch(os, "geteuid", lambda: _NOBODY)
        self.assertIsNone(warning_for_root(self.directory))
