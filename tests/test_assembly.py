"""The systems that a configuration names, and what is wrong with it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.settings import (
    ConfigError,
    Settings,
    read_settings,
)
from oagw.config.systemsettings import (
    KEYS_OF,
    NamedSystemSettings,
)
from oagw.gateway.assembly import (
    archived_patterns,
    bridge_door,
    check_systems,
    remote_system,
    unused_keys,
    user_there,
    with_archive,
)
from oagw.interfaces.services import Services
from oagw.server.listeners import ListenError
from oagw.systems.remote.accepting import BridgeFactory
from tests.systems.bench import at_once, unsliced

GOOD = {"url": "wss://plant:8443/x", "user": "u", "password": "geheim"}


class AssemblyTests(SynchronousTestCase):
    timeout = 30

    def settings(self, rest: str = "", **keys: str) -> Settings:
        values = "".join(f"{key} = {value}\n" for key, value in (GOOD | keys).items())
        return read_settings(f"{rest}\n[system:S2]\n{values}", "x.ini", Path().absolute())

    def refused(self, rest: str = "", **keys: str) -> str:
        with self.assertRaises(ConfigError) as caught:
            remote_system("S2", self.settings(rest, **keys), Clock())
        message = str(caught.exception)
        self.assertTrue(message.startswith("[system:S2]"), message)
        self.assertNotIn("geheim", message)
        return message

    def test_keys_of_other_backends(self) -> None:
        """What is set in vain is named, with its line."""
        settings = self.settings(plant="x.toml", roots="i=85")
        self.assertEqual(
            list(unused_keys(settings)),
            [
                "x.ini, line 6: [system:S2] plant: it means nothing for the backend "
                "oa4j-wss",
                "x.ini, line 7: [system:S2] roots: it means nothing for the backend "
                "oa4j-wss",
            ],
        )
        self.assertEqual(list(unused_keys(self.settings())), [])

    def test_every_key_is_of_some_backend(self) -> None:
        """None is warned of whatever the backend is."""
        known = {one.name for one in fields(NamedSystemSettings)}
        self.assertEqual(frozenset().union(*KEYS_OF.values()), known)

    def test_a_peer_is_made_of_its_section(self) -> None:
        """Its password may stand in a file."""
        self.assertEqual(remote_system("S2", self.settings(), Clock()).name, "S2")
        path = Path(self.mktemp())
        path.write_text("geheim\n")
        settings = self.settings(password="", password_file=str(path))
        self.assertEqual(remote_system("S2", settings, Clock()).name, "S2")

    def test_mistakes_name_the_section_and_the_key(self) -> None:
        """One line is enough to find and mend them."""
        empty = Path(self.mktemp())
        empty.write_text("")
        for keys, part in (
            ({"url": ""}, "url"),
            ({"url": "plant"}, "wss://"),
            ({"url": "ws://plant:1/x"}, "allow_plain"),
            ({"user": ""}, "user"),
            ({"password": ""}, "password_file"),
            ({"password_file": "x"}, "one of them"),
            ({"password": "", "password_file": "/nowhere"}, "No such file"),
            ({"password": "", "password_file": str(empty)}, "are needed"),
            ({"ca": "/nowhere"}, "ca: /nowhere"),
            ({"ca": str(empty)}, "ca: "),
        ):
            with self.subTest(part):
                self.assertIn(part, self.refused(**keys))

    def test_a_password_in_the_address_is_not_shown(self) -> None:
        """Not even where it must not be: errors go to logs."""
        for url in (
            "wss://u:verrat@plant:1/x",
            "wss://u:verrat@plant:port/x",
            "https://u:verrat@plant/x",
            "wss://plant:1/winccoa?username=u&password=verrat",
        ):
            refused = self.refused(url=url)
            self.assertIn("url = ", refused)
            self.assertNotIn("verrat", refused)

    def test_names_are_of_one_system_each(self) -> None:
        """And one of them is the own one."""
        for text, part in (
            ("[system]\nname = S2", "another one"),
            ("[system:S1]\nown = yes", "S1"),
        ):
            with self.assertRaises(ConfigError) as caught:
                check_systems(self.settings(text, own="yes"))
            self.assertIn(part, str(caught.exception))
        check_systems(self.settings("[system:S1]", own="yes"))

    def test_what_is_archived_here_is_of_the_system(self) -> None:
        """Which has no archive anyway."""
        [pattern] = archived_patterns("S2", self.settings(archive="S2:Pump*"))
        self.assertTrue(pattern.matches("Pump1", "value.speed"))
        for keys, part in (
            ({"backend": "embedded"}, "an archive of its own"),
            ({"archive": "S3:Pump*"}, "the system is S2"),
        ):
            with self.assertRaises(ConfigError) as caught:
                archived_patterns("S2", self.settings(**{"archive": "*", **keys}))
            self.assertIn(part, str(caught.exception))

    def test_without_an_archive_nothing_is_between(self) -> None:
        """The system itself is asked, and nothing is on the disk."""
        settings = self.settings()
        system = remote_system("S2", settings, Clock())
        services = Services(Clock(), at_once, unsliced)
        state = Path(self.mktemp())
        same = with_archive(system, settings, services, state, lambda: self.fail("thread"))
        self.assertIs(same, system)
        self.assertFalse(state.exists())

    def test_a_bridge_needs_something_to_connect_to_and_a_long_password(self) -> None:
        """Nobody types it, and anybody may try."""
        bridge = {"backend": "winccoa", "url": ""}
        listen = "[bridge]\nlisten = wss://localhost:0/bridge"
        self.assertIn("[bridge] listen", self.refused(**bridge))
        self.assertIn("12 characters", self.refused(listen, **bridge))
        settings = self.settings(listen, **bridge, password="geheim, und lang")
        system = remote_system("S2", settings, Clock())
        [(listener, factory)] = bridge_door(settings, [system], reactor)
        self.assertEqual(listener.path, "/bridge")
        assert isinstance(factory, BridgeFactory)
        [acceptor] = factory.acceptors
        self.assertTrue(acceptor.knows("u", "geheim, und lang"))
        for user, password in (("u", "geheim"), ("v", "geheim, und lang"), ("", "")):
            self.assertFalse(acceptor.knows(user, password))
        self.assertNotIn("geheim", repr(settings))

    def test_bridges_do_not_connect_without_tls(self) -> None:
        """Unless a proxy in front has it."""
        for text in ("ws://localhost:0/bridge", "tcp:0:interface=127.0.0.1"):
            settings = self.settings(f"[bridge]\nlisten = {text}")
            with self.assertRaises(ConfigError) as caught:
                bridge_door(settings, [], reactor)
            self.assertIn("[bridge] listen", str(caught.exception))
            plain = f"[server]\nallow_plain = yes\n[bridge]\nlisten = {text}"
            self.assertEqual(len(bridge_door(self.settings(plain), [], reactor)), 1)
        with self.assertRaises(ListenError) as wrong:
            bridge_door(self.settings("[bridge]\nlisten = 8444"), [], reactor)
        self.assertIn("[bridge] listen 8444", str(wrong.exception))

    def test_users_are_mapped_by_the_section(self) -> None:
        """By name, all others, or nobody."""
        self.assertEqual(user_there({"anna": "op", "*": "*"}, "anna"), "op")
        self.assertEqual(user_there({"anna": "op", "*": "*"}, "bert"), "bert")
        self.assertEqual(user_there({"*": "op"}, "bert"), "op")
        self.assertIsNone(user_there({"anna": "op"}, "bert"))
