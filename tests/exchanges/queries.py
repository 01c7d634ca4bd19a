"""Exchanges of queries: once, live with changed rows, live with the whole table."""

from __future__ import annotations

from collections.abc import Sequence

from tests.exchanges.conversation import (
    NOW_MS,
    Exchange,
    Passes,
    Step,
    ask,
    bad,
    done,
    exchange,
    good,
    one,
    setting,
)

F = "SELECT '_online.._value' FROM 'F*.'"
ABOVE = f"{F} WHERE '_online.._value' > 2"
HEADER = ["", ":_online.._value"]
EMPTY: dict[str, object] = {"Header": [], "Values": []}

SINGLE, ALL = "DpQueryConnectSingle", "DpQueryConnectAll"


def table(command: str, *rows: Sequence[object], **more: object) -> dict[str, object]:
    """A message with rows whose names lack the system."""
    found = [[f"System1:{row[0]}", *row[1:]] for row in rows]
    return good(command, Header=HEADER, Values=found, **more)


def answer(*rows: Sequence[object]) -> dict[str, object]:
    """The answer to a DpQuery."""
    return table("DpQuery", *rows)


def refused(command: str, query: str, code: int, part: str, **more: object) -> Step:
    """A query that is refused."""
    return ask(command, Query=query, **more), [bad(command, code, part, **EMPTY)]


GROUP_TYPE = {
    "Name": "_DpGroup",
    "Children": [
        {"Name": "Dps", "Type": "dyn_string"},
        {"Name": "Types", "Type": "dyn_string"},
        {"Name": "Level", "Type": "int"},
    ],
}


def group(name: str, *entries: tuple[str, str]) -> list[Step]:
    """Makes a group of datapoints; an entry is a type and a pattern."""
    values = [
        {"Dp": f"{name}.Dps", "Value": [pattern for _, pattern in entries]},
        {"Dp": f"{name}.Types", "Value": [dp_type for dp_type, _ in entries]},
    ]
    return [
        done("DpCreate", Dp=name, Type="_DpGroup"),
        done("DpSet", Values=values, Wait=True),
    ]


def grouped(*names: str) -> str:
    """A query of what is in groups."""
    groups = ",".join(f"DPGROUP({name})" for name in names)
    return f"SELECT '_online.._value' FROM '{{{groups}}}'"


G1, G2, G3 = (f"_DpGroup0000{number}_Public" for number in (1, 2, 3))

