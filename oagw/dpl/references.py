"""Infers types that no file defines from rows, also through references to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from oagw.dpl.dplnames import name_in
from oagw.dpl.inference import Shown
from oagw.dpl.sections import KEY_COLUMNS, Row, Section
from oagw.dpl.text import DplError
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import first_of_path


def missing_references(
    wanted: Iterable[TypeNode], known: Mapping[str, TypeNode]
) -> list[str]:
    """Return the unknown types that definitions refer to."""
    names = (name for root in wanted for name in _references(root))
    return list(dict.fromkeys(name for name in names if name not in known))


def _references(node: TypeNode) -> Iterator[str]:
    if node.reference:
        yield node.reference
    for child in node.children:
        yield from _references(child)


def shown_of_types(
    wanted: Iterable[str],
    definitions: Mapping[str, TypeNode],
    sections: Iterable[Section],
    present_type: Callable[[str], str],
) -> dict[str, Shown]:
    """Return what rows show of types: rows of their datapoints and of referring datapoints.

    :param definitions: the known types.
    :param present_type: returns the type of a datapoint of the system; empty if unknown.
    """
    shown = {name: Shown() for name in wanted}
    owners: dict[str, str] = {}
    sections = list(sections)
    for section in sections:
        if section.name == "Datapoint/DpId":
            for row in _rows(section):
                owners[_name(row, "DpName")] = _name(row, "TypeName")
    for section in sections:
        if KEY_COLUMNS.get(section.name) not in ("ElementName", "AliasId"):
            continue
        key = KEY_COLUMNS[section.name]
        for row in _rows(section):
            datapoint, _, path = _name(row, key).rpartition(":")[2].partition(".")
            dp_type = owners.get(datapoint) or present_type(datapoint)
            found = _within(dp_type or _name(row, "TypeName"), path, definitions, shown)
            if found is not None:
                name, rest = found
                shown[name].note(rest, section, row)
    return shown


def _rows(section: Section) -> Iterator[Row]:
    """Yield the readable rows; errors in the others are reported by the import."""
    return section.rows(lambda error: None)


def _name(row: Row, column: str) -> str:
    try:
        return name_in(row, column)
    except DplError:
        return ""


def _within(
    dp_type: str,
    path: str,
    definitions: Mapping[str, TypeNode],
    wanted: Mapping[str, Shown],
) -> tuple[str, str] | None:
    """Return the wanted type that an element path leads into, and the path inside it."""
    while dp_type not in wanted:
        node = definitions.get(dp_type)
        while node is not None and not node.reference:
            first, path = first_of_path(path)
            node = next((child for child in node.children if child.name == first), None)
        if node is None:
            return None
        dp_type = node.reference
    return dp_type, path
