"""WinCC OA behind the bridge: a client, the gateway, the bridge in Node, a stand-in."""

from __future__ import annotations

import signal
from typing import Any

from tests.service.daemon import OAGW, run
from tests.winccoa.bridge import BridgeTestCase

F1 = "System1:F1.:_online.._value"


class ValueTests(BridgeTestCase):
    """Reading, setting, connecting."""

    def test_all_types_come_back_as_they_were_set(self) -> None:
        """In the forms that JSON has for them."""
        client = self.connect()
        values: dict[str, object] = {
            "A.float": 1.5,
            "A.int": -5,
            "A.bool": True,
            "A.bit32": 2**32 - 1,
            "A.bit64": 2**64 - 1,
            "A.long": -(2**63),
            "A.ulong": 2**64 - 1,
            "A.string": 'größe "x" big-',
            "A.time": 1_700_000_000_123,
            "A.lang": "Pump",
            "A.blob": "aGk=",
            "A.dyn_float": [1.5, 2.5],
            "A.dyn_string": ["a", "12345678901234567890"],
            "A.dyn_time": [1000, 2000],
        }
        sent = [{"Dp": name, "Value": value} for name, value in values.items()]
        answer = client.ask("DpSet", Id=1, Values=sent, Wait=True)
        self.assertEqual(answer, {"Id": 1, "Error": 0})
        self.assertEqual(self.get(client, *values), list(values.values()))
        self.assertEqual(self.get(client, "A.int:_online.._status64"), [257])

    def test_floats_with_all_their_digits(self) -> None:
        """As Python, JavaScript and Go write them."""
        client = self.connect()
        for digits in (
            "0.30000000000000004",
            "-0.9999999999999999",
            "1234567.8901234567",
            "1.2345678901234567e-7",
            "3033333333333333500",
            "-12345678901234567890123",
        ):
            text = f'{{"DpSet":{{"Values":[{{"Dp":"F1.","Value":{digits}}}],"Wait":true}}}}'
            client.socket.send(text)
            self.assertEqual(client.receive(), {"DpSetResult": {"Error": 0}}, digits)
            [found] = self.get(client, "F1.")
            self.assertEqual(float(found), float(digits))
        text = f"0.30000000000000004 {2**63}"
        setting = {"Dp": "A.string", "Value": text}
        numbers = {"Dp": "A.dyn_float", "Value": [0.1 + 0.2, 1e17]}
        answer = client.ask("DpSet", Values=[setting, numbers], Wait=True)
        self.assertEqual(answer, {"Error": 0})
        found = self.get(client, "A.string", "A.dyn_float")
        self.assertEqual(found, [text, [0.1 + 0.2, 1e17]])

    def test_reads_answer_what_they_can(self) -> None:
        """One unknown name rejects the whole in WinCC OA, but not here."""
        client = self.connect()
        names = ["F1.", "Nope.", "A.nope", "A.int:_online.._nope", "A.int"]
        answer = client.ask("DpGet", Dps=names)
        self.assertEqual(len(answer["Values"]), 2)
        codes = {name: one["Code"] for name, one in answer["Errors"].items()}
        self.assertEqual(codes, {"Nope.": 7, "A.nope": 8, "A.int:_online.._nope": 19})

    def test_a_set_is_all_or_nothing_and_says_why(self) -> None:
        """Unknown names by name, the rest as WinCC OA says it."""
        client = self.connect()
        both = [{"Dp": "F1.", "Value": 1}, {"Dp": "Nope.", "Value": 1}]
        answer = client.ask("DpSet", Values=both, Wait=True)
        self.assertEqual((answer["Error"], set(answer["Errors"])), (7, {"Nope."}))
        wrong = [{"Dp": "F1.", "Value": 1}, {"Dp": "F2.", "Value": "x"}]
        self.assertEqual(client.ask("DpSet", Values=wrong, Wait=True)["Error"], 11)
        self.assertEqual(self.get(client, "F1."), [0])
        late = [{"Dp": "A.time", "Value": "no time"}]
        self.assertEqual(client.ask("DpSet", Values=late, Wait=True)["Error"], 11)

    def test_a_source_time_may_be_given(self) -> None:
        """It becomes a dpSetTimedWait."""
        client = self.connect()
        value = [{"Dp": "F1.", "Value": 1}]
        time = "2023-11-14T22:13:20.123456789Z"
        client.ask("DpSet", Values=value, Timestamp=time, Wait=True)
        self.assertEqual(self.get(client, "F1.:_online.._stime"), [1_700_000_000_123])

    def test_values_are_written_by_the_mapped_user(self) -> None:
        """And the bridge is itself again after that."""
        client = self.connect()
        client.ask("DpSet", Values=[{"Dp": "F1.", "Value": 1}], Wait=True)
        self.assertEqual(self.get(client, "F1.:_online.._user"), [7])
        self.assertIn("user 7 own 0", self.bridge.tell("user", dpe="F1."))

    def test_changes_come_as_they_happen(self) -> None:
        """A set of two values is one update, and a deleted datapoint ends a connect."""
        client = self.connect()
        answer = client.ask("DpConnect", Id=1, Dps=["F1.", "F2."])
        self.assertEqual(list(answer["Values"].values()), [0, 0])
        self.bridge.tell("set", names=["System1:F1.", "System1:F2."], values=[1, 2])
        update = client.receive()["DpConnectResult"]
        self.assertEqual(list(update["Values"].values()), [1, 2])
        self.bridge.tell("set", names=["System1:F1."], values=[1])
        update = client.receive()["DpConnectResult"]
        self.assertEqual(list(update["Values"].values()), [1, 2])
        self.bridge.tell("delete", dp="F2")
        ended = client.receive()["DpConnectResult"]
        self.assertEqual((ended["Id"], ended["Error"]), (1, 7))
        refused = client.ask("DpConnect", Id=2, Dps=["F1.", "F2.", "K.:_offline.._value"])
        codes = [one["Code"] for one in refused["Errors"].values()]
        self.assertEqual(codes, [7, 53])

    def test_what_is_watched_no_more_is_disconnected(self) -> None:
        """No connect is left in WinCC OA, also when the gateway stops."""
        client = self.connect()
        client.ask("DpConnect", Id=1, Dps=["F1.", "F2."])
        client.send("DpDisconnect", {"Id": 1})
        client.ask("DpGet", Dps=[])
        self.assertIn("connects 0", self.bridge.tell("connects"))
        client.ask("DpConnect", Id=1, Dps=["F1.", "F2."])
        self.gateway.stop()
        self.bridge.wait_for("not connected")
        self.assertIn("connects 0", self.bridge.tell("connects"))


