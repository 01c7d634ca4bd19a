"""Creates the internal datapoints that the gateway keeps in its own system."""

from __future__ import annotations

from oagw.errors import TypeNotFoundError
from oagw.interfaces.systems import ISystem
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
)
from oagw.model.dptypes import TypeNode
from oagw.model.patterns import compile_pattern


async def ensure_datapoint(own: ISystem, name: str, root: TypeNode) -> None:
    """Create a datapoint and its type, or change the type to a definition.

    :param root: the type's definition.
    """
    try:
        present = await own.definition(root.name, False)
    except TypeNotFoundError:
        await own.change(CreateType(root))
    else:
        if _shape(present) != _shape(root):
            await own.change(ChangeType(root))
    if not await own.names(compile_pattern(name), None):
        await own.change(CreateDatapoint(name, root.name))


def _shape(node: TypeNode) -> object:
    """What of a definition is compared: the system gives the ids."""
    return node.name, node.type, tuple(_shape(child) for child in node.children)
