"""Two gateways in a row: real daemons, real TLS, and what happens when one goes away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.service.daemon import Client, Daemon

PLANT = """
[types]
Float = "float"
Text = "string"
[datapoints]
Float = ["F{1,2}"]
Text = ["T"]
[archive]
elements = ["F1."]
"""
F1, F2 = "System1:F1.:_online.._value", "System1:F2.:_online.._value"


class ChainTestCase(SynchronousTestCase):
    timeout = 180

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / "plant.toml").write_text(PLANT)
        self.far = self.daemon("far", "[system]\nplant = plant.toml\n")

    def daemon(
        self, name: str, config: str, listen: str = "wss://127.0.0.1:0/winccoa"
    ) -> Daemon:
        """A daemon of a configuration; its name is that of its files."""
        path = self.directory / f"{name}.ini"
        path.write_text(f"[simulate]\nenabled = no\n{config}")
        state = self.directory / name
        one = Daemon(state, f"--listen={listen}", config=str(path))
        self.addCleanup(self.end, one)
        return one.start()

    def end(self, daemon: Daemon) -> None:
        if daemon.process is not None:
            daemon.stop()

    def near(self, name: str = "System1", extra: str = "", **keys: str) -> Daemon:
        """A gateway in front of the far one, perhaps with more sections."""
        (self.directory / "password").write_text("demo\n")
        values = {
            "backend": "oa4j-wss",
            "own": "yes",
            "url": self.far.urls[0],
            "ca": str(self.far.certificate),
            "user": "demo",
            "password_file": str(self.directory / "password"),
            "reconnect": "200ms",
        } | keys
        section = "".join(f"{key} = {value}\n" for key, value in values.items())
        return self.daemon(
            "near", f"[system]\nname = Gateway\nplant =\n[system:{name}]\n{section}{extra}"
        )

    def restart_far(self, listen: str) -> None:
        """Restart the far gateway at the same address after it has ended."""
        command = self.far.command
        self.far.command = [one for one in command if not one.startswith("--listen")]
        self.far.command.append(f"--listen={listen}")
        self.far.start()


class ChainTests(ChainTestCase):
    """A client of the near gateway."""

    def test_everything_goes_through(self) -> None:
        """Reading, setting, connecting, queries, history and names, and both namespaces."""
        client = self.near().connect()
        answer = client.ask("DpSet", Id=1, Values=[{"Dp": "F1.", "Value": 4.5}], Wait=True)
        self.assertEqual(answer, {"Id": 1, "Error": 0})
        far = self.far.connect()
        self.assertEqual(
            far.ask("DpGet", Dps=["F1."])["Values"], {"System1:F1.:_original.._value": 4.5}
        )
        connected = client.ask("DpConnect", Id=2, Dps=["F1.", "F2."])
        self.assertEqual(connected["Values"], {F1: 4.5, F2: 0.0})
        both = [{"Dp": "F1.", "Value": 1}, {"Dp": "F2.", "Value": 2}]
        far.send("DpSet", {"Values": both})
        update = client.receive()["DpConnectResult"]
        self.assertEqual(update, {"Id": 2, "Error": 0, "Values": {F1: 1.0, F2: 2.0}})
        client.send("DpDisconnect", {"Id": 2})
        query = "SELECT '_online.._value' FROM 'F*.' WHERE '_online.._value' > 1 SORT BY 1"
        rows = client.ask("DpQuery", Query=query)["Values"]
        self.assertEqual(rows, [["System1:F2.", 2.0]])
        live = client.ask("DpQueryConnect", Id=3, Query=query)
        self.assertEqual(live["Values"], rows)
        far.send("DpSet", {"Values": [{"Dp": "F2.", "Value": 3}]})
        self.assertEqual(
            client.receive()["DpQueryConnectResult"]["Values"], [["System1:F2.", 3.0]]
        )
        period = client.ask("DpGetPeriod", Dps=["F1."], T1=0, T2="2100-01-01")
        self.assertEqual(period["Values"], {"System1:F1.:_offline.._value": [4.5, 1.0]})
        grouped = (
            "SELECT 'MAX(_offline.._value)', 'COUNT(_offline.._value)' FROM 'F1.' "
            "TIMERANGE(0, 4E12, 1, 0) GROUP BY _DPT"
        )
        asked = [one.ask("DpQuery", Query=grouped)["Values"] for one in (client, far)]
        self.assertEqual(asked[0], asked[1])
        self.assertEqual(asked[0][0][1:], [4.5, 2])
        self.assertEqual(
            client.ask("DpNames", Pattern="F*")["Values"], ["System1:F1", "System1:F2"]
        )
        names = client.ask("GetSystemNames")["Values"]
        self.assertEqual(names, ["System1", "Gateway"])

    def test_a_system_may_be_called_otherwise_there(self) -> None:
        """Names, patterns, queries and aliases are those of this side."""
        near = self.near("Plant2", remote_name="System1")
        client = near.connect()
        self.assertEqual(
            client.ask("DpNames", Pattern="Plant2:F1")["Values"], ["Plant2:F1"]
        )
        client.ask("DpSetAlias", Dp="F1.", Alias="level")
        answer = client.ask("DpSet", Values=[{"Dp": "@level", "Value": 7}], Wait=True)
        self.assertEqual(answer["Error"], 0)
        found = client.ask("DpGet", Dps=["F1.", "Plant2:F1.", "Plant2:Nope."])
        self.assertEqual(found["Values"], {"Plant2:F1.:_original.._value": 7.0})
        self.assertEqual(found["Errors"]["Plant2:Nope."]["Code"], 7)
        rows = client.ask("DpQuery", Query="SELECT '_online.._value' FROM 'Plant2:F*.'")
        self.assertEqual(rows["Values"][0], ["Plant2:F1.", 7.0])
        client.ask("DpConnect", Id=5, Dps=["F1."])
        client.send("DpSet", {"Values": [{"Dp": "F1.", "Value": 8}]})
        update = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(update, {"Plant2:F1.:_online.._value": 8.0})

    def test_a_system_that_goes_away_and_comes_back(self) -> None:
        """Values are invalid in between, clients are notified, and connects continue."""
        client = self.near().connect()
        names = ["F1.:_online.._value", "F1.:_online.._aut_inv", "F1.:_online.._status64"]
        client.ask("DpSet", Values=[{"Dp": "F1.", "Value": 1}], Wait=True)
        first = client.ask("DpConnect", Id=1, Dps=names)["Values"]
        value, invalid, status = (f"System1:{name}" for name in names)
        self.assertEqual((first[value], first[invalid]), (1.0, False))
        query = "SELECT '_online.._value', '_online.._invalid' FROM 'F1.'"
        client.ask("DpQueryConnect", Id=2, Query=query)
        listen = self.far.urls[0]
        self.far.stop()
        told = self.until(client, "DpConnectResult", 1)
        self.assertEqual((told[value], told[invalid]), (1.0, True))
        self.assertEqual(told[status], first[status] | 1 << 6)
        self.assertEqual(
            self.until(client, "DpQueryConnectResult", 1), [["System1:F1.", 1.0, True]]
        )
        read = client.ask("DpGet", Dps=["F1.:_online.._value", "F2."])
        self.assertEqual(read["Values"], {F1: 1.0})
        self.assertEqual(read["Errors"]["F2."]["Code"], 39)
        refused = client.ask("DpSet", Values=[{"Dp": "F1.", "Value": 2}], Wait=True)
        self.assertEqual(refused["Error"], 39)
        self.assertIn("nothing was done", refused["Message"])
        self.restart_far(listen)
        told = self.until(client, "DpConnectResult", 1)
        self.assertEqual(told, first)
        client.send("DpSet", {"Values": [{"Dp": "F1.", "Value": 3}]})
        while told[value] != 3.0:
            told = self.until(client, "DpConnectResult", 1)
        self.assertIs(told[invalid], False)

    def until(self, client: Client, kind: str, count: int) -> Any:
        """The values of the next answer of a kind; others wait no longer."""
        while True:
            [(name, body)] = client.receive().items()
            if name == kind:
                return body["Values"]

    def test_systems_are_one_namespace(self) -> None:
        """A command may name elements of several, remote and embedded ones."""
        laboratory = (
            f"[system:Lab]\nbackend = embedded\nplant = {self.directory}/plant.toml\n"
        )
        near = self.near(extra=laboratory)
        client = near.connect()
        both = [{"Dp": "F1.", "Value": 1}, {"Dp": "Lab:F1.", "Value": 2}]
        self.assertEqual(client.ask("DpSet", Values=both, Wait=True)["Error"], 0)
        lab = "Lab:F1.:_online.._value"
        answer = client.ask("DpConnect", Id=1, Dps=["F1.", "Lab:F1."])
        self.assertEqual(answer["Values"], {F1: 1.0, lab: 2.0})
        client.send("DpSet", {"Values": [{"Dp": "Lab:F1.", "Value": 3}]})
        update = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(update, {F1: 1.0, lab: 3.0})
        rows = client.ask("DpQuery", Query="SELECT '_online.._value' FROM '*:F1.'")
        self.assertEqual(rows["Values"], [["System1:F1.", 1.0], ["Lab:F1.", 3.0]])
        client.close()
        near.stop()
        again = near.start().connect()
        [kept] = again.ask("DpGet", Dps=["Lab:F1."])["Values"].values()
        self.assertEqual(kept, 3.0)

    def test_the_state_of_a_system_is_a_datapoint(self) -> None:
        """Clients can connect to it, and read why the system is away."""
        near = self.near()
        client = near.connect()
        root = "Gateway:_oagw.systems"
        names = [f"{root}.System1.connected", f"{root}.System1.backend"]
        found = client.ask("DpConnect", Id=1, Dps=names)["Values"]
        self.assertEqual(list(found.values()), [True, "oa4j-wss"])
        self.far.stop()
        told = client.receive()["DpConnectResult"]["Values"]
        self.assertEqual(list(told.values()), [False, "oa4j-wss"])
        names = [f"{root}.System1.error", f"{root}.Gateway.connected"]
        [error, gateway] = client.ask("DpGet", Dps=names)["Values"].values()
        self.assertIn("stops", error)
        self.assertIs(gateway, True)

    def test_a_certificate_from_elsewhere_is_refused(self) -> None:
        """The log reports it, the gateway serves what it has, and sends no password."""
        near = self.near(ca=str(self.other_certificate()))
        answer = near.connect().ask("DpGet", Dps=["F1."])
        self.assertEqual(answer["Errors"]["F1."]["Code"], 39)
        near.stop()
        self.assertIn("certificate verify failed; name the certificates to", near.output)
        self.assertNotIn("password=", near.output)

    def other_certificate(self) -> Path:
        near = self.daemon("other", "[system]\nplant =\n")
        near.stop()
        return near.certificate

    def test_a_wrong_password_is_refused(self) -> None:
        """The log reports it without the password."""
        near = self.near(password="geheim", password_file="")
        answer = near.connect().ask("DpGet", Dps=["F1."])
        self.assertEqual(answer["Error"], 39)
        near.stop()
        self.assertIn("the login was refused", near.output)
        self.assertNotIn("geheim", near.output)
