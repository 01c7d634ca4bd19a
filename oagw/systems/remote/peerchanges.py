"""Translates changes of datapoints and types to commands, and a peer's definitions back."""

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
from oagw.systems.remote.answers import EventAnswer, Node
from oagw.systems.remote.peernames import PeerNames
from oagw.wire.typenodes import write_node

#: Events about types.
TYPE_EVENTS = (
    EventKind.DP_TYPE_CREATED,
    EventKind.DP_TYPE_CHANGED,
    EventKind.DP_TYPE_DELETED,
)


def command_of(change: StructureChange, names: PeerNames) -> tuple[str, dict[str, object]]:
    """Return the command for a change, and its arguments."""
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


def _named(node: dict[str, object], names: PeerNames) -> dict[str, object]:
    return node | {"Name": names.within(str(node["Name"]))}


def _renaming(node: dict[str, Any], path: str, old: Mapping[str, str]) -> dict[str, object]:
    """Give renamed elements of a node their old name, and the new one as NewName.

    :param old: old paths by new paths.
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
    """Read a peer's definition; a reference may come with its elements.

    :raises UnexpectedStateError: an element type is unknown.
    """
    children = tuple(node_of(child) for child in node.children or ())
    try:
        kind = ElementType(node.type)
    except ValueError:
        raise UnexpectedStateError(
            f"the definition of '{node.name}' has the unknown type {node.type}"
        ) from None
    return TypeNode(node.name, kind, 0, children, node.ref_name or "")


def event_of(answer: EventAnswer, names: PeerNames) -> SystemEvent | None:
    """Read an event; ``None`` if its kind is unknown or its name is foreign."""
    try:
        kind = EventKind(answer.event or "")
    except ValueError:
        return None
    if kind in TYPE_EVENTS:
        return SystemEvent(kind, answer.type or "")
    name = names.own(answer.dp or "")
    if name is None:
        return None
    return SystemEvent(
        kind,
        name,
        answer.type or "",
        names.back(answer.new_name) if answer.new_name else "",
    )
