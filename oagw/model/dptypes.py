"""Datapoint types: a tree of elements, flattened once so that a datapoint needs none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from oagw.errors import ParameterError, TypeNotFoundError
from oagw.model.identifiers import is_index, is_name, path_below


class ElementType(IntEnum):
    """Element types with WinCC OA's numbers (reference, "Element types")."""

    STRUCT = 1
    ARRAY = 2
    DYN_CHAR = 3
    DYN_UINT = 4
    DYN_INT = 5
    DYN_FLOAT = 6
    DYN_BOOL = 7
    DYN_BIT32 = 8
    DYN_STRING = 9
    DYN_TIME = 10
    CHAR_STRUCT = 11
    UINT_STRUCT = 12
    INT_STRUCT = 13
    FLOAT_STRUCT = 14
    BOOL_STRUCT = 15
    BIT32_STRUCT = 16
    STRING_STRUCT = 17
    TIME_STRUCT = 18
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
    DYN_CHAR_STRUCT = 30
    DYN_UINT_STRUCT = 31
    DYN_INT_STRUCT = 32
    DYN_FLOAT_STRUCT = 33
    DYN_BOOL_STRUCT = 34
    DYN_BIT32_STRUCT = 35
    DYN_STRING_STRUCT = 36
    DYN_TIME_STRUCT = 37
    DYN_DPID_STRUCT = 38
    DPID_STRUCT = 39
    # The reference lists 40 among the structs and does not say of what.
    OTHER_STRUCT = 40
    REFERENCE = 41
    LANG_STRING = 42
    LANG_STRING_STRUCT = 43
    DYN_LANG_STRING = 44
    DYN_LANG_STRING_STRUCT = 45
    BLOB = 46
    BLOB_STRUCT = 47
    DYN_BLOB = 48
    DYN_BLOB_STRUCT = 49
    BIT64 = 50
    DYN_BIT64 = 51
    BIT64_STRUCT = 52
    DYN_BIT64_STRUCT = 53
    LONG = 54
    DYN_LONG = 55
    LONG_STRUCT = 56
    DYN_LONG_STRUCT = 57
    ULONG = 58
    DYN_ULONG = 59
    ULONG_STRUCT = 60
    DYN_ULONG_STRUCT = 61

    # An enumeration's own is written in Python, and types are the keys of many tables.
    __hash__ = int.__hash__

    @property
    def holds_value(self) -> bool:
        """Whether an element of this type has a value (is a leaf)."""
        return self in _KEYWORDS

    @property
    def member(self) -> ElementType | None:
        """The type of the members of a dyn type, else ``None``."""
        return _MEMBERS.get(self)

    @property
    def dyn(self) -> ElementType:
        """The dyn type whose members are of this type; a dyn type is its own."""
        return _DYNS.get(self, self)

    @property
    def keyword(self) -> str:
        """The name in texts: ``float``, ``dyn_float``, ``langString``, ``struct``."""
        return self.name.lower().replace("lang_string", "langString")


_MEMBERS = {
    member: ElementType[member.name.removeprefix("DYN_")]
    for member in ElementType
    if member.name.startswith("DYN_") and not member.name.endswith("_STRUCT")
}
_DYNS = {member: dyn for dyn, member in _MEMBERS.items()}
_KEYWORDS = {kind: kind.keyword for kind in (*_MEMBERS, *_MEMBERS.values())}
#: The types that hold a value, by the name that plant files use.
BY_KEYWORD = {keyword: kind for kind, keyword in _KEYWORDS.items()}

#: Numbers of elements within a type are below this.
MAX_ELEMENTS = 65_536
#: Elements may be nested as deep as this, references expanded.
MAX_LEVELS = 50
#: References may be nested as deep as this.
_MAX_DEPTH = 30


class Inferred(IntEnum):
    """Whether an element was inferred from rows about it, without a definition."""

    NO = 0
    #: Rows show what it holds.
    SHOWN = 1
    #: Nothing shows what it holds.
    GUESSED = 2


@dataclass(frozen=True, slots=True)
class TypeNode:
    """An element of a type's definition.

    :ivar number: its id within the definition, as DPL files have it; 0 is none.
    :ivar reference: the name of the type that a reference stands for.
    :ivar inferred: whether no definition says what it is. Definitions that differ in
        nothing else are equal.
    """

    name: str
    type: ElementType
    number: int = 0
    children: tuple[TypeNode, ...] = ()
    reference: str = ""
    inferred: Inferred = field(default=Inferred.NO, compare=False)

    @property
    def has_inferred(self) -> bool:
        """Whether it, or an element below it, was inferred."""
        return bool(self.inferred) or any(child.has_inferred for child in self.children)


@dataclass(frozen=True, slots=True)
class TypeElement:
    """An element of a type with all references expanded.

    :ivar path: from the root, which is the empty path; a member of an array is ``a[1]``.
    :ivar type: what it holds; of a reference, what the root of that type holds.
    :ivar number: what it is called on disk; never used again for another path.
    :ivar index: its place in the type, and in each datapoint of it.
    :ivar reference: the type that it refers to, or the empty text.
    """

    path: str
    type: ElementType
    number: int
    index: int
    reference: str = ""

    @property
    def declared(self) -> ElementType:
        """The type as the definition says it: a reference is one."""
        return ElementType.REFERENCE if self.reference else self.type


