"""The private names of other libraries that oagw uses, all of them, and that they exist.

A later version of a library may change them without a word. So these libraries have an
upper bound in ``pyproject.toml``, and whoever raises it runs these tests first.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import textwrap
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.connection import SecureConnection
from asyncua.server.address_space import AddressSpace
from asyncua.server.monitored_item_service import MonitoredItemService
from autobahn.twisted.websocket import WebSocketAdapterProtocol
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.abstract import FileDescriptor
from twisted.internet.tcp import Connection
from twisted.trial.unittest import SynchronousTestCase

import oagw

ROOT = Path(__file__).parents[1]

#: By the class that has them.
FOREIGN: dict[type, set[str]] = {
    # oagw writes at once where Twisted would wait for the reactor (server/transport.py).
    FileDescriptor: {
        "_postLoseConnection",
        "_tempDataBuffer",
        "_tempDataLen",
        "_writeDisconnected",
    },
    Connection: {"_dataReceived"},
    # Long input is read in pieces, and connections are closed in good order.
    WebSocketAdapterProtocol: {"_closeConnection"},
    WebSocketProtocol: {"_dataReceived"},
    # Requests are no larger than the server takes.
    UASocketProtocol: {"_connection"},
    SecureConnection: {"_limits"},
}
#: The same for the servers that the tests of OPC UA start.
FOREIGN_IN_TESTS: dict[type, set[str]] = {
    AddressSpace: {"_nodes"},
    MonitoredItemService: {"_monitored_items"},
}
#: Underscores that the standard library documents.
PUBLIC = {"_exit", "_replace"}
LIBRARIES = ("asyncua", "autobahn", "twisted")


def _is_private(name: str) -> bool:
    return name.strip("_") != "" and name.startswith("_") and not name.startswith("__")


def _own_names(tree: ast.AST) -> set[str]:
    """Private methods and attributes that code defines."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if _is_private(name)}


def _used_names(tree: ast.AST) -> set[str]:
    """Private names that code takes from an object."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and _is_private(node.attr)
    }


@cache
def _names_of(base: type) -> set[str]:
    """The private names that a class itself defines."""
    return _own_names(ast.parse(textwrap.dedent(inspect.getsource(base))))


def _has(owner: type, name: str, packages: tuple[str, ...] = LIBRARIES) -> bool:
    """Whether a class has a private name from one of these packages."""
    return any(
        name in vars(base) or name in _names_of(base)
        for base in owner.__mro__
        if base.__module__.startswith(packages)
    )


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for info in pkgutil.walk_packages(oagw.__path__, "oagw."):
        module = import_module(info.name)
        yield info.name, ast.parse(inspect.getsource(module))


def _classes(module: str, tree: ast.Module) -> Iterator[tuple[type, ast.ClassDef]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield getattr(import_module(module), node.name), node


class ForeignNameTests(SynchronousTestCase):
    timeout = 120

    def test_each_exists(self) -> None:
        """In the installed versions."""
        for owner, names in (FOREIGN | FOREIGN_IN_TESTS).items():
            for name in names:
                self.assertTrue(_has(owner, name), f"{owner.__qualname__}.{name}")

    def test_the_list_is_complete(self) -> None:
        """No class uses or replaces others of the libraries it inherits from."""
        found: set[str] = set()
        for module, tree in _modules():
            for owner, node in _classes(module, tree):
                names = _own_names(node) | _used_names(node)
                found |= {name for name in names if _has(owner, name)}
        listed = set().union(*FOREIGN.values())
        self.assertEqual(found - listed, set())
        self.assertIn("_postLoseConnection", found)

    def test_no_others_are_used_from_outside(self) -> None:
        """A private name belongs to the module that uses it, or is in the list."""
        listed = set().union(*FOREIGN.values(), PUBLIC)
        for module, tree in _modules():
            owners = [owner for owner, _ in _classes(module, tree)]
            unknown = {
                name
                for name in _used_names(tree) - _own_names(tree) - listed
                if not any(_has(owner, name, ("oagw",)) for owner in owners)
            }
            self.assertEqual(unknown, set(), module)

    def test_their_libraries_have_an_upper_bound(self) -> None:
        """A new version is tried before it is allowed."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        required = [*project["dependencies"], *project["optional-dependencies"]["opcua"]]
        used = {owner.__module__.partition(".")[0] for owner in FOREIGN}
        self.assertEqual(used, set(LIBRARIES))
        for library in used:
            [line] = [
                one for one in required if re.match(rf"{library}\b", one, re.IGNORECASE)
            ]
            self.assertRegex(line, r",<\d+$")
