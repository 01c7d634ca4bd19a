"""The commands for a peer, each with its reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from oagw.model.changes import Fact
from oagw.systems.remote.answers import (
    CountAnswer,
    CountsAnswer,
    DefinitionAnswer,
    DetailsAnswer,
    EventAnswer,
    NamesAnswer,
    PeerAnswer,
    PeriodAnswer,
    ResponseAnswer,
    TableAnswer,
    TextAnswer,
    TextsAnswer,
    TruthAnswer,
    TruthsAnswer,
    ValuesAnswer,
    WatchAnswer,
)

_A = TypeVar("_A", bound=PeerAnswer)


@dataclass(frozen=True, slots=True)
class Question(Generic[_A]):
    """A command for a peer.

    :ivar answer: the declaration of its reply.
    :ivar end: the command that ends its updates, if it has any.
    """

    name: str
    answer: type[_A]
    end: str = ""

    @property
    def answer_name(self) -> str:
        """The name of the reply."""
        return f"{self.name}Result"


DP_GET: Final = Question("DpGet", ValuesAnswer)
DP_GET_MAX_AGE: Final = Question("DpGetMaxAge", ValuesAnswer)
IS_REDUNDANT: Final = Question("IsRedundant", TruthAnswer)
IS_REDU_ACTIVE: Final = Question("IsReduActive", TruthAnswer)
GET_USER_ID: Final = Question("GetUserId", CountAnswer)
GET_USER_NAME: Final = Question("GetUserName", TextAnswer)
GET_VERSION_INFO: Final = Question("GetVersionInfo", DetailsAnswer)
DP_SET: Final = Question("DpSet", PeerAnswer)
DP_CONNECT: Final = Question("DpConnect", ValuesAnswer, "DpDisconnect")
DP_WATCH: Final = Question("DpWatch", WatchAnswer)
DP_UNWATCH: Final = Question("DpUnwatch", PeerAnswer)
DP_QUERY: Final = Question("DpQuery", TableAnswer)
DP_QUERY_CONNECT: Final = Question("DpQueryConnect", TableAnswer, "DpQueryDisconnect")
DP_GET_PERIOD: Final = Question("DpGetPeriod", PeriodAnswer)
DP_NAMES: Final = Question("DpNames", NamesAnswer)
DP_TYPES: Final = Question("DpTypes", NamesAnswer)
DP_TYPE_GET: Final = Question("DpTypeGet", DefinitionAnswer)
DP_EXISTS: Final = Question("DpExists", TruthsAnswer)
DP_TYPE_NAME: Final = Question("DpTypeName", TextsAnswer)
DP_TYPE_REF_NAME: Final = Question("DpTypeRefName", TextsAnswer)
DP_ELEMENT_TYPE: Final = Question("DpElementType", CountsAnswer)
DP_ATTRIBUTE_TYPE: Final = Question("DpAttributeType", CountsAnswer)
DP_GET_ALIAS: Final = Question("DpGetAlias", TextAnswer)
DP_GET_ALL_ALIASES: Final = Question("DpGetAllAliases", TextsAnswer)
SYS_CONNECT: Final = Question("SysConnect", EventAnswer)
#: Commands that change datapoints and types, by name.
CHANGES: Final[Mapping[str, Question[PeerAnswer]]] = {
    name: Question(name, PeerAnswer)
    for name in (
        "DpCreate",
        "DpDelete",
        "DpCopy",
        "DpRename",
        "DpTypeCreate",
        "DpTypeChange",
        "DpTypeDelete",
    )
}
_QUESTIONS: Final[tuple[Question[Any], ...]] = (
    *(DP_WATCH, DP_GET, DP_SET, DP_CONNECT, DP_UNWATCH, DP_QUERY, DP_QUERY_CONNECT),
    *(DP_GET_PERIOD, DP_NAMES, DP_TYPES, DP_TYPE_GET, DP_EXISTS, DP_TYPE_NAME),
    *(DP_TYPE_REF_NAME, DP_ELEMENT_TYPE, DP_ATTRIBUTE_TYPE, DP_GET_ALIAS),
    *(DP_GET_ALL_ALIASES, SYS_CONNECT, DP_GET_MAX_AGE, IS_REDUNDANT, IS_REDU_ACTIVE),
    *(GET_USER_ID, GET_USER_NAME, GET_VERSION_INFO),
    *CHANGES.values(),
)
#: Commands about names, by fact.
FACTS: Final[Mapping[Fact, Question[Any]]] = {
    Fact.EXISTS: DP_EXISTS,
    Fact.TYPE_NAME: DP_TYPE_NAME,
    Fact.ELEMENT_TYPE: DP_ELEMENT_TYPE,
    Fact.TYPE_REFERENCE: DP_TYPE_REF_NAME,
    Fact.ATTRIBUTE_TYPE: DP_ATTRIBUTE_TYPE,
}
#: The commands of WinCC OA's manager.
ORIGINALS: Final = frozenset(
    one.name for one in (DP_GET, DP_SET, DP_CONNECT, DP_QUERY_CONNECT, DP_GET_PERIOD)
)
RESPONSE: Final = "Response"
#: Declarations of replies by name.
KINDS: Final[Mapping[str, type[PeerAnswer]]] = {
    **{one.answer_name: one.answer for one in _QUESTIONS},
    RESPONSE: ResponseAnswer,
}
