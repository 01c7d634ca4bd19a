"""Exchanges of DpWatch and DpUnwatch; see :mod:`tests.exchanges.exchanges`.

Also one that behind another gateway needs them.
"""

from __future__ import annotations

from tests.exchanges.conversation import (
    Passes,
    Says,
    ask,
    bad,
    done,
    exchange,
    good,
    one,
    refused,
    setting,
)

F1, F2 = "System1:F1.:_online.._value", "System1:F2.:_online.._value"


def told(*changes: dict[str, object]) -> dict[str, object]:
    """The changes of atomic sets, in one message."""
    return {"DpWatchResult": {"Error": 0, "Changes": list(changes)}}


WATCHING = [
    # An original manager does not report a set to the same value.
    exchange(
        "With OnlyChanged what is set to the same value has changed too.",
        (
            ask("DpConnect", Dps=["F1.", "F2."], OnlyChanged=True),
            [good("DpConnect", Values={F1: 0.0, F2: 2.5})],
        ),
        (setting(F2=2.5), [good("DpConnect", Values={F2: 2.5})]),
    ),
    exchange(
        "A watch grows, and tells of the atomic sets of a turn in one message.",
        (ask("DpWatch", Dps=["F1."]), [good("DpWatch", Values={F1: 0.0})]),
        (ask("DpWatch", Dps=["F2.", "F1."]), [good("DpWatch", Values={F2: 2.5, F1: 0.0})]),
        (setting(F1=1), []),
        (setting(F1=2, F2=3), []),
        (Passes(0), [told({F1: 1.0}, {F1: 2.0, F2: 3.0})]),
        (setting(K=1), []),
        (Passes(0), []),
    ),
    exchange(
        "No answer overtakes the changes that came before it.",
        (ask("DpWatch", Dps=["F1."]), [good("DpWatch", Values={F1: 0.0})]),
        (setting(F1=1), []),
        (
            ask("DpGet", Dps=["F1."]),
            [told({F1: 1.0}), good("DpGet", Values={"System1:F1.:_original.._value": 1.0})],
        ),
    ),
    exchange(
        "A watch takes what can be watched, and says what is wrong with the rest.",
        (
            ask("DpWatch", Dps=["Nope.", "F1."]),
            [bad("DpWatch", 7, "Nope", "Nope.", Values={F1: 0.0})],
        ),
        (setting(F1=1), []),
        (Passes(0), [told({F1: 1.0})]),
    ),
    exchange(
        "What is watched no more is told no more, and may be unwatched again.",
        (ask("DpWatch", Dps=["F1.", "F2."]), [good("DpWatch", Values={F1: 0.0, F2: 2.5})]),
        done("DpUnwatch", Dps=["F1.", "K."]),
        (setting(F1=1, F2=4), []),
        (Passes(0), [told({F2: 4.0})]),
        done("DpUnwatch", Dps=["F1."]),
    ),
    exchange(
        "A watched name that is no more is told, and the others go on.",
        (ask("DpWatch", Dps=["F1.", "F2."]), [good("DpWatch", Values={F1: 0.0, F2: 2.5})]),
        (
            ask("DpDelete", Dp="F1"),
            [
                {
                    "DpWatchResult": {
                        "Error": 7,
                        "Message": Says("F1"),
                        "Errors": {F1: {"Code": 7, "Message": Says("F1")}},
                        "Values": {},
                    }
                },
                good("DpDelete"),
            ],
        ),
        (setting(F2=4), []),
        (Passes(0), [told({F2: 4.0})]),
    ),
    one(
        "A watch of nothing tells that there is this command.",
        ask("DpWatch", Dps=[]),
        good("DpWatch", Values={}),
    ),
    exchange("An unwatch without names is refused.", refused("DpUnwatch", 51, "Dps")),
]
