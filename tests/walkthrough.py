"""The steps of docs/development.rst, read from the document and done in a copy.

A paragraph that ends with ``New file ``path``:``, ``At the end of ``path``:`` or
``In ``path``, after ``text``:`` says where the block below it belongs. A line of a console
block that begins with ``$`` is a command.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from docutils import nodes

from tests.documents import ROOT, parse
from tests.service.daemon import ENVIRONMENT

DOCUMENT = ROOT / "docs/development.rst"
#: What a copy needs for the tests of the house, of the documents and of a daemon.
_COPIED = ("oagw", "tests", "twisted", "docs", "etc", "news", "pyproject.toml")
_PLACE = re.compile(
    r"(?P<how>New file|At the end of|In) ``(?P<path>[^`]+)``(, after ``(?P<text>.+)``)?:$"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of text, and where it belongs.

    :ivar path: the file, relative to the checkout.
    :ivar after: the block follows the first line that contains this text; empty: it
        follows the last line.
    :ivar is_new: the file does not exist before.
    """

    path: str
    block: str
    after: str = ""
    is_new: bool = False

    def apply(self, root: Path) -> None:
        """Change a copy.

        :raises AssertionError: the copy does not have what the step is about.
        """
        file = root / self.path
        assert self.is_new is not file.exists(), f"{self.path}: wrong about a new file"
        if self.is_new:
            file.parent.mkdir(exist_ok=True)
            file.write_text(self.block, encoding="utf-8")
            return
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        if self.after:
            found = [number for number, line in enumerate(lines) if self.after in line]
            assert found, f"{self.path}: no line has {self.after!r}"
            line = lines[found[0]].rstrip()
            lines[found[0] + 1 : found[0] + 1] = [indent(self.block, _indentation(line))]
        else:
            lines.append(self.block)
        file.write_text("".join(lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """A section of the document.

    :ivar commands: what the section says to run after the steps.
    """

    title: str
    steps: Sequence[Step]
    commands: Sequence[str]

    def follow(self, root: Path) -> None:
        """Do the steps in a copy and run the commands.

        :raises AssertionError: a step cannot be done, or a command fails.
        """
        for step in self.steps:
            step.apply(root)
        for command in self.commands:
            run_in(root, command)


def _indentation(line: str) -> str:
    """The indentation of what follows a line: deeper in a bracket or a block."""
    own = line[: len(line) - len(line.lstrip())]
    return own + " " * 4 if line.endswith(("(", "[", "{", ":")) else own


def walkthroughs() -> Iterator[Walkthrough]:
    """The sections that have steps."""
    for section in parse(DOCUMENT).findall(nodes.section):
        steps: list[Step] = []
        commands: list[str] = []
        for block in section.findall(nodes.literal_block):
            text = f"{block.astext()}\n"
            if "console" in block["classes"]:
                commands += re.findall(r"^\$ (.+)", text, re.M)
            else:
                steps.append(_step(block, text))
        if steps:
            yield Walkthrough(section[0].astext(), steps, commands)


def _step(block: nodes.literal_block, text: str) -> Step:
    position = block.parent.index(block)
    before = " ".join(block.parent[position - 1].rawsource.split())
    place = _PLACE.search(before)
    assert place is not None, f"no place for a block after: {before}"
    if place["how"] == "At the end of" and place["path"].endswith(".py"):
        text = f"\n\n{text}"
    return Step(place["path"], text, place["text"] or "", place["how"] == "New file")


def copy_to(root: Path) -> None:
    """A copy of the checkout, to be changed."""
    root.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("node_modules", "dropin.cache")
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copyfile(source, root / name)
    for document in ROOT.glob("*.rst"):
        shutil.copyfile(document, root / document.name)


def run_in(root: Path, command: str) -> None:
    """Run a command of the document in a copy.

    :raises AssertionError: it fails; has its output.
    """
    program, *arguments = command.split()
    assert program == "python", command
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**ENVIRONMENT, "PYTHONPATH": str(root.absolute())},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-5000:]}{done.stderr[-2000:]}"
