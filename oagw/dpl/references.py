"""Types that are in no file, but that types of the files refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oagw.dpl.inference import Shown
from oagw.dpl.names import name_in
from oagw.dpl.sections import KEY_COLUMNS, Row, Section
from oagw.dpl.text import DplError
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import first_of_path


def missing_references(
    wanted: Iterable[TypeNode], known: Mapping[str, TypeNode]
) -> list[str]:
    """The types that definitions refer to and that are not known."""
    names = (name for root in wanted for name in _references(root))
    return list(dict.fromkeys(name for name in names if name not in known))


def _references(node: TypeNode) -> Iterator[str]:
    if node.reference:
        yield node.reference
    for child in node.children:
        yield from _references(child)


def shown_by_references(
    missing: Iterable[str],
    definitions: Mapping[str, TypeNode],
    sections: Iterable[Section],
) -> dict[str, Shown]:
    """What the rows about datapoints show of types that others refer to.

    :param definitions: the types that are known.
    """
    shown = {name: Shown() for name in missing}
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
            dp_type = owners.get(datapoint) or _name(row, "TypeName")
            found = _within(definitions.get(dp_type), path, definitions, shown)
            if found is not None:
                name, rest = found
                shown[name].note(rest, section, row)
    return shown


def _rows(section: Section) -> Iterator[Row]:
    """The rows that can be read; the others are reported when they are imported."""
    return section.rows(lambda error: None)


def _name(row: Row, column: str) -> str:
    try:
        return name_in(row, column)
    except DplError:
        return ""


def _within(
    node: TypeNode | None,
    path: str,
    definitions: Mapping[str, TypeNode],
    missing: Mapping[str, Shown],
) -> tuple[str, str] | None:
    """The missing type that a path leads into, and the path within it."""
    while node is not None:
        if node.reference in missing:
            return node.reference, path
        if node.reference:
            node = definitions.get(node.reference)
            continue
        first, path = first_of_path(path)
        node = next((child for child in node.children if child.name == first), None)
    return None
