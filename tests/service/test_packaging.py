"""A wheel and an sdist install in a clean environment, and twistd finds the plugin."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.service.daemon import ROOT, run


class PackagingTests(TestCase):
    timeout = 600

    def test_installs_in_a_clean_environment(self) -> None:
        """Wheel (made by way of the sdist) and sdist install, and twistd lists oagw."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        source = directory / "source"
        listing = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
        names = [
            name for name in run(*listing).stdout.splitlines() if (ROOT / name).exists()
        ]
        self.assertIn("pyproject.toml", names)
        for name in names:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
        dist = directory / "dist"
        self.succeed(sys.executable, "-m", "build", "--outdir", str(dist), str(source))
        [wheel] = dist.glob("*.whl")
        [sdist] = dist.glob("*.tar.gz")
        environment = directory / "environment"
        self.succeed(sys.executable, "-m", "venv", str(environment))
        install = (str(environment / "bin/python"), "-m", "pip", "install", "--quiet")
        # What the other needs is there then.
        for package in ([str(wheel)], ["--force-reinstall", "--no-deps", str(sdist)]):
            self.succeed(*install, *package)
            listed = self.succeed(str(environment / "bin/twistd"), "--help")
            self.assertRegex(listed, r"\n\s+oagw\s+The open gateway")
            self.succeed(str(environment / "bin/twistd"), "oagw", "--help")
            self.succeed(str(environment / "bin/oagw"), "--version")

    def succeed(self, *command: str) -> str:
        """Run a command that must succeed; returns what it prints."""
        done = run(*command, PYTHONPATH="", patience=900)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout
