"""The configuration: what ships is the default, and every mistake is one clear line."""

from __future__ import annotations

import configparser
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.sectionsettings import SECTIONS
from oagw.config.settings import Settings, describe, read_settings

ETC = Path(__file__).parents[2] / "etc"
BASE = Path("/srv/oagw/etc")
#: Section, key, a bad value, and what the error says would be right.
BAD_VALUES = [
    ("server", "listen", "", "at least one listener"),
    ("server", "path", "winccoa", "such as /winccoa"),
    ("server", "path", "/a b", "such as /winccoa"),
    ("server", "path", "/a?b", "such as /winccoa"),
    ("server", "allow_plain", "maybe", "yes or no"),
    ("server", "answer", "", "yes or no"),
    ("server", "time_zone", "Europe/Wien", "Europe/Vienna"),
    ("server", "time_zone", "../../etc/passwd", "Europe/Vienna"),
    ("server", "time_zone", "", "Europe/Vienna"),
    ("server", "max_connections", "0", "1 or more"),
    ("server", "max_connections", "-1", "1 or more"),
    ("server", "max_connections", "many", "1 or more"),
    ("server", "max_message", "16", "16MiB"),
    ("server", "max_message", "16mb", "16MiB"),
    ("server", "max_message", "0", "16MiB"),
    ("server", "max_unsent", "-1MiB", "16MiB"),
    ("server", "max_unsent", "0", "16MiB"),
    ("server", "state", "~nobody_has_this_name/state", "~nobody_has_this_name"),
    ("auth", "demo_user", "2", "yes or no"),
    ("system", "name", "", "a name without"),
    ("system", "name", "Sys:1", "a name without"),
    ("archive", "max_period_values", "1.5", "1 or more"),
    ("query", "max_rows", "0", "1 or more"),
    ("simulate", "enabled", "on and off", "yes or no"),
    ("simulate", "hold", "10", "10s"),
    ("simulate", "hold", "ten s", "10s"),
    ("simulate", "history", "-3h", "10s"),
    ("simulate", "history_step", "10 weeks", "10s"),
]


class ArchiveGroupTests(SynchronousTestCase):
    """``[archive:NAME]``."""

    timeout = 30

    def test_groups_come_in_the_order_of_the_file(self) -> None:
        """Each with its patterns; keys of the command line take part."""
        text = "[archive:b]\nelements = *.x\n  P*.**\n[archive:a]\nkeep = 30d\n"
        settings = read_settings(text, "x.ini", Path(), ["archive:a.max_size=1GiB"])
        self.assertEqual(list(settings.archive_groups), ["b", "a"])
        self.assertEqual(settings.archive_groups["b"].elements, ("*.x", "P*.**"))
        self.assertEqual(settings.archive_groups["a"].keep, 30 * 86400)
        self.assertEqual(settings.archive_groups["a"].max_size, 2**30)
        self.assertIn("[archive:a] max_size = 1073741824", describe(settings))

    def test_what_is_no_group_is_refused(self) -> None:
        """A name that can be no directory, an unknown key, a pattern that is none."""
        for text, said in (
            ("[archive:../x]", "[archive:../x]: the name in [archive:NAME] has"),
            ("[system:Plant 2]", "[system:Plant 2]: the name in [system:NAME] has"),
            ("[archive:]", "[archive:]"),
            ("[server:x]", "[server:x]"),
            ("[archive:x]\nseal = 5", "seal"),
            ("[archive:x]\nelements = a{b", "elements"),
        ):
            with self.assertRaises(ConfigError) as caught:
                read_settings(text, "x.ini", Path())
            self.assertIn(said, str(caught.exception))


