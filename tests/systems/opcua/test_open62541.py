"""The same of a server that is written in C."""

from __future__ import annotations

import json

from oagw.systems.opcua.security import URI, make_certificate
from tests.service.daemon import OAGW, run
from tests.systems.opcua import test_system
from tests.systems.opcua.server import OpcuaTestCase, ServerProcess, open62541_server

_VALUES, _ROUNDS = 50, 60
_ALL = 2 * _VALUES * _ROUNDS


class Open62541Tests(test_system.OpcuaSystemTests):
    """A server of open62541."""

    def new_server(self) -> ServerProcess:
        return open62541_server()


class BurstTests(OpcuaTestCase):
    """Many changes at once."""

    def new_server(self) -> ServerProcess:
        return open62541_server(bulk=_VALUES)

    def test_no_change_is_lost(self) -> None:
        """Each comes once and in order, by a live query and by connects."""
        client = self.connect(sampling="0", publishing="100ms")
        query = "SELECT '_online.._value' FROM 'Plant_Bulk.v*'"
        client.ask("DpQueryConnect", Id=_VALUES, Query=query)
        for number in range(_VALUES):
            client.ask("DpConnect", Id=number, Dps=[f"Plant_Bulk.v{number}"])
        self.server.begin("burst", rounds=_ROUNDS, values=_VALUES, pause=0.001)
        rows: dict[str, list[float]] = {}
        told: dict[int, list[float]] = {}
        while sum(map(len, [*rows.values(), *told.values()])) < _ALL:
            [body] = json.loads(client.socket.recv()).values()
            if body["Id"] == _VALUES:
                for name, value in body["Values"]:
                    rows.setdefault(name, []).append(value)
            else:
                told.setdefault(body["Id"], []).extend(body["Values"].values())
        expected = [float(number) for number in range(1, _ROUNDS + 1)]
        self.assertEqual([*rows.values(), *told.values()], [expected] * 2 * _VALUES)


class SecureTests(OpcuaTestCase):
    """A server that refuses connections without security."""

    def new_server(self) -> ServerProcess:
        self.certificate = self.directory / "server.pem"
        key = self.directory / "server.key"
        make_certificate(self.certificate, key)
        identity = {"certificate": str(self.certificate), "privateKey": str(key)}
        return open62541_server(identity=identity | {"applicationUri": URI})

    def test_who_knows_it_already_gets_in(self) -> None:
        """Its certificate cannot be fetched, and a different one is refused."""
        keys = {"security": "Basic256Sha256", "ca": str(self.certificate)}
        client = self.connect(**keys)
        self.assertEqual(self.get(client, "Plant_Pump1.speed"), [1.5])
        self.daemon.stop()
        other = self.directory / "other.pem"
        make_certificate(other, self.directory / "other.key")
        client = self.connect(**keys | {"ca": str(other)})
        answer = client.ask("DpGet", Dps=["Plant_Pump1.speed"])
        self.assertEqual(answer["Error"], 39)
        places = ("--config", str(self.directory / "oagw.ini"))
        asked = run(str(OAGW), "opcua", "certificate", *places, "Plc")
        self.assertEqual(asked.returncode, 1)
        self.assertIn("BadSecurityPolicyRejected", asked.stderr)
