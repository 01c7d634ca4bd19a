"""The password file: who is in it, and what it is never replaced with."""

from __future__ import annotations

import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import PasswordFile, UserError, is_well_known


class PasswordFileTests(SynchronousTestCase):
    timeout = 60

    def test_users_come_change_and_go(self) -> None:
        """A second reader of the file sees each change; the file is for its owner."""
        path = Path(self.mktemp()) / "users"
        writer, reader = PasswordFile(path), PasswordFile(path)
        self.assertEqual(reader.names(), [])
        writer.add("alice", "first one")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(reader.names(), ["alice"])
        self.assertFalse(reader.remembers("alice", "first one"))
        self.assertTrue(reader.check("alice", "first one"))
        self.assertTrue(reader.remembers("alice", "first one"))
        writer.change("alice", "second one")
        self.assertFalse(reader.remembers("alice", "first one"))
        self.assertFalse(reader.check("alice", "first one"))
        writer.remove("alice")
        self.assertEqual(reader.names(), [])
        self.assertFalse(reader.check("alice", "second one"))

    def test_what_is_refused(self) -> None:
        """The error names the user, or what is wrong with the password."""
        passwords = PasswordFile(Path(self.mktemp()))
        passwords.add("alice", "first one")
        for call, name, password, reason in (
            (passwords.add, "alice", "x y z", "the user alice exists"),
            (passwords.add, "a:b", "x y z", "a user cannot be called 'a:b'"),
            (passwords.add, "#a", "x y z", "a user cannot be called '#a'"),
            (passwords.add, "bob", "", "the password is empty"),
            (passwords.add, "bob", "Changeme", "the password is well known"),
            (passwords.change, "bob", "x y z", "has no user bob"),
        ):
            with self.subTest(reason), self.assertRaises(UserError) as caught:
                call(name, password)
            self.assertIn(reason, str(caught.exception))
        self.assertEqual(passwords.names(), ["alice"])

    def test_well_known_passwords(self) -> None:
        """Passwords from manuals, and the name of the user, are well known."""
        for name, password in (("a", "demo"), ("a", " ADMIN "), ("Anna", "anna")):
            self.assertTrue(is_well_known(name, password))
        self.assertFalse(is_well_known("anna", "anna1"))

    def test_a_checked_password_is_marked(self) -> None:
        """So a start need not try all well-known ones for it."""
        passwords = PasswordFile(Path(self.mktemp()))
        passwords.add("alice", "first one")
        passwords.add("demo", "demo", allow_well_known=True)
        self.assertFalse(passwords.has_well_known_password("alice"))
        self.assertTrue(passwords.has_well_known_password("demo"))
        lines = passwords.path.read_text().splitlines()
        self.assertEqual([line.endswith(":sound") for line in lines[1:]], [True, False])

    def test_another_file_is_not_replaced(self) -> None:
        """A wrong [auth] users must not cost the file that it names."""
        path = Path(self.mktemp())
        path.write_text('# Types\n\n[types]\nTank = "float"\n')
        with self.assertRaises(UserError) as caught:
            PasswordFile(path).add("alice", "first one")
        self.assertIn(
            f"{path}, line 3 is not a line of a password file", str(caught.exception)
        )
        self.assertIn("[types]", path.read_text())

    def test_hashes_of_others_are_refused(self) -> None:
        """They allow no login, and adding a user would cut each line short."""
        path = Path(self.mktemp())
        for text in (
            "root:x:0:0:root:/root:/bin/bash\n",
            "alice:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n",
            "alice:\n",
        ):
            path.write_text(f"# users\n{text}")
            with self.assertRaises(UserError) as caught:
                PasswordFile(path).add("bob", "first one")
            self.assertIn("line 2 is not a line of a password file", str(caught.exception))
            self.assertEqual(path.read_text(), f"# users\n{text}")
