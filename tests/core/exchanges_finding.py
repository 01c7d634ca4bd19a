"""Exchanges of the commands that find datapoints, types and aliases."""

from __future__ import annotations

from tests.core.conversation import (
    NOW_MS,
    Exchange,
    Says,
    ask,
    bad,
    done,
    exchange,
    good,
    holds,
    one,
    refused,
    setting,
)

#: What stands where the one or the several answers would be.
NONE: dict[str, object] = {"Value": None, "Values": {}}

#: An alias that none can be, with as many parts as a name may have.
DOTS = f"@{'.' * 998}"

NAMES = [
    exchange(
        "A pattern without an element part finds datapoints, one with it elements.",
        (
            ask("DpNames", Pattern="pump_*"),
            [good("DpNames", Values=[f"System1:pump_0{n}" for n in (1, 2, 3)])],
        ),
        (
            ask("DpNames", Pattern="System1:pump_01.**"),
            [
                good(
                    "DpNames",
                    Values=[
                        "System1:pump_01.",
                        "System1:pump_01.value",
                        "System1:pump_01.value.speed",
                        "System1:pump_01.value.running",
                        "System1:pump_01.state",
                        "System1:pump_01.state.text",
                    ],
                )
            ],
        ),
        (ask("DpNames", Pattern="pump_09.*"), [good("DpNames", Values=[])]),
        (
            ask("DpNames", Pattern="Sys*m?:pump_01"),
            [good("DpNames", Values=["System1:pump_01"])],
        ),
        (ask("DpNames", Pattern="Other*:pump_01"), [good("DpNames", Values=[])]),
    ),
    one(
        "Without a pattern all datapoints are found but internal ones.",
        ask("DpNames", Pattern=None),
        good(
            "DpNames",
            Values=[
                f"System1:{name}"
                for name in ("F1", "F2", "K", "A", "pump_01", "pump_02", "pump_03")
            ],
        ),
    ),
    exchange(
        "Names may be of one type, and whatever their case.",
        (
            ask("DpNames", Pattern="*", Type="Float"),
            [good("DpNames", Values=["System1:F1", "System1:F2", "System1:K"])],
        ),
        (ask("DpNames", Pattern="f*."), [good("DpNames", Values=[])]),
        (
            ask("DpNames", Pattern="f*.", IgnoreCase=True),
            [good("DpNames", Values=["System1:F1.", "System1:F2."])],
        ),
        (ask("DpNames", Type="Nope"), [good("DpNames", Values=[])]),
    ),
    one(
        "A pattern of an unknown system is error 56.",
        ask("DpNames", Pattern="Other:*"),
        bad("DpNames", 56, "Other", Values=[]),
    ),
    one(
        "A pattern that is none is a parameter error.",
        ask("DpNames", Pattern="{F1"),
        bad("DpNames", 51, "open brace", Values=[]),
    ),
    one(
        "A pattern without end is a parameter error.",
        ask("DpNames", Pattern="x" * 70_000),
        bad("DpNames", 51, "Pattern has more than", Values=[]),
    ),
]

EXISTENCE = [
    exchange(
        "Datapoints, elements and attributes exist or do not.",
        *(
            (ask("DpExists", Dp=name), [good("DpExists", Value=exists)])
            for name, exists in (
                ("F1", True),
                ("F1.", True),
                ("System1:F1.:_online.._stime", True),
                ("pump_01", True),
                ("pump_01.value", True),
                ("pump_01.value:_common.._alias", True),
                ("F1.:_alert_hdl.1._text", True),
                ("Nope", False),
                ("pump_01.nope", False),
                ("Other:F1.", False),
                ("F1.:_online.._nope", False),
                ("F1.:_nope.._value", False),
            )
        ),
    ),
    one(
        "Several names are answered by the names as they were written; nonsense is none.",
        ask(
            "DpExists",
            Dps=["F1", "System1:F1.", "", ":", "...", "a:b:c:d", "@", DOTS, "F*"],
        ),
        good(
            "DpExists",
            Values={
                "F1": True,
                "System1:F1.": True,
                "": False,
                ":": False,
                "...": False,
                "a:b:c:d": False,
                "@": False,
                DOTS: False,
                "F*": False,
            },
        ),
    ),
    exchange(
        "A question about nothing, or about one name and several, is a parameter error.",
        (ask("DpExists"), [bad("DpExists", 51, "needs a Dp", **NONE)]),
        (ask("DpExists", Dp="A.", Name="A."), [bad("DpExists", 51, "needs a Dp", **NONE)]),
        (ask("DpExists", Dp="A.", Dps=["A."]), [bad("DpExists", 51, "not both", **NONE)]),
    ),
    one(
        "What no text can be written with is no JSON.",
        '{"DpExists": {"Dp": "\\ud800", "X": NaN}}',
        {"Response": {"Code": 36, "Message": Says("not JSON")}},
    ),
]

