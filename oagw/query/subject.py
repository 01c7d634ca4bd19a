"""The subject of a query: the element of a row, its datapoint, and their types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol, TypeAlias

from oagw.model.configs.configcatalogue import find_attribute
from oagw.model.configs.declarations import (
    Attribute,
    ElementState,
    kind_of,
)
from oagw.model.dptypes import DpType, ElementType, TypeElement
from oagw.model.values import Value, WireValue, to_wire, wire_encoder
from oagw.query.tree import Column, Keyword, Operand


class DatapointState(Protocol):
    """A datapoint as a query sees it; its elements are in the order of its type."""

    @property
    def name(self) -> str:
        """The name without the system."""
        ...

    @property
    def elements(self) -> Sequence[ElementState | None]:
        """All elements; in archive queries ``None`` for those without a value then."""
        ...


class Subject(ElementState, Protocol):
    """The element of a row."""

    @property
    def datapoint(self) -> DatapointState:
        """The datapoint of the element."""
        ...


#: Reads an attribute or property of a subject; returns ``None`` if it is not set.
Read: TypeAlias = Callable[[Subject], Value | None]


@dataclass(frozen=True, slots=True)
class Place:
    """The position of an element in its type: what is known before any value is read.

    :ivar system: the name of the system.
    :ivar zone: the time zone of times without one; ``None`` is the server's local time.
    :ivar is_past: the subjects are archived values.
    """

    dp_type: DpType
    node: TypeElement
    system: str
    zone: tzinfo | None
    is_past: bool = False

    @property
    def references(self) -> tuple[str, ...]:
        """The referenced types that contain the element, the outermost first."""
        by_path = self.dp_type.by_path
        levels = self.node.path.split(".") if self.node.path else []
        paths = (".".join(levels[:depth]) for depth in range(len(levels) + 1))
        nodes = (by_path[path] for path in paths)
        return tuple(node.reference for node in nodes if node.reference)

    def constant(self, keyword: Keyword) -> Value | tuple[str, ...] | None:
        """Return a keyword's value if all elements here share it, else ``None``."""
        match keyword:
            case Keyword.SYSTEM:
                return self.system
            case Keyword.TYPE:
                return self.dp_type.name
            case Keyword.TYPE_REFERENCE:
                return self.references
            case Keyword.ELEMENT:
                return self.node.path
            case Keyword.ELEMENT_TYPE:
                return int(self.node.type)
            case Keyword.LEAF:
                return True
            case _:
                return None

    def reader(self, operand: Operand) -> tuple[Read, ElementType] | None:
        """Return reader and type of an operand; ``None`` if it does not exist here."""
        if isinstance(operand, Column):
            return self._column(operand)
        if operand is Keyword.DATAPOINT:
            return (lambda subject: subject.datapoint.name), ElementType.STRING
        if operand in _TEXTS:
            return _text_reader(_TEXTS[operand]), ElementType.STRING
        constant = self.constant(operand)
        return (lambda subject: constant), _KINDS.get(operand, ElementType.STRING)

    def _column(self, column: Column) -> tuple[Read, ElementType] | None:
        node = self.node
        if column.element is not None:
            found = self.dp_type.by_path.get(column.element)
            if found is None:
                return None
            node = found
        config, attribute = find_attribute(
            column.config, column.detail, column.attribute, column.header
        )
        kind = kind_of(attribute.kind, node.type)
        if not kind.holds_value or not (node.type.holds_value or config.on_structs):
            return None
        read: Read = attribute.read
        if config.needs_archive and not self.is_past:
            read = _if_archived(attribute)
        return read if column.element is None else _sibling(read, node.index), kind


#: The types of the keywords that are not texts.
_KINDS = {
    Keyword.ELEMENT_TYPE: ElementType.INT,
    Keyword.LEAF: ElementType.BOOL,
    Keyword.TYPE_REFERENCE: ElementType.DYN_STRING,
}
_TEXTS = {
    Keyword.ALIAS: "_alias",
    Keyword.COMMENT: "_description",
    Keyword.UNIT: "_unit",
}


def _text_reader(attribute_name: str) -> Read:
    """Return the reader of a text in the language of the server."""
    _, attribute = find_attribute("_common", "", attribute_name, attribute_name)
    kind = attribute.kind
    assert isinstance(kind, ElementType)

    def read(subject: Subject) -> Value | None:
        value = attribute.read(subject)
        return None if value is None else str(to_wire(value, kind))

    return read


def _if_archived(attribute: Attribute) -> Read:
    def read(subject: Subject) -> Value | None:
        archived = subject.stored("_archive").get("_archive")
        return attribute.read(subject) if archived else None

    return read


def _sibling(read: Callable[..., Value | None], index: int) -> Read:
    def read_sibling(subject: Subject) -> Value | None:
        element = subject.datapoint.elements[index]
        return None if element is None else read(element)

    return read_sibling


def column_reader(operand: Operand, place: Place) -> Callable[[Subject], WireValue] | None:
    """Return the reader of an operand's JSON form; ``None`` if it does not exist here."""
    found = place.reader(operand)
    if found is None:
        return None
    read, kind = found
    encode = wire_encoder(kind)
    if encode is None:
        return read  # type: ignore[return-value]

    def read_encoded(subject: Subject) -> WireValue:
        value = read(subject)
        return None if value is None else encode(value)

    return read_encoded
