"""The process that a gateway runs in: its interpreter, and the number of its open files."""

from __future__ import annotations

import gc
import resource
import sys
from dataclasses import dataclass

#: Seconds after which a thread that waits for the interpreter gets it. A commit needs it
#: about twenty times; with Python's default of 5 ms, a set would wait for the end of a long
#: query.
_SWITCH_INTERVAL = 0.001
#: The garbage collector's thresholds: new objects (about a millisecond's work) before the
#: young ones are examined, and how often that happens before older ones are.
_COLLECT = (2000, 10, 50)
#: Open files that are reserved for databases and the like, where there are enough of them.
_RESERVED = 256


def tune_interpreter() -> None:
    """Let threads take turns quickly, and run the garbage collector rarely.

    Datapoints live as long as the gateway runs, and to examine a million elements takes
    half a second in which no client is served. So objects that exist now are never examined
    again, and full collections are rare: the rows of a large reply are many objects, and
    none of them is garbage until it is sent.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    sys.setswitchinterval(_SWITCH_INTERVAL)


@dataclass(frozen=True, slots=True)
class ClientCapacity:
    """How many clients can be connected at the same time.

    :ivar clients: their number.
    :ivar limit: what limits it, for the log.
    :ivar shortage: what to do if it is less than configured; empty if it is not.
    """

    clients: int
    limit: str
    shortage: str = ""


def provide_files(wanted: int) -> ClientCapacity:
    """Raise the process's limit of open files as far as that many clients need it.

    :param wanted: the configured number of clients.
    """
    needed = wanted + _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return capacity_of(wanted, most)


def capacity_of(wanted: int, files: int) -> ClientCapacity:
    """How many of the wanted clients can connect with that many open files."""
    possible = files - min(_RESERVED, files // 2)
    if possible >= wanted:
        return ClientCapacity(wanted, "[server] max_connections")
    needed = wanted + _RESERVED
    return ClientCapacity(
        possible,
        f"{files} open files (ulimit -n)",
        f"at most {possible} clients can be connected instead of [server] max_connections "
        f"= {wanted}: the process may have {files} open files, and that many clients need "
        f"{needed}; start it after 'ulimit -n {needed}', or with LimitNOFILE={needed} in "
        "the systemd unit",
    )
