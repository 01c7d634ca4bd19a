"""Changes of datapoints and types as commands for a peer, and its definitions of types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oagw.errors import UnexpectedStateError
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    EventKind,
    RenameDatapoint,
    StructureChange,
    SystemEvent,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.systems.remote.answers import Happened, Node
from oagw.systems.remote.peernames import Names
from oagw.wire.typenodes import write_node

#: Events that are about a type.
TYPE_EVENTS = (
    EventKind.DP_TYPE_CREATED,
    EventKind.DP_TYPE_CHANGED,
    EventKind.DP_TYPE_DELETED,
)


def command_of(change: StructureChange, names: Names) -> tuple[str, dict[str, object]]:
    """A command and its arguments."""
    within = names.within
    match change:
        case CreateDatapoint():
            return "DpCreate", {"Dp": within(change.name), "Type": change.dp_type}
        case DeleteDatapoint():
            return "DpDelete", {"Dp": within(change.name)}
        case CopyDatapoint():
            return "DpCopy", {"From": within(change.source), "To": within(change.target)}
        case RenameDatapoint():
            new = within(change.new_name)
            return "DpRename", {"Dp": within(change.name), "NewName": new}
        case CreateType():
            return "DpTypeCreate", {"Node": _named(write_node(change.root), names)}
        case ChangeType():
            old = {new: before for before, new in change.renamed.items()}
            node = _renaming(write_node(change.root), "", old)
            return "DpTypeChange", {"Node": _named(node, names)}
        case DeleteType():
            return "DpTypeDelete", {"Type": within(change.name)}


def _named(node: dict[str, object], names: Names) -> dict[str, object]:
    return node | {"Name": names.within(str(node["Name"]))}


def _renaming(node: dict[str, Any], path: str, old: Mapping[str, str]) -> dict[str, object]:
    """A node whose elements that had another name are called by it, with a NewName.

    :param old: paths of before by the paths of now.
    """
    children: list[dict[str, object]] = []
    for child in node["Children"]:
        below = f"{path}.{child['Name']}" if path else child["Name"]
        made = _renaming(child, below, old)
        if below in old:
            before = old[below].rpartition(".")[2]
            made |= {"Name": before, "NewName": child["Name"]}
        children.append(made)
    return node | {"Children": children}


def node_of(node: Node) -> TypeNode:
    """A definition as the peer tells it; of a reference it may tell what is below.

    :raises UnexpectedStateError: it has a type of elements that there is not.
    """
    children = tuple(node_of(child) for child in node.children or ())
    try:
        kind = ElementType(node.type)
    except ValueError:
        raise UnexpectedStateError(
            f"the definition of '{node.name}' has the type {node.type}, which is none"
        ) from None
    return TypeNode(node.name, kind, 0, children, node.ref_name or "")


def event_of(told: Happened, names: Names) -> SystemEvent | None:
    """The event that a message tells of; ``None`` if it tells of none that is known."""
    try:
        kind = EventKind(told.event or "")
    except ValueError:
        return None
    if kind in TYPE_EVENTS:
        return SystemEvent(kind, told.type or "")
    name = names.own(told.dp or "")
    if name is None:
        return None
    return SystemEvent(
        kind,
        name,
        told.type or "",
        names.back(told.new_name) if told.new_name else "",
    )
