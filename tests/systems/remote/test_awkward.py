"""Peers whose answers are not what they must be: nobody gets a wrong value, or waits."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, UnexpectedStateError
from oagw.model import status
from oagw.systems.remote.dialect import BRIDGE
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.questions import DP_CONNECT, DP_GET, DP_NAMES, DP_SET, DP_WATCH
from tests.systems.remote.chain import Wire
from tests.systems.remote.test_exchanges import ChainTestCase
from tests.systems.remote.test_original import KNOWN

F1 = "System1:F1.:_online.._value"
QUERY = "SELECT '_online.._value' FROM 'F*.'"
PERIOD = {"Dps": ["K."], "T1": 0, "T2": 2e12, "Ts": 1}
AVERAGE = {"Function": ["average", "max"], "Points": 3}

#: What a client asks in turn.
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("DpGet", {"Dps": ["F1.", "F2.", "A.s"]}),
    ("DpConnect", {"Dps": ["F1.", "A.s"]}),
    ("DpSet", {"Values": [{"Dp": "F1.", "Value": 3}], "Wait": True}),
    ("DpQuery", {"Query": QUERY}),
    ("DpQuery", {"Query": f"{QUERY} SORT BY 1", "Explain": True}),
    ("DpQuery", {"Query": QUERY.replace("'_on", "MAX('_on").replace("e'", "e')")}),
    ("DpQueryConnect", {"Query": QUERY}),
    ("DpGetPeriod", PERIOD),
    ("DpGetPeriod", {**PERIOD, "Aggregate": AVERAGE}),
    ("DpNames", {"Pattern": "*"}),
    ("DpTypes", {}),
    ("DpTypeGet", {"Type": "Pump"}),
    ("DpExists", {"Dp": "F1."}),
    ("DpTypeName", {"Dps": ["F1.", "pump_01"]}),
    ("DpElementType", {"Dp": "F1."}),
    ("DpAttributeType", {"Attr": "F1.:_online.._stime"}),
    ("DpTypeRefName", {"Dp": "F1."}),
    ("DpGetAlias", {"Dp": "F1."}),
    ("DpGetAllAliases", {}),
    ("DpAliasToName", {"Alias": "x"}),
    ("DpSetAlias", {"Dpe": "F1.", "Alias": "one"}),
    ("DpCreate", {"Dp": "New", "Type": "Float"}),
    ("DpDelete", {"Dp": "New"}),
    ("DpSetUnit", {"Dpe": "F1.", "Unit": "m"}),
]
#: What stands in an answer in the place of something.
JUNK: list[Any] = [
    *(None, True, False, 0, -1, 5.5, 10**30, -(2**70), "", "5", "x", "\ud800", "a:b.c:d"),
    *([], [1], [[]], [None], [{}], {}, {"": None}, {"a": {}}, {"Code": "7"}, float("nan")),
    [[[[[[{"x": [1]}]]]]]],
]
KEYS = ["Id", "Error", "Errors", "Message", "Values", "Value", "Changes", "Removed"]


def garbled(dice: random.Random, text: bytes) -> bytes:
    """An answer with something in it that is not as it should be."""
    answer = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def look(at: Any) -> None:
        keys = (
            at if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        )
        for key in list(keys):
            places.append((at, key))
            look(at[key])

    look(answer)
    holder, key = dice.choice(places)
    match dice.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(KEYS)] = dice.choice(JUNK)
        case 2 if isinstance(holder, list):
            holder.append(dice.choice(JUNK))
        case _:
            holder[key] = dice.choice(JUNK)
    found = json.dumps(answer).encode()
    return found[: dice.randrange(len(found))] if dice.random() < 0.02 else found


class AnyAnswerTests(ChainTestCase):
    """A peer that answers like an oagw, mostly."""

    timeout = 60
    rounds = 25

    def pump(self, garble: Callable[[bytes], bytes]) -> None:
        """Let all come that the far gateway has sent, as over a network."""
        held = self.wire.held
        assert held is not None
        while held:
            text = held.pop(0)
            if self.wire.cable is not None and self.wire.cable.link is not None:
                self.wire.cable.link.received(garble(text))

    def connect(self, garble: Callable[[bytes], bytes] = lambda text: text) -> None:
        """Make a connection, on which nothing comes of the one before."""
        self.wire.break_off("again")
        self.wire.held = []
        self.wire.connect()
        self.pump(garble)

    def test_any_answer_is_used_or_refused(self) -> None:
        """Each command is answered, no connection is left half open, nothing is logged."""
        dice = random.Random(7)
        clock = self.bench.clock
        for number in range(self.rounds):
            client = self.new_client()
            for at, (command, arguments) in enumerate(COMMANDS):
                if self.remote.presence.line is None:
                    self.connect()
                    self.assertIsNotNone(self.remote.presence.line)
                self.wire.held = []
                # Mostly one answer is garbled, sometimes all that comes for a while.
                odds = dice.choice([0.1, 0.5, 1.0])

                def garble(text: bytes, odds: float = odds) -> bytes:
                    return garbled(dice, text) if dice.random() < odds else text

                answers = client.ask({command: {"Id": at, **arguments}})
                for _ in range(70):
                    self.pump(garble)
                    answers += client.outlet.take()
                    if any(one["Id"] == at for [one] in map(dict.values, answers)):
                        break
                    # An answer without its Id is given up after some time.
                    clock.advance(1)
                else:
                    self.fail(f"round {number}: {command} has no answer")
                self.set({"F1.": dice.random(), "F2.": 5})
                clock.advance(0)
                self.pump(garble)
                for answer in client.outlet.take():
                    json.dumps(answer, allow_nan=False)
            client.session.close()

    def test_the_connection_is_made_in_spite_of_it(self) -> None:
        """It is made, or it ends and the next one is made."""
        dice = random.Random(11)
        for _ in range(200):
            self.connect(lambda text: garbled(dice, text))
            self.bench.clock.advance(10)
        self.connect()
        self.wire.held = None
        [answer] = self.client.ask({"DpGet": {"Dps": ["F2."]}})
        self.assertEqual(answer["DpGetResult"]["Error"], 0)


class AnyOriginalTests(AnyAnswerTests):
    """The same of one that knows what the original knows."""

    rounds = 15

    def new_wire(self) -> Wire:
        wire = super().new_wire()
        wire.known = KNOWN
        return wire


def replacing(name: str, fields: dict[str, Any]) -> Callable[[bytes], bytes]:
    """Gives answers of a name other fields, except their Ids."""

    def garble(text: bytes) -> bytes:
        [(found, body)] = json.loads(text).items()
        if found != name:
            return text
        number = {"Id": body["Id"]} if "Id" in body else {}
        return json.dumps({name: number | fields}).encode()

    return garble


class AnswerTests(ChainTestCase):
    """What becomes of an answer."""

    def answer(self, name: str, fields: dict[str, Any], **sent: Any) -> dict[str, Any]:
        """What a client is answered if the peer answers so."""
        self.wire.garble = replacing(f"{name}Result", fields)
        [answer] = self.client.ask({name: {"Id": 1, **sent}})
        body: dict[str, Any] = answer[f"{name}Result"]
        return body

    def test_what_is_missing_is_empty(self) -> None:
        """JavaScript leaves out undefined values."""
        for values in ({}, {"Values": None}):
            fields = {"Error": 0, **values}
            self.assertEqual(self.answer("DpNames", fields)["Values"], [])
            self.assertEqual(self.answer("DpTypes", fields)["Values"], [])
            self.assertEqual(self.answer("DpGetAllAliases", fields)["Values"], {})
            self.assertEqual(self.answer("DpQuery", fields, Query=QUERY)["Values"], [])
            self.assertEqual(self.answer("DpGetPeriod", fields, **PERIOD)["Values"], {})
            body = self.answer("DpGet", fields, Dps=["F1."])
            self.assertEqual((body["Error"], body["Values"]), (54, {}))
            self.assertIn("DpGetResult", body["Message"])
            body = self.answer("DpTypeName", fields, Dp="F1")
            self.assertEqual((body["Error"], body["Value"]), (54, None))
            body = self.answer("DpTypeGet", {"Error": 0}, Type="Pump")
            self.assertEqual((body["Error"], body["Value"]), (57, None))

    def test_a_shape_that_is_none_is_an_error(self) -> None:
        """It names the system, the answer and the field."""
        row = ["System1:F1.", 1]
        for command, fields, sent, field in (
            ("DpNames", {"Values": {}}, {}, "`Values`"),
            ("DpNames", {"Values": ["System1:F1", 5]}, {}, "`Values[1]`"),
            ("DpTypes", {"Values": "Float"}, {}, "`Values`"),
            ("DpGet", {"Values": [1]}, {"Dps": ["F1."]}, "`Values`"),
            ("DpQuery", {"Values": [row, {}]}, {"Query": QUERY}, "`Values[1]`"),
            ("DpQuery", {"Values": [row, [*row, 2]]}, {"Query": QUERY}, "3 columns"),
            ("DpQuery", {"Values": [row, []]}, {"Query": QUERY}, "0 columns"),
            ("DpQuery", {"Values": [[1, 2]]}, {"Query": QUERY}, "int"),
            ("DpTypeGet", {"Value": {"Type": 22}}, {"Type": "Float"}, "`name`"),
            (
                "DpTypeGet",
                {"Value": {"Name": "T", "Type": 99}},
                {"Type": "Float"},
                "type 99",
            ),
            ("DpGetPeriod", {"Values": [[1, 2]]}, PERIOD, "`Values`"),
        ):
            body = self.answer(command, {"Error": 0, **fields}, **sent)
            self.assertEqual(body["Error"], 54, (command, fields))
            self.assertIn(field.lower(), body["Message"].lower(), (command, fields))

    def test_a_value_that_is_none_is_the_error_of_its_name(self) -> None:
        """The others are read."""
        good, bad = "System1:F1.:_original.._value", "System1:F2.:_original.._value"
        values: list[Any] = [{}, {"a": 1}, [[1]], [{}]]
        for value in values:
            fields = {"Error": 0, "Values": {good: 1.5, bad: value}}
            body = self.answer("DpGet", fields, Dps=["F1.", "F2."])
            self.assertEqual((body["Error"], body["Values"]), (54, {good: 1.5}))
            self.assertEqual(list(body["Errors"]), ["F2."])
        series = {
            "System1:F1.:_offline.._value": [[1000], [2.5]],
            "System1:F2.:_offline.._value": [[1000, 2000], [2.5]],
            "System1:K.:_offline.._value": [[10**30], [2.5]],
            "System1:A.s:_offline.._value": [["then"], ["x"]],
        }
        sent = {**PERIOD, "Dps": ["F1.", "F2.", "K.", "A.s"]}
        body = self.answer("DpGetPeriod", {"Error": 0, "Values": series}, **sent)
        self.assertEqual(list(body["Errors"]), ["F2.", "K.", "A.s"])
        self.assertEqual(body["Values"], {"System1:F1.:_offline.._value": [[1000, 2.5]]})
        name = "System1:F1.:_online.._value"
        facts = (("DpTypeName", 5), ("DpElementType", "22"), ("DpTypeRefName", None))
        for fact, wrong in facts:
            body = self.answer(fact, {"Error": 0, "Values": {name: wrong}}, Dp="F1.")
            self.assertEqual((body["Error"], body["Value"]), (54, None), fact)

    def test_whole_numbers_that_no_type_has_are_floats(self) -> None:
        """JavaScript and others write large floats with all their digits."""
        name = "System1:F1.:_original.._value"
        for text, expected in (
            ("100000000000000000000", 1e20),
            ("-9223372036854775809", -(2.0**63)),
            ("18446744073709551615", 2**64 - 1),
            ("9223372036854775808", 2**63),
            ("-9223372036854775808", -(2**63)),
            ("9" * 400, None),
            ("1e400", None),
        ):
            self.wire.garble = lambda _, text=text: (  # type: ignore[misc]
                f'{{"DpGetResult": {{"Id": {self.number()}, "Error": 0, '
                f'"Values": {{"{name}": {text}}}}}}}'
            ).encode()
            [answer] = self.client.ask({"DpGet": {"Id": 1, "Dps": ["F1."]}})
            found = answer["DpGetResult"]["Values"][name]
            self.assertEqual((type(found), found), (type(expected), expected))
        body = self.answer(
            "DpQuery",
            {"Error": 0, "Values": [["System1:F1.", 10**20], ["System1:F2.", 2**64 - 1]]},
            Query=QUERY,
        )
        self.assertEqual(body["Values"][0], ["System1:F1.", 1e20])
        self.assertEqual(body["Values"][1], ["System1:F2.", 2**64 - 1])

    def number(self) -> int:
        """The Id of what was sent last."""
        [(_, body)] = json.loads(self.wire.sent[-1]).items()
        return int(body["Id"])

    def test_history_out_of_order_is_put_in_order(self) -> None:
        """Values of the same time stay as they came."""
        name = "System1:K.:_offline.._value"
        series = {name: [[3000, 1000, 2000, 1000], [3, 1, 2, 1.5]]}
        body = self.answer("DpGetPeriod", {"Error": 0, "Values": series}, **PERIOD)
        self.assertEqual(
            body["Values"][name], [[1000, 1], [1000, 1.5], [2000, 2], [3000, 3]]
        )

    def test_nan_is_null_as_everywhere(self) -> None:
        """Though it is not JSON, some write it."""
        name = "System1:F1.:_original.._value"
        fields = {"Error": 0, "Values": {name: float("nan")}}
        body = self.answer("DpGet", fields, Dps=["F1."])
        self.assertEqual((body["Error"], body["Values"]), (0, {name: None}))

    def test_an_error_is_one_however_it_is_written(self) -> None:
        """A text, a number beyond all numbers, an error of a name that is a text."""
        for error, code in (("7", 7), ("no such thing", 54), (2**40, 54), (True, 54)):
            body = self.answer("DpGet", {"Error": error}, Dps=["F1."])
            self.assertEqual((body["Error"], body["Values"]), (code, {}), error)
        name = "System1:F1.:_original.._value"
        for wrong in ({"Code": 0}, {"Code": "7"}, "what?", None):
            fields = {"Error": 7, "Errors": {name: wrong}, "Values": {}}
            body = self.answer("DpGet", fields, Dps=["F1."])
            self.assertEqual(body["Errors"]["F1."]["Code"], 54, wrong)

    def test_changes_of_names_that_nobody_watches_are_passed_over(self) -> None:
        """A peer cannot report changes of other systems."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.come({"Changes": [{"System1:F2.:_online.._value": 1, "Other:X.:a.b": 2}]})
        self.assertEqual(self.client.outlet.take(), [])
        self.come({"Changes": [{"System1:F2.:_online.._value": 1, F1: 2.5}]})
        [answer] = self.client.outlet.take()
        self.assertEqual(answer["DpConnectResult"]["Values"], {F1: 2.5})

    def test_a_peer_does_not_speak_for_other_systems(self) -> None:
        """Neither of rows, nor of names, aliases and events."""
        rows = [["Other:F1.", 1.0], ["System1:F2.", 2.0]]
        told = {"Error": 0, "Values": rows}
        for command in ("DpQuery", "DpQueryConnect"):
            body = self.answer(command, told, Query=QUERY)
            self.assertEqual(body["Values"], rows[1:], command)
        told = {"Error": 0, "Values": ["Other:F1", "System1:F2"]}
        self.assertEqual(self.answer("DpNames", told)["Values"], ["System1:F2"])
        told = {"Error": 0, "Values": {"Other:F1.": "one", "System1:F2.": "two"}}
        body = self.answer("DpGetAllAliases", told)
        self.assertEqual(body["Values"], {"System1:F2.": "two"})
        self.wire.garble = lambda text: text
        self.client.ask({"SysConnect": {"Id": 7}})
        assert self.wire.cable is not None
        number = self.subscribed("SysConnect")
        for dp in ("Other:F1", "System1:F2"):
            told = {"Id": number, "Error": 0, "Event": "dpDeleted", "Dp": dp}
            self.wire.cable.come(json.dumps({"SysConnectResult": told}).encode())
        found = [one["SysConnectResult"]["Dp"] for one in self.client.outlet.take()]
        self.assertEqual(found, ["System1:F2"])

    def subscribed(self, command: str) -> int:
        """The Id of a command that the near gateway has sent."""
        sent = [json.loads(one) for one in self.wire.sent]
        return int(next(one[command]["Id"] for one in sent if command in one))

    def test_values_whose_status_is_not_told_are_in_no_average(self) -> None:
        """A bad value would count as a good one."""
        self.remote.presence.dialect = BRIDGE
        value, word = "System1:K.:_offline.._value", "System1:K.:_offline.._status64"
        bad = str(status.NORMAL | status.AUT_INV)
        asked = {**PERIOD, "T2": 4000, "Aggregate": {"Function": "sum", "Interval": 10}}
        times = [1000, 2000, 3000]
        for words, code, total in (
            ([[1000, 2000, 3000], ["257", bad, "257"]], 0, 5.0),
            # One has come between the two readings, and one came late.
            ([[2000, 3000], [bad, "257"]], 0, 4.0),
            ([[500, 1000, 2000], ["257", "257", bad]], 0, 1.0),
            (None, 0, 0),
            ({"Code": 19, "Message": "no such attribute"}, 19, 0),
        ):
            told: dict[str, Any] = {"Error": 0, "Values": {value: [times, [1.0, 9.0, 4.0]]}}
            if isinstance(words, list):
                told["Values"][word] = words
            elif words is not None:
                told |= {"Error": 19, "Errors": {word: words}}
            body = self.answer("DpGetPeriod", told, **asked)
            self.assertEqual(body["Error"], code, words)
            sums = [one[1] for one in body["Values"].get(value, [])]
            self.assertEqual(sum(one for one in sums if one is not None), total, words)

    def test_a_change_that_is_none_ends_the_connect_with_an_error(self) -> None:
        """Only that connect ends."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1."]}})
        self.client.ask({"DpConnect": {"Id": 2, "Dps": ["F2."]}})
        f2 = "System1:F2.:_online.._value"
        self.come({"Changes": [{f2: 7.0, F1: {"x": 1}}]})
        first, second = (one["DpConnectResult"] for one in self.client.outlet.take())
        self.assertEqual((first["Id"], first["Values"]), (2, {f2: 7.0}))
        self.assertEqual((second["Id"], second["Error"]), (1, 54))

    def test_changes_that_cannot_be_read_begin_the_connection_anew(self) -> None:
        """The changes are unknown, so no value stays as if it were right."""
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F1.:_online.._invalid"]}})
        for changes in ("all", [1], {"a": 1}):
            self.come({"Changes": changes})
            self.assertIsNone(self.remote.presence.line, changes)
            [answer] = self.client.outlet.take()
            self.assertEqual(list(answer["DpConnectResult"]["Values"].values()), [True])
            self.wire.connect()
            [answer] = self.client.outlet.take()
            self.assertEqual(list(answer["DpConnectResult"]["Values"].values()), [False])

    def test_a_live_query_with_rows_that_are_none_ends(self) -> None:
        """The gateway asks the peer to end it."""
        self.client.ask({"DpQueryConnect": {"Id": 1, "Query": QUERY}})
        [(_, sent)] = [one for one in self.wire.commands if one[0] == "DpQueryConnect"]
        frame = {"Id": sent["Id"], "Error": 0, "Values": [["System1:F1."]]}
        self.come(frame, "DpQueryConnectResult")
        [answer] = self.client.outlet.take()
        self.assertEqual(answer["DpQueryConnectResult"]["Error"], 54)
        self.assertEqual([name for name, _ in self.wire.commands], ["DpQueryDisconnect"])

    def come(self, body: dict[str, Any], name: str = "DpWatchResult") -> None:
        assert self.wire.cable is not None
        self.wire.cable.come(json.dumps({name: body}).encode())


class LinkTests(SynchronousTestCase):
    """Answers and those who wait for them."""

    timeout = 30

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[bytes] = []
        self.dropped: list[str] = []
        self.link = PeerLink("S", self.sent.append, self.dropped.append, self.clock, 60)

    def come(self, body: Any, name: str = "DpGetResult") -> None:
        self.link.received(json.dumps({name: body}).encode())

    def test_the_answer_to_another_command_is_none(self) -> None:
        """The waiting caller gets an error that shows the reply."""
        for name in ("DpNamesResult", "DpFooResult"):
            answer = self.link.ask(DP_GET, {})
            self.come({"Id": self.link._next, "Error": 0, "Values": None}, name)
            failure = self.failureResultOf(answer, UnexpectedStateError)
            self.assertIn(f"S: its reply {name}", str(failure.value))

    def test_whether_a_change_took_effect_is_not_known(self) -> None:
        """If its answer cannot be used."""
        answer = self.link.ask(DP_SET, {}, is_change=True)
        self.come({"Id": 1, "Error": 0})
        failure = self.failureResultOf(answer, UnexpectedStateError)
        self.assertIn("it is unknown whether DpSet took effect", str(failure.value))

    def test_ids_are_numbers(self) -> None:
        """Other ids belong to no command, even if they look like a number."""
        answer = self.link.ask(DP_NAMES, {})
        for number in (True, "1", [1], {"1": 1}, None, 2, -1, 10**40, 1.5, "x" * 10**5):
            self.come({"Id": number, "Error": 0, "Values": ["x"]}, "DpNamesResult")
            self.assertNoResult(answer)
        self.come({"Id": 1.0, "Error": 0, "Values": ["x"]}, "DpNamesResult")
        self.assertEqual(self.successResultOf(answer).values, ["x"])
        self.assertEqual(self.dropped, [])

    def test_an_update_that_cannot_be_used_ends_the_updates(self) -> None:
        """The subscriber gets the error, and the peer a disconnect."""
        told: list[OagwError | None] = []
        number, answer = self.link.open(
            DP_CONNECT, {}, lambda update: told.append(update.failure)
        )
        self.come({"Id": number, "Error": 0, "Values": {}}, "DpConnectResult")
        self.successResultOf(answer)
        self.come({"Id": number, "Error": 0, "Values": 5}, "DpConnectResult")
        self.come({"Id": number, "Error": 0, "Values": {}}, "DpConnectResult")
        [error] = told
        self.assertIsInstance(error, UnexpectedStateError)
        self.assertIn(b"DpDisconnect", self.sent[-1])

    def test_updates_that_nobody_asked_for(self) -> None:
        """They do no harm."""
        self.link.ask(DP_WATCH, {})
        for name in ("DpConnectResult", "SysConnectResult", "DpQueryConnectResult"):
            self.come({"Id": 9, "Error": 0}, name)
            self.come({"Error": 0}, name)
            self.come({"Error": {}}, name)
        self.come({"Code": 36}, "Response")
        self.come({"Id": 7, "Code": "x"}, "Response")
        self.assertEqual(self.dropped, [])
