"""Cells: one attribute of one element each, found by complete name, read and written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import TypeAlias

from oagw.errors import (
    AttributeNotFoundError,
    ConfigNotFoundError,
    IllegalCallError,
    NoArchivedValuesError,
    OagwError,
)
from oagw.model.configs.configcatalogue import find_attribute
from oagw.model.configs.declarations import (
    Attribute,
    Config,
    Edit,
    kind_of,
)
from oagw.model.dptypes import ElementType
from oagw.model.values import Converter, Value, WireValue, converter, wire_encoder
from oagw.plant.element import (
    Element,
    deleted_element,
)
from oagw.plant.plant import Plant

#: Names that the cache holds at most; then it is emptied.
_REMEMBERED = 200_000


#: What the path of an attribute stands for at elements of one type: config, attribute, type
#: of the value, its encoder to JSON, and its converter from what a client sends.
_Meaning: TypeAlias = tuple[
    Config, Attribute, ElementType, Callable[[Value], WireValue] | None, Converter
]


class Cell:
    """One attribute of one element.

    :ivar kind: the type of the attribute's value at this element.
    :ivar encode: encodes the value for JSON; ``None`` if the value needs no encoding.
    """

    __slots__ = ("_convert", "attribute", "config", "element", "encode", "kind", "name")

    def __init__(self, name: str, element: Element, meaning: _Meaning) -> None:
        self.name = name
        self.element = element
        self.config, self.attribute, self.kind, self.encode, self._convert = meaning

    def at(self, element: Element) -> Cell:
        """The same attribute of another element of the same type."""
        meaning = (self.config, self.attribute, self.kind, self.encode, self._convert)
        return Cell(self.name, element, meaning)

    def read(self) -> WireValue:
        """The present value in its wire form.

        :raises NoArchivedValuesError: the attribute is the archive's, and the element is
            not archived.
        """
        element = self.element
        if self.config.needs_archive and not element.archived:
            raise NoArchivedValuesError(
                f"'{self.name}': the element is not archived; set its "
                "'_archive.._archive' to true"
            )
        value = self.attribute.read(element)
        if self.encode is None or value is None:
            return value  # type: ignore[return-value]
        return self.encode(value)

    def check_live(self) -> None:
        """Refuse an attribute that cannot be connected.

        :raises IllegalCallError: its config does not change with the value.
        """
        if not self.config.live:
            raise IllegalCallError(
                f"'{self.name}': config '{self.config.name}' cannot be connected; "
                "'_original', '_online' and most others can"
            )

    def add_to(self, edit: Edit, given: object, zone: tzinfo | None) -> None:
        """Add the new value of the attribute to an edit of its element.

        :raises ConversionError: the value does not fit the type of the attribute.
        :raises IllegalCallError: the attribute cannot be set.
        """
        write = self.attribute.write
        if write is None:
            reason = (
                "values are set through '_original'"
                if self.config.name in ("_online", "_offline")
                else "it follows from what is set"
            )
            raise IllegalCallError(f"'{self.name}' cannot be set: {reason}")
        try:
            value = self._convert(given, self.kind, zone)
        except OagwError as error:
            raise type(error)(f"'{self.name}': {error.message}") from error
        write(edit, value)


#: By type, because finding the encoder takes longer than everything else.
_ENCODERS = {kind: wire_encoder(kind) for kind in ElementType if kind.holds_value}


class Cells:
    """The cells of a plant by complete name; those in use are cached."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._known: dict[str, Cell] = {}
        self._meanings: dict[tuple[str, ElementType], _Meaning] = {}
        self.get: Callable[[str], Cell | None] = self._known.get

    def find(self, name: str) -> Cell:
        """The cell of a complete name.

        :raises OagwError: a part of the name is unknown; the error says which.
        """
        cell = self._known.get(name)
        if cell is None:
            cell = self._look_up(name)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = cell
        return cell

    def find_deleted(self, name: str) -> list[Cell]:
        """Cells of the deleted elements with this former name, the oldest first."""
        _, element_name, path = name.split(":")
        return [
            self._cell(name, deleted_element(element_name, number, kind), path)
            for number, kind in self._plant.deleted.get(element_name, ())
        ]

    def _look_up(self, name: str) -> Cell:
        _, element_name, path = name.split(":")
        datapoint, _, element_path = element_name.partition(".")
        return self._cell(name, self._plant.element(datapoint, element_path, name), path)

    def _cell(self, name: str, element: Element, path: str) -> Cell:
        holds = element.node.type
        meaning = self._meanings.get((path, holds))
        if meaning is None:
            config, attribute = _attribute(path, element, name)
            kind = kind_of(attribute.kind, holds)
            meaning = (config, attribute, kind, _ENCODERS[kind], converter(kind))
            # There may be any number of details, but few attributes without one.
            if ".." in path:
                self._meanings[path, holds] = meaning
        return Cell(name, element, meaning)

    def forget(self) -> None:
        """Empty the cache: types or datapoints have changed."""
        self._known.clear()


def _attribute(path: str, element: Element, name: str) -> tuple[Config, Attribute]:
    """The attribute of a path at an element; ``name`` is the name that the error shows.

    :raises ConfigNotFoundError: the config is unknown, or structures do not have it.
    :raises AttributeNotFoundError: the attribute is unknown, or structures do not have it.
    """
    config_name, detail, attribute_name = path.split(".")
    config, attribute = find_attribute(config_name, detail, attribute_name, name)
    holds = element.node.type
    if not holds.holds_value and not config.on_structs:
        raise ConfigNotFoundError(
            f"'{name}': '{element.name}' is a structure and has no config "
            f"'{config.name}'; its type is {element.datapoint.dp_type.name}"
        )
    if not kind_of(attribute.kind, holds).holds_value:
        raise AttributeNotFoundError(
            f"'{name}': '{element.name}' is a structure, and '{attribute.name}' has the "
            "type of an element's value"
        )
    return config, attribute