class FileTests(SynchronousTestCase):
    """The file that ships, ``etc/oagw.ini``."""

    timeout = 30

    def setUp(self) -> None:
        self.text = (ETC / "oagw.ini").read_text(encoding="utf-8")
        self.parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
        self.parser.read_string(self.text)

    def test_has_every_key(self) -> None:
        """Sections and keys are those that the settings have, in their order."""
        self.assertEqual(self.parser.sections(), list(SECTIONS))
        for name, kind in SECTIONS.items():
            with self.subTest(name):
                keys = [key for key in self.parser[name] if "." not in key]
                known = [one.name for one in fields(kind) if one.name != "signals"]
                self.assertEqual(keys, known)

    def test_every_key_stands_at_its_default(self) -> None:
        """A gateway with this file and one without any differ in the signals alone."""
        # What the file leaves out belongs to the current directory.
        shipped = read_settings(self.text, "oagw.ini", Path())
        bare = read_settings("", "oagw.ini", Path())
        for section in SECTIONS:
            for one in fields(SECTIONS[section]):
                if one.name != "signals":
                    with self.subTest(f"{section}.{one.name}"):
                        self.assertEqual(
                            getattr(getattr(shipped, section), one.name),
                            getattr(getattr(bare, section), one.name),
                        )
        self.assertEqual(bare.simulate.signals, {})
        self.assertIn("ExampleDP_Trend1.", shipped.simulate.signals)

    def test_no_line_is_missing_an_explanation(self) -> None:
        """Each section begins with a comment."""
        lines = self.text.splitlines()
        for name in SECTIONS:
            following = lines[lines.index(f"[{name}]") + 1]
            self.assertTrue(following.startswith("# "), name)


