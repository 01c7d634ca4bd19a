"""A client's connects by its Ids, in the order in which it asked for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred

from oagw.errors import NoSuchConnectError, OagwError
from oagw.wire.messages.base import Id

_T = TypeVar("_T")


def _nothing() -> None:
    """Ends an attempt that cannot be given up: what comes of it is ended at once."""


class Connect:
    """A connect, from the moment at which the client asks for it.

    :ivar end: ends it, or the attempt to make it.
    """

    __slots__ = ("_connects", "end", "key")

    def __init__(self, connects: Connects, id_: Id, end: Callable[[], None]) -> None:
        self._connects = connects
        self.key: object = id_ if id_ is not None else self
        self.end = end

    async def make(self, work: Deferred[_T], end: Callable[[_T], None]) -> _T | None:
        """Wait until it is made; ``None`` is that the client has ended it before.

        :param end: ends what the work has made.
        :raises OagwError: it is refused, and takes nobody's place.
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
        """It has ended by itself; tells whether it was there."""
        return self._connects.forget(self)


class Connects:
    """A client's connects of one kind, by its Id.

    A connect with an Id that is in use takes the place of the earlier one, so that
    running a cell of a notebook twice does not double the updates. Connects without
    an Id stand beside each other and last as long as the session.
    """

    def __init__(self) -> None:
        # Of one Id the last counts; those before it go on until it is made.
        self._by_key: dict[object, list[Connect]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def begin(self, id_: Id, end: Callable[[], None] = _nothing) -> Connect:
        """A connect is being made from now on, and can be ended.

        :param end: gives up the attempt.
        """
        connect = Connect(self, id_, end)
        self._by_key.setdefault(connect.key, []).append(connect)
        return connect

    def add(self, id_: Id, end: Callable[[], None]) -> Connect:
        """Remember how a connect is ended; an earlier one of the same Id ends now."""
        connect = self.begin(id_, end)
        self.settle(connect)
        return connect

    def settle(self, connect: Connect) -> bool:
        """A connect is made: earlier ones of its Id end. Tells whether it is wanted."""
        same = self._by_key.get(connect.key, [])
        if connect not in same:
            return False
        at = same.index(connect)
        earlier, same[:at] = same[:at], []
        for one in earlier:
            one.end()
        return True

    def end(self, id_: Id, command: str) -> None:
        """End one, or the attempt to make it.

        :raises NoSuchConnectError: there is none of that Id.
        """
        same = self._by_key.pop(id_, None)
        if same is None:
            shown = f"Id {id_!r}" if id_ is not None else "no Id"
            raise NoSuchConnectError(f"there is no {command} with {shown} in this session")
        for connect in same:
            connect.end()

    def forget(self, connect: Connect) -> bool:
        """A connect has ended by itself; tells whether it was there."""
        same = self._by_key.get(connect.key, [])
        if connect not in same:
            return False
        same.remove(connect)
        if not same:
            del self._by_key[connect.key]
        return True

    def end_all(self) -> None:
        """End all: the client is gone."""
        by_key, self._by_key = self._by_key, {}
        for same in by_key.values():
            for connect in same:
                connect.end()
