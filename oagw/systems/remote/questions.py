"""What a peer can be sent, and what it is answered by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from oagw.model.changes import Fact
from oagw.systems.remote.answers import (
    Answer,
    Count,
    Counts,
    Definition,
    Details,
    Happened,
    Listed,
    Periods,
    Response,
    Table,
    Text,
    Texts,
    Truth,
    Truths,
    Values,
    Watched,
)

_A = TypeVar("_A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Question(Generic[_A]):
    """A command that a peer can be sent.

    :ivar answer: what it is answered by.
    :ivar end: the command that ends its updates, if it has any.
    """

    name: str
    answer: type[_A]
    end: str = ""

    @property
    def answer_name(self) -> str:
        """What the answer is called."""
        return f"{self.name}Result"


DP_GET: Final = Question("DpGet", Values)
DP_GET_MAX_AGE: Final = Question("DpGetMaxAge", Values)
IS_REDUNDANT: Final = Question("IsRedundant", Truth)
IS_REDU_ACTIVE: Final = Question("IsReduActive", Truth)
GET_USER_ID: Final = Question("GetUserId", Count)
GET_USER_NAME: Final = Question("GetUserName", Text)
GET_VERSION_INFO: Final = Question("GetVersionInfo", Details)
DP_SET: Final = Question("DpSet", Answer)
DP_CONNECT: Final = Question("DpConnect", Values, "DpDisconnect")
DP_WATCH: Final = Question("DpWatch", Watched)
DP_UNWATCH: Final = Question("DpUnwatch", Answer)
DP_QUERY: Final = Question("DpQuery", Table)
DP_QUERY_CONNECT: Final = Question("DpQueryConnect", Table, "DpQueryDisconnect")
DP_GET_PERIOD: Final = Question("DpGetPeriod", Periods)
DP_NAMES: Final = Question("DpNames", Listed)
DP_TYPES: Final = Question("DpTypes", Listed)
DP_TYPE_GET: Final = Question("DpTypeGet", Definition)
DP_EXISTS: Final = Question("DpExists", Truths)
DP_TYPE_NAME: Final = Question("DpTypeName", Texts)
DP_TYPE_REF_NAME: Final = Question("DpTypeRefName", Texts)
DP_ELEMENT_TYPE: Final = Question("DpElementType", Counts)
DP_ATTRIBUTE_TYPE: Final = Question("DpAttributeType", Counts)
DP_GET_ALIAS: Final = Question("DpGetAlias", Text)
DP_GET_ALL_ALIASES: Final = Question("DpGetAllAliases", Texts)
SYS_CONNECT: Final = Question("SysConnect", Happened)
#: Changes of datapoints and types, by name.
CHANGES: Final[Mapping[str, Question[Answer]]] = {
    name: Question(name, Answer)
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
#: The questions about names.
FACTS: Final[Mapping[Fact, Question[Any]]] = {
    Fact.EXISTS: DP_EXISTS,
    Fact.TYPE_NAME: DP_TYPE_NAME,
    Fact.ELEMENT_TYPE: DP_ELEMENT_TYPE,
    Fact.TYPE_REFERENCE: DP_TYPE_REF_NAME,
    Fact.ATTRIBUTE_TYPE: DP_ATTRIBUTE_TYPE,
}
#: All that the original knows.
ORIGINALS: Final = frozenset(
    one.name for one in (DP_GET, DP_SET, DP_CONNECT, DP_QUERY_CONNECT, DP_GET_PERIOD)
)
RESPONSE: Final = "Response"
#: Answers by what they are called.
KINDS: Final[Mapping[str, type[Answer]]] = {
    **{one.answer_name: one.answer for one in _QUESTIONS},
    RESPONSE: Response,
}
