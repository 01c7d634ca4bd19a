"""The password file: a line for each user, ``name:hash`` or ``name:hash:sound``.

Hashes are of argon2. ``sound`` marks a password that was checked when it was set, and is
not well known; to check any other, each well-known password must be tried, which is slow.
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

#: Passwords of manuals and lists; the name of the user counts as one too.
WELL_KNOWN = (
    *("demo", "admin", "password", "oagw", "root", "test", "guest", "user", "operator"),
    *("12345", "123456", "12345678", "winccoa", "pvss", "etm", "changeme", "secret"),
)


#: What each hash begins with.
_ARGON2 = "$argon2"


def is_well_known(name: str, password: str) -> bool:
    """Whether a password of this user is one that anybody would try first."""
    plain = password.strip().casefold()
    return plain == name.strip().casefold() or plain in WELL_KNOWN


class UserError(Exception):
    """Users cannot be read or changed; the text says why."""


class PasswordFile:
    """The users of a file. A change of the file is seen at the next check."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hasher = PasswordHasher()
        self._hashes: dict[str, str] = {}
        self._sound: set[str] = set()
        self._stamp: tuple[int, int, int] | None = None
        # The hash for unknown users, so that their check takes as long.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._salt = secrets.token_bytes(32)
        self._checked: dict[bytes, None] = {}

    def names(self) -> list[str]:
        """The names of all users."""
        return list(self._load())

    def check(self, name: str, password: str) -> bool:
        """Whether this is the user's password. It takes long and 64 MiB: use a thread."""
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
        """Whether this user and password were right before; fast.

        A client that reconnects is checked by a keyed digest instead of argon2. The key is
        known to this process only.
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

        :raises UserError: the name exists or is not allowed, or the password is not.
        """
        users = dict(self._load())
        if name in users:
            raise UserError(f"the user {name} exists; use passwd to change the password")
        if not name or not name.isprintable() or ":" in name or name.strip() != name:
            raise UserError(
                f"a user cannot be called {name!r}: no colon, no space at the ends"
            )
        if name.startswith(("_", "#")):
            raise UserError(
                f"a user cannot be called {name!r}: a name does not begin with '_' or '#'"
            )
        users[name] = self._hash(name, password, allow_well_known)
        self._save(
            users, self._sound - {name} if allow_well_known else self._sound | {name}
        )

    def change(self, name: str, password: str) -> None:
        """Change the password of a user.

        :raises UserError: the user is unknown, or the password is not allowed.
        """
        users = dict(self._load())
        if name not in users:
            raise UserError(f"{self.path} has no user {name}")
        users[name] = self._hash(name, password, False)
        self._save(users, self._sound | {name})

    def remove(self, name: str) -> None:
        """Remove a user.

        :raises UserError: the user is unknown.
        """
        users = dict(self._load())
        if name not in users:
            raise UserError(f"{self.path} has no user {name}")
        del users[name]
        self._save(users, self._sound - {name})

    def _hash(self, name: str, password: str, allow_well_known: bool) -> str:
        if not password:
            raise UserError("the password is empty; choose another")
        if not allow_well_known and is_well_known(name, password):
            raise UserError("the password is well known; choose another")
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
        """Check that the file is a password file, so that it can be replaced.

        :raises UserError: it has a line that is not one of a password file.
        """
        for number, line in enumerate(self._lines(), 1):
            _, _, hashed = line.partition(":")
            if line.strip() and not line.startswith("#") and not hashed.startswith(_ARGON2):
                raise UserError(
                    f"{self.path}, line {number} is not a line of a password file "
                    f"(name:hash, with hashes that begin with {_ARGON2}); [auth] users "
                    "must name such a file, or one that does not exist yet"
                )

    def _save(self, users: dict[str, str], sound: set[str]) -> None:
        """Replace the file, readable for its owner only.

        :raises UserError: it is not a password file.
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
