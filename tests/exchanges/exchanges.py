"""Requests and replies as data: what a client sends, and all that it gets for it.

Each exchange runs in a session of its own, over the plant of
:mod:`tests.systems.bench`, at 2023-11-14T22:13:20Z, in the zone UTC. A dict is
sent as JSON, a text as it is; every step lists all frames that come because of it.
"""

from __future__ import annotations

from tests.exchanges.conversation import (
    NOW_MS,
    Exchange,
    Passes,
    Says,
    Step,
    ask,
    bad,
    exchange,
    one,
    setting,
)
from tests.exchanges.dpwatch import WATCHING
from tests.exchanges.names import FINDING
from tests.exchanges.periods import PERIODS as MORE_PERIODS
from tests.exchanges.queries import QUERIES as MORE_QUERIES
from tests.exchanges.structurechanges import CHANGING
from tests.exchanges.systemfacts import INFORMING
from tests.exchanges.waits import WAITING


def connected(id_: int = 1, **values: float) -> dict[str, object]:
    """A message of a DpConnect."""
    found = {f"System1:{name}.:_online.._value": value for name, value in values.items()}
    return {"DpConnectResult": {"Id": id_, "Error": 0, "Values": found}}


def refusal(code: int, part: str, **more: object) -> dict[str, object]:
    """The reply to a frame that is not a command."""
    return {"Response": {**more, "Code": code, "Message": Says(part)}}


def set_at(value: object, ms: int) -> Step:
    """Set K with a source time relative to now."""
    values = [{"Dp": "K.", "Value": value}]
    return {"DpSet": {"Values": values, "Timestamp": NOW_MS + ms}}, []


def period(ts: int | None = None, **more: object) -> dict[str, object]:
    """A DpGetPeriod of K that covers the last two of its three values."""
    arguments: dict[str, object] = {
        "Id": 4,
        "Dps": ["K."],
        "T1": NOW_MS - 2000,
        "T2": NOW_MS,
    }
    if ts is not None:
        arguments["Ts"] = ts
    return {"DpGetPeriod": arguments | more}


def series(*values: object) -> dict[str, object]:
    """The answer to :func:`period`."""
    found = {"System1:K.:_offline.._value": list(values)}
    return {"DpGetPeriodResult": {"Id": 4, "Error": 0, "Values": found}}


THREE_VALUES: list[Step] = [set_at(1.5, -3000), set_at(2.5, -2000), set_at(3.5, -1000)]
ISO = ["2023-11-14T22:13:18.000Z", "2023-11-14T22:13:19.000Z"]

