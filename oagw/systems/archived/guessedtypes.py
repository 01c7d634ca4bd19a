"""Types for a system that does not describe its own, guessed from values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.identifiers import first_of_path, is_index
from oagw.model.values import WireValue


def guess_types(values: Mapping[str, WireValue]) -> dict[str, TypeNode]:
    """Return a type for each datapoint, under the datapoint's name.

    An element whose value has no clear type, such as an empty list, is left out.

    :param values: values by the names of elements, ``Dp.element`` without the system.
    """
    kinds: dict[str, dict[str, ElementType]] = {}
    for name, value in values.items():
        datapoint, _, path = name.partition(".")
        kind = _kind(value)
        if kind is not None:
            kinds.setdefault(datapoint, {})[path] = kind
    return {
        name: TypeNode(name, of_paths[""])
        if "" in of_paths
        else TypeNode(name, _container(of_paths), 0, _children(of_paths))
        for name, of_paths in kinds.items()
    }


def _kind(value: WireValue) -> ElementType | None:
    """The type of a value; every number is a float, since the next may have decimals."""
    if isinstance(value, bool):
        return ElementType.BOOL
    if isinstance(value, int | float):
        return ElementType.FLOAT
    if isinstance(value, str):
        return ElementType.STRING
    if isinstance(value, list) and value:
        kinds = {_kind(one) for one in value}
        [kind] = kinds if len(kinds) == 1 else [None]
        return None if kind is None else kind.dyn
    return None


def _children(kinds: Mapping[str, ElementType]) -> tuple[TypeNode, ...]:
    """The nodes of the first level, each with its children."""
    below: dict[str, dict[str, ElementType]] = {}
    for path, kind in kinds.items():
        name, rest = first_of_path(path)
        below.setdefault(name, {})[rest] = kind
    return tuple(_nodes(below.items()))


def _container(paths: Iterable[str]) -> ElementType:
    is_array = any(is_index(first_of_path(path)[0]) for path in paths)
    return ElementType.ARRAY if is_array else ElementType.STRUCT


def _nodes(below: Iterable[tuple[str, Mapping[str, ElementType]]]) -> Iterable[TypeNode]:
    for name, kinds in sorted(below, key=lambda pair: pair[0]):
        if "" in kinds:
            yield TypeNode(name, kinds[""])
        else:
            yield TypeNode(name, _container(kinds), 0, _children(kinds))
