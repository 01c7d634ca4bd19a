"""Configs that are kept: an attribute is its name and its type.

What is set of one is a mapping by ``_attribute``, or by ``detail._attribute`` for the
attributes of a detail. A config comes into being with the first attribute that is set,
and ends when its ``_type`` is set to 0, as in WinCC OA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from oagw.model.configs.declarations import (
    Attribute,
    AttributeKind,
    Config,
    Details,
    Edit,
    ElementState,
)
from oagw.model.dptypes import ElementType
from oagw.model.values import Value

#: Details that are numbered, as the ranges of an alert are.
NUMBERED = re.compile(r"[1-9]\d{0,2}", re.ASCII)
#: Details that are named after a config.
NAMED = re.compile(r"_[a-z_]\w{0,30}", re.ASCII)
NAMED_OR_NUMBERED = re.compile(rf"{NAMED.pattern}|{NUMBERED.pattern}", re.ASCII)

TYPE = "_type"


def stored_config(
    name: str,
    creates: int,
    attributes: Mapping[str, AttributeKind],
    *,
    details: Mapping[str, AttributeKind] | None = None,
    detail_names: re.Pattern[str] = NUMBERED,
    defaults: Mapping[str, Value] | None = None,
    live: bool = True,
    on_structs: bool = False,
) -> Config:
    """Declare a stored config; a ``_type`` is added to its attributes.

    :param creates: the ``_type`` that it has once anything of it is set.
    :param attributes: types of the attributes of the empty detail, by name.
    :param details: types of the attributes of each detail, by name.
    :param defaults: what is read where nothing is set; else that is nothing.
    """
    default = {TYPE: creates, **(defaults or {})}

    def make(key: str, kind: AttributeKind) -> Attribute:
        short = key.rpartition(".")[2]
        return Attribute(
            short, kind, _reader(name, key, default.get(key)), _writer(name, key)
        )

    own = {TYPE: ElementType.INT, **attributes}
    found = None
    if details is not None:
        kinds = {TYPE: ElementType.INT, **details}

        def of_detail(detail: str, attribute: str) -> Attribute | None:
            kind = kinds.get(attribute)
            return None if kind is None else make(f"{detail}.{attribute}", kind)

        found = Details(detail_names, of_detail)
    return Config(
        name,
        {attribute: make(attribute, kind) for attribute, kind in own.items()},
        creates=creates,
        details=found,
        live=live,
        on_structs=on_structs,
    )


def _reader(
    config: str, key: str, default: Value | None
) -> Callable[[ElementState], Value | None]:
    def read(element: ElementState) -> Value | None:
        stored = element.stored(config)
        # Without anything set there is no config, which is type 0.
        return stored.get(key, default) if stored or key != TYPE else 0

    return read


def _writer(config: str, key: str) -> Callable[[Edit, Value], None]:
    def write(edit: Edit, value: Value) -> None:
        edit.stored.setdefault(config, {})[key] = value

    return write


def merged(present: Mapping[str, Value], changes: Mapping[str, Value]) -> dict[str, Value]:
    """What is set of a config after a change; nothing if its type became 0."""
    if changes.get(TYPE) == 0:
        return {}
    return {**present, **changes}
