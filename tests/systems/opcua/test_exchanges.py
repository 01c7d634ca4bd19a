"""The table of exchanges through a gateway in front of an OPC UA server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from oagw.core.context import Context, Rules
from oagw.core.manager import DatapointManager
from oagw.core.session import Session
from oagw.wire.codec import Message
from tests.clocks import SetClock
from tests.core.test_session import FakeOutlet
from tests.exchanges.conversation import Exchange, Passes
from tests.exchanges.dpwatch import WATCHING
from tests.exchanges.exchanges import EXCHANGES
from tests.systems.bench import NOW, at_once, unsliced
from tests.systems.opcua import namedplant

#: The exchanges that cannot go the same way, by the reason.
CANNOT: Mapping[str, Sequence[str]] = {
    "A server knows no users.": ("A user has a number from the first set on.",),
    "Times are those of the server, each value has one, and any may be set.": (
        "System, dot and attribute may be written or left out.",
        "An older source time is error 43 where nothing is archived.",
        "A query of the past has a row for each value, with its time.",
        "Nothing is known of the future, and nothing of the time before the first value.",
        "What is to be answered is the reader's choice.",
    ),
    "A server takes values alone: no aliases, texts, status bits or other configs.": (
        "A query may name an alias, and all systems.",
        "An alias may be one of several names, and has no wildcards.",
        "An average weighs each value by the time that it holds.",
        "An aggregate has the times of its intervals in all shapes.",
        "Several functions give a list for each interval, in their order.",
        "Largest triangles are real values, as many as points, and have no quality.",
        "Hours and days are those of a time zone, and the period cuts them.",
        "Texts can be counted; a function of numbers is an error of their name alone.",
        "What is told of a value is a number that is always good.",
        "Several attributes stand side by side with their bonus values.",
        "Split gives many frames, of which only the last has the progress 100.",
        "The parts of a name are one series in all shapes, with bonus values.",
        "A frame has the end of one name and the beginning of the next.",
        "An aggregate can be split, and its quality with it.",
        "What is wrong with names stands in the last frame.",
        "An alias stands for an element in every command, and answers have its name.",
        "An alias of a structure may be followed by the path of an element below.",
        "An alias belongs to one element at a time.",
        "An alias that has been removed is the name of nothing.",
        "A text that would be no name cannot be an alias.",
        "Aliases of several elements are answered by the names as they were written.",
        "All aliases are found by a pattern of theirs and one of elements.",
        "The description of an element may be in one language or in several.",
        "The unit of an element may be in one language or in several.",
        "The format of an element may be in one language or in several.",
        "A structure has what any element has, and no value.",
        "A copy has values and configs, and neither alias nor history.",
        "A renamed datapoint keeps its values, its alias and its history.",
        "A datapoint is deleted with its alias; its namesake does not inherit its history.",
    ),
    "Datapoints and types are those of the server: they cannot be changed from here.": (
        "DpQueryConnectAll repeats the whole table, also when a row leaves it.",
        "A live query ends with a message when its condition cannot be decided any more.",
        "A group of datapoints has patterns, each of a type or of any, and other groups.",
        "A group may be called by its description.",
        "A group that is none, or has what is no pattern, is an error and no empty table.",
        "A live query of a group follows its datapoints, and keeps to the group as it was.",
        "An element's type is a number, that of a reference 41.",
        "Types are found by a pattern, also those that no datapoint has.",
        "A type is made of a tree; its elements hold values then.",
        "What an answer tells of a type can be sent again, spelled as in JavaScript too.",
        "A type that is there, or needs one that is not, cannot be made.",
        "A tree that is not well formed is a parameter error that says where.",
        "Elements that stay keep their values, also under a new name.",
        "An element and the structure that it is in may have new names at once.",
        "A change goes through to what refers to the type.",
        "A change that cannot be made changes nothing.",
        "A type is removed if nothing uses it.",
        "A datapoint is made with the defaults of its type.",
        "A datapoint that is there, has no type, or cannot be called so is not made.",
        "A copy of nothing, or on something, is refused.",
        "A name that is taken, or none, cannot be a new one.",
        "Who asks for it is told of all that happens, before who did it has its answer.",
        "A client is told of the events that it names, in whatever case.",
        "Events that are none are a parameter error, as is an empty list of them.",
        "A SysConnect takes the place of an earlier one with the same Id, which ends it.",
        "A connect ends with a datapoint of its names, and is told so, once.",
        "A connect to a datapoint ends with its name.",
        "A connect ends with an element of its names; those of elements that stay live on.",
        "A live query loses rows of what is deleted, and takes in what is new or renamed.",
        "A wait for what is deleted ends with an error.",
        "What was to be answered may be deleted before.",
        "A watched name that is no more is told, and the others go on.",
        "References to types are found from both ends.",
    ),
    "Datapoints and elements are in alphabetical order.": (
        "A pattern without an element part finds datapoints, one with it elements.",
        "Without a pattern all datapoints are found but internal ones.",
        "A definition is a tree; what a reference stands for is in it if asked for.",
    ),
    "A server does not report a value that is set again.": (
        "A name without a condition waits for any change, also to the same value.",
        "A set and a wait are one command; what it sets may be what it waits for.",
        "After a set a change is waited for, though the value be as wanted before.",
        "With OnlyChanged what is set to the same value has changed too.",
    ),
}
#: Requests that follow one another until a command has done all that it does.
_REQUESTS = 3
#: Barriers that may pass until an answer is missing.
_PATIENCE = 6


class Outlet(FakeOutlet):
    """A connection whose messages a test waits for."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: Deferred[None] | None = None
        self._condition: Callable[[], bool] = lambda: False

    def until(self, condition: Callable[[], bool]) -> Deferred[None]:
        """Fires when a message has made something true."""
        self._condition = condition
        waiting: Deferred[None] = Deferred()
        self._waiting = waiting
        self._look()
        return waiting

    def send(self, message: Message) -> None:
        super().send(message)
        self._look()

    def _look(self) -> None:
        if self._waiting is not None and self._condition():
            waiting, self._waiting = self._waiting, None
            waiting.callback(None)