FACTS = [
    exchange(
        "The type of a datapoint can be asked for by any of its elements.",
        (ask("DpTypeName", Dp="pump_01"), [good("DpTypeName", Value="Pump")]),
        (ask("DpTypeName", Name="pump_01.value"), [good("DpTypeName", Value="Pump")]),
        (
            ask("DpTypeName", Dps=["F1", "Nope"]),
            [bad("DpTypeName", 7, "Nope", "Nope", Values={"F1": "Float"})],
        ),
        (ask("DpTypeName", Dp="Nope"), [bad("DpTypeName", 7, "Nope", **NONE)]),
    ),
    exchange(
        "An element's type is a number, that of a reference 41.",
        done(
            "DpTypeCreate",
            Node={
                "Name": "Motor",
                "Children": [{"Name": "pump", "Type": 41, "RefName": "Pump"}],
            },
        ),
        done("DpCreate", Name="m", Type="Motor"),
        (
            ask("DpElementType", Dps=["m", "m.pump", "m.pump.value.speed", "A.ds"]),
            [
                good(
                    "DpElementType",
                    Values={"m": 1, "m.pump": 41, "m.pump.value.speed": 22, "A.ds": 9},
                )
            ],
        ),
        (ask("DpElementType", Dpe="m.x"), [bad("DpElementType", 8, "m.x", **NONE)]),
        (ask("DpTypeRefName", Dpe="m.pump"), [good("DpTypeRefName", Value="Pump")]),
        (
            ask("DpTypeRefName", Dpe="m."),
            [bad("DpTypeRefName", 8, "not a reference", **NONE)],
        ),
    ),
    exchange(
        "An attribute has a type too; that of a value is its element's.",
        (
            ask("DpAttributeType", Attr="A.i:_original.._stime"),
            [good("DpAttributeType", Value=26)],
        ),
        (ask("DpAttributeType", Dp="A.i"), [good("DpAttributeType", Value=21)]),
        (
            ask("DpAttributeType", Attr="A.i:_original.._nope"),
            [bad("DpAttributeType", 19, "_nope", **NONE)],
        ),
    ),
    exchange(
        "The systems have names.",
        (ask("GetSystemNames"), [good("GetSystemNames", Values=["System1"])]),
        (ask("WhoAmI"), [good("WhoAmI", User="anna", Conflated=0)]),
        (
            {"WhoAmI": {"Id": []}},
            [
                {
                    "WhoAmIResult": {
                        "Id": [],
                        "Error": 51,
                        "Message": Says("Id"),
                        "User": None,
                    }
                }
            ],
        ),
        (
            {"GetSystemNames": {"Id": []}},
            [
                {
                    "GetSystemNamesResult": {
                        "Id": [],
                        "Error": 51,
                        "Message": Says("Id"),
                        "Values": [],
                    }
                }
            ],
        ),
    ),
]

SPEED = "System1:pump_01.value.speed"

