"""Datapoint types: a tree of elements, flattened once so that a datapoint needs none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from oagw.errors import ParameterError


class ElementType(IntEnum):
    """Element types with WinCC OA's numbers (reference, "Element types")."""

    STRUCT = 1
    DYN_CHAR = 3
    DYN_UINT = 4
    DYN_INT = 5
    DYN_FLOAT = 6
    DYN_BOOL = 7
    DYN_BIT32 = 8
    DYN_STRING = 9
    DYN_TIME = 10
    CHAR = 19
    UINT = 20
    INT = 21
    FLOAT = 22
    BOOL = 23
    BIT32 = 24
    STRING = 25
    TIME = 26
    DPID = 27
    DYN_DPID = 29
    LANG_STRING = 42
    DYN_LANG_STRING = 44
    BLOB = 46
    DYN_BLOB = 48
    BIT64 = 50
    DYN_BIT64 = 51
    LONG = 54
    DYN_LONG = 55
    ULONG = 58
    DYN_ULONG = 59

    @property
    def holds_value(self) -> bool:
        """Whether an element of this type has a value (is a leaf)."""
        return self is not ElementType.STRUCT

    @property
    def member(self) -> ElementType | None:
        """The type of the members of a dyn type, else ``None``."""
        return _MEMBERS.get(self)

    @property
    def keyword(self) -> str:
        """The name in plant files: ``float``, ``dyn_float``, ``langString``."""
        return _KEYWORDS[self]


_MEMBERS = {
    member: ElementType[member.name.removeprefix("DYN_")]
    for member in ElementType
    if member.name.startswith("DYN_")
}
_KEYWORDS = {
    member: member.name.lower().replace("lang_string", "langString")
    for member in ElementType
}
BY_KEYWORD = {keyword: member for member, keyword in _KEYWORDS.items()}


@dataclass(frozen=True, slots=True)
class TypeNode:
    """An element of a type's definition; ``number`` is its id within the type."""

    name: str
    type: ElementType
    number: int
    children: tuple[TypeNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element that holds a value: its path from the root and its place in the type."""

    path: str
    type: ElementType
    number: int
    index: int


@dataclass(slots=True)
class DpType:
    """A datapoint type, with the indexes that all its datapoints share.

    :ivar leaves: the elements that hold a value, in the order of the definition.
    :ivar by_path: leaf by element path; the root is the empty path.
    :ivar by_number: leaf by its number in the definition.
    :ivar structs: the paths of the elements that hold none.
    """

    name: str
    root: TypeNode
    leaves: list[Leaf] = field(init=False, default_factory=list)
    by_path: dict[str, Leaf] = field(init=False, default_factory=dict)
    by_number: dict[int, Leaf] = field(init=False, default_factory=dict)
    structs: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        structs = []
        numbers: set[int] = set()
        for path, node in _walk(self.root, ""):
            if node.number in numbers:
                raise ParameterError(
                    f"type {self.name}: number {node.number} is used twice"
                )
            numbers.add(node.number)
            if node.type.holds_value:
                leaf = Leaf(path, node.type, node.number, len(self.leaves))
                self.leaves.append(leaf)
                self.by_path[path] = leaf
                self.by_number[leaf.number] = leaf
            else:
                structs.append(path)
        self.structs = frozenset(structs)


def _walk(node: TypeNode, path: str) -> Iterator[tuple[str, TypeNode]]:
    yield path, node
    for child in node.children:
        yield from _walk(child, f"{path}.{child.name}" if path else child.name)
