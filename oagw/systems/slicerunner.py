"""Runs long work in slices; between two slices the reactor serves other clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Cooperator, TaskStopped
from twisted.python.failure import Failure

#: Seconds that all long work together may take in one turn of the reactor.
_TURN = 0.0003


class SliceRunner:
    """Runs any number of iterators in turn, one step of each after another.

    :param turn: seconds that all of them may take in one turn of the reactor.
    :param pause: seconds between two turns.
    """

    def __init__(
        self, clock: IReactorTime, turn: float = _TURN, pause: float = 0.0
    ) -> None:
        self._clock = clock
        self._turn = turn
        self._cooperator = Cooperator(
            terminationPredicateFactory=self._begin_turn,
            scheduler=lambda work: clock.callLater(pause, work),
        )

    def _begin_turn(self) -> Callable[[], bool]:
        end = self._clock.seconds() + self._turn
        return lambda: self._clock.seconds() >= end

    def __call__(self, steps: Iterator[None]) -> Deferred[None]:
        """Run work to its end, the first step at once; fires when it is done.

        Cancelling the Deferred stops the work.
        """
        try:
            next(steps)
        except StopIteration:
            return succeed(None)
        except Exception:
            return fail(Failure())
        task = self._cooperator.cooperate(steps)
        done: Deferred[None] = Deferred(lambda _: task.stop())

        def failed(failure: Failure) -> None:
            # A cancel has stopped it, and fires the Deferred.
            if failure.check(TaskStopped) is None:
                done.errback(failure)

        task.whenDone().addCallbacks(lambda _: done.callback(None), failed)
        return done
