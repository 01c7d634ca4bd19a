"""Archives of the gateway for other systems, as their sections configure them."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.config.configerror import ConfigError
from oagw.config.systemsettings import RemoteSystemSettings
from oagw.gateway.backends import make_system
from oagw.gateway.systemarchives import archived_patterns, with_archive
from tests.gateway.configured import context_of, settings_of


def section(**keys: str) -> RemoteSystemSettings:
    one = settings_of(**keys).systems["S2"]
    assert isinstance(one, RemoteSystemSettings)
    return one


class SystemArchiveTests(SynchronousTestCase):
    timeout = 30

    def test_what_is_archived_here_is_of_the_system(self) -> None:
        """A pattern may name it, and no other."""
        [pattern] = archived_patterns("S2", section(archive="S2:Pump*"))
        self.assertTrue(pattern.matches("Pump1", "value.speed"))
        with self.assertRaises(ConfigError) as caught:
            archived_patterns("S2", section(archive="S3:Pump*"))
        self.assertIn("the system is S2", str(caught.exception))

    def test_without_an_archive_nothing_is_between(self) -> None:
        """The system itself is asked, and nothing is on the disk."""
        context = context_of(settings_of(), Path(self.mktemp()))
        made = make_system("S2", context)
        self.assertIs(with_archive(made, section(), context), made)
        self.assertIsNone(made.archived_in)
        self.assertFalse(context.state.exists())