class ReadTests(SynchronousTestCase):
    """From text to settings."""

    timeout = 30

    def read(self, text: str, *overrides: str) -> Settings:
        return read_settings(text, "my.ini", BASE, overrides)

    def error(self, text: str, *overrides: str) -> str:
        with self.assertRaises(ConfigError) as caught:
            self.read(text, *overrides)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        return message

    def test_every_value_is_read_as_what_it_is(self) -> None:
        """Text becomes numbers, seconds, zones, paths and lists."""
        found = self.read(
            """
[server]
listen =
    ws://localhost:1/a
    ssl:8443

path = /b
certificate = tls/cert.pem
private_key = /etc/key.pem
allow_plain = Yes
state = ../var
answer = no
time_zone = Europe/Vienna
max_connections = 5
max_message = 1 KiB
max_unsent = 1.5GiB
[auth]
users = users
demo_user = off
checkers =
    file:/a
    memory:u:p
[system]
name = Plant_7
plant =
[archive]
max_period_values = 12
[simulate]
enabled = false
hold = 500ms
history = 7d
history_step = 1.5min
Pump_?.{a,B}.** = sine min=0 max=5 # five
"""
        )
        server = found.server
        self.assertEqual(server.listen, ("ws://localhost:1/a", "ssl:8443"))
        self.assertEqual(server.path, "/b")
        self.assertEqual(server.certificate, BASE / "tls/cert.pem")
        self.assertEqual(server.private_key, Path("/etc/key.pem"))
        self.assertEqual((server.allow_plain, server.answer), (True, False))
        assert server.state is not None
        self.assertEqual(server.state.resolve(), Path("/srv/oagw/var").resolve())
        self.assertEqual(server.time_zone, ZoneInfo("Europe/Vienna"))
        self.assertEqual(server.max_connections, 5)
        self.assertEqual((server.max_message, server.max_unsent), (1024, 3 * 2**29))
        self.assertEqual(found.auth.users, BASE / "users")
        self.assertIs(found.auth.demo_user, False)
        self.assertEqual(found.auth.checkers, ("file:/a", "memory:u:p"))
        self.assertEqual((found.system.name, found.system.plant), ("Plant_7", None))
        self.assertEqual(found.archive.max_period_values, 12)
        simulate = found.simulate
        self.assertIs(simulate.enabled, False)
        self.assertEqual(
            (simulate.hold, simulate.history, simulate.history_step), (0.5, 604_800, 90)
        )
        self.assertEqual(simulate.signals, {"Pump_?.{a,B}.**": "sine min=0 max=5 # five"})

    def test_zones_are_local_utc_or_named(self) -> None:
        """Local time is read as ``None``."""
        self.assertIsNone(self.read("[server]\ntime_zone = local").server.time_zone)
        utc = self.read("[server]\ntime_zone = UTC").server.time_zone
        self.assertEqual(datetime(2026, 7, 1, tzinfo=utc), datetime(2026, 7, 1, tzinfo=UTC))

    def test_bad_values_name_file_section_key_and_what_is_right(self) -> None:
        """One line is enough to find and mend the mistake."""
        for section, key, value, right in BAD_VALUES:
            with self.subTest(f"{section}.{key} = {value}"):
                message = self.error(f"[{section}]\n{key} = {value}\n")
                self.assertTrue(
                    message.startswith(f"my.ini, line 2: [{section}] {key} = {value!r}: "),
                    message,
                )
                self.assertIn(right, message)

    def test_a_bad_pattern_names_itself(self) -> None:
        """The key of a signal is a pattern and must be one."""
        message = self.error("[simulate]\npump_{1.x = sine\n")
        self.assertEqual(message.partition("pump_{1.x: ")[0], "my.ini, line 2: [simulate] ")
        self.assertIn("open brace", message)

    def test_what_is_found_later_has_its_line_too(self) -> None:
        """An error about a key names its line in the file, or the command line."""
        text = "[server]\nanswer = yes\nlisten =\n    foo\n[system:S]\nown = no\n"
        found = self.read(text, "server.state=x")
        for problem, place in (
            ("[server] listen foo: must be", "my.ini, line 3"),
            ("[server] state: must", "--set server.state"),
            ("[system:S] own: there is", "my.ini, line 6"),
            ("[system:S]: there is", "my.ini, line 5"),
            ("[system:S] user and password are needed", "my.ini, line 5"),
            ("[archive] url: it cannot be read", "my.ini"),
            ("/srv/x: it is damaged", "my.ini"),
        ):
            self.assertEqual(found.located(problem), f"{place}: {problem}")

    def test_a_key_that_looks_like_no_signal_is_refused_with_both(self) -> None:
        """It may be a setting that is misspelt, or a pattern that lacks its dot."""
        message = self.error("[simulate]\npump_* = sine\n")
        self.assertIn("enabled, hold, history, history_step, patterns with a dot", message)

    def test_a_long_value_is_shortened(self) -> None:
        """The line stays readable."""
        self.assertLess(len(self.error(f"[server]\nanswer = {'x' * 500}\n")), 150)

    def test_an_unknown_section_is_refused(self) -> None:
        """The nearest known one is suggested, else all are listed."""
        self.assertEqual(
            self.error("[sever]\nx = 1\n"),
            "my.ini, line 1: [sever]: unknown section; did you mean server?",
        )
        self.assertIn("did you mean system:NAME?", self.error("[sytem:S2]\nx = 1\n"))
        message = self.error("[zzz]\nx = 1\n")
        for section in SECTIONS:
            self.assertIn(section, message)

    def test_an_unknown_section_is_refused_also_when_empty(self) -> None:
        """A section without keys may be a mistake as well."""
        self.assertIn("[sever]", self.error("[sever]\n"))

    def test_an_unknown_key_is_refused(self) -> None:
        """The nearest known one is suggested, else all are listed."""
        self.assertEqual(
            self.error("[server]\nlisten_ = x\n"),
            "my.ini, line 2: [server] listen_: unknown key; did you mean listen?",
        )
        message = self.error("[auth]\nzzz = x\n")
        self.assertTrue(message.startswith("my.ini, line 2: [auth] zzz: unknown key; "))
        self.assertIn("demo_user", message)

    def test_only_signals_may_have_patterns_as_keys(self) -> None:
        """A dot in the key of another section is a mistake."""
        self.assertIn("unknown key", self.error("[server]\na.b = sine\n"))
        self.assertIn("unknown key", self.error("[simulate]\npump = sine\n"))

    def test_text_that_is_no_ini_is_refused(self) -> None:
        """The file and the line are named."""
        for text, number, wrong in (
            ("listen = x\n", 1, "the line is before the first [section]"),
            ("[server\n", 1, "the line is before the first [section]"),
            ("[server]\nno value\n", 2, "the line is neither [section] nor key = value"),
            ("[server]\npath=/a\npath=/b\n", 3, "[server] path exists already; "),
            ("[server]\n[auth]\n[server]\n", 3, "[server] exists already; "),
        ):
            with self.subTest(text):
                message = self.error(text)
                self.assertTrue(
                    message.startswith(f"my.ini, line {number}: {wrong}"), message
                )

    def test_the_command_line_wins(self) -> None:
        """An override takes the place of the file's value, a later one of an earlier."""
        text = "[server]\nanswer = yes\n"
        found = self.read(text, "server.answer=no", "simulate.hold=1s", "simulate.hold=2s")
        self.assertIs(found.server.answer, False)
        self.assertEqual(found.simulate.hold, 2)

    def test_an_override_may_be_a_signal(self) -> None:
        """The section ends at the first dot, the key at the first equals sign."""
        found = self.read("", "simulate.pump_1.x=sine min=0 max=1")
        self.assertEqual(found.simulate.signals, {"pump_1.x": "sine min=0 max=1"})

    def test_paths_on_the_command_line_belong_to_the_current_directory(self) -> None:
        """Paths in the file belong to the file's directory."""
        found = self.read("[auth]\nusers = a\n", "system.plant=b")
        self.assertEqual(found.auth.users, BASE / "a")
        self.assertEqual(found.system.plant, Path("b").absolute())

    def test_mistakes_on_the_command_line_name_it(self) -> None:
        """The error says --set where a file's name would stand."""
        for override, expected in (
            ("answer", "--set answer: must be section.key=value"),
            ("answer=no", "--set answer=no: must be section.key=value"),
            ("server.answer", "--set server.answer: must be section.key=value"),
        ):
            self.assertEqual(self.error("", override), expected)
        message = self.error("", "server.answer=maybe")
        self.assertTrue(
            message.startswith("--set server.answer: [server] answer = 'maybe': "), message
        )
        self.assertIn("did you mean answer?", self.error("", "server.anwser=no"))

    @given(
        st.sampled_from([*SECTIONS, "other"]),
        st.text(st.characters(codec="utf-8"), max_size=12),
        st.text(st.characters(codec="utf-8"), max_size=12),
    )
    @example("simulate", "[1-99999999999999999999].", "sine")
    @settings(deadline=None)
    def test_any_text_is_a_configuration_or_refused(
        self, section: str, key: str, value: str
    ) -> None:
        """No content of a file ends in a traceback, and an error is one line."""
        try:
            self.read(f"[{section}]\n{key} = {value}\n")
        except ConfigError as error:
            self.assertNotIn("\n", str(error))


