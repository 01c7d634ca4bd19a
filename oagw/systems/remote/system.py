"""A system behind a websocket with the wire protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from oagw.errors import (
    ConnectionBrokenError,
    NamesRefusedError,
    OagwError,
    SyntaxFaultError,
    TypeNotFoundError,
    UnexpectedStateError,
)
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    Found,
    IReading,
    ISystem,
    PeriodRequest,
    QueryRequest,
    RowsListener,
    SetRequest,
    SystemListener,
)
from oagw.model.changes import Fact, StructureChange, SystemFact
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import Pattern
from oagw.model.times import NS_PER_S, to_iso_ns
from oagw.model.values import WireValue
from oagw.query.querywriter import write_query
from oagw.query.tree import Query
from oagw.systems.remote.aliases import Aliases
from oagw.systems.remote.answers import ByNameAnswer, EventAnswer, PeerAnswer
from oagw.systems.remote.dialect import ORIGINAL, Dialect, style_of
from oagw.systems.remote.peeraggregates import read_aggregates
from oagw.systems.remote.peerchanges import command_of, event_of, node_of
from oagw.systems.remote.peerfacts import QUESTIONS, arguments_of
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.peerlivequeries import RemoteQueries
from oagw.systems.remote.peernames import PeerNames, ignores_case, parts_of, without_system
from oagw.systems.remote.peerperiods import read_period
from oagw.systems.remote.peerpresence import Connector, PeerPresence, RemoteOptions
from oagw.systems.remote.peerqueries import ask_query
from oagw.systems.remote.peerwatches import PeerWatches
from oagw.systems.remote.questions import (
    CHANGES,
    DP_GET,
    DP_GET_ALL_ALIASES,
    DP_GET_MAX_AGE,
    DP_NAMES,
    DP_SET,
    DP_TYPE_GET,
    DP_TYPES,
    FACTS,
    ORIGINALS,
    SYS_CONNECT,
    Question,
)

_log = Logger()
#: Upper limit of queries and periods at the peer at once: it runs a limited number of
#: commands, and reads and sets must not wait for long ones.
_LONG_AT_ONCE = 8
_A = TypeVar("_A", bound=PeerAnswer)


@implementer(ISystem)
class RemoteSystem:
    """A system at a peer.

    While the peer is away, watched attributes keep their last values and are invalid.
    Everything else is refused with error 39.
    """

    def __init__(
        self, name: str, options: RemoteOptions, connector: Connector, clock: IReactorTime
    ) -> None:
        self.name = name
        self._options = options
        self._clock = clock
        self.connector = connector
        self._names = PeerNames(name, options.peer)
        self._watching = PeerWatches(name, self._names)
        self._queries = RemoteQueries(name, self._names, self._write)
        self._aliases = Aliases(name, self._names, clock)
        self._long = DeferredSemaphore(_LONG_AT_ONCE)
        self._listener: SystemListener | None = None
        self.presence = PeerPresence(
            name, options, clock, self._prepare, self._resume, self._lose
        )

    def start(self, listener: SystemListener) -> Deferred[None]:
        """Begin to serve; fires when the first attempt to dial has ended."""
        self._listener = listener
        self._watching.listener = listener
        return self.presence.start(self.connector)

    def stop(self) -> Deferred[None]:
        """Close the connection; fires when it is closed."""
        self._listener = None
        self._watching.listener = None
        return self.connector.stop()

    async def _prepare(self, link: PeerLink, dialect: Dialect) -> None:
        """Subscribe to events, and load aliases, before the first command.

        A peer without events or aliases is used all the same.
        """
        if not dialect.more:
            return
        try:
            _, answer = link.open(SYS_CONNECT, {}, self._on_event)
            (await answer).check()
            await self._aliases.load(link)
        except ConnectionBrokenError:
            raise
        except OagwError as error:
            _log.warn(
                "{name} has no events or aliases: {reason}",
                name=self.name,
                reason=error,
            )

    async def _resume(self, link: PeerLink, dialect: Dialect) -> None:
        """Restore watches and live queries over a new connection."""
        self._watching.open(link, dialect.watch)
        self._queries.open(link)
        await self._watching.resume()
        await self._queries.resume(link)

    def _lose(self) -> None:
        self._aliases.lose()
        self._watching.lose()
        self._queries.lose()

    def _on_event(self, answer: EventAnswer) -> None:
        event = event_of(answer, self._names)
        if event is None:
            return
        following = Deferred.fromCoroutine(self._aliases.follow(event))
        following.addErrback(
            lambda failure: _log.debug("aliases: {why}", why=failure.getErrorMessage())
        )
        if self._listener is not None:
            self._listener.on_events([event])

    async def _ask(
        self,
        question: Question[_A],
        arguments: Mapping[str, object],
        is_change: bool = False,
    ) -> _A:
        """Send a command; errors of names have the names here.

        :raises OagwError: the peer refuses, or is away.
        """
        link = self.presence.there()
        self._check_known(question)
        answer = await link.ask(question, arguments, is_change=is_change)
        try:
            answer.check()
        except NamesRefusedError as refused:
            raise self._names.refusal_back(refused) from refused
        return answer

    def _check_known(self, question: Question[Any]) -> None:
        """Refuse commands that WinCC OA's manager lacks; it may close the connection.

        :raises SyntaxFaultError: the peer does not know the command.
        """
        if self._options.dialect is ORIGINAL and question.name not in ORIGINALS:
            raise SyntaxFaultError(f"{self.name} does not know {question.name}")

    def get(
        self, names: Sequence[str], max_age: float | None = None
    ) -> Deferred[list[WireValue | OagwError]]:
        """Read attributes; see :class:`ISystem`."""
        link = self.presence.line
        if max_age is not None:
            if link is None:
                return succeed([self.presence.away()] * len(names))
            return Deferred.fromCoroutine(self._get_fresh(link, names, max_age))
        if link is None:
            return succeed([self._watching.last(name) for name in names])
        return Deferred.fromCoroutine(self._several(DP_GET, link, names))

    async def _get_fresh(
        self, link: PeerLink, names: Sequence[str], max_age: float
    ) -> list[WireValue | OagwError]:
        """Read values that are new enough; a peer without DpGetMaxAge sends what it has."""
        if not self.presence.dialect.more:
            # WinCC OA's manager does not reply to unknown commands.
            return await self._several(DP_GET, link, names)
        found = await self._several(DP_GET_MAX_AGE, link, names, {"Age": max_age})
        if found and all(isinstance(one, SyntaxFaultError) for one in found):
            return await self._several(DP_GET, link, names)
        return found

    async def _several(
        self,
        question: Question[Any],
        link: PeerLink,
        names: Sequence[str],
        more: Mapping[str, object] | None = None,
    ) -> list[WireValue | OagwError]:
        """Return a value or an error for each name.

        :param more: further arguments of the command.
        """
        asked = self._names.all_out(names)
        try:
            self._check_known(question)
            answer: ByNameAnswer = await link.ask(question, {"Dps": asked, **(more or {})})
            errors = answer.by_name
            if not errors:
                answer.check()
        except OagwError as error:
            return [error] * len(names)
        values: Mapping[str, Any] = answer.values or {}
        missing = UnexpectedStateError(
            f"{self.name} sent no value for it in {question.answer_name}"
        )
        return [
            values[name] if name in values else errors.get(name, missing) for name in asked
        ]

    def set(self, request: SetRequest, wait: bool) -> Deferred[None]:
        """Set attributes; fires when the peer has confirmed it, also without ``wait``."""
        return Deferred.fromCoroutine(self._set(request))

    async def _set(self, request: SetRequest) -> None:
        out = self._names.out
        arguments: dict[str, object] = {
            "Values": [{"Dp": out(one.name), "Value": one.value} for one in request.values],
            "Wait": True,
        }
        if request.source_time is not None:
            arguments["Timestamp"] = to_iso_ns(request.source_time)
        user = self._options.user_of(request.user)
        if user is not None:
            arguments["User"] = user
        await self._ask(DP_SET, arguments, is_change=True)
        self._aliases.note_set({one.name: one.value for one in request.values})

    def watch(self, names: Sequence[str]) -> Deferred[list[WireValue]]:
        """Report changes; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._watching.watch(names))

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`ISystem`."""
        self._watching.unwatch(names)

    def query(self, request: QueryRequest) -> Deferred[Found]:
        """Answer a query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._query(request))

    async def _query(self, request: QueryRequest) -> Found:
        async with self._long:
            link, dialect = self.presence.there(), self.presence.dialect
            return await ask_query(link, dialect, request, self._write, self._names)

    def _write(self, query: Query) -> str:
        dialect = self.presence.dialect
        # FROM has no system part in WinCC OA.
        out = self._names.pattern_out if dialect.raw else without_system
        return write_query(
            query, out(query.source.text), style_of(dialect, self._options.zone)
        )

    def query_connect(
        self, request: QueryRequest, listener: RowsListener
    ) -> Deferred[Found]:
        """Run a live query; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._queries.connect(request, listener))

    def query_disconnect(self, query: Query, listener: RowsListener) -> None:
        """End a live query; see :class:`ISystem`."""
        self._queries.disconnect(query, listener)

    def period(
        self, request: PeriodRequest
    ) -> Deferred[tuple[dict[str, IReading], dict[str, OagwError]]]:
        """Read history; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._period(request))

    async def _period(
        self, request: PeriodRequest
    ) -> tuple[dict[str, IReading], dict[str, OagwError]]:
        async with self._long:
            link, dialect = self.presence.there(), self.presence.dialect
            if request.aggregate is None or dialect.raw:
                return await read_period(link, self._names, request, dialect)
            now = int(server_time_of(self._clock)() * NS_PER_S)
            offload = self._options.offload
            return await read_aggregates(link, self._names, request, dialect, now, offload)

    def names(self, pattern: Pattern, dp_type: str | None) -> Deferred[list[str]]:
        """Find names; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._find(pattern, dp_type))

    async def _find(self, pattern: Pattern, dp_type: str | None) -> list[str]:
        arguments: dict[str, object] = {"Pattern": self._names.pattern_out(pattern.text)}
        if dp_type:
            arguments["Type"] = dp_type
        if ignores_case(pattern):
            arguments["IgnoreCase"] = True
        found = (await self._ask(DP_NAMES, arguments)).values or []
        return [own for name in found if (own := self._names.own(name)) is not None]

    def types(self, pattern: Pattern, empty: bool) -> Deferred[list[str]]:
        """Find types; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._types(pattern, empty))

    async def _types(self, pattern: Pattern, empty: bool) -> list[str]:
        arguments = {"Pattern": self._names.within(pattern.text), "WithEmpty": empty}
        return (await self._ask(DP_TYPES, arguments)).values or []

    def definition(self, dp_type: str, expanded: bool) -> Deferred[TypeNode]:
        """Describe a type; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._definition(dp_type, expanded))

    async def _definition(self, dp_type: str, expanded: bool) -> TypeNode:
        arguments = {"Type": self._names.within(dp_type), "WithSubtypes": expanded}
        node = (await self._ask(DP_TYPE_GET, arguments)).value
        if node is None:
            raise TypeNotFoundError(
                f"{self.name} has no definition of the type '{dp_type}'"
            )
        return node_of(node)

    def lookup(
        self, fact: Fact, names: Sequence[str]
    ) -> Deferred[list[WireValue | OagwError]]:
        """Answer a question of names; see :class:`ISystem`."""
        if self.presence.line is None:
            return succeed([self.presence.away()] * len(names))
        return Deferred.fromCoroutine(self._several(FACTS[fact], self.presence.line, names))

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question about the system; see :class:`ISystem`."""
        arguments = arguments_of(fact, about, self._options.peer)
        return Deferred.fromCoroutine(self._inform(QUESTIONS[fact], arguments))

    async def _inform(
        self, question: Question[Any], arguments: Mapping[str, object]
    ) -> WireValue:
        value: WireValue = (await self._ask(question, arguments)).value
        if value is None:
            raise UnexpectedStateError(
                f"{self.name} sent no value in its reply to {question.name}"
            )
        return value

    def alias(self, text: str) -> str | None:
        """The element of an alias; see :class:`ISystem`."""
        return self._aliases.find(text)

    def aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> Deferred[dict[str, str]]:
        """Find aliases; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._find_aliases(pattern, matches))

    async def _find_aliases(
        self, pattern: Pattern, matches: Callable[[str], bool]
    ) -> dict[str, str]:
        arguments = {"DpFilter": self._names.pattern_out(pattern.text)}
        found = (await self._ask(DP_GET_ALL_ALIASES, arguments)).values or {}
        aliases = {
            own: alias
            for name, alias in found.items()
            if (own := self._names.own(name)) is not None
        }
        return {
            name: alias
            for name, alias in aliases.items()
            if matches(alias) and pattern.matches(*parts_of(name))
        }

    def change(self, change: StructureChange) -> Deferred[None]:
        """Change what there is; see :class:`ISystem`."""
        return Deferred.fromCoroutine(self._change(change))

    async def _change(self, change: StructureChange) -> None:
        command, arguments = command_of(change, self._names)
        await self._ask(CHANGES[command], arguments, is_change=True)
