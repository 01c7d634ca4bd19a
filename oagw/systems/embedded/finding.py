"""Finding datapoints, types and aliases, and answering what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oagw.errors import ElementNotFoundError, OagwError
from oagw.model.configs.catalogue import find_attribute
from oagw.model.configs.elements import kind_of
from oagw.model.dptypes import DpType, ElementType, TypeNode
from oagw.model.identifiers import Address, parse
from oagw.model.patterns import Pattern, compile_pattern
from oagw.model.structure import Fact
from oagw.model.values import WireValue
from oagw.systems.embedded.plant import Element, Plant


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

    def names(self, pattern: Pattern, dp_type: str | None) -> list[str]:
        """The complete names that a pattern means, structures included.

        A pattern without an element part names datapoints, so do the answers.
        """
        if pattern.has_element:
            found = self._plant.elements(pattern, dp_type)
            return [f"{self._system}:{element.name}" for element in found]
        matching = self._plant.matching(pattern, dp_type)
        return [f"{self._system}:{datapoint.name}" for datapoint, _ in matching]

    def types(self, pattern: str, empty: bool) -> list[str]:
        """The types whose names match a pattern, in order of their names.

        :param empty: also those without datapoints.
        :raises ParameterError: it is no pattern.
        """
        compiled = compile_pattern(pattern).alternatives
        return [
            name
            for name in sorted(self._plant.types)
            if any(one.matches_datapoint(name) for one in compiled)
            and (empty or self._plant.of_type(name))
        ]

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

    def aliases(
        self, pattern: Pattern, alias_pattern: Callable[[str], bool]
    ) -> dict[str, str]:
        """Alias by complete name, of the elements that a pattern means."""
        return {
            f"{self._system}:{element.name}": alias
            for alias, element in sorted(self._plant.aliases.items())
            if alias_pattern(alias)
            and pattern.matches(element.datapoint.name, element.node.path)
        }

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
            raise ElementNotFoundError(f"'{name}' is no reference to a type")
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
