"""When an archive seals, what it keeps, and the threads it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred

from oagw.archives.retention import FOR_EVER, Retention

#: Number of samples in the hot store that are sealed together by default.
SEAL = 1 << 18


@dataclass(frozen=True, slots=True)
class Threads:
    """Runs functions in threads; each Deferred fires with what the function returns.

    :ivar write: the one thread that commits.
    :ivar background: the one thread that seals and merges.
    :ivar read: a pool of threads that read.
    """

    write: Callable[[Callable[[], Any]], Deferred[Any]]
    background: Callable[[Callable[[], Any]], Deferred[Any]]
    read: Callable[[Callable[[], Any]], Deferred[Any]]


@dataclass(frozen=True, slots=True)
class Policy:
    """When samples are sealed, and how long they are kept.

    :ivar seal: number of samples that are sealed together.
    :ivar retention: the default for archive groups.
    :ivar groups: the retention of archive groups, by name.
    :ivar every: seconds after which samples are sealed even if they are fewer; 0 for never.
    """

    seal: int = SEAL
    retention: Retention = FOR_EVER
    groups: Mapping[str, Retention] = field(default_factory=dict)
    every: float = 0

    def of(self, group: str) -> Retention:
        """The retention of a group; empty stands for elements without one."""
        return self.groups.get(group, self.retention)

    @property
    def removes(self) -> bool:
        """Whether anything is ever removed."""
        return any(one != FOR_EVER for one in (self.retention, *self.groups.values()))


#: Everything is kept.
KEEP_ALL = Policy()


def no_name(series: int) -> str:
    """Return an empty text: the group or the name of a series that has none."""
    return ""
