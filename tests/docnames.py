"""The names of modules, functions and files in the documents, and what they refer to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes

from tests.documents import ROOT, parse
from tests.house import MODULES, TREES

#: The directories of the checkout that documents name files in.
_TOPS = {"oagw", "tests", "docs", "etc", "benchmarks", "bridge", "twisted", "examples"}
_PATH = re.compile(r"([\w.-]+/)+[\w.-]*")
_DOTTED = re.compile(r"[a-z_]\w*(\.\w+)+")
#: The rooms of the house, without "oagw.".
_ROOMS = {name.split(".")[1] for name in MODULES if "." in name}


def literals(path: Path) -> Iterator[str]:
    """All texts in double backticks of a document."""
    for node in parse(path).findall(nodes.literal):
        yield node.astext()


def missing_files(path: Path) -> Iterator[str]:
    """Files and directories of the checkout that a document names and that do not exist."""
    for text in literals(path):
        is_file = _PATH.fullmatch(text) and text.split("/")[0] in _TOPS
        if is_file and not (ROOT / text).exists():
            yield text


def missing_names(path: Path) -> Iterator[str]:
    """Modules, classes and functions that a document names and that do not exist.

    They are written without ``oagw.``, as in ``core.routing`` or ``core.routing.Router``.
    """
    for text in literals(path):
        parts = text.split(".")
        # NAME stands for any name, outside of code.
        is_code = _DOTTED.fullmatch(text) and parts[0] in _ROOMS and parts[-1] != "NAME"
        if is_code and not exists(text):
            yield text


def exists(name: str) -> bool:
    """Whether a name such as ``core.routing.Router.system`` is in the code."""
    parts = ["oagw", *name.removesuffix("()").split(".")]
    for count in range(len(parts), 1, -1):
        module = ".".join(parts[:count])
        if module in MODULES:
            return _has(TREES[module].body, parts[count:])
    return False


def is_constant(name: str) -> bool:
    """Whether a name is that of a constant, which nothing calls."""
    return name.rpartition(".")[2].isupper()


def _has(body: list[ast.stmt], parts: list[str]) -> bool:
    """Whether statements define a name, and inside it the next one, and so on."""
    if not parts:
        return True
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name == parts[0]:
            return _has(node.body, parts[1:])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found = node.targets[0].id
        else:
            continue
        if found == parts[0] and len(parts) == 1:
            return True
    return False