class DescribeTests(SynchronousTestCase):
    """The effective settings in the log."""

    timeout = 30

    def describe(self, text: str) -> Sequence[str]:
        return describe(read_settings(text, "my.ini", BASE))

    def test_has_a_line_for_each_key(self) -> None:
        """Section, key and value."""
        text = "[system]\nname = Plant_7\n[simulate]\nA. = sine\nB. = counter\n"
        lines = self.describe(text)
        self.assertIn("[system] name = Plant_7", lines)
        self.assertIn("[simulate] B. = counter", lines)
        # The signals are one field, and a line each.
        keys = sum(len(fields(kind)) for kind in SECTIONS.values())
        self.assertEqual(len(lines), keys - 1 + 2)

    def test_hides_what_a_checker_is_given(self) -> None:
        """A description of a checker may hold a password."""
        shown = "\n".join(self.describe("[auth]\ncheckers = memory:anna:secret\n"))
        self.assertIn("memory", shown)
        self.assertNotIn("secret", shown)

    def test_passwords_of_databases_are_not_shown(self) -> None:
        """They are not in the log, in an error or in printed settings."""
        for url in (
            "postgresql://oagw:geheim@db:5432/plant",
            "postgresql://oagw:ge:h@eim@db/plant?application_name=a&password=geheim",
            "postgresql://db/plant?password=geheim",
        ):
            settings = read_settings(f"[archive]\nurl = {url}", "my.ini", Path())
            shown = "\n".join([*describe(settings), repr(settings), str(settings)])
            self.assertNotIn("geheim", shown)
            self.assertNotIn("eim", shown)
            self.assertIn("db", shown)
            self.assertEqual(settings.archive.url.reveal(), url)
        with self.assertRaises(ConfigError) as caught:
            read_settings("[archive]\nurl = oagw:geheim@db", "my.ini", Path())
        self.assertNotIn("geheim", str(caught.exception))
        self.assertIn("postgresql://USER@HOST:PORT/DATABASE", str(caught.exception))