ALIASES = [
    exchange(
        "An alias stands for an element in every command, and answers have its name.",
        done("DpSetAlias", Dp="pump_01.value.speed", Alias="Hall 1.Speed"),
        ({"DpSet": {"Values": [{"Dp": "@Hall 1.Speed", "Value": 7}]}}, []),
        (
            ask("DpGet", Dps=["@Hall 1.Speed", "System1:@Hall 1.Speed:_online.._stime"]),
            [
                good(
                    "DpGet",
                    Values={
                        f"{SPEED}:_original.._value": 7.0,
                        f"{SPEED}:_online.._stime": NOW_MS,
                    },
                )
            ],
        ),
        (
            ask("DpConnect", Dps=["@Hall 1.Speed"]),
            [good("DpConnect", Values={f"{SPEED}:_online.._value": 7.0})],
        ),
        (
            ask("DpGetPeriod", Dps=["@Hall 1.Speed"], T1=0, T2=NOW_MS),
            [good("DpGetPeriod", Values={f"{SPEED}:_offline.._value": [7.0]})],
        ),
        (ask("DpExists", Dp="@Hall 1.Speed"), [good("DpExists", Value=True)]),
        (ask("DpNames", Pattern="@Hall 1.Speed"), [good("DpNames", Values=[SPEED])]),
        (ask("DpNames", Pattern="@Hall 2.Speed"), [good("DpNames", Values=[])]),
    ),
    exchange(
        "An alias of a structure may be followed by the path of an element below.",
        done("DpSetAlias", Dpe="pump_01.value", Alias="values"),
        done("DpSetAlias", Dpe="F1.", Alias="one"),
        (
            ask("DpGet", Dps=["@values.speed", "@one", "@one."]),
            [
                good(
                    "DpGet",
                    Values={
                        f"{SPEED}:_original.._value": 0.0,
                        "System1:F1.:_original.._value": 0.0,
                    },
                )
            ],
        ),
        (
            ask("DpGet", Dps=["@values.nope"]),
            [bad("DpGet", 8, "nope", "@values.nope", Values={})],
        ),
    ),
    exchange(
        "An alias belongs to one element at a time.",
        done("DpSetAlias", Dp="F1.", Alias="x"),
        (
            ask("DpSetAlias", Dp="F2.", Alias="x"),
            [bad("DpSetAlias", 51, "belongs to 'F1.'", "F2.")],
        ),
        done("DpSetAlias", Dp="F1.", Alias="x"),
        done("DpSetAlias", Dp="F1.", Alias=""),
        done("DpSetAlias", Dp="F2.", Alias="x"),
        (ask("DpAliasToName", Alias="x"), [good("DpAliasToName", Value="System1:F2.")]),
        done("DpSetAlias", Dp="F2.", Alias="y"),
        (ask("DpAliasToName", Alias="x"), [bad("DpAliasToName", 7, "'x'", **NONE)]),
    ),
    exchange(
        "An alias that has been removed is the name of nothing.",
        done("DpSetAlias", Dp="F1.", Alias="x"),
        (ask("DpGetAlias", Dp="@x"), [good("DpGetAlias", Value="x")]),
        done("DpSetAlias", Dp="@x", Alias=""),
        (ask("DpGet", Dps=["@x"]), [bad("DpGet", 7, "'x'", "@x", Values={})]),
        (ask("DpConnect", Dps=["@x"]), [bad("DpConnect", 7, "'x'", "@x", Values={})]),
        (ask("DpGetAlias", Dp="F1."), [good("DpGetAlias", Value="")]),
    ),
    one(
        "A text that would be no name cannot be an alias.",
        ask("DpSetAlias", Dp="F1.", Alias="a:b"),
        bad("DpSetAlias", 51, "cannot be an alias", "F1."),
    ),
    one(
        "An alias is an element's, not an attribute's, and nothing else is set.",
        ask("DpSetAlias", Dp="F1.:_original.._value", Alias="5"),
        bad("DpSetAlias", 10, "attribute", "F1.:_original.._value"),
    ),
    exchange(
        "Aliases of several elements are answered by the names as they were written.",
        done("DpSetAlias", Dp="F1.", Alias="one"),
        (
            ask("DpGetAlias", Dps=["F1", "F2.", "Nope."]),
            [bad("DpGetAlias", 7, "Nope", "Nope.", Values={"F1": "one", "F2.": ""})],
        ),
        (
            ask("DpGetAlias", Dps=["F1.:_online.._value", "F1."]),
            [
                bad(
                    "DpGetAlias",
                    10,
                    "attribute",
                    "F1.:_online.._value",
                    Values={"F1.": "one"},
                )
            ],
        ),
        (
            ask(
                "DpAliasToName", Aliases=["one", "@one", "System1:@one", "two", "Other:one"]
            ),
            [
                {
                    "DpAliasToNameResult": {
                        "Id": 1,
                        "Error": 7,
                        "Message": Says("two"),
                        "Errors": {
                            "two": {"Code": 7, "Message": Says("two")},
                            "Other:one": {"Code": 56, "Message": Says("Other")},
                        },
                        "Values": dict.fromkeys(
                            ("one", "@one", "System1:@one"), "System1:F1."
                        ),
                    }
                }
            ],
        ),
        (ask("DpAliasToName"), [bad("DpAliasToName", 51, "needs an Alias", **NONE)]),
    ),
    exchange(
        "All aliases are found by a pattern of theirs and one of elements.",
        done("DpSetAlias", Dp="F1.", Alias="hall.one"),
        done("DpSetAlias", Dp="pump_01.value", Alias="hall.two"),
        (
            ask("DpGetAllAliases"),
            [
                good(
                    "DpGetAllAliases",
                    Values={
                        "System1:F1.": "hall.one",
                        "System1:pump_01.value": "hall.two",
                    },
                )
            ],
        ),
        (
            ask("DpGetAllAliases", Filter="h*.t?o"),
            [good("DpGetAllAliases", Values={"System1:pump_01.value": "hall.two"})],
        ),
        (
            ask("DpGetAllAliases", DpFilter="System1:F*."),
            [good("DpGetAllAliases", Values={"System1:F1.": "hall.one"})],
        ),
        (
            ask("DpGetAllAliases", Filter="[a-z]*"),
            [good("DpGetAllAliases", Values={})],
        ),
        (
            ask("DpGetAllAliases", DpFilter="Other:*.**"),
            [bad("DpGetAllAliases", 56, "Other", Values={})],
        ),
    ),
]

