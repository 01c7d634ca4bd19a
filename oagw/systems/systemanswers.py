"""Answers to questions about a system that consists of one part and has no partner."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred, execute, fail, succeed

from oagw.errors import IllegalCallError
from oagw.model.changes import SystemFact
from oagw.model.values import WireValue


class SystemAnswers:
    """Answers :class:`SystemFact` questions: such a system is not redundant, but active.

    :param answers: answers to further questions, given what the question is about.
    :param refusal: the message for all other questions.
    """

    def __init__(
        self,
        answers: Mapping[SystemFact, Callable[[int | str | None], WireValue]],
        refusal: Callable[[SystemFact], str],
    ) -> None:
        self._answers = answers
        self._refusal = refusal

    def inform(self, fact: SystemFact, about: int | str | None) -> Deferred[WireValue]:
        """Answer a question; see :class:`oagw.interfaces.systems.ISystem`.

        :raises IllegalCallError: in the Deferred, if the system has no answer.
        """
        if fact is SystemFact.REDUNDANT:
            return succeed(False)
        if fact is SystemFact.REDU_ACTIVE:
            return succeed(True)
        if fact in self._answers:
            return execute(self._answers[fact], about)
        return fail(IllegalCallError(self._refusal(fact)))
