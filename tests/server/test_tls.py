"""Certificates and keys of listeners."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from oagw.server.tls import TlsError, fingerprint, load_context, make_local_certificate

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class TlsTests(SynchronousTestCase):
    """In a directory of its own."""

    timeout = 30

    def setUp(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir()
        self.certificate, self.key = directory / "c.pem", directory / "k.pem"

    def make(self, days: float = 0) -> bool:
        """Create the local certificate some days later, if it is needed."""
        now = NOW + timedelta(days=days)
        return make_local_certificate(self.certificate, self.key, now)

    def test_a_local_certificate(self) -> None:
        """It is for localhost, its key is secret, and TLS is 1.2 at least."""
        self.assertTrue(self.make())
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)
        context = load_context(self.certificate, self.key)
        self.assertEqual(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        [made] = x509.load_pem_x509_certificates(self.certificate.read_bytes())
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        self.assertEqual(names.value.get_values_for_type(x509.DNSName), ["localhost"])
        self.assertEqual(len(fingerprint(self.certificate).split(":")), 32)

    def test_it_is_renewed(self) -> None:
        """Not before it is about to expire; and if it begins in the future."""
        self.make()
        before = fingerprint(self.certificate)
        self.assertFalse(self.make(700))
        self.assertEqual(fingerprint(self.certificate), before)
        self.assertTrue(self.make(800))
        self.assertTrue(self.make(-10))
        self.assertNotEqual(fingerprint(self.certificate), before)

    def test_what_is_refused(self) -> None:
        """The error names the file."""
        with self.assertRaisesRegex(TlsError, "c.pem: No such file"):
            load_context(self.certificate, self.key)
        self.make()
        key = self.key.read_bytes()
        self.key.write_text("nothing")
        with self.assertRaisesRegex(TlsError, "k.pem: it has no private key"):
            load_context(self.certificate, self.key)
        self.certificate.unlink()
        self.make()
        self.key.write_bytes(key)
        with self.assertRaisesRegex(TlsError, "it is not the key of"):
            load_context(self.certificate, self.key)
        self.certificate.write_text("nothing")
        with self.assertRaisesRegex(TlsError, "c.pem is not a certificate"):
            self.make()