TWO = {"de_AT.utf8": "Pumpe", "en_US.utf8": "Pump"}

TEXTS = [
    exchange(
        f"The {what.lower()} of an element may be in one language or in several.",
        (ask(f"DpGet{what}", Dp="F1."), [good(f"DpGet{what}", Value="")]),
        done(f"DpSet{what}", Dp="F1.", **{what: "kW"}),
        (ask(f"DpGet{what}", Dpe="F1."), [good(f"DpGet{what}", Value="kW")]),
        done(f"DpSet{what}", Dpe="F1.", **{what: TWO}),
        done(f"DpSet{what}", Name="pump_01.value", **{what: "x"}),
        (
            ask(f"DpGet{what}", Dps=["F1.", "pump_01.value", "K."]),
            [good(f"DpGet{what}", Values={"F1.": "Pump", "pump_01.value": "x", "K.": ""})],
        ),
        (
            ask(f"DpSet{what}", Dp="Nope.", **{what: "kW"}),
            [bad(f"DpSet{what}", 7, "Nope", "Nope.")],
        ),
        refused(f"DpSet{what}", 51, what, Dp="F1."),
        refused(f"DpSet{what}", 51, "needs a Dp", **{what: "kW"}),
        (ask(f"DpGet{what}", Dp="Nope."), [bad(f"DpGet{what}", 7, "Nope", **NONE)]),
    )
    for what in ("Description", "Unit", "Format")
]

