"""The realm makes a session for each login."""

from __future__ import annotations

from twisted.cred.portal import IRealm
from zope.interface import Interface
from zope.interface.verify import verifyObject

from oagw.core.realm import Realm
from oagw.core.session import Session
from oagw.interfaces.sessions import ISession
from tests.core.test_session import FakeOutlet, SessionTestCase
from tests.systems.embedded.test_system import at_once


class RealmTests(SessionTestCase):
    """Over an embedded system."""

    def test_the_user_of_a_session_is_the_one_who_logged_in(self) -> None:
        """The realm gives a session to a name, and its logout ends the connects."""
        realm = Realm(self.manager, self.rules, at_once, self.bench.clock)
        self.assertTrue(verifyObject(IRealm, realm))
        outlet = FakeOutlet()
        interface, avatar, logout = realm.requestAvatar("jürgen".encode(), outlet, ISession)
        assert isinstance(avatar, Session)
        self.assertIs(interface, ISession)
        self.assertEqual(avatar.context.user, "jürgen")
        avatar.receive(b'{"DpConnect": {"Dps": ["F1."], "Answer": false}}')
        self.set({"F1.": 1})
        self.assertEqual(len(outlet.take()), 1)
        logout()
        self.set({"F1.": 2})
        self.assertEqual(outlet.take(), [])

    def test_the_realm_has_only_sessions(self) -> None:
        """A request for another interface, or without a name, is refused."""
        realm = Realm(self.manager, self.rules, at_once, self.bench.clock)
        with self.assertRaises(NotImplementedError):
            realm.requestAvatar(b"anna", FakeOutlet(), Interface)
        with self.assertRaises(NotImplementedError):
            realm.requestAvatar((), FakeOutlet(), ISession)
