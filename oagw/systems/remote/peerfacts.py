"""What a peer is asked about its system as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from oagw.model.changes import SystemFact
from oagw.systems.remote.questions import (
    GET_USER_ID,
    GET_USER_NAME,
    GET_VERSION_INFO,
    IS_REDU_ACTIVE,
    IS_REDUNDANT,
    Question,
)

QUESTIONS: Final[Mapping[SystemFact, Question[Any]]] = {
    SystemFact.REDUNDANT: IS_REDUNDANT,
    SystemFact.REDU_ACTIVE: IS_REDU_ACTIVE,
    SystemFact.USER_ID: GET_USER_ID,
    SystemFact.USER_NAME: GET_USER_NAME,
    SystemFact.VERSION: GET_VERSION_INFO,
}
#: What the user that a question is about is called in it.
_USERS = {SystemFact.USER_ID: "UserName", SystemFact.USER_NAME: "UserId"}


def arguments_of(fact: SystemFact, about: int | str | None, peer: str) -> dict[str, object]:
    """The arguments of the question.

    :param peer: what the peer calls the system.
    """
    arguments: dict[str, object] = {"System": peer}
    if fact in _USERS:
        arguments[_USERS[fact]] = about
    return arguments
