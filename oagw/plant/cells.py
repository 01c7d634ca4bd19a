"""A cell: one attribute of one element, ready to be read and written by its name."""

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
from oagw.plant.plant import (
    Element,
    Plant,
    former_element,
)

#: How many names are remembered; then all are forgotten and learnt anew.
_REMEMBERED = 200_000


#: What an attribute's path means at elements of one type: config, attribute, the type of
#: its value, what makes JSON's form of it, and what makes it of what comes in.
_Meaning: TypeAlias = tuple[
    Config, Attribute, ElementType, Callable[[Value], WireValue] | None, Converter
]


class Cell:
    """One attribute of one element.

    :ivar kind: the type of the attribute's value at this element.
    :ivar encode: makes JSON's form of it; ``None`` if it is that already.
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
        """The present value, as the wire has it.

        :raises NoArchivedValuesError: of an archived attribute, if there is no archive.
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
        """Refuse what cannot be connected.

        :raises IllegalCallError: the config does not change with the value.
        """
        if not self.config.live:
            raise IllegalCallError(
                f"'{self.name}': config '{self.config.name}' cannot be connected; "
                "'_original', '_online' and most others can"
            )

    def note(self, edit: Edit, given: object, zone: tzinfo | None) -> None:
        """Note in an edit what the attribute shall be set to.

        :raises ConversionError: the value does not fit.
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


#: By type, because to find the encoder of one takes longer than all the rest.
_ENCODERS = {kind: wire_encoder(kind) for kind in ElementType if kind.holds_value}


class Cells:
    """All cells that anyone has asked for, by complete name."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._known: dict[str, Cell] = {}
        self._meanings: dict[tuple[str, ElementType], _Meaning] = {}
        self.get: Callable[[str], Cell | None] = self._known.get

    def find(self, name: str) -> Cell:
        """The cell of a complete name.

        :raises OagwError: there is none; the error says which part is unknown.
        """
        cell = self._known.get(name)
        if cell is None:
            cell = self._look_up(name)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = cell
        return cell

    def find_former(self, name: str) -> list[Cell]:
        """Cells of the elements that had a name and are no more, the oldest first."""
        _, element_name, path = name.split(":")
        return [
            self._cell(name, former_element(element_name, number, kind), path)
            for number, kind in self._plant.former.get(element_name, ())
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
            # Details are any number of names, attributes without one are few.
            if ".." in path:
                self._meanings[path, holds] = meaning
        return Cell(name, element, meaning)

    def forget(self) -> None:
        """Look all names up anew: types or datapoints have changed."""
        self._known.clear()


def _attribute(path: str, element: Element, name: str) -> tuple[Config, Attribute]:
    """The attribute that a path means at an element; ``name`` is the name to blame.

    :raises ConfigNotFoundError: there is no such config, or not of a structure.
    :raises AttributeNotFoundError: there is no such attribute, or not of a structure.
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