class ManyTests(BridgeTestCase):
    """Much at once, for a client that is slower: there is room for all that waits."""

    more = "[server]\nmax_queue = 16MiB\nmax_delay = 1min\n"

    def test_many_names_and_many_changes(self) -> None:
        """Ten thousand names in a command, and no change is lost."""
        client = self.connect()
        self.bridge.tell("many", count=10_000)
        names = [f"M{number}." for number in range(10_000)]
        answer = client.ask("DpGet", Dps=names)
        self.assertEqual((answer["Error"], len(answer["Values"])), (0, 10_000))
        for number in range(1000):
            client.ask("DpConnect", Id=number, Dps=[names[number]])
        self.bridge.tell("burst", count=1000, rounds=20)
        last: dict[int, float] = {}
        for _ in range(20_000):
            body = client.receive()["DpConnectResult"]
            [value] = body["Values"].values()
            self.assertEqual(value, last.get(body["Id"], 0) + 1)
            last[body["Id"]] = value
        self.assertEqual(set(last.values()), {20})


class MoreTests(BridgeTestCase):
    """Queries, history, names and structure."""

    def test_queries_once_and_live(self) -> None:
        """Grouped and put in order by the gateway."""
        client = self.connect()
        both = [{"Dp": "F1.", "Value": 1}, {"Dp": "F2.", "Value": 2}]
        client.ask("DpSet", Values=both, Wait=True)
        text = "SELECT '_online.._value' FROM 'F*.' SORT BY 1 DESC FIRST 1"
        rows = client.ask("DpQuery", Query=text)["Values"]
        self.assertEqual(rows, [["System1:F2.", 2]])
        text = "SELECT SUM('_online.._value') FROM 'F*.' GROUP BY _SYS"
        self.assertEqual(client.ask("DpQuery", Query=text)["Values"], [["System1", 3]])
        live = "SELECT '_online.._value' FROM 'F*.' WHERE '_online.._value' > 1"
        first = client.ask("DpQueryConnect", Id=5, Query=live, Removed=True)
        self.assertEqual(first["Values"], [["System1:F2.", 2]])
        self.bridge.tell("set", names=["System1:F1."], values=[5])
        told = client.receive()["DpQueryConnectResult"]
        self.assertEqual(told["Values"], [["System1:F1.", 5]])
        self.bridge.tell("delete", dp="F1")
        told = client.receive()["DpQueryConnectResult"]
        self.assertEqual(told["Removed"], ["System1:F1."])
        self.assertEqual(
            client.ask("DpQuery", Query="SELECT ALERT '_alert_hdl.._value' FROM '*'")[
                "Error"
            ],
            36,
        )

    def test_history(self) -> None:
        """In parts to the gateway, in whatever shape the client wants."""
        client = self.connect()
        self.bridge.tell("history", dpe="K.", count=120_000)
        answer = client.ask(
            "DpGetPeriod", Dps=["K.", "F1.", "Nope."], T1=0, T2="2100-01-01", Ts=1
        )
        [series] = answer["Values"].values()
        self.assertEqual(series, [[number * 1000, number] for number in range(120_000)])
        self.assertEqual(set(answer["Errors"]), {"Nope."})
        some = client.ask("DpGetPeriod", Dps=["K."], T1=10_000, T2=12_000, Count=1)
        self.assertEqual(list(some["Values"].values()), [[9, 10, 11, 12, 13]])
        wanted = {"Function": ["average", "maximum"], "Interval": "10s"}
        made = client.ask("DpGetPeriod", Dps=["K."], T1=10_000, T2=30_000, Aggregate=wanted)
        self.assertEqual(list(made["Values"].values()), [[[14.5, 19], [24.5, 29]]])
        every = {"Function": ["minimum", "maximum"], "Points": 1}
        made = client.ask("DpGetPeriod", Dps=["K."], T1=0, T2=119_999_999, Aggregate=every)
        self.assertEqual(list(made["Values"].values()), [[[0, 119_999]]])

    def test_names_and_types(self) -> None:
        """They are the same as in WinCC OA."""
        client = self.connect()
        names = client.ask("DpNames", Pattern="pump_*")["Values"]
        self.assertEqual(names, ["System1:pump_01", "System1:pump_02"])
        found = client.ask("DpNames", Pattern="*.value.*", Type="Pump")["Values"]
        self.assertEqual(len(found), 4)
        self.assertEqual(client.ask("DpTypes")["Values"], ["All", "Float", "Pump"])
        node = client.ask("DpTypeGet", Type="Pump")["Value"]
        self.assertEqual([one["Name"] for one in node["Children"]], ["value", "state"])
        exist = client.ask("DpExists", Dps=["F1", "pump_01.value", "Nope"])["Values"]
        self.assertEqual(list(exist.values()), [True, True, False])
        self.assertEqual(client.ask("DpTypeName", Dp="pump_01")["Value"], "Pump")
        self.assertEqual(client.ask("DpElementType", Dp="A.ulong")["Value"], 58)
        self.assertEqual(client.ask("DpElementType", Dp="Nope.")["Error"], 7)

    def test_aliases_and_texts(self) -> None:
        """Set and read by functions of their own, and usable as names."""
        client = self.connect()
        self.assertEqual(client.ask("DpSetAlias", Dp="F1.", Alias="level")["Error"], 0)
        self.assertEqual(client.ask("DpGetAlias", Dp="F1.")["Value"], "level")
        client.ask("DpSetUnit", Dp="F1.", Unit={"en_US.utf8": "m", "de_AT.utf8": "M"})
        self.assertEqual(client.ask("DpGetUnit", Dp="@level")["Value"], "m")
        aliases = client.ask("DpGetAllAliases")["Values"]
        self.assertEqual(aliases, {"System1:F1.": "level"})

    def test_structure(self) -> None:
        """Types and datapoints are created and deleted, and clients are notified."""
        client = self.connect()
        client.ask("SysConnect", Id=9)
        children = [{"Name": "open", "Type": "bool"}]
        node = {"Name": "Valve", "Children": children}
        client.send("DpTypeCreate", {"Id": 1, "Node": node})
        self.assertEqual(self.two(client), {("dpTypeCreated", "Valve"), ("answer", 0)})
        client.send("DpCreate", {"Id": 2, "Dp": "V1", "Type": "Valve"})
        self.assertEqual(self.two(client), {("dpCreated", "System1:V1"), ("answer", 0)})
        self.assertEqual(client.ask("DpCreate", Dp="V1", Type="Valve")["Error"], 34)
        self.assertEqual(self.get(client, "V1.open"), [False])
        client.send("DpDelete", {"Id": 3, "Dp": "V1"})
        self.assertEqual(self.two(client), {("dpDeleted", "System1:V1"), ("answer", 0)})
        self.assertEqual(client.ask("DpRename", Dp="F1", NewName="F9")["Error"], 53)

    def two(self, client: Any) -> set[tuple[str, object]]:
        """An event and an answer, in whatever order."""
        found: set[tuple[str, object]] = set()
        for _ in range(2):
            [body] = client.receive().values()
            if "Event" in body:
                found.add((body["Event"], body.get("Dp", body.get("Type"))))
            else:
                found.add(("answer", body["Error"]))
        return found


