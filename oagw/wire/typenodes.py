"""Definitions of datapoint types on the wire: a tree of nodes.

A node is ``{"Name", "Type", "RefName", "Children"}`` as in WinCC OA's JavaScript API,
whose spelling (``name``, ``type``, ...) is taken too.
"""

from __future__ import annotations

from collections.abc import Mapping

from oagw.errors import IllegalCallError, ParameterError
from oagw.model.dptypes import BY_KEYWORD, MAX_LEVELS, ElementType, TypeNode
from oagw.model.identifiers import is_index, is_name, path_below

_KEYWORDS = {kind.keyword.lower(): kind for kind in ElementType} | {
    keyword.lower(): kind for keyword, kind in BY_KEYWORD.items()
}
#: The keys that a node may have, as they are written here, by their small letters.
_KEYS = {
    key.lower(): key for key in ("Name", "Type", "RefName", "Children", "NewName", "Id")
}


def write_node(node: TypeNode, depth: int = 0) -> dict[str, object]:
    """A definition for the wire.

    :raises IllegalCallError: it is nested so deep that no client could read it.
    """
    if depth > MAX_LEVELS:
        raise IllegalCallError(
            f"the definition has more than {MAX_LEVELS} levels; ask without WithSubtypes"
        )
    return {
        "Name": node.name,
        "Type": int(node.type),
        "RefName": node.reference,
        "Children": [write_node(child, depth + 1) for child in node.children],
    }


def read_node(given: object) -> tuple[str, TypeNode, dict[str, str]]:
    """Read a definition.

    :returns: the system if the type's name has one, the definition, and the new paths of
        renamed elements by the old ones.
    :raises ParameterError: it is not well formed.
    """
    fields = _fields(given, "Node")
    system, _, name = _text(fields, "Name", "Node").rpartition(":")
    if fields.get("NewName") not in (None, "", name):
        raise ParameterError("Node: a type keeps its name; only elements have a NewName")
    renamed: dict[str, str] = {}
    node = _read(fields | {"Name": name, "NewName": None}, "", "", renamed, 0)
    return system, node, renamed


def _read(
    fields: Mapping[str, object],
    path: str,
    old_path: str,
    renamed: dict[str, str],
    depth: int,
) -> TypeNode:
    name = _text(fields, "NewName", "Node") or _text(fields, "Name", "Node")
    where = f"Node '{path or name}'"
    if not name:
        raise ParameterError(f"{where}: Name must not be empty")
    if depth > MAX_LEVELS:
        raise ParameterError(f"{where}: it is nested too deep")
    kind = _kind(fields.get("Type"), where)
    reference = _text(fields, "RefName", where)
    if bool(reference) != (kind is ElementType.REFERENCE):
        raise ParameterError(
            f"{where}: a reference (type 41), and nothing else, has a RefName"
        )
    children = _children(fields, where)
    if children and kind is ElementType.REFERENCE:
        raise ParameterError(
            f"{where}: a reference has the elements of its type, no Children"
        )
    if children and kind.holds_value:
        raise ParameterError(f"{where}: only a structure may have Children")
    below = [_read_child(child, path, old_path, renamed, depth + 1) for child in children]
    number = fields.get("Id") or 0
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ParameterError(f"{where}: Id must be a whole number")
    return TypeNode(name, kind, number, tuple(below), reference)


def _read_child(
    given: object, path: str, old_path: str, renamed: dict[str, str], depth: int
) -> TypeNode:
    where = f"Node '{path}'" if path else "Node"
    fields = _fields(given, where)
    old = _text(fields, "Name", where)
    new = _text(fields, "NewName", where) or old
    _check_element(new, where)
    old_path, path = path_below(old_path, old), path_below(path, new)
    node = _read(fields, path, old_path, renamed, depth)
    # After what is below it, which has two new names then: the last one is the whole.
    if new != old:
        if old_path in renamed:
            raise ParameterError(f"{where}: '{old}' has two NewNames")
        renamed[old_path] = path
    return node


def _text(fields: Mapping[str, object], key: str, where: str) -> str:
    """A text; empty if it is not there."""
    text = fields.get(key)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise ParameterError(f"{where}: {key} must be a text")
    return text


def _children(fields: Mapping[str, object], where: str) -> list[object]:
    children = fields.get("Children")
    if children is None:
        return []
    if not isinstance(children, list):
        raise ParameterError(f"{where}: Children must be a list")
    return children


def _fields(given: object, where: str) -> dict[str, object]:
    if not isinstance(given, dict):
        raise ParameterError(f"{where} must be an object with Name and Type")
    fields = {}
    for key, value in given.items():
        known = _KEYS.get(str(key).lower())
        if known is None:
            unknown = str(key)[:60]
            raise ParameterError(f"{where}: unknown key '{unknown}'; see docs/protocol.rst")
        fields[known] = value
    return fields


def _kind(given: object, where: str) -> ElementType:
    if given is None:
        return ElementType.STRUCT
    if isinstance(given, str):
        # "float", "DPEL_FLOAT", "Float", "typeref"
        text = given.lower().removeprefix("dpel_").replace("typeref", "reference")
        found = _KEYWORDS.get(text)
        if found is not None:
            return found
    elif isinstance(given, int) and not isinstance(given, bool):
        try:
            return ElementType(given)
        except ValueError:
            pass
    raise ParameterError(f"{where}: '{str(given)[:60]}' is no element type")


def _check_element(name: str, where: str) -> None:
    # One that is empty is refused with all else that has no name.
    if name and not (is_name(name) or is_index(name)):
        raise ParameterError(f"{where}: '{name}' cannot be the name of an element")