GROUPS = [
    exchange(
        "A group of datapoints has patterns, each of a type or of any, and other groups.",
        done("DpTypeCreate", Node=GROUP_TYPE),
        *group(G1, ("Float", "*"), ("", "pump_0[1,2].value.speed")),
        *group(G2, (G3, ""), ("Pump", "F*."), ("", "")),
        *group(G3, (f"{G1}.", ""), (G2, ""), ("Float", "K.")),
        (
            ask("DpQuery", Query=f"{grouped(G1)} SORT BY 0"),
            [
                answer(
                    ["F1.", 0.0],
                    ["F2.", 2.5],
                    ["K.", 0.0],
                    ["pump_01.value.speed", 0.0],
                    ["pump_02.value.speed", 0.0],
                )
            ],
        ),
        *(
            (
                ask("DpQuery", Query=f"{query} WHERE _DP LIKE 'F*'"),
                [answer(["F1.", 0.0], ["F2.", 2.5])],
            )
            for query in (
                grouped(G1),
                grouped(f"{G1}."),
                grouped(G2),
                grouped(G3, G1, G1),
                f"SELECT '_online.._value' FROM 'DPGROUP({G1})'",
                f"select '_online.._value' from 'dpgroup( {G1} )'",
                f"SELECT '_online.._value' FROM 'System1:DPGROUP({G1})'",
                f"SELECT '_online.._value' FROM 'DPGROUP(System1:{G1})'",
                f"SELECT '_online.._value' FROM '{{F1., DPGROUP({G1})}}'",
                f"{grouped(G1)} REMOTE ALL",
                f"{grouped(G1)} REMOTE 'System1:'",
            )
        ),
        (
            ask("DpQuery", Query=f"{grouped(G1)} REMOTE 'Other:'"),
            [answer()],
        ),
        (
            ask("DpQuery", Query=f"{grouped(G1)} WHERE _LEAF AND _DPT = 'Pump'"),
            [answer(["pump_01.value.speed", 0.0], ["pump_02.value.speed", 0.0])],
        ),
    ),
    exchange(
        "A group may be called by its description.",
        done("DpTypeCreate", Node=GROUP_TYPE),
        *group(G1, ("", "F2.")),
        done("DpSetDescription", Dpe=f"{G1}.", Description="Second one"),
        (ask("DpQuery", Query=grouped("Second one")), [answer(["F2.", 2.5])]),
        *group(G2, ("", "F1."), ("Second one", "")),
        (
            ask("DpQuery", Query=grouped(G2)),
            [answer(["F1.", 0.0], ["F2.", 2.5])],
        ),
        done("DpSetDescription", Dpe=f"{G2}.", Description="Second one"),
        refused("DpQuery", grouped("Second one"), 51, "several groups"),
    ),
    exchange(
        "A group that is none, or has what is no pattern, is an error and no empty table.",
        refused("DpQuery", grouped("Nobody"), 7, "no group 'Nobody' in System1"),
        done("DpTypeCreate", Node=GROUP_TYPE),
        refused("DpQuery", grouped(G1), 7, f"no group '{G1}'"),
        refused("DpQuery", grouped("F1"), 8, "'F1' is not a group"),
        refused("DpQuery", grouped("Other:x"), 56, "no system 'Other'"),
        refused("DpQuery", grouped("System1:x", "Other:x"), 36, "several systems"),
        refused("DpQuery", grouped("x", "Other:x"), 51, "several systems"),
        refused("DpQuery", grouped("Other:x") + " REMOTE 'System1'", 51, "one is enough"),
        *(
            refused(
                "DpQuery", f"SELECT '_online.._value' FROM '{wrong}'", 36, "not a group"
            )
            for wrong in (
                "DPGROUP()",
                "DPGROUP(x",
                "DPGROUP(x).value",
                "a.DPGROUP(x)",
                "{F1.,DPGROUP (x))}",
            )
        ),
        *group(G1, ("", "F{1")),
        *group(G2, ("Nobody", "")),
        *group(G3, ("", "Other:*")),
        refused("DpQuery", grouped(G1), 51, f"the group '{G1}'"),
        refused("DpQuery", grouped(G2), 7, "no group 'Nobody'"),
        refused("DpQuery", grouped(G3), 51, "another system"),
        refused("DpQueryConnect", grouped("Nobody"), 7, "no group 'Nobody'"),
    ),
    exchange(
        "A live query of a group follows its datapoints, and keeps to the group as it was.",
        done("DpTypeCreate", Node=GROUP_TYPE),
        *group(G1, ("Float", "F*")),
        (
            ask(SINGLE, Query=grouped(G1), Removed=True),
            [table(SINGLE, ["F1.", 0.0], ["F2.", 2.5], Removed=[])],
        ),
        (setting(F1=7, K=7), [table(SINGLE, ["F1.", 7.0], Removed=[])]),
        (
            {"DpCreate": {"Dp": "F3", "Type": "Float"}},
            [
                table(SINGLE, ["F3.", 0.0], Removed=[]),
                {"DpCreateResult": {"Error": 0}},
            ],
        ),
        done("DpCreate", Dp="Fp", Type="Pump"),
        (
            {"DpDelete": {"Dp": "F3"}},
            [table(SINGLE, Removed=["System1:F3."]), {"DpDeleteResult": {"Error": 0}}],
        ),
        done("DpSet", Values=[{"Dp": f"{G1}.Dps", "Value": ["K."]}], Wait=True),
        (setting(F1=8, K=8), [table(SINGLE, ["F1.", 8.0], Removed=[])]),
        (
            ask("DpQuery", Query=grouped(G1)),
            [answer(["K.", 8.0])],
        ),
    ),
]

