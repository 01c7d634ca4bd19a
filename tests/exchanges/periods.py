"""Exchanges of periods: aggregates, and answers in many frames."""

from __future__ import annotations

from tests.exchanges.conversation import (
    NOW_MS,
    Exchange,
    Step,
    ask,
    bad,
    exchange,
    good,
)

K = "System1:K.:_offline.._value"
STATUS = "System1:K.:_offline.._status"
TEXT = "System1:A.s:_offline.._value"
PERIOD = "DpGetPeriod"


def set_at(value: object, ms: int, name: str = "K.") -> Step:
    """Set an element with a source time relative to now."""
    values = [{"Dp": name, "Value": value}]
    return {"DpSet": {"Values": values, "Timestamp": NOW_MS + ms}}, []


def period(**more: object) -> dict[str, object]:
    """A DpGetPeriod of K over the last four seconds."""
    arguments: dict[str, object] = {"Dps": ["K."], "T1": NOW_MS - 4000, "T2": NOW_MS}
    return ask(PERIOD, **arguments | more)


def aggregate(function: object, **more: object) -> dict[str, object]:
    """The same for four intervals of a second."""
    intervals = {"Interval": "1s"} if "Points" not in more else {}
    return period(Aggregate={"Function": function, **intervals, **more})


def answer(values: object, quality: object = None, **more: object) -> dict[str, object]:
    """The answer for K."""
    fields: dict[str, object] = {"Values": {K: values}}
    if quality is not None:
        fields["Quality"] = {K: quality}
    return good(PERIOD, **fields, **more)


def refused(part: str, sent: dict[str, object], code: int = 51) -> Step:
    """A period that is refused as a whole."""
    return sent, [bad(PERIOD, code, part, Values={})]


#: 1 before the period; 2 and 4 in its second second; 8 in the last one, which is bad.
FILLED: list[Step] = [
    set_at(1, -9000),
    set_at(2, -3000),
    set_at(4, -2250),
    set_at(8, -500),
    (
        {
            "DpSet": {
                "Values": [{"Dp": "K.:_original.._exp_inv", "Value": True}],
                "Timestamp": NOW_MS - 500,
            }
        },
        [],
    ),
]
TIMES = [NOW_MS - 4000, NOW_MS - 3000, NOW_MS - 2000, NOW_MS - 1000]
ISO = [f"2023-11-14T22:13:{second}.000Z" for second in (16, 17, 18, 19)]
AVERAGES = [1.0, 2.5, 4.0, 4.0]
QUALITY = [1.0, 1.0, 1.0, 0.5]

