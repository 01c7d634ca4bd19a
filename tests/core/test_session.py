"""A session: frames in, frames out, over a real embedded system."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, cast

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from oagw.core.context import Context, Rules
from oagw.core.manager import DatapointManager
from oagw.core.session import Session
from oagw.interfaces.sessions import (
    IOutlet,
    ISession,
    Late,
)
from oagw.wire.codec import Message
from oagw.wire.messages.messagetable import EMPTY_ANSWERS
from tests.exchanges.conversation import (
    NOW_MS,
    Exchange,
    Passes,
)
from tests.exchanges.exchanges import EXCHANGES
from tests.systems.bench import unsliced
from tests.systems.embedded import test_system as test_embedded
from tests.systems.embedded.test_system import (
    EmbeddedTestCase,
    at_once,
)


@implementer(IOutlet)
class FakeOutlet:
    """A connection that keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.holds: list[bool] = []
        self.parts: list[bytes] = []
        self.reasons: list[str] = []
        self.is_behind = False
        self.conflated = 0
        self.waiting: dict[Late, None] = {}

    def later(self, late: Late) -> None:
        self.waiting[late] = None

    def forget(self, late: Late) -> None:
        del self.waiting[late]

    def read_on(self) -> None:
        """Take what is the newest now."""
        self.is_behind = False
        waiting, self.waiting = self.waiting, {}
        self.messages += filter(None, [late.newest() for late in waiting])

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def send_part(self, part: bytes, is_last: bool) -> Deferred[None]:
        self.parts.append(part)
        if is_last:
            self.messages.append(Message(b"".join(self.parts)))
            self.parts = []
        return succeed(None)

    def give_up(self, reason: str) -> None:
        self.reasons.append(reason)

    def hold(self, wait: bool) -> None:
        self.holds.append(wait)

    def take(self) -> list[Any]:
        """What was sent since the last time."""
        taken, self.messages = self.messages, []
        return [json.loads(message.body) for message in taken]


class Client:
    """A session with its outlet."""

    def __init__(self, manager: DatapointManager, rules: Rules, clock: Clock) -> None:
        self.outlet = FakeOutlet()
        self.context = Context("anna", self.outlet, manager, rules, at_once, clock)
        self.session = Session(self.context)

    def ask(self, sent: object) -> list[Any]:
        """Send a frame; all that came because of it."""
        text = sent if isinstance(sent, str) else json.dumps(sent)
        self.session.receive(text.encode())
        return self.outlet.take()


class SessionTestCase(EmbeddedTestCase):
    """A datapoint manager over the embedded system, and clients of it."""

    rules = Rules(zone=UTC, version="1.2.3")

    def setUp(self) -> None:
        super().setUp()
        self.manager = DatapointManager([self.bench.system], self.bench.clock, unsliced)
        self.successResultOf(Deferred.fromCoroutine(self.manager.start()))
        self.client = self.new_client()

    def new_client(self, rules: Rules | None = None) -> Client:
        return Client(self.manager, rules or self.rules, self.bench.clock)


class ExchangeTests(SessionTestCase):
    """Every exchange of the table, a test method for each."""

    def converse(self, exchange: Exchange) -> None:
        for sent, expected in exchange.steps:
            if isinstance(sent, Passes):
                self.bench.clock.advance(sent.seconds)
                answers = self.client.outlet.take()
            else:
                answers = self.client.ask(sent)
            self.assertEqual(answers, list(expected), f"after {sent!r}")


def _add_exchange(exchange: Exchange) -> None:
    def test(self: ExchangeTests) -> None:
        self.converse(exchange)

    words = re.findall(r"\w+", exchange.title.lower())
    test.__doc__ = exchange.title
    test.__name__ = f"test_{'_'.join(words)}"
    assert not hasattr(ExchangeTests, test.__name__), exchange.title
    setattr(ExchangeTests, test.__name__, test)


for _exchange in EXCHANGES:
    _add_exchange(_exchange)


