"""Configs that are only kept: an attribute is its type and its default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from oagw.model.configs.elements import Attribute, Config, Edit, ElementState
from oagw.model.dptypes import ElementType
from oagw.model.values import Value


def stored_config(
    name: str,
    attributes: Mapping[str, tuple[ElementType, Value]],
    read_only: Collection[str] = (),
) -> Config:
    """Declare a stored config: type and default of each attribute by its name."""
    return Config(
        name,
        {
            attribute: Attribute(
                attribute,
                kind,
                _reader(name, attribute, default),
                None if attribute in read_only else _writer(name, attribute),
            )
            for attribute, (kind, default) in attributes.items()
        },
    )


def _reader(config: str, attribute: str, default: Value) -> Callable[[ElementState], Value]:
    return lambda element: element.stored(config).get(attribute, default)


def _writer(config: str, attribute: str) -> Callable[[Edit, Value], None]:
    def write(edit: Edit, value: Value) -> None:
        edit.stored.setdefault(config, {})[attribute] = value

    return write
