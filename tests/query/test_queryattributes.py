"""Attributes as queries write them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import AddressError, AttributeNotFoundError, ConfigNotFoundError
from oagw.query.queryattributes import is_attribute, read_attribute
from oagw.query.tree import Column


class QueryAttributeTests(SynchronousTestCase):
    """Reading attributes, with and without an element."""

    timeout = 30

    def test_what_is_read(self) -> None:
        online = ("_online", "", "_value")
        for text, column in (
            ("_online.._value", Column(*online, None)),
            (" :_online.._value ", Column(*online, None)),
            (".Status:_online.._value", Column(*online, "Status")),
            (".a.b", Column(*online, "a.b")),
            (".:_online.._value", Column(*online, "")),
            ("_alert_hdl.1._class", Column("_alert_hdl", "1", "_class", None)),
        ):
            self.assertEqual(read_attribute(text, is_alert=False), column, text)

    def test_attributes_of_alerts(self) -> None:
        """Alerts have attributes that elements do not have."""
        column = Column("_alert_hdl", "", "_ackable", None)
        self.assertEqual(read_attribute("_alert_hdl.._ackable", is_alert=True), column)
        with self.assertRaises(AttributeNotFoundError):
            read_attribute("_alert_hdl.._ackable", is_alert=False)

    def test_what_is_refused(self) -> None:
        for text, error in (
            ("a:b:_online.._value", AddressError),
            ("online", AddressError),
            ("_nope.._value", ConfigNotFoundError),
            ("_online.._nope", AttributeNotFoundError),
        ):
            with self.assertRaises(error):
                read_attribute(text, is_alert=False)

    def test_texts_in_single_quotes(self) -> None:
        """Only what has the form of an attribute is one."""
        for text, expected in (
            ("_online.._value", True),
            (".Status:_online.._value", True),
            ("Pump", False),
            ("_DPT", False),
        ):
            self.assertIs(is_attribute(text), expected, text)