class InformingTests(BridgeTestCase):
    """Questions that WinCC OA answers about itself."""

    def test_what_winccoa_says_is_passed_on(self) -> None:
        """Redundancy, users, the version, values of an age."""
        client = self.connect()
        for command, fields, expected in (
            ("IsRedundant", {}, True),
            ("IsReduActive", {}, False),
            ("GetSystemId", {}, 1),
            ("GetUserId", {"UserName": "operator1"}, 7),
            ("GetUserName", {"UserId": 7}, "operator1"),
            (
                "GetVersionInfo",
                {"System": "System1"},
                {"Product": "WinCC OA", "Version": "stand-in"},
            ),
            ("IsRedundant", {"System": "Gateway"}, False),
        ):
            answer = client.ask(command, **fields)
            self.assertEqual(answer, {"Error": 0, "Value": expected}, command)
        self.assertEqual(client.ask("GetUserId", UserName="nobody")["Error"], 51)
        self.assertEqual(client.ask("GetUserName", UserId=77)["Error"], 51)
        answer = client.ask("DpGetMaxAge", Dps=["F1.", "Nope."], Age=5)
        self.assertEqual((answer["Error"], len(answer["Values"])), (7, 1))
        self.bridge.wait_for("STANDIN dpGetMaxAge 5")


