"""Whether clients will take the certificate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.certificates import doubts
from oagw.server.tls import make_local_certificate

NOW = datetime(2026, 12, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


class DoubtTests(SynchronousTestCase):
    timeout = 60

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.path = self.directory / "certificate.pem"

    def certificate(self, names: list[str], begin: datetime, end: datetime) -> None:
        """Make one; addresses are entered as such, and the common name does not count."""
        key = ec.generate_private_key(ec.SECP256R1())
        common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "common.example.com")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(common)
            .issuer_name(common)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        if names:
            entries = [
                x509.IPAddress(ip_address(one)) if ":" in one or one[0].isdigit()
                else x509.DNSName(one)
                for one in names
            ]  # fmt: skip
            builder = builder.add_extension(x509.SubjectAlternativeName(entries), False)
        made = builder.sign(key, hashes.SHA256())
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def doubts(self, *hosts: str, now: datetime = NOW) -> list[str]:
        return list(doubts(self.path, hosts, now))

    def test_hosts(self) -> None:
        """A host that the certificate does not name is named, with what it is for."""
        names = ["plant.example.com", "*.plc.example.com", "10.1.2.3", "fd00::1"]
        self.certificate(names, NOW - YEAR, NOW + YEAR)
        for host in (
            "plant.example.com",
            "PLANT.example.com",
            "a.plc.example.com",
            "10.1.2.3",
            "[fd00::1]",
            "[fd00:0:0::1]",
            # It has names that are not this machine's alone.
            "0.0.0.0",
            "[::]",
        ):
            self.assertEqual(self.doubts(host), [], host)
        for host in (
            "localhost",
            "example.com",
            "plc.example.com",
            "a.b.plc.example.com",
            "common.example.com",
            "10.1.2.4",
            "[::1]",
            "[fe80::1%eth0]",
        ):
            [doubt] = self.doubts(host)
            self.assertIn(f"the certificate is not for {host}, ", doubt)
            self.assertIn("plant.example.com, *.plc.example.com, 10.1.2.3, fd00::1", doubt)
            self.assertIn("[server] certificate and private_key", doubt)
        self.assertEqual(len(self.doubts("a", "b", "a", "10.1.2.3")), 2)

    def test_the_local_certificate(self) -> None:
        """It is for this machine; others' clients refuse it."""
        make_local_certificate(self.path, self.directory / "key.pem", NOW)
        self.assertEqual(self.doubts("localhost", "127.0.0.1", "[::1]"), [])
        for host in ("127.0.0.2", "0.0.0.0", "[::]", "box"):
            [doubt] = self.doubts(host)
            self.assertIn(host, doubt)
            self.assertIn("it is for localhost, 127.0.0.1, ::1", doubt)

    def test_no_name(self) -> None:
        """Clients do not look at the common name any more."""
        self.certificate([], NOW - YEAR, NOW + YEAR)
        [doubt] = self.doubts("common.example.com")
        self.assertIn("it is for no name at all", doubt)

    def test_times(self) -> None:
        """It says when it is too early, too late, or soon too late."""
        self.certificate(["a"], NOW, NOW + YEAR)
        for now, part in (
            (
                NOW - YEAR,
                "not valid before 2026-12-01 00:00 UTC, and here it is 2025-12-01",
            ),
            (NOW + 2 * YEAR, "has expired on 2027-12-01 00:00 UTC"),
            (NOW + YEAR - timedelta(days=29), "expires on 2027-12-01 00:00 UTC"),
        ):
            [doubt] = self.doubts("a", now=now)
            self.assertIn(part, doubt)
        self.assertEqual(self.doubts("a"), [])

    def test_a_local_certificate_from_the_future(self) -> None:
        """A certificate that was created while the clock was wrong is replaced."""
        key = self.directory / "key.pem"
        self.assertTrue(make_local_certificate(self.path, key, NOW + YEAR))
        self.assertTrue(make_local_certificate(self.path, key, NOW))
        self.assertFalse(make_local_certificate(self.path, key, NOW))
        self.assertEqual(self.doubts("localhost"), [])
