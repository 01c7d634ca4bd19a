"""The types of a DPL text: one tree each, whose depth is the number of leading tabs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from oagw.dpl.sections import Row, Section
from oagw.dpl.strings import quote_name, unquote
from oagw.dpl.text import DplError
from oagw.errors import OagwError
from oagw.model.dptypes import MAX_ELEMENTS, MAX_LEVELS, ElementType

_MEMBER = re.compile(r"([^\[]*)(\[\d{1,9}\])", re.ASCII)
_DEFINITION = re.compile(r"(\d{1,3})(?:#(\d{0,9}))?(?::(.+))?", re.ASCII)


@dataclass(slots=True)
class TypeText:
    """An element of a type; the root stands for the type.

    :ivar name: its name; of the root, that of the type.
    :ivar kind: the number of its element type.
    :ivar id: its number within the type, if it has one.
    :ivar reference: the name of the type that it refers to, of kind 41.
    :ivar line: the line that it stands in; 0 for one that was not read.
    :ivar root: the name of the root, where it is not that of the type.
    """

    name: str
    kind: int
    id: int | None = None
    reference: str | None = None
    children: list[TypeText] = field(default_factory=list)
    line: int = 0
    root: str | None = None


def read_types(
    section: Section,
    refuse: Callable[[str, DplError], None] | None = None,
    warn: Callable[[DplError], None] = lambda found: None,
) -> list[TypeText]:
    """Read a section DpType.

    :param refuse: called with the name of a type that is left out, and what is wrong.
    :param warn: called with what is ignored.
    :raises DplError: without ``refuse``: a row is no element, or has no place in its type.
    """
    types: list[TypeText] = []
    reader = _TypeReader(types, warn)

    def left_out(error: DplError) -> None:
        assert refuse is not None
        refuse(reader.leave_out(), error)

    for row in section.rows(None if refuse is None else left_out):
        try:
            reader.read(row)
        except DplError as error:
            if refuse is None:
                raise
            refuse(reader.leave_out(row), error)
    return types


class _TypeReader:
    """Reads the rows of one section; knows the path to the last element."""

    def __init__(self, types: list[TypeText], warn: Callable[[DplError], None]) -> None:
        self._types = types
        self._warn = warn
        self._path: list[TypeText] = []
        self._ids: set[int] = set()
        self._left_out = False

    def read(self, row: Row) -> None:
        path = self._path
        depth = next(index for index, cell in enumerate(row.cells) if cell.strip())
        if self._left_out and depth:
            return
        if depth == 0:
            path.clear()
            self._ids.clear()
            self._left_out = False
        element = _element(row, depth)
        self._check_end(row, depth + 2)
        if depth > len(path):
            _refuse(row, depth, "it is too deep: there is no element to be in")
        if depth > MAX_LEVELS:
            _refuse(row, depth, f"elements may be nested {MAX_LEVELS} levels deep")
        del path[depth:]
        if path:
            _add(row, depth, path[-1], element)
        else:
            element.name, _, root = element.name.partition(".")
            element.root = root if root and root != element.name else None
            self._types.append(element)
        self._check_id(row, depth, element)
        path.append(element)

    def _check_id(self, row: Row, depth: int, element: TypeText) -> None:
        """Ignore an id that cannot be had: names are what tells elements apart."""
        number = element.id
        if number is None:
            return
        if number in self._ids or number >= MAX_ELEMENTS:
            reason = "is used twice in its type" if number in self._ids else "is too large"
            text = f"the id {number} {reason}; the element gets another one"
            self._warn(row.fault(depth + 1, text))
            element.id = None
            return
        self._ids.add(number)

    def _check_end(self, row: Row, end: int) -> None:
        """Warn of what follows the element type, and means nothing."""
        for index in range(end, len(row.cells)):
            if row.cells[index].strip():
                self._warn(row.fault(index, "there is no column for this cell"))

    def leave_out(self, row: Row | None = None) -> str:
        """Leave out the type that was being read, up to the next one; returns its name.

        :param row: where it begins, if nothing of it has been read.
        """
        name = ""
        if self._path:
            name = self._types.pop().name
        elif row is not None:
            name = row.cells[0].strip().strip('"').partition(".")[0]
        self._path.clear()
        self._left_out = True
        return name


def _element(row: Row, depth: int) -> TypeText:
    definition = row.cells[depth + 1].strip() if len(row.cells) > depth + 1 else ""
    found = _DEFINITION.fullmatch(definition)
    if found is None:
        _refuse(row, depth + 1, "an element type such as '25#2' has to follow the name")
    kind = int(found[1])
    if kind not in _KINDS:
        _refuse(row, depth + 1, f"there is no element type {kind}")
    if (kind == ElementType.REFERENCE) != (found[3] is not None):
        reason = "an element refers to a type, as in '41#2:Type', if it is of type 41"
        _refuse(row, depth + 1, reason)
    try:
        name = unquote(row.cells[depth].strip())
        reference = None if found[3] is None else unquote(found[3])
    except OagwError as error:
        raise row.fault(depth, error.message) from error
    return TypeText(name, kind, int(found[2] or 0) or None, reference, line=row.line)


_KINDS = frozenset(kind.value for kind in ElementType)


def _add(row: Row, depth: int, parent: TypeText, element: TypeText) -> None:
    """Add an element; members of an array may be written ``a[1]``, or within it."""
    found = _MEMBER.fullmatch(element.name)
    if found is not None and parent.kind == ElementType.ARRAY:
        element.name = found[2]
    elif found is not None and found[1]:
        arrays = (one for one in parent.children if one.name == found[1])
        array = next(arrays, None)
        if array is None:
            array = TypeText(found[1], ElementType.ARRAY, line=row.line)
            _check_parent(row, depth, parent, array)
            parent.children.append(array)
        parent, element.name = array, found[2]
    _check_parent(row, depth, parent, element)
    parent.children.append(element)


def _check_parent(row: Row, depth: int, parent: TypeText, element: TypeText) -> None:
    kind = ElementType(parent.kind)
    if kind.holds_value or kind is ElementType.REFERENCE:
        _refuse(row, depth, f"it cannot be in {parent.name}, which is a {kind.keyword}")
    if any(child.name == element.name for child in parent.children):
        _refuse(row, depth, f"there are two elements {element.name}")


def _refuse(row: Row, index: int, reason: str) -> NoReturn:
    raise row.fault(index, reason)


def write_types(types: Iterable[TypeText]) -> Iterator[str]:
    """The lines of a section DpType."""
    yield "# DpType\n"
    yield "TypeName\n"
    for root in types:
        yield from _write(root, quote_name(f"{root.name}.{root.root or root.name}"), 0)
    yield "\n"


def _write(element: TypeText, name: str, depth: int) -> Iterator[str]:
    number = "" if element.id is None else element.id
    reference = "" if element.reference is None else f":{quote_name(element.reference)}"
    tabs = "\t" * depth
    yield f"{tabs}{name}\t{element.kind}#{number}{reference}\n"
    for child in element.children:
        yield from _write(child, quote_name(child.name), depth + 1)