class VariantTests(BridgeTestCase):
    """What the API's documentation leaves open may be either way."""

    variants = (
        "languages event-names part-exists ctrl-types type-systems one-value at-once "
        "several-errors later"
    )

    def test_errors_have_a_number_wherever_it_is(self) -> None:
        """As a text, in an array in the details, in a callback within the call."""
        client = self.connect()
        wrong = client.ask("DpSet", Values=[{"Dp": "F1.", "Value": "abc"}], Wait=True)
        self.assertEqual(wrong["Error"], 11, wrong)
        self.assertEqual(client.ask("DpTypeGet", Type="Nope")["Error"], 57)
        self.assertEqual(client.ask("DpDelete", Dp="Nope")["Error"], 7)
        answer = client.ask("DpGet", Dps=["F1.", "A.nope", "F1.:_online.._nope"])
        self.assertEqual(len(answer["Values"]), 1)
        self.assertEqual([one["Code"] for one in answer["Errors"].values()], [7, 19])
        query = "SELECT '_online.._value' FROM 'F*' WHERE '_online.._value' >= 2"
        refused = client.ask("DpQueryConnectSingle", Id=1, Query=query)
        self.assertEqual(refused["Error"], 36, refused)
        self.assertIn("connects 0 queries 0", self.bridge.tell("connects"))

    def test_first_values_within_the_call(self) -> None:
        """Of connects and of live queries; a list of one is a list."""
        client = self.connect()
        client.ask("DpSet", Values=[{"Dp": "A.dyn_float", "Value": [2.5]}], Wait=True)
        self.assertEqual(self.get(client, "A.dyn_float"), [[2.5]])
        found = client.ask("DpConnect", Id=1, Dps=["A.dyn_float", "F1."])
        self.assertEqual(list(found["Values"].values()), [[2.5], 0])
        self.bridge.tell("set", names=["A.dyn_float"], values=[[3.5]])
        told = client.receive()["DpConnectResult"]
        self.assertEqual(list(told["Values"].values()), [[3.5], 0])
        query = "SELECT '_online.._value' FROM 'F1'"
        live = client.ask("DpQueryConnectSingle", Id=2, Query=query)
        self.assertEqual(live["Values"], [["System1:F1.", 0]])

    def test_texts_are_those_of_the_configured_language(self) -> None:
        """Whatever language is active in WinCC OA."""
        client = self.connect()
        texts = {"de_AT.utf8": "Pumpe", "en_US.utf8": "Pump"}
        client.ask("DpSet", Values=[{"Dp": "A.lang", "Value": texts}], Wait=True)
        self.assertEqual(self.get(client, "A.lang"), ["Pump"])
        client.ask("DpSetDescription", Dp="F1.", Description=texts)
        self.assertEqual(client.ask("DpGetDescription", Dp="F1.")["Value"], "Pump")

    def test_a_name_exists_as_a_whole(self) -> None:
        """Though dpExists is content with a part; types have one kind of number."""
        client = self.connect()
        exist = client.ask("DpExists", Dps=["F1", "F1.", "A.int", "A.nope", "Nope"])
        self.assertEqual(list(exist["Values"].values()), [True, True, True, False, False])
        self.assertEqual(client.ask("DpAttributeType", Dp="A.int")["Value"], 21)
        stime = client.ask("DpAttributeType", Dp="A.int:_online.._stime")
        self.assertEqual(stime["Value"], 26)
        self.assertEqual(client.ask("DpTypes")["Values"], ["All", "Float", "Pump"])
        self.assertEqual(client.ask("DpTypeName", Dp="pump_01")["Value"], "Pump")
        self.assertEqual(client.ask("DpTypeGet", Type="Pump")["Value"]["Name"], "Pump")
        self.assertEqual(client.ask("DpNames", Pattern="F*1")["Values"], ["System1:F1"])
        self.assertEqual(client.ask("DpGetAlias", Dp="F1.")["Value"], "")

    def test_events_by_the_names_of_the_module(self) -> None:
        """A datapoint that is made again may be of another type."""
        client = self.connect()
        client.ask("DpTypeCreate", Node={"Name": "Blob", "Type": "blob"})
        client.ask("SysConnect", Id=9)
        self.bridge.tell("create", dp="V1", type="Float")
        self.assertEqual(client.receive()["SysConnectResult"]["Dp"], "System1:V1")
        self.bridge.tell(
            "renamed", dp="System1:V8", oldName="System1:V7", newName="System1:V8"
        )
        told = client.receive()["SysConnectResult"]
        self.assertEqual((told["Dp"], told["NewName"]), ("System1:V7", "System1:V8"))
        sent = {"Dp": "V1.", "Value": 1.5}
        self.assertEqual(client.ask("DpSet", Values=[sent], Wait=True)["Error"], 0)
        self.bridge.tell("delete", dp="V1")
        self.assertEqual(client.receive()["SysConnectResult"]["Event"], "dpDeleted")
        self.bridge.tell("create", dp="V1", type="Blob")
        self.assertEqual(client.receive()["SysConnectResult"]["Event"], "dpCreated")
        sent = {"Dp": "V1.", "Value": "aGk="}
        self.assertEqual(client.ask("DpSet", Values=[sent], Wait=True)["Error"], 0)


