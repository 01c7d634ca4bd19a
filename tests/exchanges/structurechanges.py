"""Exchanges of the commands that make, change and remove datapoints and types."""

from __future__ import annotations

from tests.exchanges.conversation import (
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

#: A type with a structure, a list and a reference; types are numbers and keywords.
MOTOR = {
    "Name": "Motor",
    "Type": 1,
    "Children": [
        {"Name": "rpm", "Type": "float"},
        {"Name": "list", "Type": "dyn_int"},
        {"Name": "part", "Children": [{"Name": "text", "Type": "DPEL_STRING"}]},
        {"Name": "pump", "Type": "typeref", "RefName": "Pump"},
    ],
}


def node(name: str, *children: dict[str, object]) -> dict[str, object]:
    """The definition of a structure."""
    return {"Name": name, "Type": 1, "Children": list(children)}


def reference(name: str, dp_type: str) -> dict[str, object]:
    """The definition of a reference."""
    return {"Name": name, "Type": 41, "RefName": dp_type}


TYPES = [
    exchange(
        "A type is made of a tree; its elements hold values then.",
        done("DpTypeCreate", Node=MOTOR),
        done("DpCreate", Dp="m", Type="Motor"),
        (
            ask(
                "DpSet",
                Values=[
                    {"Dp": "m.list", "Value": [1, 2]},
                    {"Dp": "m.part.text", "Value": "x"},
                    {"Dp": "m.pump.value.speed", "Value": 3},
                ],
            ),
            [],
        ),
        holds(
            {
                "m.rpm": 0.0,
                "m.list": [1, 2],
                "m.part.text": "x",
                "m.pump.value.speed": 3.0,
            }
        ),
    ),
    exchange(
        "What an answer tells of a type can be sent again, spelled as in JavaScript too.",
        done(
            "DpTypeCreate",
            Node={
                "name": "T",
                "type": 1,
                "refName": "",
                "children": [{"name": "a", "type": 21, "refName": "", "children": []}],
            },
        ),
        (
            ask("DpTypeGet", Type="T"),
            [
                good(
                    "DpTypeGet",
                    Value={
                        "Name": "T",
                        "Type": 1,
                        "RefName": "",
                        "Children": [
                            {"Name": "a", "Type": 21, "RefName": "", "Children": []}
                        ],
                    },
                )
            ],
        ),
    ),
    exchange(
        "A type that is there, or needs one that is not, cannot be made.",
        refused("DpTypeCreate", 35, "'Pump' exists already", Node=node("Pump")),
        refused("DpTypeCreate", 57, "'Nope'", Node=node("T", reference("a", "Nope"))),
        refused("DpTypeCreate", 51, "circle", Node=node("T", reference("a", "T"))),
        refused("DpTypeCreate", 56, "Other", Node=node("Other:T")),
        (ask("DpTypes", Pattern="T*"), [good("DpTypes", Values=[])]),
    ),
    exchange(
        "A tree that is not well formed is a parameter error that says where.",
        *(
            refused("DpTypeCreate", 51, part, Node=wrong)
            for wrong, part in (
                (5, "must be an object"),
                ({}, "Name must not be empty"),
                ({"Name": 5}, "Name must be a text"),
                ({"Name": "T*", "Type": 1}, "T*"),
                ({"Name": "T", "Type": 99}, "'99' is not an element type"),
                ({"Name": "T", "Type": "flot"}, "'flot' is not an element type"),
                ({"Name": "T", "Kind": 1}, "unknown key 'Kind'"),
                ({"Name": "T", "Type": 41}, "RefName"),
                ({"Name": "T", "Type": 1, "RefName": "Pump"}, "RefName"),
                ({"Name": "T", "Children": {}}, "Children must be a list"),
                ({"Name": "T", "Children": [5]}, "must be an object"),
                ({"Name": "T", "Type": "int", "Children": [node("a")]}, "only a structure"),
                (node("T", {**reference("a", "Pump"), "Children": [node("b")]}), "'a'"),
                (node("T", node("a.b")), "'a.b' cannot be the name"),
                (node("T", node("")), "Name must not be empty"),
                (node("T", node("a"), node("a")), "'a' occurs twice"),
                (node("T", {**node("a"), "Id": -1}), "Id must be"),
                (node("T", {**node("a"), "NewName": "b"}), "NewName"),
            )
        ),
    ),
    exchange(
        "Elements that stay keep their values, also under a new name.",
        done("DpTypeCreate", Node=MOTOR),
        done("DpCreate", Dp="m", Type="Motor"),
        (
            ask(
                "DpSet",
                Values=[
                    {"Dp": "m.rpm", "Value": 7},
                    {"Dp": "m.part.text", "Value": "x"},
                    {"Dp": "m.pump.value.speed", "Value": 3},
                ],
            ),
            [],
        ),
        done(
            "DpTypeChange",
            Node=node(
                "Motor",
                {"Name": "rpm", "NewName": "speed", "Type": "float"},
                node("part", {"Name": "text", "Type": "string"}) | {"NewName": "name"},
                reference("pump", "Pump"),
                {"Name": "new", "Type": "int"},
            ),
        ),
        holds({"m.speed": 7.0, "m.name.text": "x", "m.pump.value.speed": 3.0, "m.new": 0}),
        (ask("DpGet", Dps=["m.rpm"]), [bad("DpGet", 8, "rpm", "m.rpm", Values={})]),
        (ask("DpExists", Dp="m.list"), [good("DpExists", Value=False)]),
    ),
    exchange(
        "An element and the structure that it is in may have new names at once.",
        done(
            "DpTypeChange",
            Node=node(
                "Pump",
                {
                    **node("state", {"Name": "text", "NewName": "b", "Type": "string"}),
                    "NewName": "a",
                },
            ),
        ),
        holds({"pump_01.a.b": "idle"}),
    ),
    exchange(
        "A change goes through to what refers to the type.",
        done("DpTypeCreate", Node=MOTOR),
        done("DpCreate", Dp="m", Type="Motor"),
        (
            ask("DpSet", Values=[{"Dp": "m.pump.value.speed", "Value": 3}]),
            [],
        ),
        done(
            "DpTypeChange",
            Node=node(
                "Pump",
                node("value", {"Name": "speed", "NewName": "rpm", "Type": "float"}),
            ),
        ),
        holds({"m.pump.value.rpm": 3.0, "pump_01.value.rpm": 0.0}),
        (ask("DpExists", Dp="m.pump.state"), [good("DpExists", Value=False)]),
    ),
    exchange(
        "A change that cannot be made changes nothing.",
        done("DpTypeCreate", Node=node("Motor", reference("pump", "Pump"))),
        refused("DpTypeChange", 57, "Nope", Node=node("Nope")),
        refused("DpTypeChange", 51, "circle", Node=node("Pump", reference("m", "Motor"))),
        refused("DpTypeChange", 57, "Nope", Node=node("Pump", reference("m", "Nope"))),
        refused("DpTypeChange", 51, "keeps its name", Node=node("Pump") | {"NewName": "P"}),
        refused(
            "DpTypeChange",
            8,
            "no element 'x'",
            Node=node("Pump", {"Name": "x", "NewName": "y", "Type": "int"}),
        ),
        refused(
            "DpTypeChange",
            51,
            "two NewNames",
            Node=node("Pump", *(node("state") | {"NewName": new} for new in "ab")),
        ),
        holds({"pump_01.state.text": "idle"}),
    ),
    exchange(
        "A type is removed if nothing uses it.",
        done("DpTypeCreate", Node=node("Motor", reference("pump", "Pump"))),
        refused("DpTypeDelete", 53, "3 datapoints", Type="Pump"),
        *(done("DpDelete", Dp=f"pump_0{number}") for number in (1, 2, 3)),
        refused("DpTypeDelete", 53, "referred to by Motor", Type="Pump"),
        done("DpTypeDelete", Type="Motor"),
        done("DpTypeDelete", Type="System1:Pump"),
        refused("DpTypeDelete", 57, "Pump", Type="Pump"),
        refused("DpTypeDelete", 56, "Other", Type="Other:Pump"),
    ),
]

DATAPOINTS = [
    exchange(
        "A datapoint is made with the defaults of its type.",
        done("DpCreate", Dp="F9", Type="Float"),
        holds({"F9.": 0.0}),
        done("DpCreate", Name="System1:F8.", Type="Float"),
        holds({"F8.": 0.0}),
    ),
    exchange(
        "A datapoint that is there, has no type, or cannot be called so is not made.",
        refused("DpCreate", 34, "'F1' exists already", Dp="F1", Type="Float"),
        refused("DpCreate", 57, "'Nope'", Dp="F9", Type="Nope"),
        refused("DpCreate", 51, "cannot be the name", Dp="F*", Type="Float"),
        refused("DpCreate", 51, "has no datapoint name", Dp="", Type="Float"),
        refused("DpCreate", 10, "names an element", Dp="F.x", Type="Float"),
        refused("DpCreate", 56, "Other", Dp="Other:F9", Type="Float"),
        refused("DpCreate", 51, "needs a Dp", Type="Float"),
        refused("DpCreate", 51, "needs a Dp", Dp="F9", Name="F9", Type="Float"),
        (
            ask("DpNames", Pattern="F*"),
            [good("DpNames", Values=["System1:F1", "System1:F2"])],
        ),
    ),
    exchange(
        "A copy has values and configs, and neither alias nor history.",
        done("DpSetUnit", Dp="K.", Unit="kW"),
        done("DpSetAlias", Dp="K.", Alias="k"),
        (setting(K=1), []),
        (setting(K=2), []),
        done("DpCopy", From="@k", To="K2"),
        holds({"K2.": 2.0}),
        (ask("DpGetUnit", Dp="K2."), [good("DpGetUnit", Value="kW")]),
        (ask("DpGetAlias", Dp="K2."), [good("DpGetAlias", Value="")]),
        (
            ask("DpGetPeriod", Dps=["K2."], T1=0, T2=NOW_MS),
            [good("DpGetPeriod", Values={"System1:K2.:_offline.._value": [2.0]})],
        ),
    ),
    exchange(
        "A copy of nothing, or on something, is refused.",
        refused("DpCopy", 7, "Nope", Source="Nope", Destination="F9"),
        refused("DpCopy", 34, "'F2' exists already", Source="F1", Destination="F2"),
        refused("DpCopy", 51, "cannot be", Source="F1", Destination="a,b"),
        refused("DpCopy", 56, "Other", Source="F1", Destination="Other:F9"),
        refused("DpCopy", 51, "Destination", Source="F1"),
        refused("DpCopy", 51, "Source", Source="F1", From="F1", To="F9"),
    ),
    exchange(
        "A renamed datapoint keeps its values, its alias and its history.",
        (setting(K=1), []),
        done("DpSetAlias", Dp="K.", Alias="k"),
        done("DpRename", Dp="K", NewName="L"),
        holds({"L.": 1.0}),
        (ask("DpAliasToName", Alias="k"), [good("DpAliasToName", Value="System1:L.")]),
        (
            ask("DpGetPeriod", Dps=["@k"], T1=0, T2=NOW_MS),
            [good("DpGetPeriod", Values={"System1:L.:_offline.._value": [1.0]})],
        ),
        (ask("DpGet", Dps=["K."]), [bad("DpGet", 7, "'K'", "K.", Values={})]),
    ),
    exchange(
        "A name that is taken, or none, cannot be a new one.",
        refused("DpRename", 34, "'F2' exists already", Dp="F1", NewName="F2"),
        refused("DpRename", 51, "cannot be", Dp="F1", NewName="?"),
        refused("DpRename", 7, "Nope", Dp="Nope", NewName="F9"),
        refused("DpRename", 56, "Other", Dp="F1", NewName="Other:F9"),
        refused("DpRename", 51, "NewName", Dp="F1"),
    ),
    exchange(
        "A datapoint is deleted with its alias; its namesake does not inherit its history.",
        (setting(K=1), []),
        done("DpSetAlias", Dp="K.", Alias="k"),
        done("DpDelete", Dp="K"),
        (
            ask("DpAliasToName", Alias="k"),
            [bad("DpAliasToName", 7, "'k'", Value=None, Values={})],
        ),
        refused("DpDelete", 7, "'K'", Dp="K"),
        done("DpCreate", Dp="K", Type="Float"),
        (ask("DpSet", Values=[{"Dp": "K.:_archive.._archive", "Value": True}]), []),
        (ask("DpGetPeriod", Dps=["K."], T1=0, T2=NOW_MS), [good("DpGetPeriod", Values={})]),
    ),
    exchange(
        "Only a datapoint can be deleted.",
        refused("DpDelete", 10, "names an element", Dp="pump_01.value"),
        refused("DpDelete", 7, "no alias", Dp="@nope"),
        refused("DpDelete", 51, "needs a Dp"),
    ),
]


def told(kind: str, **fields: object) -> dict[str, object]:
    """An event, as the SysConnect with the Id s has it."""
    return {"SysConnectResult": {"Id": "s", "Error": 0, "Event": kind, **fields}}


def connected(**arguments: object) -> tuple[object, list[object]]:
    """A SysConnect with the Id s, and its answer."""
    sent = {"SysConnect": {"Id": "s", **arguments}}
    return sent, [{"SysConnectResult": {"Id": "s", "Error": 0}}]


EVENTS = [
    exchange(
        "Who asks for it is told of all that happens, before who did it has its answer.",
        connected(),
        (
            ask("DpTypeCreate", Node={"Name": "T", "Type": "int"}),
            [told("dpTypeCreated", Type="T"), good("DpTypeCreate")],
        ),
        (
            ask("DpTypeChange", Node={"Name": "T", "Type": "float"}),
            [told("dpTypeChanged", Type="T"), good("DpTypeChange")],
        ),
        (
            ask("DpCreate", Dp="t", Type="T"),
            [told("dpCreated", Dp="System1:t", Type="T"), good("DpCreate")],
        ),
        (
            ask("DpCopy", From="t", To="u"),
            [told("dpCreated", Dp="System1:u", Type="T"), good("DpCopy")],
        ),
        (
            ask("DpRename", Dp="u", NewName="v"),
            [
                told("dpRenamed", Dp="System1:u", Type="T", NewName="System1:v"),
                good("DpRename"),
            ],
        ),
        *(
            (
                ask(f"DpSet{what}", Dp="t.", **{what: "x"}),
                [told(f"dp{what}Changed", Dp="System1:t."), good(f"DpSet{what}")],
            )
            for what in ("Alias", "Description", "Unit", "Format")
        ),
        *(
            (
                ask("DpDelete", Dp=name),
                [told("dpDeleted", Dp=f"System1:{name}", Type="T"), good("DpDelete")],
            )
            for name in "tv"
        ),
        (
            ask("DpTypeDelete", Type="T"),
            [told("dpTypeDeleted", Type="T"), good("DpTypeDelete")],
        ),
        (setting(F1=1), []),
        refused("DpCreate", 34, "F1", Dp="F1", Type="Float"),
    ),
    exchange(
        "A client is told of the events that it names, in whatever case.",
        connected(Events=["dpDeleted", "DPRENAMED", "dpDeleted"]),
        done("DpCreate", Dp="F9", Type="Float"),
        (
            ask("DpDelete", Dp="F9"),
            [told("dpDeleted", Dp="System1:F9", Type="Float"), good("DpDelete")],
        ),
    ),
    exchange(
        "Events that are none are a parameter error, as is an empty list of them.",
        refused("SysConnect", 51, "'nope'", Events=["dpCreated", "nope"]),
        refused("SysConnect", 51, "Events is empty", Events=[]),
        done("DpCreate", Dp="F9", Type="Float"),
    ),
    exchange(
        "A SysConnect takes the place of an earlier one with the same Id, which ends it.",
        connected(),
        connected(Events=["dpCreated"]),
        (
            ask("DpCreate", Dp="F9", Type="Float"),
            [told("dpCreated", Dp="System1:F9", Type="Float"), good("DpCreate")],
        ),
        ({"SysDisconnect": {"Id": "s"}}, []),
        done("DpDelete", Dp="F9"),
        done("DpCreate", Dp="F9", Type="Float"),
        (
            {"SysDisconnect": {"Id": "s"}},
            [{"SysDisconnectResult": {"Id": "s", "Error": 32, "Message": Says("'s'")}}],
        ),
    ),
    one(
        "Ending what was never connected to events is error 32.",
        ask("SysDisconnect"),
        bad("SysDisconnect", 32, "Id 1"),
    ),
]

ONLINE = "System1:F1.:_online.._value"


def ended(id_: int, code: int, part: str, *names: str) -> dict[str, object]:
    """The last message of a connect."""
    errors = {name: {"Code": code, "Message": Says(part)} for name in names}
    return {
        "DpConnectResult": {
            "Id": id_,
            "Error": code,
            "Message": Says(part),
            "Errors": errors,
            "Values": {},
        }
    }


ENDS = [
    exchange(
        "A connect ends with a datapoint of its names, and is told so, once.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1.", "F2."], "Answer": False}}, []),
        ({"DpConnect": {"Id": 6, "Dps": ["F1.:_online.._stime"], "Answer": False}}, []),
        ({"DpConnect": {"Id": 7, "Dps": ["F2."], "Answer": False}}, []),
        (
            ask("DpDelete", Dp="F1"),
            [
                ended(5, 7, "'F1' was deleted", ONLINE),
                ended(6, 7, "'F1' was deleted", "System1:F1.:_online.._stime"),
                good("DpDelete"),
            ],
        ),
        (
            setting(F2=1),
            [
                {
                    "DpConnectResult": {
                        "Id": 7,
                        "Error": 0,
                        "Values": {"System1:F2.:_online.._value": 1.0},
                    }
                }
            ],
        ),
        (
            {"DpDisconnect": {"Id": 5}},
            [{"DpDisconnectResult": {"Id": 5, "Error": 32, "Message": Says("Id 5")}}],
        ),
        done("DpCreate", Dp="F1", Type="Float"),
        (setting(F1=1), []),
        (
            {"DpConnect": {"Id": 5, "Dps": ["F1."]}},
            [{"DpConnectResult": {"Id": 5, "Error": 0, "Values": {ONLINE: 1.0}}}],
        ),
        (
            setting(F1=2),
            [{"DpConnectResult": {"Id": 5, "Error": 0, "Values": {ONLINE: 2.0}}}],
        ),
    ),
    exchange(
        "A connect to a datapoint ends with its name.",
        ({"DpConnect": {"Id": 5, "Dps": ["F1."], "Answer": False}}, []),
        (
            ask("DpRename", Dp="F1", NewName="F9"),
            [ended(5, 7, "renamed to 'F9'", ONLINE), good("DpRename")],
        ),
        (setting(F9=1), []),
    ),
    exchange(
        "A connect ends with an element of its names; those of elements that stay live on.",
        ({"DpConnect": {"Id": 5, "Dps": ["pump_01.value.speed"], "Answer": False}}, []),
        (
            {
                "DpConnect": {
                    "Id": 6,
                    "Dps": ["pump_01.value.speed", "pump_01.state.text"],
                    "Answer": False,
                }
            },
            [],
        ),
        (
            ask(
                "DpTypeChange",
                Node=node("Pump", node("value", {"Name": "speed", "Type": 22})),
            ),
            [
                ended(
                    6, 8, "Pump was changed", "System1:pump_01.state.text:_online.._value"
                ),
                good("DpTypeChange"),
            ],
        ),
        (
            ask("DpSet", Values=[{"Dp": "pump_01.value.speed", "Value": 2}]),
            [
                {
                    "DpConnectResult": {
                        "Id": 5,
                        "Error": 0,
                        "Values": {"System1:pump_01.value.speed:_online.._value": 2.0},
                    }
                }
            ],
        ),
    ),
    exchange(
        "A live query loses rows of what is deleted, and takes in what is new or renamed.",
        (
            {
                "DpQueryConnect": {
                    "Id": 6,
                    "Query": "SELECT '_online.._value' FROM 'F*.'",
                    "Answer": False,
                }
            },
            [],
        ),
        *(
            (
                ask("DpCreate", Dp=name, Type="Float"),
                [
                    {
                        "DpQueryConnectResult": {
                            "Id": 6,
                            "Error": 0,
                            "Header": ["", ":_online.._value"],
                            "Values": [[f"System1:{name}.", 0.0]],
                        }
                    },
                    good("DpCreate"),
                ],
            )
            for name in ("F8", "F9")
        ),
        done("DpDelete", Dp="F8"),
        done("DpCreate", Dp="G", Type="Float"),
        done("DpRename", Dp="F2", NewName="H"),
        (
            ask("DpRename", Dp="H", NewName="F7"),
            [
                {
                    "DpQueryConnectResult": {
                        "Id": 6,
                        "Error": 0,
                        "Header": ["", ":_online.._value"],
                        "Values": [["System1:F7.", 2.5]],
                    }
                },
                good("DpRename"),
            ],
        ),
        (
            setting(F9=1, G=1),
            [
                {
                    "DpQueryConnectResult": {
                        "Id": 6,
                        "Error": 0,
                        "Header": ["", ":_online.._value"],
                        "Values": [["System1:F9.", 1.0]],
                    }
                }
            ],
        ),
        ({"DpQueryDisconnect": {"Id": 6}}, []),
        (setting(F9=2), []),
    ),
]

CHANGING: list[Exchange] = [*TYPES, *DATAPOINTS, *EVENTS, *ENDS]
