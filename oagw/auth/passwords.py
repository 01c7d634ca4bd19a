"""The password file: a line for each user, ``name:hash`` or ``name:hash:sound``.

Hashes are argon2's. ``sound`` is a password that was looked at when it was set, and is not
well known; of others only trying tells, and each try takes long.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from oagw.storage.textfile import read_text_file

#: Passwords that stand in manuals; the user's own name counts as well.
WELL_KNOWN = (
    *("demo", "admin", "password", "oagw", "root", "test", "guest", "user", "operator"),
    *("12345", "123456", "12345678", "winccoa", "pvss", "etm", "changeme", "secret"),
)


#: What each hash begins with.
_ARGON2 = "$argon2"


def is_well_known(name: str, password: str) -> bool:
    """Whether it is a password that anybody would try first for this user."""
    plain = password.strip().casefold()
    return plain == name.strip().casefold() or plain in WELL_KNOWN


class UserError(Exception):
    """Users cannot be read, or one added, changed or removed; the text says why."""


class PasswordFile:
    """The users that a file holds; a change of the file is seen at the next check."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hasher = PasswordHasher()
        self._hashes: dict[str, str] = {}
        self._sound: set[str] = set()
        self._stamp: tuple[int, int, int] | None = None
        # Checked against for unknown users, so that both take the same time.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._salt = secrets.token_bytes(32)
        self._checked: dict[bytes, None] = {}

    def names(self) -> list[str]:
        """All users."""
        return list(self._load())

    def check(self, name: str, password: str) -> bool:
        """Whether it is the user's password. Takes long, and some memory: use a thread."""
        found = self._load().get(name)
        known = found or self._nobody
        proof = self._proof(name, password, known)
        if proof in self._checked:
            return True
        try:
            self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False
        if found is None:
            return False
        if len(self._checked) > 10_000:
            self._checked.clear()
        self._checked[proof] = None
        return True

    def remembers(self, name: str, password: str) -> bool:
        """Whether this very user and password were right before, which costs little.

        A reconnecting client costs a keyed digest, not argon2 again. The digest is of
        this process alone and dies with it.
        """
        found = self._load().get(name)
        return found is not None and self._proof(name, password, found) in self._checked

    def _proof(self, name: str, password: str, hashed: str) -> bytes:
        text = f"{name}\0{password}\0{hashed}".encode()
        return hmac.digest(self._salt, text, hashlib.sha256)

    def has_well_known_password(self, name: str) -> bool:
        """Whether the user's password is one that anybody would try first."""
        self._load()
        return name not in self._sound and any(
            self.check(name, candidate) for candidate in (*WELL_KNOWN, name)
        )

    def add(self, name: str, password: str, *, allow_well_known: bool = False) -> None:
        """Add a user.

        :raises UserError: the name is taken or cannot be one, or the password is bad.
        """
        users = dict(self._load())
        if name in users:
            raise UserError(f"the user {name} exists; use passwd to change the password")
        if not name or not name.isprintable() or ":" in name or name.strip() != name:
            raise UserError(f"{name!r} cannot be a user: no colon, no space at the ends")
        if name.startswith(("_", "#")):
            raise UserError(f"{name!r} cannot be a user: '_' and '#' are not for users")
        users[name] = self._hash(name, password, allow_well_known)
        self._save(
            users, self._sound - {name} if allow_well_known else self._sound | {name}
        )

    def change(self, name: str, password: str) -> None:
        """Give a user another password.

        :raises UserError: there is no such user, or the password is bad.
        """
        users = dict(self._load())
        if name not in users:
            raise UserError(f"there is no user {name} in {self.path}")
        users[name] = self._hash(name, password, False)
        self._save(users, self._sound | {name})

    def remove(self, name: str) -> None:
        """Remove a user.

        :raises UserError: there is no such user.
        """
        users = dict(self._load())
        if name not in users:
            raise UserError(f"there is no user {name} in {self.path}")
        del users[name]
        self._save(users, self._sound - {name})

    def _hash(self, name: str, password: str, allow_well_known: bool) -> str:
        if not password:
            raise UserError("the password is empty")
        if not allow_well_known and is_well_known(name, password):
            raise UserError("the password is too well known; choose another")
        return self._hasher.hash(password)

    def _load(self) -> dict[str, str]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._hashes, self._sound, self._stamp = {}, set(), None
            return self._hashes
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._stamp:
            self._hashes = self._read()
            self._stamp = stamp
        return self._hashes

    def _read(self) -> dict[str, str]:
        users = {}
        self._sound = set()
        for line in self._lines():
            name, *rest = line.split(":")
            if rest and not line.startswith("#"):
                users[name] = rest[0].strip()
                if rest[1:] == ["sound"]:
                    self._sound.add(name)
        return users

    def _lines(self) -> list[str]:
        try:
            return read_text_file(self.path).splitlines()
        except OSError as error:
            raise UserError(f"[auth] users = {self.path}: {error.strerror}") from error

    def check_ours(self) -> None:
        """Find out whether nothing is lost with the file but users.

        :raises UserError: it is another file.
        """
        for number, line in enumerate(self._lines(), 1):
            _, _, hashed = line.partition(":")
            if line.strip() and not line.startswith("#") and not hashed.startswith(_ARGON2):
                raise UserError(
                    f"{self.path}, line {number} is not a line of a password file "
                    f"(name:hash, with hashes that begin with {_ARGON2}); [auth] users "
                    "must name one, or a file that is not there yet"
                )

    def _save(self, users: dict[str, str], sound: set[str]) -> None:
        """Replace the file as a whole, readable for its owner alone.

        :raises UserError: it is no password file.
        """
        if self.path.exists():
            self.check_ours()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".users")
        with open(handle, "w", encoding="utf-8") as file:
            file.write("# The users of oagw; change it with: oagw user\n")
            for user, hashed in users.items():
                file.write(f"{user}:{hashed}{':sound' if user in sound else ''}\n")
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            # The daemon must be able to read what an administrator writes.
            owner = (self.path if self.path.exists() else self.path.parent).stat()
            os.chown(name, owner.st_uid, owner.st_gid)
        os.replace(name, self.path)
