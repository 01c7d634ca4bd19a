"""Security: certificates, policies and users, with a server that insists on them."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ConnectionBrokenError
from oagw.systems.opcua.security import UserFiles, check_certificate, make_certificate
from tests.service.daemon import OAGW, run
from tests.systems.opcua.server import OpcuaTestCase, ServerProcess, node_server

_DAY = timedelta(days=1)


class SecurityTests(OpcuaTestCase):
    """A server that refuses anonymous users."""

    def new_server(self) -> ServerProcess:
        return node_server(anonymous=False)

    def test_policies_users_and_certificates(self) -> None:
        """From no certificate to values; untrusted and unknown clients are refused."""
        keys = {"user": "oagw", "password": "geheim", "security": "Basic256Sha256"}
        ca = self.directory / "plc.pem"
        places = ("--config", str(self.directory / "oagw.ini"))
        self.write_config(**keys)
        shown = run(str(OAGW), "opcua", "certificate", *places, "Plc")
        self.assertIn("SHA-256: ", shown.stderr)
        ca.write_text(shown.stdout)
        client = self.connect(ca=str(ca), **keys)
        self.assertEqual(self.get(client, "Plant_Pump1.speed"), [1.5])
        self.assertEqual(self.set(client, speed=3.5), {"Error": 0})
        made = self.directory / "state/systems/Plc"
        self.assertEqual(stat.S_IMODE((made / "private_key.pem").stat().st_mode), 0o600)
        table = run(
            str(OAGW), "opcua", "export", *places, "--state", str(made.parents[1]), "Plc"
        )
        self.assertIn(";s=Pump1.speed,Plant_Pump1.speed,float,yes,no,", table.stdout)
        self.assertEqual(table.stdout, (made / "nodes.csv").read_text())
        self.daemon.stop()
        self.assertNotIn("geheim", self.daemon.output)
        other = made / "certificate.pem"
        for change, reason in (
            ({"ca": str(other)}, "is not in ca"),
            ({"password": "falsch"}, "BadIdentityTokenRejected|BadUserAccessDenied"),
            ({"security": "Aes128Sha256RsaOaep", "mode": "sign"}, "^$"),
        ):
            client = self.connect(**({"ca": str(ca)} | keys | change))
            answer = client.ask("DpGet", Dps=["Plant_Pump1.speed"])
            self.assertEqual(answer["Error"], 0 if reason == "^$" else 39)
            self.assertRegex(answer.get("Message", ""), reason)
            self.daemon.stop()
            self.assertNotIn("geheim", self.daemon.output)
            self.assertNotIn("falsch", self.daemon.output)

    def test_a_user_with_a_certificate(self) -> None:
        """Its key proves who it is; a server may know better."""
        files = UserFiles(self.directory / "u.pem", self.directory / "u.key")
        make_certificate(files.certificate, files.private_key)
        keys = {
            "user_certificate": str(files.certificate),
            "user_private_key": str(files.private_key),
            "security": "Basic256Sha256",
        }
        self.write_config(**keys)
        places = ("--config", str(self.directory / "oagw.ini"))
        ca = self.directory / "plc.pem"
        ca.write_text(run(str(OAGW), "opcua", "certificate", *places, "Plc").stdout)
        for accept, code in ((True, 0), (False, 39)):
            self.server.stop()
            folder = str(self.directory / f"users{code}")
            self.server.start(users={"folder": folder, "accept": accept})
            client = self.connect(ca=str(ca), **keys)
            answer = client.ask("DpGet", Dps=["Plant_Pump1.speed"])
            self.assertEqual(answer["Error"], code, answer)
            self.daemon.stop()
            self.assertNotIn("PRIVATE KEY", self.daemon.output)


class UserFilesTests(SynchronousTestCase):
    """Key and certificate files that were created elsewhere."""

    timeout = 30

    def test_what_is_no_use(self) -> None:
        """The message names the file."""
        directory = Path(self.mktemp())
        directory.mkdir()
        good = UserFiles(directory / "u.pem", directory / "u.key")
        make_certificate(good.certificate, good.private_key)
        certificate, key = good.read()
        self.assertEqual(certificate.public_key(), key.public_key())
        other = UserFiles(directory / "o.pem", directory / "o.key")
        make_certificate(other.certificate, other.private_key)
        made: dict[str, Any] = {
            "locked": (key, BestAvailableEncryption(b"geheim")),
            "curve": (ec.generate_private_key(ec.SECP256R1()), NoEncryption()),
        }
        for name, (one, encryption) in made.items():
            pem = one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
            (directory / name).write_bytes(pem)
        for files, name, reason in (
            (UserFiles(directory / "no", good.private_key), "no", "No such file"),
            (
                UserFiles(good.private_key, good.private_key),
                "u.key",
                "no certificate",
            ),
            (
                UserFiles(good.certificate, good.certificate),
                "u.pem",
                "no certificate",
            ),
            (UserFiles(good.certificate, other.private_key), "o.key", "is not the key of"),
            (UserFiles(good.certificate, directory / "locked"), "locked", "a password"),
            (UserFiles(good.certificate, directory / "curve"), "curve", "RSA"),
        ):
            with self.assertRaises(ConnectionBrokenError) as caught:
                files.read()
            self.assertIn(str(directory / name), caught.exception.message)
            self.assertIn(reason, caught.exception.message)


class CertificateTests(SynchronousTestCase):
    """Whose certificate is trusted."""

    timeout = 30

    def setUp(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.now = datetime.now(UTC)
        self.authority = self.make("CA", "CA", is_ca=True)

    def make(
        self, name: str, issuer: str, is_ca: bool = False, days: int = 1
    ) -> x509.Certificate:
        names = [x509.DNSName("plc"), x509.IPAddress(ip_address("10.0.0.1"))]
        builder = x509.CertificateBuilder(
            x509.Name.from_rfc4514_string(f"CN={issuer}"),
            x509.Name.from_rfc4514_string(f"CN={name}"),
            self.key.public_key(),
            x509.random_serial_number(),
            self.now - 9 * _DAY,
            self.now + days * _DAY,
        )
        builder = builder.add_extension(x509.BasicConstraints(is_ca, None), True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(self.key, hashes.SHA256())

    def refused(self, one: x509.Certificate, *trusted: x509.Certificate) -> str:
        """Why a certificate is not trusted."""
        with self.assertRaises(ConnectionBrokenError) as caught:
            check_certificate(one, trusted, "plc")
        return str(caught.exception)

    def test_one_that_is_known(self) -> None:
        """Whatever name it has, while it is valid."""
        one = self.make("server", "server")
        check_certificate(one, [one], "elsewhere")
        self.assertIn("is not in ca", self.refused(one))
        old = self.make("server", "server", days=-1)
        self.assertIn("not valid now", self.refused(old, old))

    def test_one_that_comes_from_an_authority(self) -> None:
        """It must be of the host, and the authority one."""
        one = self.make("server", "CA")
        for host in ("plc", "10.0.0.1"):
            check_certificate(one, [self.authority], host)
        with self.assertRaises(ConnectionBrokenError) as caught:
            check_certificate(one, [self.authority], "other")
        self.assertIn("is not for the host other", caught.exception.message)
        self.assertIn("is not in ca", self.refused(one, self.make("CA", "CA")))
        self.assertIn("is not in ca", self.refused(self.make("s", "Other"), self.authority))
