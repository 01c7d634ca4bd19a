"""Finding datapoints, types and aliases, and answering what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oagw.errors import ElementNotFoundError, OagwError
from oagw.model.changes import Fact
from oagw.model.configs.configcatalogue import find_attribute
from oagw.model.configs.declarations import kind_of
from oagw.model.dptypes import DpType, ElementType, TypeNode
from oagw.model.identifiers import Address, parse
from oagw.model.patterns import Pattern
from oagw.model.values import WireValue
from oagw.plant.plant import (
    Element,
    Plant,
)
from oagw.plant.search import (
    AliasSearch,
    NameSearch,
    TypeSearch,
)


class Finding:
    """What a client can ask about the plant."""

    def __init__(self, plant: Plant, system: str) -> None:
        self._plant = plant
        self._system = system
        self._facts: Mapping[Fact, Callable[[Address, str], WireValue]] = {
            Fact.EXISTS: self._exists,
            Fact.TYPE_NAME: self._type_name,
            Fact.ELEMENT_TYPE: self._element_type,
            Fact.TYPE_REFERENCE: self._type_reference,
            Fact.ATTRIBUTE_TYPE: self._attribute_type,
        }

    def names(self, pattern: Pattern, dp_type: str | None) -> NameSearch:
        """A search for the names that a pattern means."""
        return NameSearch(self._plant, self._system, pattern, dp_type)

    def types(self, pattern: Pattern, empty: bool) -> TypeSearch:
        """A search for types by name."""
        return TypeSearch(self._plant, pattern, empty)

    def definition(self, name: str, expanded: bool) -> TypeNode:
        """The definition of a type.

        :param expanded: with what is in the types that it refers to.
        :raises TypeNotFoundError: there is none.
        """
        dp_type = self._plant.dp_type(name)
        if not expanded:
            return dp_type.root
        return _expanded(dp_type.root, self._plant.types)

    def lookup(self, fact: Fact, names: Sequence[str]) -> list[WireValue | OagwError]:
        """Answer a question for each name, as the client wrote them."""
        answer = self._facts[fact]
        results: list[WireValue | OagwError] = []
        for name in names:
            try:
                results.append(answer(parse(name, self._system, "_online.._value"), name))
            except OagwError as error:
                results.append(error)
        return results

    def alias(self, text: str) -> str | None:
        """The element that an alias stands for, without the system.

        :param text: an alias, which may be followed by the path of an element below.
        """
        alias = text
        while alias:
            element = self._plant.aliases.get(alias)
            if element is not None:
                below = text[len(alias) :]
                name = element.name
                return name + (below[1:] if name.endswith(".") else below)
            alias = alias.rpartition(".")[0]
        return None

    def aliases(self, pattern: Pattern, matches: Callable[[str], bool]) -> AliasSearch:
        """A search for the aliases of the elements that a pattern means."""
        return AliasSearch(self._plant, self._system, pattern, matches)

    def _element(self, address: Address, name: str) -> Element:
        return self._plant.element(address.datapoint, address.element, name)

    def _exists(self, address: Address, name: str) -> WireValue:
        try:
            element = self._element(address, name)
            config, _ = find_attribute(
                address.config, address.detail, address.attribute, name
            )
        except OagwError:
            return False
        return element.type.holds_value or config.on_structs

    def _type_name(self, address: Address, name: str) -> WireValue:
        return self._plant.datapoint(address.datapoint, name).dp_type.name

    def _element_type(self, address: Address, name: str) -> WireValue:
        return int(self._element(address, name).node.declared)

    def _type_reference(self, address: Address, name: str) -> WireValue:
        reference = self._element(address, name).node.reference
        if not reference:
            raise ElementNotFoundError(f"'{name}' is not a reference to a type")
        return reference

    def _attribute_type(self, address: Address, name: str) -> WireValue:
        element = self._element(address, name)
        _, attribute = find_attribute(
            address.config, address.detail, address.attribute, name
        )
        return int(kind_of(attribute.kind, element.type))


def _expanded(node: TypeNode, types: Mapping[str, DpType]) -> TypeNode:
    target = node
    while target.type is ElementType.REFERENCE:
        target = types[target.reference].root
    children = target.children
    return TypeNode(
        node.name,
        node.type,
        node.number,
        tuple(_expanded(child, types) for child in children),
        node.reference,
    )
