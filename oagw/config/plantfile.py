"""Plant files: types and datapoints declared in TOML (docs/plant.rst)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from oagw.errors import OagwError
from oagw.model.dptypes import BY_KEYWORD, DpType, ElementType, TypeNode, build_type
from oagw.model.identifiers import check_datapoint
from oagw.model.patterns import compile_pattern, expand_braces

_SPAN = re.compile(r"\{(\d+)\.\.(\d+)\}")
_ELEMENT_NAME = re.compile(r"\w+")
_MAX_SPAN = 1_000_000


class PlantFileError(Exception):
    """A plant file is wrong; the text says where and what would be right."""


@dataclass(frozen=True, slots=True)
class PlantFile:
    """What a plant file declares.

    :ivar datapoints: type name by datapoint name.
    :ivar values: initial values by pattern, as TOML has them.
    :ivar archived: patterns of the elements whose values are kept.
    """

    types: Mapping[str, DpType]
    datapoints: Mapping[str, str]
    values: Mapping[str, object]
    archived: tuple[str, ...]


def parse_plant(text: str) -> PlantFile:
    """Read a plant file.

    :raises PlantFileError: with the table and key that are wrong.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlantFileError(str(error)) from error
    unknown = set(tables) - {"types", "datapoints", "values", "archive"}
    if unknown:
        raise PlantFileError(
            f"unknown table [{min(unknown)}]; there are types, datapoints, values, archive"
        )
    types = {
        name: _parse_type(name, definition)
        for name, definition in _table(tables, "types").items()
    }
    archive = _table(tables, "archive")
    patterns = archive.pop("elements", [])
    if archive or not _are_texts(patterns):
        raise PlantFileError("[archive] has one key: elements, a list of patterns")
    values = _table(tables, "values")
    _check_patterns("values", values)
    _check_patterns("archive", dict.fromkeys(patterns))
    datapoints: dict[str, str] = {}
    for name, type_name in _datapoints(_table(tables, "datapoints")):
        if name in datapoints:
            raise PlantFileError(f"datapoints.{type_name}: '{name}' is there twice")
        datapoints[name] = type_name
    return PlantFile(types, datapoints, values, tuple(patterns))


def _are_texts(given: object) -> TypeGuard[list[str]]:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _table(tables: Mapping[str, object], name: str) -> dict[str, object]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise PlantFileError(f"{name} must be a table: [{name}]")
    return dict(table)


def _parse_type(name: str, definition: object) -> DpType:
    numbers = iter(range(1, 65_536))
    try:
        check_datapoint(name, name)
        root = _parse_node(name, definition, f"types.{name}", numbers)
        return build_type(name, root, {})
    except OagwError as error:
        raise PlantFileError(f"types.{name}: {error.message}") from error


def _parse_node(
    name: str, definition: object, where: str, numbers: Iterator[int]
) -> TypeNode:
    number = next(numbers, None)
    if number is None:
        raise PlantFileError(f"{where}: a type has at most 65535 elements")
    if isinstance(definition, dict):
        for child in definition:
            if not _ELEMENT_NAME.fullmatch(child):
                raise PlantFileError(f"{where}: '{child}' cannot be an element's name")
        children = tuple(
            _parse_node(child, below, f"{where}.{child}", numbers)
            for child, below in definition.items()
        )
        return TypeNode(name, ElementType.STRUCT, number, children)
    kind = BY_KEYWORD.get(definition) if isinstance(definition, str) else None
    if kind is None or not kind.holds_value:
        known = ", ".join(key for key, one in BY_KEYWORD.items() if one.holds_value)
        raise PlantFileError(
            f"{where}: {definition!r} is no element type; there are {known}"
        )
    return TypeNode(name, kind, number)


def _datapoints(table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for type_name, names in table.items():
        if not _are_texts(names):
            raise PlantFileError(f"datapoints.{type_name} must be a list of names")
        for text in names:
            for name in _expand(text):
                try:
                    check_datapoint(name, name)
                except OagwError as error:
                    raise PlantFileError(
                        f"datapoints.{type_name}: {error.message}"
                    ) from error
                yield name, type_name


def _expand(text: str) -> Iterator[str]:
    """``pump_{001..100}`` counts, with the width of the first number; ``{a,b}`` lists."""
    found = _SPAN.search(text)
    if found is None:
        try:
            yield from expand_braces(text)
        except OagwError as error:
            raise PlantFileError(f"datapoints: {error.message}") from error
        return
    first, last = found.groups()
    if int(last) - int(first) >= _MAX_SPAN:
        raise PlantFileError(f"datapoints: '{text}' has more than {_MAX_SPAN} names")
    for number in range(int(first), int(last) + 1):
        counted = f"{number:0{len(first)}d}"
        yield from _expand(text[: found.start()] + counted + text[found.end() :])


def _check_patterns(where: str, patterns: Mapping[str, object]) -> None:
    for pattern in patterns:
        try:
            compile_pattern(pattern)
        except OagwError as error:
            raise PlantFileError(f"{where}: {error.message}") from error
