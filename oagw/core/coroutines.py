"""Coroutines that seldom wait: they need a Deferred only if they do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

_T = TypeVar("_T")


def begin(
    work: Coroutine[Deferred[Any], Any, _T], done: Callable[[_T], None]
) -> Deferred[_T] | None:
    """Begin some work; if it does not wait, call ``done`` with its result.

    :returns: a Deferred that fires with the result, if the work waits for something.
    :raises Exception: the work failed without waiting.
    """
    try:
        pending = work.send(None)
    except StopIteration as ended:
        done(ended.value)
        return None
    return Deferred.fromCoroutine(_rest(work, pending))


async def _rest(work: Coroutine[Deferred[Any], Any, _T], pending: Deferred[Any]) -> _T:
    """Continue some work that waits."""
    try:
        while True:
            try:
                found = await pending
            except BaseException as error:
                pending = work.throw(error)
            else:
                pending = work.send(found)
    except StopIteration as ended:
        result: _T = ended.value
        return result
