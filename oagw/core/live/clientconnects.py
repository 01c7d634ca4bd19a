"""A client's connects by their Ids, in the order of its commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred

from oagw.errors import NoSuchConnectError, OagwError
from oagw.wire.messages.base import Id

_T = TypeVar("_T")


def _nothing() -> None:
    """Lets an attempt go on that cannot be cancelled; its result is ended at once."""


class Connect:
    """A connect, from the command on that asks for it.

    :ivar end: ends it, or the attempt to make it.
    """

    __slots__ = ("_connects", "end", "key")

    def __init__(self, connects: Connects, id_: Id, end: Callable[[], None]) -> None:
        self._connects = connects
        self.key: object = id_ if id_ is not None else self
        self.end = end

    async def make(self, work: Deferred[_T], end: Callable[[_T], None]) -> _T | None:
        """Wait until it is made; returns ``None`` if the client has ended it before.

        :param end: ends what the work has made.
        :raises OagwError: it is refused; an earlier connect of the same Id stays.
        """
        try:
            made = await work
        except Exception as error:
            is_wanted = self.forget()
            if is_wanted or not isinstance(error, OagwError | CancelledError):
                raise
            return None
        self.end = partial(end, made)
        if self._connects.settle(self):
            return made
        self.end()
        return None

    def forget(self) -> bool:
        """Remove it, because the gateway has ended it; returns whether it was there."""
        return self._connects.forget(self)


class Connects:
    """A client's connects of one kind, by Id.

    A connect replaces an earlier one with the same Id, so that running a cell of a notebook
    twice does not double the updates. Connects without an Id do not replace each other, and
    last as long as the session.
    """

    def __init__(self) -> None:
        # The last connect of an Id replaces those before it as soon as it is made.
        self._by_key: dict[object, list[Connect]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def begin(self, id_: Id, end: Callable[[], None] = _nothing) -> Connect:
        """Add a connect that is about to be made; it can be ended from now on.

        :param end: cancels the attempt.
        """
        connect = Connect(self, id_, end)
        self._by_key.setdefault(connect.key, []).append(connect)
        return connect

    def add(self, id_: Id, end: Callable[[], None]) -> Connect:
        """Add a connect that is made; earlier ones of the same Id end."""
        connect = self.begin(id_, end)
        self.settle(connect)
        return connect

    def settle(self, connect: Connect) -> bool:
        """End earlier connects of the same Id, because this one is made.

        Returns false if the client has ended this one in the meantime.
        """
        same = self._by_key.get(connect.key, [])
        if connect not in same:
            return False
        at = same.index(connect)
        earlier, same[:at] = same[:at], []
        for one in earlier:
            one.end()
        return True

    def end(self, id_: Id, command: str) -> None:
        """End the connect of an Id, or the attempt to make it.

        :raises NoSuchConnectError: there is none with that Id.
        """
        same = self._by_key.pop(id_, None)
        if same is None:
            shown = f"Id {id_!r}" if id_ is not None else "no Id"
            raise NoSuchConnectError(f"there is no {command} with {shown} in this session")
        for connect in same:
            connect.end()

    def forget(self, connect: Connect) -> bool:
        """Remove a connect that the gateway has ended; returns whether it was there."""
        same = self._by_key.get(connect.key, [])
        if connect not in same:
            return False
        same.remove(connect)
        if not same:
            del self._by_key[connect.key]
        return True

    def end_all(self) -> None:
        """End all connects, because the client has left."""
        by_key, self._by_key = self._by_key, {}
        for same in by_key.values():
            for connect in same:
                connect.end()
