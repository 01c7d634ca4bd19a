"""The protocol from outside: a daemon over TLS, and clients as other people write them."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase
from websocket import create_connection

from tests.service.daemon import ROOT, Client, Daemon, insecure

TREND1, TREND2 = "ExampleDP_Trend1.", "ExampleDP_Trend2."


class ProtocolTests(TestCase):
    """Each test has a quiet daemon, whose log must be clean at the end."""

    timeout = 300

    def setUp(self) -> None:
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        # Enough pumps for a command with ten thousand names.
        plant = directory / "plant.toml"
        text = (ROOT / "etc/plant.toml").read_text()
        self.assertIn("{00001..00020}", text)
        plant.write_text(text.replace("{00001..00020}", "{00001..01000}"))
        quiet = ("--set", "simulate.enabled=no", "--set", f"system.plant={plant}")
        self.daemon = Daemon(directory / "state", *quiet).start()
        self.addCleanup(self.end)
        self.client = self.connect()

    def end(self) -> None:
        """Stop the daemon; nothing unexpected happened, and no password was logged."""
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn("Traceback", self.daemon.output)
        self.assertNotIn("password=", self.daemon.output)

    def connect(self) -> Client:
        client = self.daemon.connect()
        self.addCleanup(client.close)
        return client

    def raw(self, frame: str) -> dict[str, Any]:
        """Send a frame as it is; returns the next one."""
        self.client.socket.send(frame)
        return self.client.receive()

    def test_client_that_skips_certificate_checks(self) -> None:
        """The original's way to connect works."""
        socket = insecure(f"{self.daemon.urls[0]}?username=demo&password=demo")
        self.addCleanup(socket.close)
        socket.send(json.dumps({"DpGet": {"Id": 2, "Dps": [TREND1, TREND2]}}))
        answer = json.loads(socket.recv())["DpGetResult"]
        self.assertEqual(
            list(answer["Values"]),
            [f"System1:{name}:_original.._value" for name in (TREND1, TREND2)],
        )
        self.assertEqual((answer["Id"], answer["Error"]), (2, 0))

    def test_credentials(self) -> None:
        """Missing and wrong credentials end in 4000 and the original's reasons."""
        for query, reason in (
            ("", "no username and/or password!"),
            ("?username=demo", "no username and/or password!"),
            ("?username=demo&password=", "no username and/or password!"),
            ("?username=demo&password=wrong", "invalid username and/or password!"),
            ("?username=nobody&password=demo", "invalid username and/or password!"),
        ):
            self.assertEqual(self.daemon.connect(query).closed(), (4000, reason), query)

    def test_other_path(self) -> None:
        """Only the configured path has the websocket."""
        url = self.daemon.urls[0].replace("/winccoa", "/other")
        with self.assertRaisesRegex(Exception, "404"):
            create_connection(url, sslopt={"cert_reqs": ssl.CERT_NONE})

    def test_bad_frames(self) -> None:
        """A frame that is not a command gets a reply, and the session goes on."""
        for frame, id_ in (
            ("nonsense", None),
            ("", None),
            ("[]", None),
            ("5", None),
            ("{}", None),
            ('{"Nothing": {"Id": 5}}', 5),
            ('{"dpget": {"Id": "five"}}', "five"),
            ('{"DpGet": {"Id": 1, "Dps": []}, "DpSet": {"Id": 1}}', 1),
            ("[" * 5000, None),
            ('{"DpGet": ' * 3000, None),
        ):
            response = self.raw(frame)["Response"]
            self.assertEqual(response["Code"], 36, frame)
            self.assertEqual(response.get("Id"), id_, frame)
            self.assertTrue(response["Message"])
        self.client.socket.send_binary(b'{"DpGet": {"Dps": []}}')
        self.assertEqual(self.client.receive()["Response"]["Code"], 36)
        self.assertEqual(self.client.ask("DpGet", Dps=[])["Error"], 0)

    def test_ids(self) -> None:
        """The Id comes back as it was: number, text, or none."""
        for given in (0, -1, 2**31, 2**70, "text", "", 'ä"\\\n'):
            answer = self.client.ask("DpGet", Id=given, Dps=[TREND1])
            self.assertEqual(answer["Id"], given)
        self.assertNotIn("Id", self.client.ask("DpGet", Dps=[TREND1]))
        self.assertNotIn("Id", self.client.ask("DpGet", Id=None, Dps=[TREND1]))
        self.assertEqual(self.client.ask("DpGet", Id=[1], Dps=[TREND1])["Error"], 51)

    def test_ten_thousand_names(self) -> None:
        """10,000 names in one DpGet, half of them unknown, and 10,000 in one DpSet."""
        elements = ("value.speed", "value.pressure", "command.setpoint")
        attributes = ("", ":_original.._value", ":_online.._value", ":_online.._stime")
        known = [
            f"pump_{number:05d}.{element}{attribute}"
            for number in range(1, 1001)
            for element in elements
            for attribute in attributes
        ][:10000]
        distinct = {name.removesuffix(":_original.._value") for name in known}
        self.assertEqual(len(self.client.ask("DpGet", Dps=known)["Values"]), len(distinct))
        mixed = [name if number % 2 else f"x{name}" for number, name in enumerate(known)]
        answer = self.client.ask("DpGet", Dps=mixed)
        self.assertEqual(answer["Error"], 7)
        self.assertEqual(len(answer["Errors"]), 5000)
        settable = ("value.speed", "value.pressure", "value.starts", "value.running",
                    "command.setpoint", "command.start", "command.stop_at", "state.text",
                    "state.word", "info.label")  # fmt: skip
        settings = [
            f"pump_{number:05d}.{element}"
            for number in range(1, 1001)
            for element in settable
        ]
        values = [{"Dp": name, "Value": 1} for name in settings]
        for value in values:
            if str(value["Dp"]).endswith("label"):
                value["Value"] = "text"
        self.assertEqual(self.client.ask("DpSet", Wait=True, Values=values)["Error"], 0)
        answer = self.client.ask("DpGet", Dps=settings)
        self.assertEqual(list(answer["Values"].values())[:5], [1.0, 1.0, 1, True, 1.0])
        self.assertEqual(len(answer["Values"]), 10000)

    def test_mixed_timestamps(self) -> None:
        """T1 and T2 may be of different forms; the same period gives the same values."""
        at = 1_700_000_000_000
        for offset in (0, 1, 2):
            self.client.ask(
                "DpSet",
                Wait=True,
                Timestamp=at + offset,
                Values=[{"Dp": "ExampleDP_Arg1.", "Value": offset}],
            )
        name = "System1:ExampleDP_Arg1.:_offline.._value"
        for first in (
            at,
            float(at),
            "2023-11-14T22:13:20Z",
            "2023-11-14T23:13:20.000+01:00",
        ):
            for last in (
                at + 2,
                "2023-11-14T22:13:20.002000000Z",
                "2023-11-14 22:13:20.002Z",
            ):
                answer = self.client.ask(
                    "DpGetPeriod", Dps=["ExampleDP_Arg1."], T1=first, T2=last, Ts=1
                )
                self.assertEqual(
                    answer["Values"][name], [[at, 0.0], [at + 1, 1.0], [at + 2, 2.0]]
                )

    def test_atomic_set_gives_one_update(self) -> None:
        """A connect to two elements gets one update for a set of both, with both values."""
        watcher = self.connect()
        watcher.ask("DpConnect", Id=1, Dps=[TREND1, TREND2])
        watcher.ask(
            "DpQueryConnect", Id=2, Query="SELECT '_online.._value' FROM 'ExampleDP_*.'"
        )
        for number in (1, 2):
            values = [{"Dp": TREND1, "Value": number}, {"Dp": TREND2, "Value": -number}]
            self.client.ask("DpSet", Wait=True, Values=values)
        for number in (1, 2):
            update = watcher.receive()["DpConnectResult"]
            self.assertEqual(list(update["Values"].values()), [number, -number])
            rows = watcher.receive()["DpQueryConnectResult"]["Values"]
            self.assertEqual(
                rows, [[f"System1:{TREND1}", number], [f"System1:{TREND2}", -number]]
            )

    def test_reconnects(self) -> None:
        """A hundred clients that connect, subscribe and vanish leave nothing behind."""
        for number in range(100):
            client = self.daemon.connect()
            client.ask("DpConnect", Id=number, Dps=[TREND1])
            if number % 2:
                client.close()
            else:
                client.socket.shutdown()
        self.client.ask("DpSet", Wait=True, Values=[{"Dp": TREND1, "Value": 1}])
        self.assertEqual(self.client.ask("DpGet", Dps=[TREND1])["Error"], 0)

    def test_order(self) -> None:
        """A read sent after a set without Wait has the value; so has a period query."""
        for number in range(50):
            values = [{"Dp": "ExampleDP_Arg2.", "Value": number}]
            self.client.send("DpSet", {"Values": values})
            read = self.client.ask(
                "DpGet", Dps=["ExampleDP_Arg2.:_online.._stime", "ExampleDP_Arg2."]
            )
            stime, value = read["Values"].values()
            self.assertEqual(value, number)
            period = self.client.ask(
                "DpGetPeriod", Dps=["ExampleDP_Arg2."], T1=stime, T2=stime
            )
            [series] = period["Values"].values()
            self.assertEqual(series[-1], number)
