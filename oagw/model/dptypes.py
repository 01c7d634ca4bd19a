"""Datapoint types: a tree of elements, flattened once and shared by all datapoints."""

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
    # The reference lists 40 among the structures but does not say of what.
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

    # Enum's own ``__hash__`` is slow Python code, and many tables have types as keys.
    __hash__ = int.__hash__

    @property
    def holds_value(self) -> bool:
        """Whether an element of this type has a value (is a leaf)."""
        return self in _KEYWORDS

    @property
    def member(self) -> ElementType | None:
        """The type of the members of a dyn type; ``None`` for other types."""
        return _MEMBERS.get(self)

    @property
    def dyn(self) -> ElementType:
        """The dyn type whose members have this type; a dyn type returns itself."""
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
#: The types that hold a value, by their names in plant files.
BY_KEYWORD = {keyword: kind for kind, keyword in _KEYWORDS.items()}

#: Upper limit (exclusive) of element numbers within a type.
MAX_ELEMENTS = 65_536
#: Maximum depth of elements, with references expanded.
MAX_LEVELS = 50
#: Maximum depth of nested references.
_MAX_DEPTH = 30


class Inferred(IntEnum):
    """Whether an element was inferred from DPL rows, because no file defines it."""

    NO = 0
    #: Rows show its type.
    SHOWN = 1
    #: Nothing shows its type.
    GUESSED = 2


@dataclass(frozen=True, slots=True)
class TypeNode:
    """An element of a type definition.

    :ivar number: its id within the definition, as in DPL files; 0 if it has none.
    :ivar reference: the name of the referenced type, or empty.
    :ivar inferred: whether the element comes from rows instead of a definition. Definitions
        that differ only in this compare equal.
    """

    name: str
    type: ElementType
    number: int = 0
    children: tuple[TypeNode, ...] = ()
    reference: str = ""
    inferred: Inferred = field(default=Inferred.NO, compare=False)

    @property
    def has_inferred(self) -> bool:
        """Whether this element or an element below it was inferred."""
        return bool(self.inferred) or any(child.has_inferred for child in self.children)


@dataclass(frozen=True, slots=True)
class TypeElement:
    """An element of a type, with all references expanded.

    :ivar path: the path from the root, which is empty for the root; a member of an array is
        ``a[1]``.
    :ivar type: its type; for a reference, the type of the referenced root.
    :ivar number: its number on disk, which is never reused for another path.
    :ivar index: its position in the type and in each datapoint of the type.
    :ivar reference: the name of the referenced type, or empty.
    """

    path: str
    type: ElementType
    number: int
    index: int
    reference: str = ""

    @property
    def declared(self) -> ElementType:
        """The type in the definition: for a reference ``TYPEREF``."""
        return ElementType.REFERENCE if self.reference else self.type


@dataclass(slots=True)
class DpType:
    """A datapoint type, with the indexes that all its datapoints share.

    :ivar elements: all elements in the order of the definition, the root first.
    :ivar by_path: the elements by path.
    :ivar by_number: the elements by number on disk.
    :ivar next_number: the number on disk for the next new element.
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
        """The numbers on disk by path."""
        return {element.path: element.number for element in self.elements}


def build_type(
    name: str,
    root: TypeNode,
    definitions: Mapping[str, TypeNode],
    numbers: Mapping[str, int] | None = None,
    next_number: int = 0,
) -> DpType:
    """Expand the references of a definition and give each element its number on disk.

    :param definitions: the types that can be referenced.
    :param numbers: existing numbers on disk, by path.
    :param next_number: the first number for new elements; 0 uses the ids of the definition
        where they are free.
    :raises TypeNotFoundError: a reference to an unknown type.
    :raises ParameterError: the references form a circle, an element occurs twice, or there
        are too many elements or levels.
    """
    known = dict(numbers or {})
    used = set(known.values())
    following = max(next_number, max(used, default=0) + 1)
    elements: list[TypeElement] = []
    paths: set[str] = set()
    for path, node, kind in _walk(name, root, definitions):
        if path in paths:
            raise ParameterError(f"type {name}: element '{path}' occurs twice")
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
            f"type {name}: it needs element numbers beyond {MAX_ELEMENTS - 1}; "
            "numbers of removed elements are not used again, so make it a new type"
        )
    return DpType(name, root, elements, following)


def _check_size(name: str, path: str, count: int) -> None:
    """Refuse a type that is too large, for example because of nested references.

    :param count: the number of elements before this one.
    """
    if count >= MAX_ELEMENTS - 1:
        raise ParameterError(
            f"type {name}: with its references it has more than {MAX_ELEMENTS - 1} "
            "elements; split it into several types"
        )
    if path.count(".") >= MAX_LEVELS:
        raise ParameterError(
            f"type {name}: elements are nested more than {MAX_LEVELS} levels deep"
        )


def _walk(
    name: str, root: TypeNode, definitions: Mapping[str, TypeNode]
) -> Iterator[tuple[str, TypeNode, ElementType]]:
    """Yield each element with its path, node and type; references are expanded."""
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
                f"type {name}: element '{path}' holds a {kind.keyword}, so it "
                "cannot have child elements"
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