READS = [
    one(
        "A read is answered under complete names with the Id of the command.",
        {"DpGet": {"Id": 2, "Dps": ["F2.", "A.s"]}},
        {
            "DpGetResult": {
                "Id": 2,
                "Error": 0,
                "Values": {
                    "System1:F2.:_original.._value": 2.5,
                    "System1:A.s:_original.._value": "",
                },
            }
        },
    ),
    one(
        "A command without an Id has an answer without one.",
        {"DpGet": {"Dps": ["F2."]}},
        {"DpGetResult": {"Error": 0, "Values": {"System1:F2.:_original.._value": 2.5}}},
    ),
    one(
        "An Id may be a text.",
        {"DpGet": {"Id": 'a"ü', "Dps": []}},
        {"DpGetResult": {"Id": 'a"ü', "Error": 0, "Values": {}}},
    ),
    one(
        "An Id may be any number.",
        {"DpGet": {"Id": 5.0, "Dps": []}},
        {"DpGetResult": {"Id": 5.0, "Error": 0, "Values": {}}},
    ),
    one(
        "Zero is an Id as any other.",
        {"DpGet": {"Id": 0, "Dps": []}},
        {"DpGetResult": {"Id": 0, "Error": 0, "Values": {}}},
    ),
    one(
        "A null Id is none.",
        {"DpGet": {"Id": None, "Dps": []}},
        {"DpGetResult": {"Error": 0, "Values": {}}},
    ),
    one(
        "System, dot and attribute may be written or left out.",
        {
            "DpGet": {
                "Id": 2,
                "Dps": ["F2", "System1:F2.:_online.._value", "F2.:_online.._stime"],
            }
        },
        {
            "DpGetResult": {
                "Id": 2,
                "Error": 0,
                "Values": {
                    "System1:F2.:_original.._value": 2.5,
                    "System1:F2.:_online.._value": 2.5,
                    "System1:F2.:_online.._stime": 0,
                },
            }
        },
    ),
    one(
        "A read answers what it can and says what is wrong with the rest.",
        {"DpGet": {"Id": 2, "Dps": ["Nope.", "F2.", "A.nope", "Other:F2.", "F2.:_online"]}},
        {
            "DpGetResult": {
                "Id": 2,
                "Error": 7,
                "Message": Says("Nope"),
                "Errors": {
                    "Nope.": {"Code": 7, "Message": Says("Nope")},
                    "A.nope": {"Code": 8, "Message": Says("nope")},
                    "Other:F2.": {"Code": 56, "Message": Says("Other")},
                    "F2.:_online": {"Code": 10, "Message": Says("_online")},
                },
                "Values": {"System1:F2.:_original.._value": 2.5},
            }
        },
    ),
    one(
        "Two spellings of a wrong name each have their error.",
        {"DpGet": {"Id": 2, "Dps": ["Nope.", "System1:Nope."]}},
        {
            "DpGetResult": {
                "Id": 2,
                "Error": 7,
                "Message": Says("Nope"),
                "Errors": {
                    "Nope.": {"Code": 7, "Message": Says("Nope")},
                    "System1:Nope.": {"Code": 7, "Message": Says("Nope")},
                },
                "Values": {},
            }
        },
    ),
    one(
        "The archived value of an element that is not archived is error 46.",
        {"DpGet": {"Id": 2, "Dps": ["F1.:_offline.._value"]}},
        {
            "DpGetResult": {
                "Id": 2,
                "Error": 46,
                "Message": Says("not archived"),
                "Errors": {
                    "F1.:_offline.._value": {"Code": 46, "Message": Says("not archived")}
                },
                "Values": {},
            }
        },
    ),
]

SETS = [
    exchange(
        "A set without Wait has no answer and takes effect.",
        (setting(F1=1, F2="2.5"), []),
        (
            {"DpGet": {"Dps": ["F1.", "F2."]}},
            [
                {
                    "DpGetResult": {
                        "Error": 0,
                        "Values": {
                            "System1:F1.:_original.._value": 1.0,
                            "System1:F2.:_original.._value": 2.5,
                        },
                    }
                }
            ],
        ),
    ),
    one(
        "A set with Wait is answered when it is durable.",
        {"DpSet": {"Id": 3, "Values": [{"Dp": "F1.", "Value": 5}], "Wait": True}},
        {"DpSetResult": {"Id": 3, "Error": 0}},
    ),
    one(
        "A set with Wait set to false has no answer.",
        {"DpSet": {"Id": 3, "Values": [{"Dp": "F1.", "Value": 5}], "Wait": False}},
    ),
    exchange(
        "A set that fails is answered, also without Wait, and sets nothing.",
        (
            {
                "DpSet": {
                    "Id": 3,
                    "Values": [
                        {"Dp": "F2.", "Value": 9},
                        {"Dp": "A.i", "Value": "x"},
                        {"Dp": "Nope.", "Value": 1},
                    ],
                }
            },
            [
                {
                    "DpSetResult": {
                        "Id": 3,
                        "Error": 11,
                        "Message": Says("A.i"),
                        "Errors": {
                            "A.i": {"Code": 11, "Message": Says("A.i")},
                            "Nope.": {"Code": 7, "Message": Says("Nope")},
                        },
                    }
                }
            ],
        ),
        (
            {"DpGet": {"Dps": ["F2."]}},
            [
                {
                    "DpGetResult": {
                        "Error": 0,
                        "Values": {"System1:F2.:_original.._value": 2.5},
                    }
                }
            ],
        ),
    ),
    exchange(
        "The source time may be given in ms or as text.",
        (
            {"DpSet": {"Values": [{"Dp": "F1.", "Value": 1}], "Timestamp": 5000}},
            [],
        ),
        (
            {
                "DpSet": {
                    "Values": [{"Dp": "F2.", "Value": 1}],
                    "Timestamp": "2023-11-14T22:13:20.5",
                }
            },
            [],
        ),
        (
            {"DpGet": {"Dps": ["F1.:_original.._stime", "F2.:_original.._stime"]}},
            [
                {
                    "DpGetResult": {
                        "Error": 0,
                        "Values": {
                            "System1:F1.:_original.._stime": 5000,
                            "System1:F2.:_original.._stime": NOW_MS + 500,
                        },
                    }
                }
            ],
        ),
    ),
    one(
        "A source time that is none is a parameter error that names the argument.",
        {"DpSet": {"Id": 3, "Values": [{"Dp": "F1.", "Value": 1}], "Timestamp": "soon"}},
        {"DpSetResult": {"Id": 3, "Error": 51, "Message": Says("Timestamp")}},
    ),
    one(
        "A source time that cannot be stored is error 20.",
        {"DpSet": {"Id": 3, "Values": [{"Dp": "F1.", "Value": 1}], "Timestamp": -1}},
        {"DpSetResult": {"Id": 3, "Error": 20, "Message": Says("1970")}},
    ),
    exchange(
        "An older source time is error 43 where nothing is archived.",
        (setting(F1=1), []),
        (
            {"DpSet": {"Id": 3, "Values": [{"Dp": "F1.", "Value": 2}], "Timestamp": 1}},
            [
                {
                    "DpSetResult": {
                        "Id": 3,
                        "Error": 43,
                        "Message": Says("older"),
                        "Errors": {"F1.": {"Code": 43, "Message": Says("older")}},
                    }
                }
            ],
        ),
    ),
    one(
        "A set of nothing is done at once.",
        {"DpSet": {"Id": 3, "Values": [], "Wait": True}},
        {"DpSetResult": {"Id": 3, "Error": 0}},
    ),
]

