"""Sets up a plant from a plant file: creates what is missing, keeps what exists."""

from __future__ import annotations

from collections.abc import Sequence

from oagw.config.plantfile import (
    PlantFile,
    PlantFileError,
)
from oagw.errors import OagwError
from oagw.interfaces.systems import (
    NewValue,
    SetRequest,
)
from oagw.model.patterns import compile_pattern
from oagw.plant.element import Datapoint
from oagw.plant.outcome import Outcome
from oagw.plant.structure import PlantStructure
from oagw.plant.usernumbers import ROOT
from oagw.systems.embedded.system import EmbeddedSystem


def add_missing(plant_file: PlantFile, system: EmbeddedSystem) -> list[Datapoint]:
    """Create the missing types and datapoints; returns the new datapoints.

    Call it inside :meth:`SystemStore.creating`.

    :raises PlantFileError: the type of a datapoint is unknown, or a type or datapoint
        exists with another definition (a file never changes an existing one).
    """
    plant, store = system.plant, system.store
    for name, dp_type in plant_file.types.items():
        existing = plant.types.get(name)
        if existing is not None and existing.root != dp_type.root:
            raise PlantFileError(
                f"types.{name}: the state directory has this type with other elements; "
                "give the new one another name, or start with a new state directory"
            )
    for name, type_name in plant_file.datapoints.items():
        if type_name not in plant_file.types and type_name not in plant.types:
            raise PlantFileError(f"datapoints.{type_name}: there is no such type")
        datapoint = plant.datapoints.get(name)
        if datapoint is not None and datapoint.dp_type.name != type_name:
            raise PlantFileError(
                f"datapoints.{type_name}: '{name}' exists, with type "
                f"{datapoint.dp_type.name}"
            )
    new_types = [
        one.root for one in plant_file.types.values() if one.name not in plant.types
    ]
    new = [
        (name, type_name, 0)
        for name, type_name in plant_file.datapoints.items()
        if name not in plant.datapoints
    ]
    outcome = Outcome()
    structure = PlantStructure(plant, store.next_number)
    structure.add_types(new_types, outcome)
    created = structure.create(new, outcome)
    store.add(outcome.facts)
    return created


def set_up(plant_file: PlantFile, system: EmbeddedSystem, new: Sequence[Datapoint]) -> None:
    """Switch archiving on for new datapoints, and set their initial values.

    :raises PlantFileError: a value does not fit its element.
    """
    fresh = set(new)
    for pattern in plant_file.archived:
        elements = [
            element
            for element in system.plant.select(compile_pattern(pattern))
            if element.datapoint in fresh
        ]
        system.start_archiving(elements)
    for pattern, value in plant_file.values.items():
        settings = [
            NewValue(system.value_name(element), value)
            for element in system.plant.select(compile_pattern(pattern))
            if element.datapoint in fresh
        ]
        try:
            system.initialize(SetRequest(settings, ROOT, source_time=0))
        except OagwError as error:
            raise PlantFileError(f"values: {error.message}") from error
