"""Exchanges about the gateway, its systems, users and types."""

from __future__ import annotations

from tests.exchanges.conversation import (
    Exchange,
    Says,
    ask,
    bad,
    done,
    exchange,
    good,
    setting,
)

NONE: dict[str, object] = {"Value": None}
REFERENCES: dict[str, object] = {"DptNames": [], "DpePaths": []}
F2 = "System1:F2.:_original.._value"

#: A type that refers to others, at two levels.
LINE = {
    "Name": "Line",
    "Children": [
        {"Name": "first", "Type": 41, "RefName": "Pump"},
        {"Name": "spare", "Children": [{"Name": "pump", "Type": 41, "RefName": "Pump"}]},
        {"Name": "limit", "Type": 41, "RefName": "Float"},
    ],
}

INFORMING: list[Exchange] = [
    exchange(
        "A ping is answered.",
        done("Ping"),
        ({"Ping": {}}, [{"PingResult": {"Error": 0}}]),
        (
            {"Ping": {"Id": []}},
            [{"PingResult": {"Id": [], "Error": 51, "Message": Says("Id")}}],
        ),
    ),
    exchange(
        "Values may be asked for that are not older than some seconds.",
        (
            ask("DpGetMaxAge", Dps=["F2."], Age=5),
            [good("DpGetMaxAge", Values={F2: 2.5})],
        ),
        (
            ask("DpGetMaxAge", Dps=["F2."], Age=0.5),
            [good("DpGetMaxAge", Values={F2: 2.5})],
        ),
        (
            ask("DpGetMaxAge", Dps=["Nope.", "F2."], Age=0),
            [bad("DpGetMaxAge", 7, "'Nope'", "Nope.", Values={F2: 2.5})],
        ),
        (
            ask("DpGetMaxAge", Dps=["F2."], Age=-1),
            [bad("DpGetMaxAge", 51, "Age is -1", Values={})],
        ),
        (
            ask("DpGetMaxAge", Dps=["F2."]),
            [bad("DpGetMaxAge", 51, "`Age`", Values={})],
        ),
    ),
    exchange(
        "A system that stands alone is the active one.",
        (ask("IsRedundant"), [good("IsRedundant", Value=False)]),
        (ask("IsReduActive"), [good("IsReduActive", Value=True)]),
        (
            ask("IsRedundant", System="System1:"),
            [good("IsRedundant", Value=False)],
        ),
        *(
            (ask(name, System="Other"), [bad(name, 56, "'Other'", **NONE)])
            for name in ("IsRedundant", "IsReduActive", "GetSystemId", "GetVersionInfo")
        ),
    ),
    exchange(
        "Systems have numbers, of which the own one's is 1.",
        (ask("GetSystemId"), [good("GetSystemId", Value=1)]),
        (ask("GetSystemId", System="System1"), [good("GetSystemId", Value=1)]),
        (ask("GetSystemName"), [good("GetSystemName", Value="System1")]),
        (ask("GetSystemName", SystemId=1), [good("GetSystemName", Value="System1")]),
        *(
            (
                ask("GetSystemName", SystemId=number),
                [bad("GetSystemName", 51, f"no system {number}", **NONE)],
            )
            for number in (0, 2, -1)
        ),
    ),
    exchange(
        "A user has a number from the first set on.",
        (ask("GetUserName"), [good("GetUserName", Value="anna")]),
        (ask("GetUserName", UserId=0), [good("GetUserName", Value="root")]),
        (ask("GetUserId", UserName="root"), [good("GetUserId", Value=0)]),
        (ask("GetUserId"), [bad("GetUserId", 51, "'anna' has no number", **NONE)]),
        (ask("GetUserName", UserId=1), [bad("GetUserName", 51, "number 1", **NONE)]),
        (ask("GetUserName", UserId=-1), [bad("GetUserName", 51, "UserId", **NONE)]),
        (setting(F1=1), []),
        (ask("GetUserId"), [good("GetUserId", Value=1)]),
        (ask("GetUserName", UserId=1), [good("GetUserName", Value="anna")]),
    ),
    exchange(
        "The gateway has a version.",
        (
            ask("GetVersionInfo"),
            [good("GetVersionInfo", Value={"Product": "oagw", "Version": "1.2.3"})],
        ),
    ),
    exchange(
        "References to types are found from both ends.",
        done("DpTypeCreate", Node=LINE),
        (
            ask("DpGetDpTypeRefs", Type="Line"),
            [
                good(
                    "DpGetDpTypeRefs",
                    DptNames=["Pump", "Pump", "Float"],
                    DpePaths=["first", "spare.pump", "limit"],
                )
            ],
        ),
        (ask("DpGetDpTypeRefs", Type="Float"), [good("DpGetDpTypeRefs", **REFERENCES)]),
        (
            ask("DpGetRefsToDpType", Type="System1:Pump"),
            [
                good(
                    "DpGetRefsToDpType",
                    DptNames=["Line", "Line"],
                    DpePaths=["first", "spare.pump"],
                )
            ],
        ),
        (ask("DpGetRefsToDpType", Type="Line"), [good("DpGetRefsToDpType", **REFERENCES)]),
        *(
            (ask(name, Type=dp_type), [bad(name, code, part, **REFERENCES)])
            for name in ("DpGetDpTypeRefs", "DpGetRefsToDpType")
            for dp_type, code, part in (("Nope", 57, "'Nope'"), ("Other:X", 56, "'Other'"))
        ),
    ),
]