CONNECTS = [
    exchange(
        "A connect is answered at once and then at each change, with all its values.",
        (
            {"DpConnect": {"Id": 5, "Dps": ["F2.", "F1."]}},
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {
                            "System1:F2.:_online.._value": 2.5,
                            "System1:F1.:_online.._value": 0.0,
                        },
                    }
                }
            ],
        ),
        (
            setting(F1=7, K=1),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {
                            "System1:F2.:_online.._value": 2.5,
                            "System1:F1.:_online.._value": 7.0,
                        },
                    }
                }
            ],
        ),
        (setting(K=2), []),
    ),
    exchange(
        "Without Answer the first message is the first change.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1."], "Answer": False}}, []),
        (
            setting(F1=7),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {"System1:F1.:_online.._value": 7.0},
                    }
                }
            ],
        ),
    ),
    exchange(
        "With MaxRate updates come at most so often, with Deadband not for small changes.",
        (ask("DpConnect", Dps=["F1."], MaxRate=2), [connected(F1=0.0)]),
        ({"DpConnect": {"Id": 2, "Dps": ["F2."], "Deadband": 1, "Answer": False}}, []),
        (setting(F1=1), [connected(F1=1.0)]),
        (setting(F1=2), []),
        (setting(F1=3), []),
        (Passes(0.5), [connected(F1=3.0)]),
        (setting(F2=5), [connected(2, F2=5.0)]),
        (setting(F2=6), []),
        (setting(F2=6.5), [connected(2, F2=6.5)]),
        ({"DpDisconnect": {"Id": 1}}, []),
        ({"DpDisconnect": {"Id": 2}}, []),
        (setting(F1=7, F2=9), []),
    ),
    exchange(
        "With OnlyChanged updates have the values that have changed.",
        (
            ask("DpConnect", Dps=["F1.", "F2.", "K."], OnlyChanged=True),
            [connected(F1=0.0, F2=2.5, K=0.0)],
        ),
        (setting(F2=3), [connected(F2=3.0)]),
        (setting(K=1, F1=2), [connected(K=1.0, F1=2.0)]),
        (
            {
                "DpConnect": {
                    "Id": 2,
                    "Dps": ["F1.", "F2."],
                    "OnlyChanged": True,
                    "MaxRate": 2,
                    "Deadband": 1,
                }
            },
            [connected(2, F1=2.0, F2=3.0)],
        ),
        ({"DpDisconnect": {"Id": 1}}, []),
        (setting(F1=3), [connected(2, F1=3.0)]),
        (setting(F1=3.5), []),
        (setting(F2=7), []),
        (setting(F2=8), []),
        (Passes(0.5), [connected(2, F2=8.0)]),
    ),
    exchange(
        "A connect with a MaxRate or Deadband that makes no sense is refused.",
        (
            ask("DpConnect", Dps=["F1."], MaxRate=-1),
            [bad("DpConnect", 51, "MaxRate is -1", Values={})],
        ),
        (
            ask("DpConnect", Dps=["F1."], Deadband="5 %%"),
            [bad("DpConnect", 51, "Deadband is '5 %%'", Values={})],
        ),
    ),
    exchange(
        "A connect without an Id has messages without one and cannot be ended.",
        (
            {"DpConnect": {"Dps": ["F1."], "Answer": True}},
            [
                {
                    "DpConnectResult": {
                        "Error": 0,
                        "Values": {"System1:F1.:_online.._value": 0.0},
                    }
                }
            ],
        ),
        (
            {"DpDisconnect": {}},
            [{"DpDisconnectResult": {"Error": 32, "Message": Says("no Id")}}],
        ),
        (
            setting(F1=1),
            [
                {
                    "DpConnectResult": {
                        "Error": 0,
                        "Values": {"System1:F1.:_online.._value": 1.0},
                    }
                }
            ],
        ),
    ),
    exchange(
        "A connect is ended by its Id, without an answer.",
        ({"DpConnect": {"Id": "a", "Dps": ["F1."], "Answer": False}}, []),
        ({"DpDisconnect": {"Id": "a"}}, []),
        (setting(F1=1), []),
        (
            {"DpDisconnect": {"Id": "a"}},
            [{"DpDisconnectResult": {"Id": "a", "Error": 32, "Message": Says("'a'")}}],
        ),
    ),
    exchange(
        "A number is one Id however it is written.",
        ({"DpConnect": {"Id": 5.0, "Dps": ["F1."], "Answer": False}}, []),
        ({"DpDisconnect": {"Id": 5}}, []),
        (
            {"DpDisconnect": {"Id": 5.0}},
            [{"DpDisconnectResult": {"Id": 5.0, "Error": 32, "Message": Says("5.0")}}],
        ),
    ),
    exchange(
        "A number and its text are two Ids.",
        ({"DpConnect": {"Id": 1, "Dps": ["F1."], "Answer": False}}, []),
        (
            {"DpDisconnect": {"Id": "1"}},
            [{"DpDisconnectResult": {"Id": "1", "Error": 32, "Message": Says("'1'")}}],
        ),
        ({"DpDisconnect": {"Id": 1}}, []),
    ),
    exchange(
        "A connect takes the place of an earlier one with the same Id.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1."], "Answer": False}}, []),
        ({"DpConnect": {"Id": 5, "Dps": ["F2."], "Answer": False}}, []),
        (setting(F1=1), []),
        (
            setting(F2=2),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {"System1:F2.:_online.._value": 2.0},
                    }
                }
            ],
        ),
    ),
    exchange(
        "A refused connect leaves an earlier one with the same Id as it was.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1."], "Answer": False}}, []),
        (
            {"DpConnect": {"Id": 5, "Dps": ["F2.", "Nope."]}},
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 7,
                        "Message": Says("Nope"),
                        "Errors": {"Nope.": {"Code": 7, "Message": Says("Nope")}},
                        "Values": {},
                    }
                }
            ],
        ),
        (
            setting(F1=1, F2=3),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {"System1:F1.:_online.._value": 1.0},
                    }
                }
            ],
        ),
    ),
    one(
        "A config that does not change with the value cannot be connected.",
        {"DpConnect": {"Id": 5, "Dps": ["K.:_archive.._archive"]}},
        {
            "DpConnectResult": {
                "Id": 5,
                "Error": 53,
                "Message": Says("cannot be connected"),
                "Errors": {
                    "K.:_archive.._archive": {
                        "Code": 53,
                        "Message": Says("cannot be connected"),
                    }
                },
                "Values": {},
            }
        },
    ),
    one(
        "A connect to nothing is a parameter error.",
        {"DpConnect": {"Id": 5, "Dps": []}},
        {
            "DpConnectResult": {
                "Id": 5,
                "Error": 51,
                "Message": Says("Dps is empty"),
                "Values": {},
            }
        },
    ),
    one(
        "Ending what was never connected is error 32.",
        {"DpDisconnect": {"Id": 99}},
        {"DpDisconnectResult": {"Id": 99, "Error": 32, "Message": Says("99")}},
    ),
    exchange(
        "One set of two connected values is one message.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1.", "F2."], "Answer": False}}, []),
        (
            setting(F1=1, F2=2),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {
                            "System1:F1.:_online.._value": 1.0,
                            "System1:F2.:_online.._value": 2.0,
                        },
                    }
                }
            ],
        ),
    ),
]