class OpcuaExchangeTests(TestCase):
    """A server of the library asyncua, with the names of the embedded system's plant."""

    timeout = 600

    def setUp(self) -> Deferred[None]:  # type: ignore[override]
        return Deferred.fromCoroutine(self.begin())

    def tearDown(self) -> Deferred[None]:  # type: ignore[override]
        return Deferred.fromCoroutine(self.manager.stop())

    async def begin(self) -> None:
        self.clock = SetClock()
        self.clock.advance(NOW)
        self.server = namedplant.shared_server()
        system = namedplant.system_of(self.server, "System1")
        self.manager = DatapointManager([system], self.clock, unsliced)
        await self.manager.start()
        await namedplant.connected(system.presence.state, True)
        self.barrier = 0.0
        self.guard, self.told = self.client()
        connect = {"DpConnect": {"Dps": ["_Internal."]}}
        self.guard.receive(json.dumps(connect).encode())
        await self.told.until(lambda: bool(self.told.messages))

    def client(self) -> tuple[Session, Outlet]:
        outlet = Outlet()
        rules = Rules(zone=UTC, version="1.2.3")
        context = Context("anna", outlet, self.manager, rules, at_once, self.clock)
        return Session(context), outlet

    async def settle(self) -> None:
        """Return when the server has reported all that was done before."""
        self.barrier += 1
        values = [{"Dp": "_Internal.", "Value": self.barrier}]
        self.guard.receive(json.dumps({"DpSet": {"Values": values}}).encode())
        reached = f"{self.barrier}}}".encode()
        await self.told.until(
            lambda: any(reached in one.body for one in self.told.messages)
        )
        self.told.take()
        await deferLater(reactor, 0)

    async def failure_of(self, exchange: Exchange) -> str:
        """What went otherwise than it should; empty if nothing did."""
        self.server.tell("reset")
        await self.settle()
        session, outlet = self.client()
        try:
            for sent, expected in exchange.steps:
                if isinstance(sent, Passes):
                    self.clock.advance(sent.seconds)
                else:
                    text = sent if isinstance(sent, str) else json.dumps(sent)
                    session.receive(text.encode())
                for number in range(_PATIENCE):
                    await self.settle()
                    if exchange not in WATCHING:
                        self.clock.advance(0)
                    if number >= _REQUESTS and len(outlet.messages) >= len(expected):
                        break
                answers: list[Any] = outlet.take()
                if answers != list(expected):
                    return f"after {sent!r}: {answers!r}, and not {list(expected)!r}"
        finally:
            session.close()
        return ""

    async def test_the_table(self) -> None:
        """Every exchange passes, but for those that cannot; these fail all of them."""
        failed = {one.title: await self.failure_of(one) for one in EXCHANGES}
        known = {title for titles in CANNOT.values() for title in titles}
        wrong = {title: why for title, why in failed.items() if why and title not in known}
        self.assertEqual(wrong, {})
        stale = {title for title in known if not failed.get(title)}
        self.assertEqual(stale, set())