class NothingTests(BridgeTestCase):
    """Functions of WinCC OA that give undefined, or less than was asked for."""

    variants = "nothing"

    def test_nothing_is_empty_or_an_error_and_never_a_value(self) -> None:
        """And no other name is spoilt by it."""
        client = self.connect()
        for command, fields, expected in (
            ("DpNames", {"Pattern": "Nope*"}, {"Error": 0, "Values": []}),
            ("DpTypes", {}, {"Error": 0, "Values": []}),
            ("DpGetAllAliases", {}, {"Error": 0, "Values": {}}),
        ):
            self.assertEqual(client.ask(command, **fields), expected, command)
        answer = client.ask("DpGet", Dps=["F1.", "F2.", "A.int"])
        self.assertEqual(list(answer["Errors"]), ["F2."], answer)
        self.assertEqual((answer["Error"], len(answer["Values"])), (54, 2))
        refused: list[tuple[str, dict[str, Any]]] = [
            ("DpTypeName", {"Dp": "F1"}),
            ("DpQuery", {"Query": "SELECT '_online.._value' FROM 'F1.'"}),
            ("DpGetPeriod", {"Dps": ["F1."], "T1": 0, "T2": 1e12}),
            ("IsRedundant", {}),
            ("GetUserId", {"UserName": "operator1"}),
            ("GetVersionInfo", {"System": "System1"}),
        ]
        for command, arguments in refused:
            answer = client.ask(command, **arguments)
            self.assertEqual(answer["Error"], 54, (command, answer))
        self.assertEqual(self.get(client, "F1."), [0])
        self.assertNotIn("Traceback", self.gateway.output)