QUERY = "SELECT '_online.._value' FROM 'F*.'"
HEADER = ["", ":_online.._value"]

QUERIES = [
    exchange(
        "A query connect is answered with its table and then with the rows that changed.",
        (
            {"DpQueryConnect": {"Id": 6, "Query": QUERY}},
            [
                {
                    "DpQueryConnectResult": {
                        "Id": 6,
                        "Error": 0,
                        "Header": HEADER,
                        "Values": [["System1:F1.", 0.0], ["System1:F2.", 2.5]],
                    }
                }
            ],
        ),
        (
            setting(F2=6, K=1),
            [
                {
                    "DpQueryConnectResult": {
                        "Id": 6,
                        "Error": 0,
                        "Header": HEADER,
                        "Values": [["System1:F2.", 6.0]],
                    }
                }
            ],
        ),
        (setting(K=2), []),
    ),
    exchange(
        "A query connect without Answer begins with the first change.",
        ({"DpQueryConnect": {"Query": QUERY, "Answer": False}}, []),
        (
            setting(F1=6),
            [
                {
                    "DpQueryConnectResult": {
                        "Error": 0,
                        "Header": HEADER,
                        "Values": [["System1:F1.", 6.0]],
                    }
                }
            ],
        ),
    ),
    exchange(
        "A query connect is ended by its Id, without an answer.",
        ({"DpQueryConnect": {"Id": 6, "Query": QUERY, "Answer": False}}, []),
        ({"DpQueryDisconnect": {"Id": 6}}, []),
        (setting(F1=6), []),
        (
            {"DpQueryDisconnect": {"Id": 6}},
            [{"DpQueryDisconnectResult": {"Id": 6, "Error": 32, "Message": Says("6")}}],
        ),
    ),
    exchange(
        "Connects and query connects have Ids of their own.",
        ({"DpQueryConnect": {"Id": 6, "Query": QUERY, "Answer": False}}, []),
        (
            {"DpDisconnect": {"Id": 6}},
            [{"DpDisconnectResult": {"Id": 6, "Error": 32, "Message": Says("6")}}],
        ),
    ),
    exchange(
        "A query connect takes the place of an earlier one with the same Id.",
        ({"DpQueryConnect": {"Id": 6, "Query": QUERY, "Answer": False}}, []),
        ({"DpQueryConnect": {"Id": 6, "Query": QUERY, "Answer": False}}, []),
        (
            setting(F1=6),
            [
                {
                    "DpQueryConnectResult": {
                        "Id": 6,
                        "Error": 0,
                        "Header": HEADER,
                        "Values": [["System1:F1.", 6.0]],
                    }
                }
            ],
        ),
    ),
    one(
        "A query that covers nothing has an empty table.",
        {"DpQueryConnect": {"Id": 6, "Query": QUERY.replace("F*", "Nope")}},
        {
            "DpQueryConnectResult": {
                "Id": 6,
                "Error": 0,
                "Header": HEADER,
                "Values": [],
            }
        },
    ),
    one(
        "A query that cannot be read is error 36 with the position.",
        {"DpQueryConnect": {"Id": 6, "Query": "SELECT '_online.._value' FORM 'F*.'"}},
        {
            "DpQueryConnectResult": {
                "Id": 6,
                "Error": 36,
                "Message": Says("position 26"),
                "Header": [],
                "Values": [],
            }
        },
    ),
    one(
        "A query of an unknown system is error 56.",
        {"DpQueryConnect": {"Id": 6, "Query": QUERY.replace("F*", "Other:F*")}},
        {
            "DpQueryConnectResult": {
                "Id": 6,
                "Error": 56,
                "Message": Says("Other"),
                "Header": [],
                "Values": [],
            }
        },
    ),
]

