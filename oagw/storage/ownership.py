"""Owners of the files in a state directory: the gateway's user must be able to write."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

_ROOT = 0
#: Files that the gateway writes; others may belong to an administrator.
_WRITTEN = ("lock", "*.sqlite*", "archive/*.sqlite*", "systems/*/**/*.sqlite*")


def owner_of(path: Path) -> str:
    """The name of the user that a file belongs to, or the number if it has no name."""
    return user_name(path.stat().st_uid)


def user_name(number: int) -> str:
    """The name of a user, or the number if it has no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def hand_over(directory: Path) -> None:
    """Give files that root created in another user's directory to that user.

    Files with several hard links are left to root: the user may have linked one of root's
    files.
    """
    owner = directory.stat()
    if os.geteuid() != _ROOT or owner.st_uid == _ROOT:
        return
    for _, directories, files, handle in os.fwalk(directory):
        for name in (*directories, *files):
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            is_single = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
            if found.st_uid == _ROOT and is_single:
                os.chown(
                    name,
                    owner.st_uid,
                    owner.st_gid,
                    dir_fd=handle,
                    follow_symlinks=False,
                )


def warning_for_root(directory: Path) -> str | None:
    """A warning if root runs the gateway in another user's directory."""
    if os.geteuid() != _ROOT or directory.stat().st_uid == _ROOT:
        return None
    owner = owner_of(directory)
    return (
        f"root runs this, and {directory} belongs to the user {owner}, who cannot write "
        f"the files that are created until it stops; run it as {owner}"
    )


def find_foreign(directory: Path) -> str | None:
    """Why this user cannot write the directory's databases, and what to do.

    Mostly, a gateway or a command was once run as another user, such as root.
    """
    for pattern in _WRITTEN:
        for path in directory.glob(pattern):
            is_ours = path.stat().st_uid == os.geteuid()
            mode = os.R_OK | os.W_OK
            if not is_ours and not os.access(path, mode, effective_ids=True):
                user = user_name(os.geteuid())
                return (
                    f"{path} belongs to the user {owner_of(path)}, and {user} cannot "
                    f"write it; give it back with: chown -R {user}: {directory}"
                )
    return None
