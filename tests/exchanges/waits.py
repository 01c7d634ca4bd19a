"""Exchanges of the commands that wait for values."""

from __future__ import annotations

from tests.exchanges.conversation import (
    Exchange,
    Passes,
    ask,
    bad,
    exchange,
    good,
    setting,
)

F1 = "System1:F1.:_original.._value"
F2 = "System1:F2.:_original.._value"


def wait(*conditions: object, **more: object) -> dict[str, object]:
    """Wait for F1, and for F2 if there are two conditions; F1 is what is answered."""
    names = ["F1.", "F2."][: max(len(conditions), 1)]
    arguments: dict[str, object] = {
        "DpNamesWait": names,
        "Conditions": list(conditions),
        "DpNamesReturn": ["F1."],
        "Timeout": 1000,
    }
    return ask("DpWaitForValue", **arguments | more)


def got(value: float, expired: bool = False) -> dict[str, object]:
    """The answer to :func:`wait`."""
    return good("DpWaitForValue", Values={F1: value}, TimerExpired=expired)


WAITING: list[Exchange] = [
    exchange(
        "What is so already need not be waited for.",
        (wait(0), [got(0.0)]),
        (wait(0, 2.5), [got(0.0)]),
        (Passes(2), []),
    ),
    exchange(
        "A wait is answered when the value becomes what is wanted, and only then.",
        (wait(7), []),
        (setting(F1=6), []),
        (setting(F1=7), [got(7.0)]),
        (setting(F1=7), []),
        (Passes(2), []),
    ),
    exchange(
        "Of several values all must be as they are wanted, at the same time.",
        (wait(7, 8), []),
        (setting(F1=7), []),
        (setting(F1=6), []),
        (setting(F2=8), []),
        (setting(F1=7), [got(7.0)]),
    ),
    exchange(
        "A wait is over when its time is.",
        (wait(7), []),
        (Passes(0.999), []),
        (setting(F1=5), []),
        (Passes(0.002), [got(5.0, expired=True)]),
        (setting(F1=7), []),
    ),
    exchange(
        "Without Timeout a wait lasts as long as the session.",
        (wait(7, Timeout=None), []),
        (wait(8, Timeout=0), []),
        (Passes(1_000_000), []),
        (setting(F1=8), [got(8.0)]),
        (setting(F1=7), [got(7.0)]),
    ),
    exchange(
        "A name without a condition waits for any change, also to the same value.",
        (wait(), []),
        (setting(F2=1), []),
        (setting(F1=0), [got(0.0)]),
        (wait(None, 5), []),
        (setting(F2=5), []),
        (setting(F1=0), [got(0.0)]),
    ),
    exchange(
        "What is to be answered is the reader's choice.",
        (
            wait(0, DpNamesReturn=["F2.", "F1.:_online.._stime"]),
            [
                good(
                    "DpWaitForValue",
                    Values={F2: 2.5, "System1:F1.:_online.._stime": 0},
                    TimerExpired=False,
                )
            ],
        ),
        (
            wait(0, DpNamesReturn=None),
            [good("DpWaitForValue", Values={}, TimerExpired=False)],
        ),
    ),
    exchange(
        "A wait that could never be answered is refused at once.",
        *(
            (
                wait(7, **{key: ["F1.", "Nope."]}),
                [bad("DpWaitForValue", 7, "Nope", "Nope.", Values={})],
            )
            for key in ("DpNamesWait", "DpNamesReturn")
        ),
        *(
            (wait(7, **wrong), [bad("DpWaitForValue", 51, part, Values={})])
            for wrong, part in (
                ({"DpNamesWait": []}, "DpNamesWait is empty"),
                ({"DpNamesWait": ["F1.", "F1"]}, "the same attribute twice"),
                ({"Conditions": [1, 2]}, "more Conditions"),
                ({"Timeout": -1}, "Timeout must be"),
                ({"Timeout": 1e12}, "Timeout must be"),
                ({"Timeout": "1"}, "Timeout"),
            )
        ),
        (setting(F1=7), []),
        (Passes(2), []),
    ),
    exchange(
        "A wait for what is deleted ends with an error.",
        (wait(7), []),
        (wait(8, 9), []),
        (
            ask("DpDelete", Dp="F1"),
            [
                *(
                    bad(
                        "DpWaitForValue",
                        7,
                        "'F1' was deleted",
                        "System1:F1.:_online.._value",
                        Values={},
                    )
                    for _ in range(2)
                ),
                good("DpDelete"),
            ],
        ),
        (Passes(2), []),
    ),
    exchange(
        "What was to be answered may be deleted before.",
        (wait(7, DpNamesReturn=["F2."]), []),
        (ask("DpDelete", Dp="F2"), [good("DpDelete")]),
        (setting(F1=7), [bad("DpWaitForValue", 7, "'F2'", "F2.", Values={})]),
    ),
    exchange(
        "A set and a wait are one command; what it sets may be what it waits for.",
        *(
            (
                ask(
                    "DpSetAndWaitForValue",
                    DpNamesSet=["F1.", "F2."],
                    SetValues=[1, 2],
                    DpNamesWait=["F1."],
                    Conditions=[1],
                    DpNamesReturn=["F2."],
                ),
                [good("DpSetAndWaitForValue", Values={F2: 2.0}, TimerExpired=False)],
            )
            for _ in range(2)
        ),
    ),
    exchange(
        "After a set a change is waited for, though the value be as wanted before.",
        (
            ask(
                "DpSetAndWaitForValue",
                DpNamesSet=["F1."],
                SetValues=[1],
                DpNamesWait=["F2."],
                Conditions=[2.5],
                Timeout=500,
            ),
            [],
        ),
        (
            setting(F2=2.5),
            [good("DpSetAndWaitForValue", Values={}, TimerExpired=False)],
        ),
        (
            ask(
                "DpSetAndWaitForValue",
                DpNamesSet=["F1."],
                SetValues=[1],
                DpNamesWait=["F2."],
                Timeout=500,
            ),
            [],
        ),
        (Passes(1), [good("DpSetAndWaitForValue", Values={}, TimerExpired=True)]),
    ),
    exchange(
        "What cannot be set is not waited for.",
        (
            ask(
                "DpSetAndWaitForValue",
                DpNamesSet=["F1."],
                SetValues=["x"],
                DpNamesWait=["F2."],
                Timeout=500,
            ),
            [bad("DpSetAndWaitForValue", 11, "'x'", "F1.", Values={})],
        ),
        (
            ask(
                "DpSetAndWaitForValue",
                DpNamesSet=["F1."],
                SetValues=[],
                DpNamesWait=["F2."],
            ),
            [bad("DpSetAndWaitForValue", 51, "as many SetValues", Values={})],
        ),
        (setting(F2=1), []),
        (Passes(1), []),
    ),
]
