"""In which threads an archive works, what it seals when, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred

from oagw.archives.retention import FOR_EVER, Retention

#: So many samples in the hot store are sealed.
SEAL = 1 << 18


@dataclass(frozen=True, slots=True)
class Threads:
    """Where blocking work is done; each fires with what the function returns.

    :ivar write: the one thread that commits.
    :ivar background: the one thread that seals and merges.
    :ivar read: one of the threads that read.
    """

    write: Callable[[Callable[[], Any]], Deferred[Any]]
    background: Callable[[Callable[[], Any]], Deferred[Any]]
    read: Callable[[Callable[[], Any]], Deferred[Any]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is sealed when, and what is kept.

    :ivar seal: so many samples are sealed at a time.
    :ivar every: seconds after which they are sealed though they are fewer; 0 is never.
    :ivar retention: what is kept of groups that have none of their own.
    :ivar groups: what is kept of the others.
    """

    seal: int = SEAL
    retention: Retention = FOR_EVER
    groups: Mapping[str, Retention] = field(default_factory=dict)
    every: float = 0

    def of(self, group: str) -> Retention:
        """What is kept of a group."""
        return self.groups.get(group, self.retention)

    @property
    def removes(self) -> bool:
        """Whether anything is ever to be removed."""
        return any(one != FOR_EVER for one in (self.retention, *self.groups.values()))


#: Everything is kept.
KEEP_ALL = Policy()


def no_name(series: int) -> str:
    """The group of a series if there are no groups; its name if it has none."""
    return ""
