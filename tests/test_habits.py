"""What all tests keep to, and the files that a change brings along."""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import subprocess
import sys
import unittest
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from twisted.trial.unittest import SkipTest, SynchronousTestCase

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
#: Programs that tests start; this one changes its values at a pace.
PACED = {TESTS / "systems/opcua/open62541.py"}
SLEEPS = {"time.sleep", "asyncio.sleep", "sleep"}
#: How the names of functions begin that check something.
CHECKS = ("assert", "check", "compare", "fail")
FRAGMENT = re.compile(r"(\d+|\+[a-z]+)\.(change|feature|fix)(\.\d+)?\.rst")
#: Files of the directory of fragments that are none.
BESIDE = {"README.rst", "template.rst.jinja"}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """The source of the tests."""
    for path in sorted(TESTS.rglob("*.py")):
        if "node_modules" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls_in(node: ast.AST) -> set[str]:
    """The names of all functions that a piece of code calls."""
    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return {getattr(one, "attr", getattr(one, "id", "")) for one in called}


class TestHabitsTests(SynchronousTestCase):
    """What each test keeps to."""

    timeout = 120

    def test_none_sleeps(self) -> None:
        """A test waits for an event, or has a clock of its own."""
        sleeps = [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for path, tree in trees()
            if path not in PACED
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SLEEPS
        ]
        self.assertEqual(sleeps, [])

    def test_each_class_has_a_timeout(self) -> None:
        """Of its own or from a class of ours; trial would wait for two minutes."""
        without: list[str] = []
        for path, _ in trees():
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if not path.name.startswith("test_"):
                continue
            for one in vars(import_module(name)).values():
                if not (inspect.isclass(one) and issubclass(one, unittest.TestCase)):
                    continue
                ours = [
                    base for base in one.__mro__ if base.__module__.startswith("tests.")
                ]
                if one.__module__ == name and not any("timeout" in vars(b) for b in ours):
                    without.append(f"{name}.{one.__name__}")
        self.assertEqual(without, [])

    def test_each_asserts_something(self) -> None:
        """Itself, or by a function whose name says that it checks something."""
        silent = [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for path, tree in trees()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and not any(name.lstrip("_").startswith(CHECKS) for name in calls_in(node))
        ]
        self.assertEqual(silent, [])


class FragmentTests(SynchronousTestCase):
    """News fragments."""

    timeout = 120

    def test_names(self) -> None:
        """Each name has the number of its issue and the kind of the change."""
        for path in (ROOT / "news").iterdir():
            if path.name not in BESIDE:
                self.assertRegex(path.name, rf"\A{FRAGMENT.pattern}\Z")

    def test_the_changelog(self) -> None:
        """They become its newest section, which is well formed."""
        if find_spec("towncrier") is None:
            raise SkipTest("this needs towncrier: pip install towncrier")
        directory = Path(self.mktemp())
        (directory / "news").mkdir(parents=True)
        for name in BESIDE:
            shutil.copy(ROOT / "news" / name, directory / "news" / name)
        for name in ("pyproject.toml", "CHANGELOG.rst"):
            shutil.copy(ROOT / name, directory / name)
        fragments = {
            "1.feature.rst": "One thing is ``new``.",
            "+word.fix.rst": "Another " + "long " * 30 + "one works.",
            "2.change.rst": "A key has another name.",
        }
        for name, text in fragments.items():
            (directory / "news" / name).write_text(text + "\n")
        command = [sys.executable, "-m", "towncrier", "build", "--keep"]
        command += ["--version", "99.1", "--date", "2099-01-01"]
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        document = publish_doctree(
            (directory / "CHANGELOG.rst").read_text(), settings_overrides={"halt_level": 2}
        )
        section, *_ = document.findall(nodes.section)
        title, items = section.children
        self.assertEqual(title.astext(), "99.1 (2099-01-01)")
        self.assertEqual(
            [" ".join(one.astext().split()[:4]) for one in items.children],
            ["A key has another", "One thing is new.", "Another long long long"],
        )
