"""How errors of a command become a line and an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from oagw.auth.passwords import UserError
from oagw.cli.clierrors import CommandError
from oagw.cli.runner import run
from oagw.config.configerror import ConfigError
from oagw.config.settings import Settings


class RunnerTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.config = Path(self.mktemp()).absolute()
        self.config.write_text("[server]\n\nanswer = no\n")

    def result(self, action: Callable[[Settings], int]) -> tuple[int, str]:
        options = argparse.Namespace(
            config=str(self.config),
            state=None,
            run=lambda settings, options: action(settings),
        )
        with redirect_stderr(StringIO()) as errors:
            return run(options), errors.getvalue()

    def test_the_exit_code_is_the_actions(self) -> None:
        """It is returned without any message."""
        self.assertEqual(self.result(lambda settings: 0), (0, ""))
        self.assertEqual(self.result(lambda settings: 3), (3, ""))

    def test_errors_of_the_user_are_a_line(self) -> None:
        """A key is shown with its place, a file with its name."""

        def failing(error: Exception) -> Callable[[Settings], int]:
            def action(settings: Settings) -> int:
                raise error

            return action

        for error, line in (
            (CommandError("no"), "oagw: no"),
            (UserError("who"), "oagw: who"),
            (
                ConfigError("[server] answer: why"),
                f"oagw: {self.config}, line 3: [server] answer: why",
            ),
            (FileNotFoundError(2, "No such file", "x.csv"), "oagw: x.csv: No such file"),
        ):
            self.assertEqual(self.result(failing(error)), (1, f"{line}\n"))

    def test_a_wrong_configuration_runs_nothing(self) -> None:
        """Its line and the suggestion are printed."""
        self.config.write_text("[server]\nanwser = no\n")
        code, errors = self.result(lambda settings: self.fail("it ran"))
        self.assertEqual(code, 1)
        self.assertIn("line 2: [server] anwser: unknown key; did you mean answer?", errors)
