"""The help of topics and actions."""

from __future__ import annotations

import argparse

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.options import add_parser, add_places


class OptionTests(SynchronousTestCase):
    timeout = 30

    def test_an_action_explains_itself_in_both_helps(self) -> None:
        """In that of the parser above, and in its own."""
        parser = argparse.ArgumentParser(prog="oagw")
        action = add_parser(parser.add_subparsers(), "list", "list the users")
        self.assertIn("list the users", parser.format_help())
        self.assertIn("List the users.", action.format_help())

    def test_a_later_option_replaces_an_earlier_one(self) -> None:
        """Without a later option the earlier value stays."""
        parser = argparse.ArgumentParser(prog="oagw")
        add_places(parser, default=None)
        add_places(add_parser(parser.add_subparsers(), "list", "list the users"))
        for words, state in (
            (["list"], None),
            (["--state", "a", "list"], "a"),
            (["--state", "a", "list", "--state", "b"], "b"),
        ):
            self.assertEqual(parser.parse_args(words).state, state)
