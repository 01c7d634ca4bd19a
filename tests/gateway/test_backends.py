"""Each backend has settings and what makes its systems; nothing else names it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import oagw
from oagw.config import backendsettings
from oagw.config.backendsettings import BACKENDS
from oagw.config.configerror import ConfigError
from oagw.config.settingkeys import count, key
from oagw.config.settings import describe
from oagw.config.systemsettings import NamedSystemSettings
from oagw.gateway import backends
from oagw.gateway.backends import MAKERS, make_system
from oagw.gateway.gatewaysystem import GatewaySystem, SystemContext
from tests.gateway.configured import context_of, only_with, settings_of

ROOT = Path(oagw.__file__).parent


@dataclass(frozen=True, slots=True)
class ToySettings(NamedSystemSettings):
    """The section of a toy."""

    pumps: int = key("3", count)


def compared_texts(tree: ast.AST) -> set[object]:
    """The constants that code compares something with."""
    compared = (one for node in ast.walk(tree) for one in _operands(node))
    return {one.value for one in compared if isinstance(one, ast.Constant)}


def _operands(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        inner = [one.elts for one in operands if isinstance(one, ast.Tuple | ast.Set)]
        return [*operands, *(one for some in inner for one in some)]
    return [node.value] if isinstance(node, ast.MatchValue) else []


class BackendTests(SynchronousTestCase):
    timeout = 30

    def test_every_backend_has_settings_and_a_maker(self) -> None:
        """One row in each of the two lists."""
        self.assertEqual(set(MAKERS), set(BACKENDS))

    def test_no_code_depends_on_the_name_of_a_backend(self) -> None:
        """A ladder over names would miss the next backend."""
        ladder = ast.parse("if a.backend == 'opcua' or b in ('embedded',): pass")
        self.assertEqual(compared_texts(ladder), {"opcua", "embedded"})
        for path in ROOT.rglob("*.py"):
            found = compared_texts(ast.parse(path.read_text(encoding="utf-8")))
            self.assertEqual(found & set(BACKENDS), set(), path)

    def test_a_new_backend_is_two_rows(self) -> None:
        """One for the class of its settings, one for what makes its systems."""
        made = []

        def make(name: str, one: ToySettings, context: SystemContext) -> GatewaySystem:
            context_of_peer = context_of(settings_of(), context.state)
            made.append(one.pumps)
            return make_system(name, context_of_peer)

        self.patch(backendsettings, "BACKENDS", {**BACKENDS, "toy": ToySettings})
        self.patch(backends, "MAKERS", {**MAKERS, "toy": make})
        settings = only_with(backend="toy", pumps="7")
        self.assertIn("[system:S2] pumps = 7", describe(settings))
        system = make_system("S2", context_of(settings, Path(self.mktemp())))
        self.assertEqual((system.system.name, made), ("S2", [7]))
        for keys, part in (
            ({"backend": "toy", "roots": "i=85"}, "a key of the backend opcua, and the"),
            ({"backend": "opcua", "pumps": "7"}, "a key of the backend toy, and the"),
            ({"backend": "opc"}, "opcua, winccoa, toy"),
        ):
            with self.assertRaises(ConfigError) as caught:
                only_with(**keys)
            self.assertIn(part, str(caught.exception))