#: The definition of the type Pump.
PUMP = {
    "Name": "Pump",
    "Type": 1,
    "RefName": "",
    "Children": [
        {
            "Name": "value",
            "Type": 1,
            "RefName": "",
            "Children": [
                {"Name": "speed", "Type": 22, "RefName": "", "Children": []},
                {"Name": "running", "Type": 23, "RefName": "", "Children": []},
            ],
        },
        {
            "Name": "state",
            "Type": 1,
            "RefName": "",
            "Children": [{"Name": "text", "Type": 25, "RefName": "", "Children": []}],
        },
    ],
}

TYPES = [
    exchange(
        "Types are found by a pattern, also those that no datapoint has.",
        (ask("DpTypes"), [good("DpTypes", Values=["All", "Float", "Pump"])]),
        done("DpTypeCreate", Node={"Name": "Unused", "Type": "float"}),
        (ask("DpTypes", Pattern="P*"), [good("DpTypes", Values=["Pump"])]),
        (
            ask("DpTypes", Pattern="System1:{U,F}*"),
            [good("DpTypes", Values=["Float", "Unused"])],
        ),
        (
            ask("DpTypes", Pattern="{U,F}*", System="System1:", WithEmpty=False),
            [good("DpTypes", Values=["Float"])],
        ),
        (ask("DpTypes", System="Other"), [bad("DpTypes", 56, "Other", Values=[])]),
        (ask("DpTypes", Pattern="{"), [bad("DpTypes", 51, "brace", Values=[])]),
    ),
    exchange(
        "A definition is a tree; what a reference stands for is in it if asked for.",
        (ask("DpTypeGet", Type="Pump"), [good("DpTypeGet", Value=PUMP)]),
        done(
            "DpTypeCreate",
            Node={
                "Name": "Motor",
                "Children": [{"Name": "pump", "Type": 41, "RefName": "Pump"}],
            },
        ),
        *(
            (
                ask("DpTypeGet", Type="System1:Motor", WithSubtypes=expanded),
                [
                    good(
                        "DpTypeGet",
                        Value={
                            "Name": "Motor",
                            "Type": 1,
                            "RefName": "",
                            "Children": [
                                {
                                    "Name": "pump",
                                    "Type": 41,
                                    "RefName": "Pump",
                                    "Children": PUMP["Children"] if expanded else [],
                                }
                            ],
                        },
                    )
                ],
            )
            for expanded in (False, True)
        ),
        (ask("DpTypeGet", Type="Nope"), [bad("DpTypeGet", 57, "Nope", Value=None)]),
    ),
]

STRUCTURES = [
    exchange(
        "A structure has what any element has, and no value.",
        (
            ask("DpGet", Dps=["pump_01.value:_common.._alias"]),
            [good("DpGet", Values={"System1:pump_01.value:_common.._alias": ""})],
        ),
        (
            ask("DpGet", Dps=["pump_01.value:_original.._value"]),
            [bad("DpGet", 9, "structure", "pump_01.value:_original.._value", Values={})],
        ),
        (
            ask("DpConnect", Dps=["pump_01"]),
            [bad("DpConnect", 9, "structure", "pump_01", Values={})],
        ),
        (
            ask("DpSet", Values=[{"Dp": "pump_01.value", "Value": 1}]),
            [bad("DpSet", 9, "structure", "pump_01.value")],
        ),
        (
            ask("DpConnect", Dps=["pump_01.value:_common.._unit"]),
            [good("DpConnect", Values={"System1:pump_01.value:_common.._unit": ""})],
        ),
        (
            {"DpSetUnit": {"Dp": "pump_01.value", "Unit": "V"}},
            [
                good("DpConnect", Values={"System1:pump_01.value:_common.._unit": "V"}),
                {"DpSetUnitResult": {"Error": 0}},
            ],
        ),
        (setting(F1=1), []),
        holds({"F1.": 1.0}),
    ),
]

FINDING: list[Exchange] = [
    *NAMES,
    *EXISTENCE,
    *FACTS,
    *ALIASES,
    *TEXTS,
    *TYPES,
    *STRUCTURES,
]