PERIODS = [
    exchange(
        "Without Ts a period is a list of values.",
        *THREE_VALUES,
        (period(), [series(2.5, 3.5)]),
    ),
    exchange("Ts 0 is a list of values.", *THREE_VALUES, (period(0), [series(2.5, 3.5)])),
    exchange(
        "Ts 1 is a list of pairs with ms.",
        *THREE_VALUES,
        (period(1), [series([NOW_MS - 2000, 2.5], [NOW_MS - 1000, 3.5])]),
    ),
    exchange(
        "Ts 2 is a list of pairs with ISO 8601.",
        *THREE_VALUES,
        (period(2), [series([ISO[0], 2.5], [ISO[1], 3.5])]),
    ),
    exchange(
        "Ts 3 is a list of ms and a list of values.",
        *THREE_VALUES,
        (period(3), [series([NOW_MS - 2000, NOW_MS - 1000], [2.5, 3.5])]),
    ),
    exchange(
        "Ts 4 is a list of ISO 8601 and a list of values.",
        *THREE_VALUES,
        (period(4), [series(ISO, [2.5, 3.5])]),
    ),
    exchange(
        "Times may be texts, without a zone in the configured one.",
        *THREE_VALUES,
        (
            period(T1="2023-11-14T22:13:18", T2="2023-11-14T23:13:20.000000000+01:00"),
            [series(2.5, 3.5)],
        ),
    ),
    exchange(
        "From the beginning to the end of all times is everything.",
        *THREE_VALUES,
        (period(T1=-1e18, T2=1e18), [series(1.5, 2.5, 3.5)]),
    ),
    exchange(
        "Times that no float can count in nanoseconds mean from and to ever as well.",
        *THREE_VALUES,
        (period(T1=-1e307, T2=1e307), [series(1.5, 2.5, 3.5)]),
    ),
    exchange(
        "Who asks up to a time that it has seen in ms gets the value of that time.",
        (
            {
                "DpSet": {
                    "Values": [{"Dp": "K.", "Value": 1}],
                    "Timestamp": "2023-11-14T22:13:20.000999999Z",
                }
            },
            [],
        ),
        (period(1, T1=NOW_MS), [series([NOW_MS, 1.0])]),
    ),
    exchange(
        "Null stands for an argument that is left out.",
        *THREE_VALUES,
        (period(Count=None, Ts=None), [series(2.5, 3.5)]),
        ({"DpSet": {"Values": [], "Wait": None, "Timestamp": None}}, []),
        (
            {"DpConnect": {"Dps": ["F1."], "Answer": None}},
            [
                {
                    "DpConnectResult": {
                        "Error": 0,
                        "Values": {"System1:F1.:_online.._value": 0.0},
                    }
                }
            ],
        ),
    ),
    exchange(
        "Count asks for bonus values before and after the period.",
        *THREE_VALUES,
        (period(T2=NOW_MS - 1500, Count=1), [series(1.5, 2.5, 3.5)]),
    ),
    exchange(
        "A name without any value in the period is left out.",
        (period(), [{"DpGetPeriodResult": {"Id": 4, "Error": 0, "Values": {}}}]),
    ),
    exchange(
        "Several attributes of one element stand side by side.",
        *THREE_VALUES,
        (
            period(Dps=["K.:_offline.._value", "K.:_offline.._bad"]),
            [
                {
                    "DpGetPeriodResult": {
                        "Id": 4,
                        "Error": 0,
                        "Values": {
                            "System1:K.:_offline.._value": [2.5, 3.5],
                            "System1:K.:_offline.._bad": [False, False],
                        },
                    }
                }
            ],
        ),
    ),
    exchange(
        "A period answers what it can and says what is wrong with the rest.",
        *THREE_VALUES,
        (
            period(Dps=["Nope.", "K.", "K.:_archive.._archive"]),
            [
                {
                    "DpGetPeriodResult": {
                        "Id": 4,
                        "Error": 7,
                        "Message": Says("Nope"),
                        "Errors": {
                            "Nope.": {"Code": 7, "Message": Says("Nope")},
                            "K.:_archive.._archive": {
                                "Code": 53,
                                "Message": Says("no history"),
                            },
                        },
                        "Values": {"System1:K.:_offline.._value": [2.5, 3.5]},
                    }
                }
            ],
        ),
    ),
    one(
        "A period that ends before it begins is a parameter error.",
        period(T2=0),
        {
            "DpGetPeriodResult": {
                "Id": 4,
                "Error": 51,
                "Message": Says("later than T2"),
                "Values": {},
            }
        },
    ),
    one(
        "A time that is none is a parameter error that names the argument.",
        period(T2="yesterday"),
        {
            "DpGetPeriodResult": {
                "Id": 4,
                "Error": 51,
                "Message": Says("T2"),
                "Values": {},
            }
        },
    ),
    one(
        "A shape that does not exist is a parameter error.",
        period(5),
        {
            "DpGetPeriodResult": {
                "Id": 4,
                "Error": 51,
                "Message": Says("Ts is 5"),
                "Values": {},
            }
        },
    ),
    one(
        "Fewer than no bonus values is a parameter error.",
        period(Count=-1),
        {
            "DpGetPeriodResult": {
                "Id": 4,
                "Error": 51,
                "Message": Says("Count is -1"),
                "Values": {},
            }
        },
    ),
]

