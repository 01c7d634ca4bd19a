"""Creates the internal datapoints that the gateway keeps in its own system."""

from __future__ import annotations

from oagw.config.plantfile import PlantFile, PlantFileError
from oagw.errors import DatapointExistsError, OagwError, TypeNotFoundError
from oagw.interfaces.systems import ISystem
from oagw.model.changes import (
    ChangeType,
    CreateDatapoint,
    CreateType,
    Fact,
)
from oagw.model.dptypes import TypeNode

#: The type of each internal datapoint, by its name.
HEALTH, STATUS = "_oagw", "_oagw_status"
INTERNAL = {HEALTH: "_Oagw", STATUS: "_OagwStatus"}


async def ensure_datapoint(own: ISystem, name: str, root: TypeNode) -> None:
    """Create a datapoint and its type, or change the type to a definition.

    :param root: the type's definition.
    :raises DatapointExistsError: a datapoint of another type has the name.
    """
    [dp_type] = await own.lookup(Fact.TYPE_NAME, [name])
    is_missing = isinstance(dp_type, OagwError)
    if not is_missing and dp_type != root.name:
        raise DatapointExistsError(
            f"the gateway needs the name '{name}' for a datapoint of its own, and a "
            f"datapoint of the type '{dp_type}' has it; rename or delete that datapoint"
        )
    try:
        present = await own.definition(root.name, False)
    except TypeNotFoundError:
        await own.change(CreateType(root))
    else:
        if _shape(present) != _shape(root):
            await own.change(ChangeType(root))
    if is_missing:
        await own.change(CreateDatapoint(name, root.name))


def check_plant_file(plant_file: PlantFile) -> None:
    """Refuse a plant file that declares what the gateway creates itself.

    :raises PlantFileError: it declares an internal datapoint, or the type of one.
    """
    types = [f"types.{one}" for one in INTERNAL.values() if one in plant_file.types]
    names = [
        f"datapoints.{plant_file.datapoints[one]}: '{one}'"
        for one in INTERNAL
        if one in plant_file.datapoints
    ]
    for taken in (*types, *names):
        raise PlantFileError(
            f"{taken}: the gateway creates this itself; remove it here, or use another name"
        )


def _shape(node: TypeNode) -> object:
    """What of a definition is compared: the system gives the ids."""
    return node.name, node.type, tuple(_shape(child) for child in node.children)