@dataclass(slots=True)
class DpType:
    """A datapoint type, with the indexes that all its datapoints share.

    :ivar elements: all elements in the order of the definition, the root first.
    :ivar by_path: element by path.
    :ivar by_number: element by its number on disk.
    :ivar next_number: what the next new element will be called on disk.
    :ivar references: the types that its own definition refers to.
    """

    name: str
    root: TypeNode
    elements: list[TypeElement]
    next_number: int
    by_path: dict[str, TypeElement] = field(init=False)
    by_number: dict[int, TypeElement] = field(init=False)
    references: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.by_path = {element.path: element for element in self.elements}
        self.by_number = {element.number: element for element in self.elements}
        self.references = frozenset(_references(self.root))

    @property
    def leaves(self) -> list[TypeElement]:
        """The elements that hold a value."""
        return [element for element in self.elements if element.type.holds_value]

    @property
    def numbers(self) -> dict[str, int]:
        """Number on disk by path."""
        return {element.path: element.number for element in self.elements}


def build_type(
    name: str,
    root: TypeNode,
    definitions: Mapping[str, TypeNode],
    numbers: Mapping[str, int] | None = None,
    next_number: int = 0,
) -> DpType:
    """Expand the references of a definition and give each element its number.

    :param definitions: the types that may be referred to.
    :param numbers: numbers on disk by path, of the elements that had one before.
    :param next_number: where new numbers begin; 0 takes those of the definition
        where they are free.
    :raises TypeNotFoundError: a reference to an unknown type.
    :raises ParameterError: types refer to one another in a circle, an element is there
        twice, or there are too many elements or levels of them.
    """
    known = dict(numbers or {})
    used = set(known.values())
    following = max(next_number, max(used, default=0) + 1)
    elements: list[TypeElement] = []
    paths: set[str] = set()
    for path, node, kind in _walk(name, root, definitions):
        if path in paths:
            raise ParameterError(f"type {name}: element '{path}' is there twice")
        paths.add(path)
        _check_size(name, path, len(elements))
        number = known.get(path)
        if number is None:
            free = not next_number and not numbers and node.number not in used
            number = node.number if free and node.number > 0 else 0
            if not number:
                while following in used:
                    following += 1
                number = following
            used.add(number)
            following = max(following, number + 1)
        elements.append(TypeElement(path, kind, number, len(elements), node.reference))
    if following > MAX_ELEMENTS or max(used) >= MAX_ELEMENTS:
        raise ParameterError(
            f"type {name}: it would need element numbers beyond {MAX_ELEMENTS - 1}; "
            "numbers of removed elements are not used again, so make it a new type"
        )
    return DpType(name, root, elements, following)


def _check_size(name: str, path: str, count: int) -> None:
    """Refuse a type that grows beyond all bounds, as nested references can make it.

    :param count: the elements that come before this one.
    """
    if count >= MAX_ELEMENTS - 1:
        raise ParameterError(
            f"type {name}: with its references it has more than {MAX_ELEMENTS - 1} "
            "elements; divide it"
        )
    if path.count(".") >= MAX_LEVELS:
        raise ParameterError(
            f"type {name}: elements are nested more than {MAX_LEVELS} levels deep"
        )


def _walk(
    name: str, root: TypeNode, definitions: Mapping[str, TypeNode]
) -> Iterator[tuple[str, TypeNode, ElementType]]:
    """Each element with its path, its node and what it holds; references expanded."""
    stack: list[tuple[str, TypeNode, tuple[str, ...]]] = [("", root, (name,))]
    while stack:
        path, node, through = stack.pop()
        kind, children = node.type, node.children
        if node.type is ElementType.REFERENCE:
            target, through = _resolve(node, definitions, through)
            kind, children = target.type, target.children
        yield path, node, kind
        if children and kind.holds_value:
            raise ParameterError(
                f"type {name}: element '{path}' holds a {kind.keyword}, so there is "
                "nothing below it"
            )
        for child in reversed(children):
            is_member = kind is ElementType.ARRAY and is_index(child.name)
            if not (is_name(child.name) or is_member):
                raise ParameterError(
                    f"type {name}: '{child.name}' cannot be the name of an element"
                )
            stack.append((path_below(path, child.name), child, through))


def _resolve(
    node: TypeNode, definitions: Mapping[str, TypeNode], through: tuple[str, ...]
) -> tuple[TypeNode, tuple[str, ...]]:
    target = node
    while target.type is ElementType.REFERENCE:
        reference = target.reference
        if reference in through or len(through) > _MAX_DEPTH:
            circle = " -> ".join((*through, reference))
            raise ParameterError(f"types refer to one another in a circle: {circle}")
        found = definitions.get(reference)
        if found is None:
            raise TypeNotFoundError(
                f"type {through[0]}: element '{node.name}' refers to the type "
                f"'{reference}', which does not exist"
            )
        through = (*through, reference)
        target = found
    return target, through


def _references(node: TypeNode) -> Iterator[str]:
    if node.reference:
        yield node.reference
    for child in node.children:
        yield from _references(child)