BAD_FRAMES = [
    exchange(
        "After a frame that is not JSON the session goes on.",
        ("hello", [refusal(36, "not JSON")]),
        ({"DpGet": {"Dps": []}}, [{"DpGetResult": {"Error": 0, "Values": {}}}]),
    ),
    one("A frame that is no object is answered.", "[1, 2]", refusal(36, "one object")),
    one("An empty frame is answered.", "", refusal(36, "not JSON")),
    one("An object without a command is answered.", "{}", refusal(36, "0 keys")),
    one(
        "Two commands in one frame are none, and the Id is found.",
        {"DpGet": {"Id": 1, "Dps": []}, "DpSet": {"Values": []}},
        refusal(36, "2 keys", Id=1),
    ),
    one(
        "An unknown command is answered with its Id.",
        {"DpGett": {"Id": "x"}},
        refusal(36, "DpGett", Id="x"),
    ),
    one(
        "A missing argument is a parameter error of the command.",
        {"DpGet": {"Id": 1}},
        {
            "DpGetResult": {
                "Id": 1,
                "Error": 51,
                "Message": Says("Dps"),
                "Values": {},
            }
        },
    ),
    one(
        "An argument of the wrong type is a parameter error of the command.",
        {"DpSet": {"Id": 1, "Values": {"Dp": "F1.", "Value": 1}}},
        {"DpSetResult": {"Id": 1, "Error": 51, "Message": Says("Values")}},
    ),
    one(
        "A query command with a wrong argument has an empty header and table.",
        {"DpQueryConnect": {"Id": 1, "Query": 5}},
        {
            "DpQueryConnectResult": {
                "Id": 1,
                "Error": 51,
                "Message": Says("Query"),
                "Header": [],
                "Values": [],
            }
        },
    ),
    exchange(
        "A number that no element can hold is refused with the name of the element.",
        *(
            (
                f'{{"DpSet": {{"Id": 1, "Values": [{{"Dp": "F1.", "Value": {number}}}]}}}}',
                [
                    {
                        "DpSetResult": {
                            "Id": 1,
                            "Error": 11,
                            "Message": Says("F1."),
                            "Errors": {"F1.": {"Code": 11, "Message": Says("F1.")}},
                        }
                    }
                ],
            )
            for number in ("NaN", "Infinity", "-Infinity", "1e400")
        ),
    ),
    one(
        "Digits without end are a parameter error.",
        f'{{"DpSet": {{"Id": 1, "Values": [{{"Dp": "F1.", "Value": {"9" * 5000}}}]}}}}',
        {"DpSetResult": {"Id": 1, "Error": 51, "Message": Says("DpSet")}},
    ),
]

EXCHANGES: list[Exchange] = [
    *READS,
    *SETS,
    *CONNECTS,
    *QUERIES,
    *MORE_QUERIES,
    *PERIODS,
    *MORE_PERIODS,
    *BAD_FRAMES,
    *FINDING,
    *CHANGING,
    *WAITING,
    *WATCHING,
    *INFORMING,
]
