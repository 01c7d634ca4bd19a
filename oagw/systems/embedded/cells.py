"""A cell: one attribute of one element, ready to be read and written by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from oagw.errors import IllegalCallError, NoArchivedValuesError, OagwError
from oagw.model.configs.catalogue import find_attribute
from oagw.model.configs.elements import Edit
from oagw.model.identifiers import parse
from oagw.model.values import WireValue, convert, wire_encoder
from oagw.systems.embedded.plant import Element, Plant

#: How many names are remembered; then all are forgotten and learnt anew.
_REMEMBERED = 1_000_000


class Cell:
    """One attribute of one element."""

    __slots__ = ("attribute", "config", "element", "encode", "kind", "name")

    def __init__(self, name: str, plant: Plant, own_system: str) -> None:
        address = parse(name, own_system, "")
        self.name = name
        self.element: Element = plant.element(address.datapoint, address.element, name)
        self.config, self.attribute = find_attribute(
            address.config, address.detail, address.attribute, name
        )
        self.kind = self.attribute.type or self.element.leaf.type
        self.encode = wire_encoder(self.kind)

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
        return value if self.encode is None else self.encode(value)  # type: ignore[return-value]

    def check_live(self) -> None:
        """Refuse what cannot be connected.

        :raises IllegalCallError: the config does not change with the value.
        """
        if not self.config.live:
            raise IllegalCallError(
                f"'{self.name}': config '{self.config.name}' cannot be connected; "
                "'_original' and '_online' can"
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
            value = convert(given, self.kind, zone)
        except OagwError as error:
            raise type(error)(f"'{self.name}': {error.message}") from error
        write(edit, value)


class Cells:
    """All cells that anyone has asked for, by complete name."""

    def __init__(self, plant: Plant, own_system: str) -> None:
        self._plant = plant
        self._own_system = own_system
        self._known: dict[str, Cell] = {}
        self.get: Callable[[str], Cell | None] = self._known.get

    def find(self, name: str) -> Cell:
        """The cell of a complete name.

        :raises OagwError: there is none; the error says which part is unknown.
        """
        cell = self._known.get(name)
        if cell is None:
            cell = Cell(name, self._plant, self._own_system)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = cell
        return cell
