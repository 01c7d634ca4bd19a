"""The process that a gateway runs in: its interpreter's habits, and its open files."""

from __future__ import annotations

import gc
import resource
import sys
from dataclasses import dataclass

#: Seconds after which a thread that waits for the interpreter gets it. A commit needs it
#: some twenty times; with Python's 5 ms each, a set would wait for the end of a long query.
_SWITCH_INTERVAL = 0.001
#: New objects after which the young are looked at (a millisecond's worth), how often that
#: is until all are.
_COLLECT = (2000, 10, 50)
#: Open files that are kept for databases and the like, where there are enough of them.
_RESERVED = 256


def settle() -> None:
    """Have threads take turns quickly, and the garbage collector look rarely.

    A plant stays as long as the gateway runs; to go through a million elements takes half
    a second, in which nobody is served. So what is there now is looked at no more. And it
    looks rarely at all of what comes later: the rows of a large answer are many objects,
    and none of them is garbage until it is sent.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    sys.setswitchinterval(_SWITCH_INTERVAL)


@dataclass(frozen=True, slots=True)
class Room:
    """How many clients there is room for.

    :ivar clients: at once.
    :ivar limit: what sets that limit, for the log.
    :ivar shortage: what to do to have as many as configured; empty if there are.
    """

    clients: int
    limit: str
    shortage: str = ""


def make_room(wanted: int) -> Room:
    """Allow the process as many open files as so many clients need, as far as it may."""
    needed = wanted + _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return room_of(wanted, most)


def room_of(wanted: int, files: int) -> Room:
    """How many of the clients that are wanted can come if so many files may be open."""
    possible = files - min(_RESERVED, files // 2)
    if possible >= wanted:
        return Room(wanted, "[server] max_connections")
    needed = wanted + _RESERVED
    return Room(
        possible,
        f"{files} open files (ulimit -n)",
        f"at most {possible} clients can be connected instead of [server] max_connections "
        f"= {wanted}: the process may have {files} open files, and that many clients need "
        f"{needed}; start it after 'ulimit -n {needed}', or with LimitNOFILE={needed} in "
        "the systemd unit",
    )