ONCE = [
    one(
        "A query is answered with a header and a row for each element.",
        ask("DpQuery", Query=F),
        answer(["F1.", 0.0], ["F2.", 2.5]),
    ),
    one(
        "A query without an Id is answered without one.",
        {"DpQuery": {"Query": F.replace("*", "1")}},
        {"DpQueryResult": {"Error": 0, "Header": HEADER, "Values": [["System1:F1.", 0.0]]}},
    ),
    exchange(
        "A query that finds nothing has a header and no rows.",
        (ask("DpQuery", Query=F.replace("F*", "Z*")), [answer()]),
        (ask("DpQuery", Query=F.replace("F*.", "@nobody")), [answer()]),
        (
            ask("DpQuery", Query="SELECT ALERT '_alert_hdl.._value' FROM '**'"),
            [good("DpQuery", Header=["", ":_alert_hdl.._value"], Values=[])],
        ),
    ),
    exchange(
        "A query may name an alias, and all systems.",
        done("DpSetAlias", Dpe="F2.", Alias="Second one"),
        (ask("DpQuery", Query=F.replace("F*.", "@Second one")), [answer(["F2.", 2.5])]),
        (ask("DpQuery", Query=F.replace("F*.", "*:F2.")), [answer(["F2.", 2.5])]),
        (
            ask("DpQuery", Query=F.replace("F*.", "{System1:F2.,@Second one,F1.}")),
            [answer(["F2.", 2.5], ["F1.", 0.0])],
        ),
        refused("DpQuery", F.replace("F*.", "{F1.,Other:F2.}"), 51, "several systems"),
        (ask("DpQuery", Query=f"{F} REMOTE ALL LAST 1"), [answer(["F2.", 2.5])]),
        (ask("DpQuery", Query=f"{F} REMOTE 'System1:' FIRST 1"), [answer(["F1.", 0.0])]),
        (ask("DpQuery", Query=f"{F} REMOTE 'Other:'"), [answer()]),
    ),
    exchange(
        "An alias may be one of several names, and has no wildcards.",
        done("DpSetAlias", Dpe="F2.", Alias="Second one"),
        done("DpSetAlias", Dpe="F1.", Alias="First.one"),
        (
            ask("DpQuery", Query=F.replace("F*.", "{@Second one,@First.one,@nobody}")),
            [answer(["F2.", 2.5], ["F1.", 0.0])],
        ),
        (
            ask("DpQuery", Query=F.replace("F*.", "{System1:@Second one,System1:F1.}")),
            [answer(["F2.", 2.5], ["F1.", 0.0])],
        ),
        (ask("DpQuery", Query=F.replace("F*.", "{@nobody,@no one}")), [answer()]),
        refused("DpQuery", F.replace("F*.", "@First*"), 36, "_ALIAS LIKE"),
        refused(SINGLE, F.replace("F*.", "{@First.one,@S?}"), 36, "_ALIAS LIKE"),
    ),
    exchange(
        "A query of the past has a row for each value, with its time.",
        (setting(K=1), []),
        (setting(K=2), []),
        (
            ask(
                "DpQuery",
                Query="SELECT '_offline.._value' FROM 'K.' TIMERANGE(0, 2E12, 1, 0)",
            ),
            [
                good(
                    "DpQuery",
                    Header=["", ":_offline.._stime", ":_offline.._value"],
                    Values=[["System1:K.", NOW_MS, 1.0], ["System1:K.", NOW_MS, 2.0]],
                )
            ],
        ),
    ),
    one(
        "A query is explained by the steps that it would take.",
        ask("DpQuery", Query=ABOVE, Explain=True),
        good(
            "DpQuery",
            Header=HEADER,
            Values=[],
            Plan=[
                {"System": "System1", "Step": step, "Candidates": candidates}
                for step, candidates in (
                    ("FROM, by 'F...'", 2),
                    ("names and types", 2),
                    ("elements", 2),
                    ("WHERE", 1),
                )
            ],
        ),
    ),
    exchange(
        "The plan says if there is nobody to ask.",
        *(
            (
                ask("DpQuery", Query=text, Explain=True),
                [
                    good(
                        "DpQuery",
                        Header=HEADER,
                        Values=[],
                        Plan=[{"System": system, "Step": step, "Candidates": 0}],
                    )
                ],
            )
            for text, system, step in (
                (f"{F} REMOTE 'Other:'", "Other", "no such system"),
                (F.replace("F*.", "@nobody"), "", "no such alias"),
            )
        ),
    ),
    exchange(
        "What is wrong with a query is its answer.",
        refused("DpQuery", F.replace("SELECT", "SELCT"), 36, "position 1, near 'SELCT"),
        refused("DpQuery", F.replace("_value", "_valve"), 36, "no attribute '_valve'"),
        refused("DpQuery", f"{F} WHERE '_online.._value' > \"x\"", 11, "Float."),
        refused("DpQuery", F.replace("F*", "Other:F*"), 56, "Other"),
        refused("DpQuery", F.replace("F*", "System1:F*") + " REMOTE 'Other'", 51, "REMOTE"),
        refused(
            "DpQuery",
            "SELECT SUM('_online.._value') FROM 'pump*.state.text'",
            11,
            "SUM(:_online.._value)",
        ),
        ({"DpQuery": {"Id": 1}}, [bad("DpQuery", 51, "Query", **EMPTY)]),
        (
            ask("DpQuery", Query="q" * 65_537),
            [bad("DpQuery", 51, "65536 characters", **EMPTY)],
        ),
    ),
]