AGGREGATES = [
    exchange(
        "An average weighs each value by the time that it holds.",
        *FILLED,
        (aggregate("average"), [answer(AVERAGES, QUALITY)]),
        (aggregate("AVG", Interval=1000), [answer(AVERAGES, QUALITY)]),
        (aggregate("avg", Points=4), [answer(AVERAGES, QUALITY)]),
    ),
    exchange(
        "An aggregate has the times of its intervals in all shapes.",
        *FILLED,
        *(
            (
                period(Ts=shape, Aggregate={"Function": "average", "Interval": "1s"}),
                [answer(values, QUALITY)],
            )
            for shape, values in enumerate(
                [
                    AVERAGES,
                    [list(pair) for pair in zip(TIMES, AVERAGES, strict=True)],
                    [list(pair) for pair in zip(ISO, AVERAGES, strict=True)],
                    [TIMES, AVERAGES],
                    [ISO, AVERAGES],
                ]
            )
        ),
    ),
    exchange(
        "Several functions give a list for each interval, in their order.",
        *FILLED,
        (
            aggregate(["last", "Count", "min", "max", "sum", "mean"]),
            [
                answer(
                    [
                        [None, 0, None, None, None, None],
                        [4.0, 2, 2.0, 4.0, 6.0, 3.0],
                        [None, 0, None, None, None, None],
                        [8.0, 1, 8.0, 8.0, 8.0, 8.0],
                    ],
                    QUALITY,
                )
            ],
        ),
        (
            aggregate(["stddev", "percentile", "first", "integral"], Percent=50),
            [
                answer(
                    [
                        [None, None, None, 1.0],
                        [1.0, 2.0, 2.0, 2.5],
                        [None, None, None, 4.0],
                        [0.0, 8.0, 8.0, 2.0],
                    ],
                    QUALITY,
                )
            ],
        ),
        (aggregate(["count"], Quality=False), [answer([[0], [2], [0], [1]])]),
    ),
    exchange(
        "Largest triangles are real values, as many as points, and have no quality.",
        *FILLED,
        (
            period(T1=0, Ts=1, Aggregate={"Function": "LTTB", "Points": 3}),
            [answer([[NOW_MS - 9000, 1.0], [NOW_MS - 3000, 2.0], [NOW_MS - 500, 8.0]])],
        ),
        (
            period(Ts=3, Aggregate={"Function": "lttb", "Points": 1000}, T2=NOW_MS - 500),
            [answer([[NOW_MS - 3000, NOW_MS - 2250, NOW_MS - 500], [2.0, 4.0, 8.0]])],
        ),
    ),
    exchange(
        "Hours and days are those of a time zone, and the period cuts them.",
        *FILLED,
        (
            period(
                Ts=2,
                T1="2023-11-14T18:10:00Z",
                T2="2023-11-14T22:13:16Z",
                Aggregate={
                    "Function": "avg",
                    "Interval": "1d",
                    "TimeZone": "Asia/Kathmandu",
                },
            ),
            [
                answer(
                    # Midnight there is at 18:15Z.
                    [["2023-11-14T18:10:00.000Z", None], ["2023-11-14T18:15:00.000Z", 1.0]],
                    [0.0, 5 / 14_296],
                )
            ],
        ),
        (
            aggregate("last", Interval="2s", TimeZone="Europe/Vienna"),
            [answer([4.0, 8.0], [1.0, 0.75])],
        ),
    ),
    exchange(
        "Nothing is known of the future, and nothing of the time before the first value.",
        set_at(3, -1000),
        (
            period(
                T1=NOW_MS - 2000,
                T2=NOW_MS + 2000,
                Aggregate={"Function": "avg", "Points": 4},
            ),
            [answer([None, 3.0, None, None], [0.0, 1.0, 0.0, 0.0])],
        ),
    ),
    exchange(
        "A name without any value up to the end of the period is left out.",
        set_at(3, 0),
        (
            period(T2=NOW_MS - 1, Aggregate={"Function": "count", "Points": 2}),
            [good(PERIOD, Values={}, Quality={})],
        ),
    ),
    exchange(
        "Texts can be counted; a function of numbers is an error of their name alone.",
        (ask("DpSet", Values=[{"Dp": "A.s:_archive.._archive", "Value": True}]), []),
        set_at("a", -3000, "A.s"),
        set_at("b", -2900, "A.s"),
        set_at(5, -3000),
        (
            period(
                Dps=["A.s", "K."],
                Aggregate={"Function": ["first", "last", "count"], "Points": 1},
            ),
            [
                good(
                    PERIOD,
                    Values={TEXT: [["a", "b", 2]], K: [[5.0, 5.0, 1]]},
                    Quality={TEXT: [0.75], K: [0.75]},
                )
            ],
        ),
        (
            period(
                Dps=["A.s", "K."], Aggregate={"Function": ["count", "avg"], "Points": 1}
            ),
            [
                bad(
                    PERIOD,
                    11,
                    "no numbers, which 'average' needs",
                    "A.s",
                    Values={K: [[1, 5.0]]},
                    Quality={K: [0.75]},
                )
            ],
        ),
    ),
    exchange(
        "What is told of a value is a number that is always good.",
        *FILLED,
        (
            period(
                Dps=["K.:_offline.._bad", "K.:_offline.._status", "K.:_offline.._stime"],
                Aggregate={"Function": "max", "Interval": "2s"},
            ),
            [
                good(
                    PERIOD,
                    Values={
                        "System1:K.:_offline.._bad": [0, 1],
                        STATUS: [257, 289],
                        "System1:K.:_offline.._stime": [NOW_MS - 2250, NOW_MS - 500],
                    },
                    Quality={
                        "System1:K.:_offline.._bad": [1.0, 1.0],
                        STATUS: [1.0, 1.0],
                        "System1:K.:_offline.._stime": [1.0, 1.0],
                    },
                )
            ],
        ),
    ),
    exchange(
        "Several attributes stand side by side with their bonus values.",
        *FILLED,
        (
            period(
                Dps=["K.:_offline.._value", "K.:_offline.._status", "K.:_offline.._user"],
                Count=1,
                Ts=3,
                T2=NOW_MS - 2500,
            ),
            [
                good(
                    PERIOD,
                    Values={
                        name: [[NOW_MS - 9000, NOW_MS - 3000, NOW_MS - 2250], values]
                        for name, values in (
                            (K, [1.0, 2.0, 4.0]),
                            (STATUS, [257] * 3),
                            ("System1:K.:_offline.._user", [1] * 3),
                        )
                    },
                )
            ],
        ),
    ),
    exchange(
        "An aggregate that makes no sense is refused, and says why.",
        refused("no function 'median'", aggregate("median")),
        refused("at least one function", aggregate([])),
        refused("only once", aggregate(["min", "minimum"])),
        refused("must be the only one", aggregate(["lttb", "min"], Points=9)),
        refused("Points, 3 to", aggregate("lttb", Points=2)),
        refused("Points, 3 to", aggregate("lttb")),
        refused("Percent, 0 to 100", aggregate("percentile")),
        refused("Percent, 0 to 100", aggregate("percentile", Percent=101)),
        refused("Interval must be", aggregate("min", Interval="1 fortnight")),
        refused("Points is 0", aggregate("min", Points=0)),
        refused(
            "more than 1000000 intervals",
            period(T1=0, Aggregate={"Function": "min", "Interval": "1h"}, T2=4e12),
        ),
        refused(
            "no bonus values",
            period(Count=1, Aggregate={"Function": "min", "Interval": "1h"}),
        ),
        refused("either Interval or Points", period(Aggregate={"Function": "min"})),
        refused("TimeZone 'Mars'", aggregate("min", TimeZone="Mars")),
        refused("TimeZone ''", aggregate("min", TimeZone="")),
        refused(
            "earlier than T2",
            period(T1=NOW_MS, Aggregate={"Function": "min", "Points": 1}),
        ),
        refused("Aggregate", period(Aggregate="min")),
        refused("ms since the epoch", period(T1=NOW_MS * 1000, T2=NOW_MS * 1001), 20),
    ),
]


