"""The state directory: one process at a time, and whole."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.storage.damage import StorageError
from oagw.storage.statedir import StateDirectory, check_whole, replaced_directory


class StateDirectoryTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def opened(self) -> StateDirectory:
        directory = StateDirectory(self.path)
        self.addCleanup(directory.close)
        return directory

    def test_it_is_created_for_its_owner(self) -> None:
        """Other users cannot read the plant's values; a former mode is changed."""
        self.path.mkdir(mode=0o755)
        self.opened()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o700)

    def test_a_second_user_is_refused(self) -> None:
        """Until the first one is closed."""
        first = self.opened()
        with self.assertRaisesRegex(StorageError, "is used by another oagw"):
            StateDirectory(self.path)
        first.close()
        self.opened()

    def test_a_file_is_not_a_directory(self) -> None:
        """The error says so and names the option."""
        self.path.touch()
        with self.assertRaisesRegex(StorageError, "it is not a directory.*--state"):
            StateDirectory(self.path)

    def test_an_interrupted_restore_is_refused(self) -> None:
        """The error names the former files; a new restore may begin."""
        directory = self.opened()
        kept = replaced_directory(self.path)
        self.assertTrue(directory.begin_restoring(kept))
        directory.close()
        with self.assertRaisesRegex(StorageError, "was interrupted") as caught:
            StateDirectory(self.path)
        self.assertIn(str(kept), str(caught.exception))
        again = StateDirectory(self.path, restoring=True)
        self.assertFalse(again.begin_restoring(kept))
        again.end_restoring()
        check_whole(self.path)
        again.close()

    def test_directories_of_replaced_files_differ(self) -> None:
        """Within the same second too."""
        names = []
        for _ in range(3):
            names.append(replaced_directory(self.path))
            names[-1].mkdir(parents=True)
        self.assertEqual(len(set(names)), 3)

    def test_the_urls_to_connect_to(self) -> None:
        """A later start removes those of a process that was killed."""
        directory = self.opened()
        directory.write_listening(["wss://a:1/x", "wss://b:2/x"])
        listening = self.path / "listening"
        self.assertEqual(listening.read_text(), "wss://a:1/x\nwss://b:2/x\n")
        directory.close()
        self.opened().remove_listening()
        self.assertFalse(listening.exists())
