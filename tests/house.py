"""The house that the code is: floors, rooms, modules, and who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import oagw

#: The rooms of each floor. Rooms of one floor never import one another.
FLOORS: list[list[str]] = [
    ["oagw.errors"],
    ["oagw.model"],
    [
        "oagw.query",
        "oagw.aggregates",
        "oagw.dpl",
        "oagw.formula",
        "oagw.wire",
        "oagw.config",
    ],
    ["oagw.interfaces"],
    ["oagw.core"],
    ["oagw.storage", "oagw.plant"],
    ["oagw.systems", "oagw.archives", "oagw.auth", "oagw.server"],
    ["oagw.gateway"],
    ["oagw.cli", "oagw.tap"],
]

ROOT = Path(oagw.__file__).parent


def modules() -> Iterator[tuple[str, Path]]:
    """Each module's dotted name, and its file."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


MODULES = dict(modules())
TREES = {
    name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()
}


def imports(name: str) -> Iterator[str]:
    """All modules that a module imports, wherever in it the import stands."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{name}: relative import"
            assert node.level == 0, f"{name}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def is_in(module: str, room: str) -> bool:
    """Whether a module is a room, or stands in it."""
    return module == room or module.startswith(f"{room}.")


def place(module: str) -> tuple[int, str] | None:
    """Floor and room of a module; ``None`` for the package itself."""
    for number, rooms in enumerate(FLOORS):
        for room in rooms:
            if is_in(module, room):
                return number, room
    return None


def neighbours() -> dict[str, dict[str, set[str]]]:
    """By package, what stands directly in it, and what of that each of these imports."""
    rooms: dict[str, dict[str, set[str]]] = {}
    for name in MODULES:
        for imported in imports(name):
            here, there = name.split("."), imported.split(".")
            if imported not in MODULES or here == there:
                continue
            shared = 0
            while here[shared : shared + 1] == there[shared : shared + 1]:
                shared += 1
            package = ".".join(here[:shared])
            beside = rooms.setdefault(package, {})
            one, other = here[shared : shared + 1], there[shared : shared + 1]
            if one and other:
                beside.setdefault(one[0], set()).add(other[0])
    return rooms


def circles() -> Iterator[list[str]]:
    """A circle of imports in each package that has one."""
    for package, beside in neighbours().items():
        try:
            tuple(TopologicalSorter(beside).static_order())
        except CycleError as error:
            yield [f"{package}.{part}" for part in error.args[1]]