def frame(progress: object, values: dict[str, object], **more: object) -> dict[str, object]:
    """One of the frames of an answer."""
    return good(PERIOD, Progress=progress, Values=values, **more)


SPLITS = [
    exchange(
        "Split gives many frames, of which only the last has the progress 100.",
        *FILLED,
        (
            period(Split=2, T1=0),
            [
                frame(66, {K: [1.0, 2.0]}),
                frame(94, {K: [4.0, 8.0]}),
                frame(100, {K: [8.0]}),
            ],
        ),
        (period(Split=True, T1=0), [frame(100, {K: [1.0, 2.0, 4.0, 8.0, 8.0]})]),
        (period(Split=5, T1=0), [frame(100, {K: [1.0, 2.0, 4.0, 8.0, 8.0]})]),
        (period(Split=False), [answer([2.0, 4.0, 8.0, 8.0])]),
        (period(Split=1, T2=NOW_MS - 3500), [frame(100, {})]),
    ),
    exchange(
        "The parts of a name are one series in all shapes, with bonus values.",
        *FILLED,
        (
            period(Split=2, Ts=1, Count=1, T2=NOW_MS - 2500),
            [
                frame(92, {K: [[NOW_MS - 9000, 1.0], [NOW_MS - 3000, 2.0]]}),
                frame(100, {K: [[NOW_MS - 2250, 4.0]]}),
            ],
        ),
        (
            period(Split=2, Ts=3, Count=1, T2=NOW_MS - 2500),
            [
                frame(92, {K: [[NOW_MS - 9000, NOW_MS - 3000], [1.0, 2.0]]}),
                frame(100, {K: [[NOW_MS - 2250], [4.0]]}),
            ],
        ),
    ),
    exchange(
        "A frame has the end of one name and the beginning of the next.",
        *FILLED,
        (
            period(Split=3, Dps=["K.", "K.:_offline.._status"], T2=NOW_MS - 1000),
            [
                frame(50, {K: [2.0, 4.0], STATUS: [257]}),
                frame(100, {STATUS: [257]}),
            ],
        ),
    ),
    exchange(
        "An aggregate can be split, and its quality with it.",
        *FILLED,
        (
            period(Split=3, Aggregate={"Function": "avg", "Interval": "1s"}),
            [
                frame(50, {K: AVERAGES[:3]}, Quality={K: QUALITY[:3]}),
                frame(100, {K: AVERAGES[3:]}, Quality={K: QUALITY[3:]}),
            ],
        ),
    ),
    exchange(
        "What is wrong with names stands in the last frame.",
        *FILLED,
        (
            period(Split=3, Dps=["Nope.", "K."]),
            [
                frame(83, {K: [2.0, 4.0, 8.0]}),
                bad(PERIOD, 7, "Nope", "Nope.", Progress=100, Values={K: [8.0]}),
            ],
        ),
    ),
    exchange(
        "A split that is refused has a single frame, which is the last.",
        (
            period(Split=3, T1=NOW_MS + 1000),
            [bad(PERIOD, 51, "later than T2", Progress=100, Values={})],
        ),
        refused("Split is 0", period(Split=0)),
        refused("Split is -1", period(Split=-1)),
        refused("Split is 100001", period(Split=100_001)),
        refused("Split", period(Split="yes")),
    ),
]

PERIODS: list[Exchange] = [*AGGREGATES, *SPLITS]
