"""Clients that do not read, seen from outside: a real gateway, real TLS sockets."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from tests.service.daemon import Client, Daemon

_NAMES = ["pump_00001.state.text", "pump_00001.value.starts"]
_SETS = 1500
_TEXT = "x" * 10_000


def memory(daemon: Daemon) -> int:
    """Resident bytes of the process."""
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


class SlowClientTests(TestCase):
    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.start("1h")

    def start(self, max_stall: str) -> None:
        """Have a daemon that has so much patience with those who read nothing."""
        self.daemon = Daemon(
            self.directory,
            *("--set", "simulate.enabled=no"),
            *("--set", f"server.max_stall={max_stall}"),
        ).start()
        self.addCleanup(self.daemon.stop)

    def connect(self) -> Client:
        client = self.daemon.connect()
        self.addCleanup(client.close)
        return client

    def publish(self, sets: int = _SETS) -> None:
        """Set a text to many values, two elements at once; return when all are set."""
        publisher = self.connect()
        for number in range(sets):
            publisher.send(
                "DpSet",
                {
                    "Values": [
                        {"Dp": "pump_00001.state.text", "Value": f"{number}{_TEXT}"},
                        {"Dp": "pump_00001.value.starts", "Value": number},
                    ]
                },
            )
        publisher.ask("DpGet", Dps=["pump_00001.value.starts"])

    @staticmethod
    def number(body: dict[str, Any]) -> int:
        """The number of the set in the values of a DpConnect; both elements have it."""
        text, number = body["Values"].values()
        assert text.removesuffix(_TEXT) == str(number), (text[:10], number)
        return int(number)

    def let_time_pass(self, ms: int) -> None:
        """Return when that much time is over by the gateway's clock."""
        never = {"DpNamesWait": [_NAMES[0]], "Conditions": ["no such text"]}
        answer = self.connect().ask("DpWaitForValue", Timeout=ms, **never)
        self.assertTrue(answer["TimerExpired"], answer)

    def test_the_newest_stands_for_what_was_left_out(self) -> None:
        """The last message is the present state, all are counted, none is torn."""
        slow = self.connect()
        slow.ask("DpConnect", Id=1, Dps=_NAMES, Conflated=True)
        rows = "SELECT '_online.._value' FROM 'pump_00001.{state.text,value.starts}'"
        self.assertEqual(len(slow.ask("DpQueryConnect", Id=2, Query=rows)["Values"]), 2)
        self.publish()
        count, last, row = 0, -1, -1
        while last < _SETS - 1 or row < _SETS - 1:
            [(kind, body)] = slow.receive().items()
            if kind == "DpConnectResult":
                count += 1 + body.get("Conflated", 0)
                self.assertGreater(self.number(body), last)
                last = self.number(body)
            else:
                found = dict(body["Values"])
                row = found.get("System1:pump_00001.value.starts", row)
        self.assertEqual(count, _SETS)
        self.assertGreater(slow.ask("WhoAmI")["Conflated"], _SETS // 2)

    def test_memory(self) -> None:
        """What is left out is not kept: for these it would be half a gigabyte."""
        self.publish()
        for number in range(30):
            self.connect().ask("DpConnect", Id=f"client {number}", Dps=_NAMES)
        before = memory(self.daemon)
        self.publish()
        self.assertLess(memory(self.daemon) - before, 60_000_000)

    def test_answers_are_all_there(self) -> None:
        """In their order, whatever was left out between them."""
        slow = self.connect()
        slow.ask("DpConnect", Id=1, Dps=["pump_00001.state.text"])
        for number in range(200):
            slow.send("DpGet", {"Id": number, "Dps": ["pump_00001.state.text"]})
            if number % 10 == 0:
                self.publish(40)
        answers: list[int] = []
        while len(answers) < 200:
            [(kind, body)] = slow.receive().items()
            if kind == "DpGetResult":
                answers.append(body["Id"])
        self.assertEqual(answers, list(range(200)))

    def test_others_lose_nothing(self) -> None:
        """A client that reads gets each update, while another does not read."""
        slow, reader = self.connect(), self.connect()
        slow.ask("DpConnect", Id=1, Dps=_NAMES)
        reader.ask("DpConnect", Id=1, Dps=["pump_00001.value.starts"])
        for _ in range(10):
            self.publish(50)
            found = [reader.receive()["DpConnectResult"]["Values"] for _ in range(50)]
            self.assertEqual(
                [list(one.values()) for one in found], [[n] for n in range(50)]
            )

    def test_who_reads_nothing_is_closed(self) -> None:
        """With 1008 and the reason, which it finds if it reads on."""
        self.daemon.stop()
        self.start("5s")
        stuck = self.connect()
        stuck.ask("DpConnect", Id=1, Dps=_NAMES)
        self.publish()
        self.daemon.wait_for("nothing was read for 5 s")
        code, reason = stuck.closed()
        self.assertEqual(code, 1008)
        self.assertIn("nothing was read for 5 s", reason)

    def test_who_reads_slowly_is_not(self) -> None:
        """A little now and then is enough."""
        self.daemon.stop()
        self.start("5s")
        slow = self.connect()
        slow.ask("DpConnect", Id=1, Dps=_NAMES)
        self.publish()
        for _ in range(25):
            self.publish(60)
            for _ in range(5):
                slow.receive()
            self.let_time_pass(200)
        slow.send("WhoAmI", {})
        while "WhoAmIResult" not in (frame := slow.receive()):
            continue
        self.assertEqual(frame["WhoAmIResult"]["Error"], 0)