class TableTests(SynchronousTestCase):
    """The table itself."""

    timeout = 30

    def test_the_time_of_the_exchanges_is_that_of_the_system(self) -> None:
        """Both modules mean the same moment."""
        self.assertEqual(NOW_MS, test_embedded.NOW_MS)

    def test_each_command_answers_well_and_badly(self) -> None:
        """Each command that has answers has one with and one without an error."""
        seen: set[tuple[str, bool]] = set()
        for exchange in EXCHANGES:
            for _, answers in exchange.steps:
                for answer in answers:
                    [(name, body)] = cast(dict[str, dict[str, Any]], answer).items()
                    seen.add((name, bool(body.get("Error", body.get("Code")))))
        for command in EMPTY_ANSWERS:
            name = f"{command.__name__}Result"
            wanted = f"the exchanges need a {name} with and without an error"
            self.assertIn((name, True), seen, wanted)
            if "Disconnect" not in name:
                self.assertIn((name, False), seen, wanted)


class SessionTests(SessionTestCase):
    """What does not fit into a table."""

    def test_is_a_session(self) -> None:
        """It has what the server asks of a session."""
        self.assertTrue(verifyObject(ISession, self.client.session))

    def test_a_binary_frame_is_answered(self) -> None:
        """It is not a command, and the session goes on."""
        self.client.session.refuse_binary(b'{"DpGet": {"Id": 7}}')
        [answer] = self.client.outlet.take()
        self.assertEqual((answer["Response"]["Id"], answer["Response"]["Code"]), (7, 36))
        self.assertIn("binary", answer["Response"]["Message"])
        self.assertEqual(len(self.client.ask({"DpGet": {"Dps": []}})), 1)

    def test_bytes_that_are_no_text_are_answered(self) -> None:
        """A text frame must be UTF-8."""
        self.client.session.receive(b'{"DpGet": {"Dps": ["\xff"]}}')
        [answer] = self.client.outlet.take()
        [body] = answer.values()
        self.assertIn(body.get("Code", body.get("Error")), (36, 51))

    def test_the_answer_setting_is_the_default_of_answer(self) -> None:
        """With a gateway that is set so, a connect answers only if it asks for it."""
        quiet = self.new_client(Rules(answer_default=False))
        query = "SELECT '_online.._value' FROM 'F1.'"
        self.assertEqual(quiet.ask({"DpConnect": {"Dps": ["F1."]}}), [])
        self.assertEqual(quiet.ask({"DpQueryConnect": {"Query": query}}), [])
        self.assertEqual(len(quiet.ask({"DpConnect": {"Dps": ["F1."], "Answer": True}})), 1)
        loud = {"DpQueryConnect": {"Query": query, "Answer": True}}
        self.assertEqual(len(quiet.ask(loud)), 1)

    def test_the_limit_of_a_period_is_that_of_the_gateway(self) -> None:
        """Too many values are refused with a clear message, never cut."""
        small = self.new_client(Rules(zone=UTC, max_period_values=2))
        period = {"DpGetPeriod": {"Id": 1, "Dps": ["K."], "T1": 0, "T2": NOW_MS * 2}}
        for value in range(2):
            self.client.ask({"DpSet": {"Values": [{"Dp": "K.", "Value": value}]}})
        [good] = small.ask(period)
        self.assertEqual(good["DpGetPeriodResult"]["Error"], 0)
        self.client.ask({"DpSet": {"Values": [{"Dp": "K.", "Value": 2}]}})
        [bad] = small.ask(period)
        self.assertEqual(bad["DpGetPeriodResult"]["Error"], 51)
        self.assertEqual(bad["DpGetPeriodResult"]["Values"], {})
        self.assertIn("2 values", bad["DpGetPeriodResult"]["Message"])

    def test_a_long_period_is_encoded_elsewhere(self) -> None:
        """Many values give the same answer, without holding the reactor."""
        count = 2500
        offloaded: list[Callable[[], object]] = []

        def offload(work: Callable[[], Any], /) -> Deferred[Any]:
            offloaded.append(work)
            return at_once(work)

        self.client.context.offload = offload
        for value in range(count):
            self.successResultOf(self.begin_set({"K.": value}, NOW_MS + value, wait=False))
        [answer] = self.client.ask(
            {"DpGetPeriod": {"Dps": ["K."], "T1": 0, "T2": NOW_MS + count}}
        )
        [values] = answer["DpGetPeriodResult"]["Values"].values()
        self.assertEqual(values, [float(value) for value in range(count)])
        self.assertEqual(len(offloaded), 1)

    def test_what_takes_long_to_read_is_read_elsewhere(self) -> None:
        """Patterns that stand for many, and long ones, in whatever command they are."""
        many = f"{{{','.join(f'F{number}.' for number in range(9))}}}"
        long = "x" * 400
        offloaded: list[Callable[[], object]] = []

        def offload(work: Callable[[], Any], /) -> Deferred[Any]:
            offloaded.append(work)
            return at_once(work)

        self.client.context.offload = offload
        for command, arguments in (
            ("DpNames", {"Pattern": many}),
            ("DpNames", {"Pattern": "F[1-9]"}),
            ("DpTypes", {"Pattern": long}),
            ("DpGetAllAliases", {"DpFilter": many}),
            ("DpGetAllAliases", {"Filter": long}),
        ):
            offloaded.clear()
            [answer] = self.client.ask({command: arguments})
            self.assertEqual(answer[f"{command}Result"]["Error"], 0)
            self.assertEqual(len(offloaded), 1, (command, arguments))
        select = "SELECT '_online.._value' FROM"
        aliases = f"{{{','.join(f'@alias{number}' for number in range(9))}}}"
        self.set({"F1.:_common.._alias": "alias1"})
        for query, count in (
            (f"{select} '{many}'", 1),
            (f"{select} 'F*' WHERE _DP != \"{long}\"", 1),
            # Its text, its aliases, and the names that they stand for.
            (f"{select} '{aliases}'", 3),
        ):
            for command in ("DpQuery", "DpQueryConnectAll"):
                offloaded.clear()
                [answer] = self.client.ask({command: {"Query": query}})
                self.assertEqual(answer[f"{command}Result"]["Error"], 0)
                self.assertEqual(len(offloaded), count, (command, query))
        offloaded.clear()
        self.client.ask({"DpNames": {"Pattern": "F*"}})
        self.client.ask({"DpQuery": {"Query": f"{select} 'F*'"}})
        self.assertEqual(offloaded, [])

    def test_a_live_query_can_be_ended_while_it_is_read(self) -> None:
        """It is not answered then, and nothing of it is left."""
        reading: list[Deferred[Any]] = []

        def offload(work: Callable[[], Any], /) -> Deferred[Any]:
            reading.append(Deferred())
            return reading[-1]

        self.client.context.offload = offload
        query = "SELECT '_online.._value' FROM '{F1,F2}.'"
        self.assertEqual(
            self.client.ask({"DpQueryConnectAll": {"Id": 1, "Query": query}}), []
        )
        self.assertEqual(self.client.ask({"DpQueryDisconnect": {"Id": 1}}), [])
        self.assertEqual(len(reading), 1)
        [unknown] = self.client.ask({"DpQueryDisconnect": {"Id": 1}})
        self.assertNotEqual(unknown["DpQueryDisconnectResult"]["Error"], 0)
        self.assertEqual(self.manager.queries.count, 0)
        self.assertEqual(self.client.outlet.take(), [])

    def test_commands_take_effect_in_the_order_sent(self) -> None:
        """A read right after a set without Wait sees it."""
        for value in range(5):
            self.client.ask({"DpSet": {"Values": [{"Dp": "F1.", "Value": value}]}})
            [answer] = self.client.ask({"DpGet": {"Dps": ["F1."]}})
            [found] = answer["DpGetResult"]["Values"].values()
            self.assertEqual(found, value)

    def test_after_the_end_nothing_is_done_or_told(self) -> None:
        """The connects of a client that is gone are ended, its frames ignored."""
        self.client.ask({"DpConnect": {"Dps": ["F1."]}})
        self.client.ask({"DpConnect": {"Id": 1, "Dps": ["F2."]}})
        self.client.ask(
            {"DpQueryConnect": {"Query": "SELECT '_online.._value' FROM 'F*.'"}}
        )
        self.client.session.close()
        self.assertEqual(
            self.client.ask({"DpSet": {"Values": [{"Dp": "F1.", "Value": 9}]}}), []
        )
        self.assertEqual(self.value("F1."), 0.0)
        self.set({"F1.": 1, "F2.": 2})
        self.assertEqual(self.client.outlet.take(), [])

    def test_an_error_inside_is_answered_and_logged(self) -> None:
        """The client gets error 54 without details, the log gets the traceback."""

        def broken(names: object) -> Deferred[Any]:
            return fail(RuntimeError("a secret of the inside"))

        self.patch(self.bench.system, "get", broken)
        [answer] = self.client.ask({"DpGet": {"Id": 1, "Dps": ["F1."]}})
        body = answer["DpGetResult"]
        self.assertEqual((body["Id"], body["Error"], body["Values"]), (1, 54, {}))
        self.assertNotIn("secret", body["Message"])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_events_and_waits_end_with_the_session(self) -> None:
        """Nothing of a client continues after it has left."""
        self.client.ask({"SysConnect": {}})
        for name in ("F1.", "F2."):
            wait = {"DpNamesWait": [name], "Timeout": 1000}
            self.client.ask({"DpWaitForValue": wait})
        self.client.session.close()
        other = self.new_client()
        other.ask({"DpCreate": {"Dp": "new", "Type": "Float"}})
        self.set({"F1.": 1})
        self.bench.clock.advance(2)
        self.assertEqual(self.client.outlet.take(), [])
        self.assertEqual(self.manager.hotlinks.count, 0)

    def test_waits_of_a_session_have_a_limit(self) -> None:
        """Waits that have ended, or were refused, do not count."""
        wait = {"DpWaitForValue": {"DpNamesWait": ["F1."]}}
        set_and_wait = {
            "DpSetAndWaitForValue": {
                "DpNamesSet": ["F2."],
                "SetValues": ["x"],
                "DpNamesWait": ["F1."],
            }
        }
        for _ in range(1000):
            [answer] = self.client.ask(set_and_wait)
            self.assertEqual(answer["DpSetAndWaitForValueResult"]["Error"], 11)
        for _ in range(1000):
            self.assertEqual(self.client.ask(wait), [])
        [answer] = self.client.ask(wait)
        self.assertEqual(answer["DpWaitForValueResult"]["Error"], 51)
        self.assertEqual(len(self.new_client().ask(wait)), 0)
        self.set({"F1.": 1})
        self.assertEqual(len(self.client.outlet.take()), 1000)
        self.assertEqual(self.client.ask(wait), [])

    def test_a_wait_that_fails_inside_is_answered_and_logged(self) -> None:
        """Its client does not wait for ever."""
        wait = {"Id": 1, "DpNamesWait": ["F1."], "DpNamesReturn": ["F2."]}
        self.client.ask({"DpWaitForValue": wait})
        self.patch(self.bench.system, "get", lambda names: fail(RuntimeError("secret")))
        self.client.context.manager.hotlinks.on_change({"System1:F1.:_online.._value": 1.0})
        [answer] = self.client.outlet.take()
        body = answer["DpWaitForValueResult"]
        self.assertEqual((body["Id"], body["Error"], body["Values"]), (1, 54, {}))
        self.assertNotIn("secret", body["Message"])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_all_clients_are_told_of_an_end(self) -> None:
        """Each in its own words; connects without an Id too."""
        other = self.new_client()
        self.client.ask({"DpConnect": {"Id": "x", "Dps": ["F1."], "Answer": False}})
        self.client.ask({"DpConnect": {"Dps": ["F1."], "Answer": False}})
        other.ask({"DpConnect": {"Id": 5, "Dps": ["F2.", "F1."], "Answer": False}})
        deleter = self.new_client()
        self.assertEqual(len(deleter.ask({"DpDelete": {"Dp": "F1"}})), 1)
        for client, ids in ((self.client, ["x", None]), (other, [5])):
            bodies = [one["DpConnectResult"] for one in client.outlet.take()]
            self.assertEqual([body.get("Id") for body in bodies], ids)
            for body in bodies:
                self.assertEqual((body["Error"], body["Values"]), (7, {}))
                self.assertEqual(list(body["Errors"]), ["System1:F1.:_online.._value"])
            self.assertEqual(len(client.context.connects), 0)

    def test_a_client_cut_off_by_an_end_disturbs_nobody(self) -> None:
        """Its other connects end while they are about to be notified of the same end."""

        class Cut(FakeOutlet):
            def send(self, message: Message) -> None:
                cut.session.close()

        other = self.new_client()
        cut = self.client
        for id_, names in enumerate((["F1."], ["F1.", "F2."], ["F2.", "F1."], ["F2."])):
            connect = {"Id": id_, "Dps": names, "Answer": False}
            for client in (cut, other):
                client.ask({"DpConnect": connect})
        cut.context.outlet = Cut()
        other.ask({"DpDelete": {"Dp": "F1"}})
        other.outlet.take()
        self.assertEqual(len(cut.context.connects), 0)
        self.set({"F2.": 1})
        self.assertEqual(len(other.outlet.take()), 1)

    def slow_reads(self) -> list[Deferred[Any]]:
        """From now on a read waits until a test fires what is in the list."""
        pending: list[Deferred[Any]] = []

        def get(names: object) -> Deferred[Any]:
            pending.append(Deferred())
            return pending[-1]

        self.patch(self.bench.system, "get", get)
        return pending

    def test_a_client_with_too_many_commands_is_held_back(self) -> None:
        """Commands that have arrived wait in order, and none is lost."""
        pending = self.slow_reads()
        count = 3000
        for number in range(count):
            self.client.ask({"DpGet": {"Id": number, "Dps": ["F1."]}})
        self.assertEqual(self.client.outlet.holds, [True])
        self.assertLess(len(pending), 100)
        fired = 0
        while fired < len(pending):
            pending[fired].callback([1.0])
            fired += 1
        ids = [answer["DpGetResult"]["Id"] for answer in self.client.outlet.take()]
        self.assertEqual(ids, list(range(count)))
        self.assertEqual(self.client.outlet.holds, [True, False])

    def test_commands_that_are_done_at_once_do_not_pile_up(self) -> None:
        """Any number may wait behind slow commands; each gets its reply after these."""
        pending = self.slow_reads()
        number = 0
        while not self.client.outlet.holds:
            self.client.ask({"DpGet": {"Id": number, "Dps": ["F1."]}})
            number += 1
        for _ in range(2000):
            self.client.session.receive(b"no command")
            self.client.ask({"DpSet": {"Values": [], "Wait": True}})
        while pending:
            pending.pop(0).callback([1.0])
        self.assertEqual(len(self.client.outlet.take()), number + 4000)
        self.assertEqual(self.client.outlet.holds, [True, False])
        self.assertEqual(len(self.client.ask({"DpSet": {"Values": [], "Wait": True}})), 1)

    def test_what_waits_is_dropped_when_the_client_goes(self) -> None:
        """Commands that have not begun never do."""
        pending = self.slow_reads()
        while not self.client.outlet.holds:
            self.client.ask({"DpGet": {"Dps": ["F1."]}})
        self.client.ask({"DpSet": {"Values": [{"Dp": "F1.", "Value": 9}]}})
        self.client.session.close()
        begun = len(pending)
        for one in pending:
            one.callback([1.0])
        self.assertEqual(len(pending), begun)
        self.set({"F2.": 1})
        self.assertEqual(self.bench.system.plant.element("F1", "", "").sample.value, 0.0)
