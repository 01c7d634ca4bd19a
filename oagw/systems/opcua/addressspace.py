"""The variables of a server's address space, browsed in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from asyncua import ua

from oagw.model.dptypes import ElementType
from oagw.systems.opcua.nodes import Variable
from oagw.systems.opcua.variants import KINDS, value_of

_OBJECTS = ua.NodeId(ua.ObjectIds.ObjectsFolder)
_PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)
_PLAIN_OWNERS = {
    ua.NodeId(ua.ObjectIds.FolderType),
    ua.NodeId(ua.ObjectIds.BaseObjectType),
}
_SHOWN = ua.NodeClass.Object | ua.NodeClass.Variable
#: Abstract data types: the present value shows the type, or else this one is used.
_VAGUE = {
    ua.ObjectIds.BaseDataType: ua.VariantType.String,
    ua.ObjectIds.Number: ua.VariantType.Double,
    ua.ObjectIds.Integer: ua.VariantType.Int64,
    ua.ObjectIds.UInteger: ua.VariantType.UInt64,
}
_ENUMERATION = 29
#: The first number in the standard's namespace that the standard does not use: servers
#: such as open62541 give these ids to nodes that were created without one.
_FIRST_OTHER = 50_000
_WRITE, _HISTORY = 1 << 1, 1 << 2
_ATTRIBUTES = (
    ua.AttributeIds.DataType,
    ua.AttributeIds.ValueRank,
    ua.AttributeIds.AccessLevel,
    ua.AttributeIds.UserAccessLevel,
)
#: Upper limit of the levels between a data type and its built-in type.
_LEVELS = 20


class Asking(Protocol):
    """The services that browsing needs, in requests as large as the server allows."""

    async def read_attributes(
        self, wanted: Sequence[tuple[ua.NodeId, ua.AttributeIds]]
    ) -> list[ua.DataValue]:
        """Read attributes."""
        ...

    async def browse_references(
        self,
        nodes: Sequence[ua.NodeId],
        description: ua.BrowseDescription,
        failed: Callable[[ua.NodeId, ua.StatusCode], None],
    ) -> list[list[ua.ReferenceDescription]]:
        """Browse the references of nodes.

        :param failed: called with a node that cannot be browsed, or not to the end.
        """
        ...

    def plain_id(self, node: ua.NodeId) -> ua.NodeId | None:
        """The id of a node of this server; ``None`` for a node of another server."""
        ...

    def text(self, node: ua.NodeId) -> str:
        """A node id with the URI of its namespace."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """A variable that browsing has found."""

    node: ua.NodeId
    path: tuple[str, ...]
    owner: ua.NodeId | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """The type of a variable's values.

    :ivar builtin: the number of the built-in type.
    :ivar is_matrix: the array has several dimensions; here it becomes a flat list.
    """

    element: ElementType
    builtin: int
    is_matrix: bool


@dataclass(frozen=True, slots=True)
class _BrowsedNode:
    """A node whose references are to be followed."""

    node: ua.NodeId
    path: tuple[str, ...]
    owner: ua.NodeId | None
    is_variable: bool = False


async def browse_variables(
    asking: Asking,
    roots: Sequence[ua.NodeId],
    failed: Callable[[ua.NodeId, ua.StatusCode], None],
) -> tuple[list[Variable], list[ua.NodeId]]:
    """Return the variables below the roots, and those whose types have no element type.

    :param failed: called with a node whose children are not all known, and why.
    """
    found = await _walk(asking, roots, failed)
    wanted = [(one.node, attribute) for one in found for attribute in _ATTRIBUTES]
    answers = await asking.read_attributes(wanted)
    width = len(_ATTRIBUTES)
    shapes = [answers[at : at + width] for at in range(0, len(answers), width)]
    builtins = await _builtin_types(asking, [_type_of(shape) for shape in shapes])
    kinds = await _kinds(asking, found, shapes, builtins)
    owners = await _names(asking, {one.owner for one in found})
    variables = []
    hidden = []
    for one, shape, kind in zip(found, shapes, kinds, strict=True):
        if kind is None:
            hidden.append(one.node)
            continue
        # The access level of the user who is logged in, where the server has it.
        access = _number(shape[2]) or 0
        user = _number(shape[3])
        access &= access if user is None else user
        variables.append(
            Variable(
                asking.text(one.node),
                one.path,
                owners.get(one.owner, ""),
                kind.element,
                kind.builtin,
                bool(access & _WRITE) and not kind.is_matrix,
                bool(access & _HISTORY),
                one.node.to_string(),
            )
        )
    variables.sort(key=lambda one: (one.path, one.node))
    return variables, hidden


def _number(data: ua.DataValue) -> int | None:
    """A whole number; ``None`` for any other type."""
    value = value_of(data)
    return value if isinstance(value, int) else None


def _type_of(shape: Sequence[ua.DataValue]) -> ua.NodeId | None:
    node = value_of(shape[0])
    return node if isinstance(node, ua.NodeId) else None


async def _walk(
    asking: Asking,
    roots: Sequence[ua.NodeId],
    failed: Callable[[ua.NodeId, ua.StatusCode], None],
) -> list[_Found]:
    """Browse level by level, each node once."""
    description = ua.BrowseDescription()
    description.BrowseDirection = ua.BrowseDirection.Forward
    description.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
    description.IncludeSubtypes = True
    description.NodeClassMask = _SHOWN
    description.ResultMask = ua.BrowseResultMask.All
    seen = set(roots)
    level = [_BrowsedNode(root, (), None) for root in roots]
    found: list[_Found] = []
    while level:
        nodes = [one.node for one in level]
        answers = await asking.browse_references(nodes, description, failed)
        below: list[_BrowsedNode] = []
        for place, references in zip(level, answers, strict=True):
            for reference in references:
                node = asking.plain_id(reference.NodeId)
                if node is None or node in seen or _is_servers_own(place.node, node):
                    continue
                is_variable = reference.NodeClass == ua.NodeClass.Variable
                if place.is_variable and reference.ReferenceTypeId == _PROPERTY:
                    # Properties of a value, such as its range and unit.
                    continue
                seen.add(node)
                path = (*place.path, reference.BrowseName.Name or "")
                owner = asking.plain_id(reference.TypeDefinition)
                if is_variable:
                    found.append(_Found(node, path, place.owner))
                below.append(_BrowsedNode(node, path, owner, is_variable))
        level = below
    return found


def _is_servers_own(above: ua.NodeId, node: ua.NodeId) -> bool:
    number = node.Identifier
    is_other = not isinstance(number, int) or number >= _FIRST_OTHER
    return bool(above == _OBJECTS and node.NamespaceIndex == 0 and not is_other)


async def _kinds(
    asking: Asking,
    found: Sequence[_Found],
    shapes: Sequence[Sequence[ua.DataValue]],
    builtins: dict[ua.NodeId, int],
) -> list[_Kind | None]:
    """The type of each variable; ``None`` if there is no element type for it."""
    types = [builtins.get(_type_of(shape)) for shape in shapes]
    ranks = [_number(shape[1]) for shape in shapes]
    # Also if the server does not have the type that it names.
    unclear = [
        at
        for at, (kind, rank) in enumerate(zip(types, ranks, strict=True))
        if not kind or kind in _VAGUE or rank in (None, 0, -2, -3)
    ]
    wanted = [(found[at].node, ua.AttributeIds.Value) for at in unclear]
    values = await asking.read_attributes(wanted)
    present = dict(zip(unclear, values, strict=True))
    kinds: list[_Kind | None] = []
    for at, (kind, rank) in enumerate(zip(types, ranks, strict=True)):
        variant = present[at].Value if at in present else None
        if variant is not None and variant.Value is not None:
            builtin = variant.VariantType
            is_array = bool(variant.is_array)
            is_matrix = len(variant.Dimensions or ()) > 1
        else:
            builtin = _VAGUE.get(kind, kind)
            is_array = rank is not None and rank >= 0
            is_matrix = rank is not None and rank > 1
        try:
            element = KINDS[ua.VariantType(builtin)]
        except (KeyError, ValueError):
            kinds.append(None)
            continue
        kind_of = element.dyn if is_array else element
        kinds.append(_Kind(kind_of, int(builtin), is_matrix))
    return kinds


async def _builtin_types(
    asking: Asking, types: Sequence[ua.NodeId | None]
) -> dict[ua.NodeId, int]:
    """The number of the built-in or abstract type that each is derived from."""
    description = ua.BrowseDescription()
    description.BrowseDirection = ua.BrowseDirection.Inverse
    description.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HasSubtype)
    description.IncludeSubtypes = True
    description.NodeClassMask = ua.NodeClass.DataType
    description.ResultMask = ua.BrowseResultMask.All
    found: dict[ua.NodeId, int] = {}
    #: The supertype that the search has reached, by the type it began with.
    at = {one: one for one in types if one is not None}
    for _ in range(_LEVELS):
        for one, node in list(at.items()):
            number = _builtin(node)
            if number is not None:
                found[one] = number
                del at[one]
        if not at:
            break
        nodes = list(at.values())
        # A type that the server does not have has no supertype.
        answers = await asking.browse_references(nodes, description, lambda *_: None)
        for one, references in zip(list(at), answers, strict=True):
            above = asking.plain_id(references[0].NodeId) if references else None
            if above is not None:
                at[one] = above
            else:
                del at[one]
    return found


def _builtin(node: ua.NodeId) -> int | None:
    number = node.Identifier
    if node.NamespaceIndex or not isinstance(number, int):
        return None
    if number == _ENUMERATION:
        return int(ua.VariantType.Int32.value)
    return number if number < _ENUMERATION else None


async def _names(
    asking: Asking, nodes: set[ua.NodeId | None]
) -> dict[ua.NodeId | None, str]:
    """The browse names of types; empty for folders and plain objects."""
    wanted = [one for one in nodes if one is not None and one not in _PLAIN_OWNERS]
    answers = await asking.read_attributes(
        [(one, ua.AttributeIds.BrowseName) for one in wanted]
    )
    names: dict[ua.NodeId | None, str] = {}
    for node, answer in zip(wanted, answers, strict=True):
        name = value_of(answer)
        names[node] = name.Name or "" if isinstance(name, ua.QualifiedName) else ""
    return names