LIVE = [
    exchange(
        "DpQueryConnectSingle is DpQueryConnect by its full name.",
        (ask(SINGLE, Query=F), [table(SINGLE, ["F1.", 0.0], ["F2.", 2.5])]),
        (setting(F2=6, K=1), [table(SINGLE, ["F2.", 6.0])]),
        ({"DpQueryDisconnect": {"Id": 1}}, []),
        (setting(F2=7), []),
    ),
    exchange(
        "A row that stops matching is left out, one that starts matching appears.",
        (ask(SINGLE, Query=ABOVE), [table(SINGLE, ["F2.", 2.5])]),
        (setting(F1=3), [table(SINGLE, ["F1.", 3.0])]),
        (setting(F2=1), []),
        (setting(F2=0, F1=4), [table(SINGLE, ["F1.", 4.0])]),
    ),
    exchange(
        "With Removed, updates name the rows that have left.",
        (
            ask(SINGLE, Query=ABOVE, Removed=True),
            [table(SINGLE, ["F2.", 2.5], Removed=[])],
        ),
        (
            setting(F2=1, F1=9),
            [table(SINGLE, ["F1.", 9.0], Removed=["System1:F2."])],
        ),
        (setting(F1=1), [table(SINGLE, Removed=["System1:F1."])]),
        (setting(F1=0), []),
    ),
    exchange(
        "DpQueryConnectAll repeats the whole table, also when a row leaves it.",
        (ask(ALL, Query=ABOVE), [table(ALL, ["F2.", 2.5])]),
        (setting(F1=3), [table(ALL, ["F2.", 2.5], ["F1.", 3.0])]),
        (setting(F1=4), [table(ALL, ["F2.", 2.5], ["F1.", 4.0])]),
        (setting(F2=1), [table(ALL, ["F1.", 4.0])]),
        (setting(F2=0, K=1), []),
        (
            ask("DpDelete", Dp="F1"),
            [table(ALL), good("DpDelete")],
        ),
        ({"DpQueryDisconnect": {"Id": 1}}, []),
        (setting(F2=7), []),
    ),
    exchange(
        "FIRST and LAST do not count in a live query; SORT BY does.",
        (
            ask(ALL, Query=f"{F} SORT BY 1 DESC FIRST 1"),
            [table(ALL, ["F2.", 2.5], ["F1.", 0.0])],
        ),
        (setting(F1=5), [table(ALL, ["F1.", 5.0], ["F2.", 2.5])]),
        ({"DpQueryDisconnect": {"Id": 1}}, []),
        (
            ask(SINGLE, Query=f"{F} SORT BY 0 DESC LAST 1"),
            [table(SINGLE, ["F2.", 2.5], ["F1.", 5.0])],
        ),
        (setting(F1=6, F2=7), [table(SINGLE, ["F2.", 7.0], ["F1.", 6.0])]),
    ),
    exchange(
        "With BlockingTime changes are gathered, and the newest value counts.",
        (
            ask(SINGLE, Query=F, BlockingTime=500),
            [table(SINGLE, ["F1.", 0.0], ["F2.", 2.5])],
        ),
        (setting(F1=1), []),
        (Passes(0.25), []),
        (setting(F1=2, F2=3), []),
        (Passes(0.25), [table(SINGLE, ["F1.", 2.0], ["F2.", 3.0])]),
        (Passes(1), []),
        (setting(F2=4), []),
        (Passes(0.5), [table(SINGLE, ["F2.", 4.0])]),
    ),
    exchange(
        "With BlockingTime the whole table is that of the end, and the end of the connect"
        " ends the wait.",
        (
            ask(ALL, Query=ABOVE, BlockingTime=500, Removed=True),
            [table(ALL, ["F2.", 2.5], Removed=[])],
        ),
        (setting(F1=3), []),
        (setting(F2=1), []),
        (setting(F1=4), []),
        (Passes(0.5), [table(ALL, ["F1.", 4.0], Removed=["System1:F2."])]),
        (setting(F1=5), []),
        ({"DpQueryDisconnect": {"Id": 1}}, []),
        (Passes(1), []),
    ),
    exchange(
        "With MaxRate changed rows come at most so often, the newest of each.",
        (ask(SINGLE, Query=F, MaxRate=2), [table(SINGLE, ["F1.", 0.0], ["F2.", 2.5])]),
        (setting(F1=1), [table(SINGLE, ["F1.", 1.0])]),
        (setting(F1=2), []),
        (setting(F1=3, F2=4), []),
        (Passes(0.5), [table(SINGLE, ["F1.", 3.0], ["F2.", 4.0])]),
        (Passes(5), []),
        (setting(F2=5), [table(SINGLE, ["F2.", 5.0])]),
    ),
    exchange(
        "With Deadband a row comes when a number in it is far enough from the last one.",
        (ask(SINGLE, Query=F, Deadband="50%", Answer=False), []),
        (setting(F1=10, F2=10), [table(SINGLE, ["F1.", 10.0], ["F2.", 10.0])]),
        (setting(F1=14, F2=16), [table(SINGLE, ["F2.", 16.0])]),
        (setting(F1=15), []),
        (setting(F1=4), [table(SINGLE, ["F1.", 4.0])]),
    ),
    exchange(
        "The whole table comes when one of its rows does.",
        (ask(ALL, Query=F, Deadband=2, Answer=False), []),
        (setting(F1=1), [table(ALL, ["F1.", 1.0], ["F2.", 2.5])]),
        (setting(F1=2), []),
        (setting(F2=9), [table(ALL, ["F1.", 2.0], ["F2.", 9.0])]),
    ),
    exchange(
        "A live query with a MaxRate or Deadband that makes no sense is refused.",
        refused(SINGLE, F, 51, "MaxRate is 0", MaxRate=0),
        refused(ALL, F, 51, "MaxRate is 1001", MaxRate=1001),
        refused(SINGLE, F, 51, "Deadband is '-1'", Deadband=-1),
        refused(SINGLE, F, 51, "Deadband is '5'", Deadband="5"),
        refused(SINGLE, F, 51, "Deadband is 'much%'", Deadband="much%"),
        refused(SINGLE, F, 51, "Deadband is 'nan%'", Deadband="nan%"),
    ),
    exchange(
        "Without an answer a live query begins with the first change.",
        (ask(ALL, Query=F, Answer=False), []),
        (setting(F1=1), [table(ALL, ["F1.", 1.0], ["F2.", 2.5])]),
    ),
    exchange(
        "A live query ends with a message when its condition cannot be decided any more.",
        (ask(SINGLE, Query=f"{F} WHERE '_online.._value' > 1", Answer=False), []),
        done("DpTypeCreate", Node={"Name": "Word", "Type": "string"}),
        (
            ask("DpCreate", Dp="F9", Type="Word"),
            [bad(SINGLE, 11, "Word.", **EMPTY), good("DpCreate")],
        ),
        (setting(F2=7), []),
        (
            ask("DpQueryDisconnect"),
            [bad("DpQueryDisconnect", 32, "1")],
        ),
    ),
    exchange(
        "What cannot be live is refused.",
        refused(SINGLE, f"{F} TIMERANGE(0, 1)", 53, "DpQuery"),
        refused(ALL, f"{F} GROUP BY _DP", 53, "groups"),
        refused(SINGLE, F.replace("_online", "_archive"), 36, "_value"),
        refused(SINGLE, F.replace("_online.._value", "_offline.._value"), 53, "connected"),
        refused(ALL, f"{F} WHERE '_archive.._archive' == 1", 53, "'_archive' cannot"),
        refused(SINGLE, F.replace("F*", "Other:F*"), 56, "Other"),
        refused(ALL, f"{F} WHERE '_online.._value' > \"x\"", 11, "Float."),
        refused(SINGLE, F, 51, "BlockingTime is -1", BlockingTime=-1),
        (ask(ALL, Query=5), [bad(ALL, 51, "Query", **EMPTY)]),
    ),
]

QUERIES: list[Exchange] = [*ONCE, *LIVE, *GROUPS]