class WayBackTests(BridgeTestCase):
    """WinCC OA lets the bridge become another user, and not its own again."""

    variants = "no-way-back"

    def test_nothing_more_is_done_under_a_wrong_name(self) -> None:
        """The bridge ends; that set's outcome is not known."""
        client = self.connect()
        answer = client.ask("DpSet", Values=[{"Dp": "F1.", "Value": 1.5}], Wait=True)
        self.assertEqual(answer["Error"], 39, answer)
        self.bridge.wait_for("cannot switch back to its own user")
        self.assertEqual(self.bridge.finish(), 1)


class CheckTests(BridgeTestCase):
    """``oagw bridge check``."""

    def check(self, *arguments: str) -> tuple[int, str]:
        config = self.directory / "oagw.ini"
        state = str(self.gateway.state)
        command = [str(OAGW), "bridge", "check", *arguments]
        done = run(*command, "--config", str(config), "--state", state)
        return done.returncode, done.stdout + done.stderr

    def test_all_functions_work(self) -> None:
        """With --write those too that change something; nothing is left behind."""
        client = self.connect()
        code, report = self.check("System1")
        self.assertEqual(code, 0, report)
        self.assertIn("14 of 14 functions work", report)
        code, report = self.check("System1", "--write")
        self.assertEqual(code, 0, report)
        self.assertIn("24 of 24 functions work", report)
        self.assertEqual(client.ask("DpTypes")["Values"], ["All", "Float", "Pump"])
        self.assertEqual(client.ask("DpNames", Pattern="oagw*")["Values"], [])

    def test_what_does_not_work_is_named(self) -> None:
        """The exit code says so too."""
        self.bridge.stop()
        code, report = self.check("System1")
        self.assertEqual(code, 1)
        self.assertIn("FAILED  dpNames: datapoints", report)
        self.assertIn("System1 is away", report)
        code, report = self.check("Nowhere")
        self.assertEqual(code, 1)
        self.assertIn("there is no system 'Nowhere'", report)


class BreakTests(BridgeTestCase):
    """Connections that break, and bridges that are none."""

    def test_a_set_in_the_middle_of_a_break_is_unknown_and_not_repeated(self) -> None:
        """WinCC OA has accepted it, but its reply is lost."""
        client = self.connect()
        self.bridge.tell("hold")
        client.send("DpSet", {"Id": 1, "Values": [{"Dp": "F1.", "Value": 5}], "Wait": True})
        client.ask("DpGet", Dps=["F1."])
        self.bridge.signal(signal.SIGKILL)
        answer = client.receive()["DpSetResult"]
        self.assertEqual((answer["Id"], answer["Error"]), (1, 39))
        self.assertIn("is unknown", answer["Message"])
        self.bridge.stop()
        self.bridge.start()
        self.bridge.wait_for("connected to")
        self.assertEqual(self.get(self.connect(), "F1."), [0])

    def test_connects_go_on_when_the_bridge_comes_back(self) -> None:
        """Values are invalid in between."""
        client = self.connect()
        names = ["F1.", "F1.:_online.._aut_inv"]
        client.ask("DpConnect", Id=1, Dps=names)
        self.bridge.stop()
        told = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(list(told.values()), [0, True])
        self.bridge.start()
        told = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(list(told.values()), [0, False])
        self.bridge.tell("set", names=["System1:F1."], values=[4])
        told = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(list(told.values()), [4, False])

    def test_a_wrong_password_is_refused(self) -> None:
        """The logs of both sides report it without the password."""
        self.bridge.stop()
        bridge = self.new_bridge("geheimnisvoll")
        line = bridge.wait_for("not connected")
        self.assertIn("user or password are wrong", line)
        bridge.stop()
        self.gateway.stop()
        self.assertIn("a bridge with a wrong login was refused", self.gateway.output)
        for output in (bridge.output, self.gateway.output):
            self.assertNotIn("geheimnisvoll", output)

    def test_a_certificate_from_elsewhere_is_refused(self) -> None:
        """The bridge connects to its own gateway only."""
        self.bridge.stop()
        config = self.directory / "bridge.json"
        text = config.read_text()
        start = text.index('"ca"')
        config.write_text(text[: start - 2] + "}")
        self.bridge.start()
        self.assertIn("certificate", self.bridge.wait_for("not connected"))
