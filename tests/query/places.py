"""Positions in types, and elements there, without a plant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from oagw.model.configs.declarations import ElementState
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value
from oagw.query.subject import Place

MOTOR = TypeNode(
    "Motor", ElementType.STRUCT, children=(TypeNode("speed", ElementType.FLOAT),)
)
PUMP = TypeNode(
    "Pump",
    ElementType.STRUCT,
    children=(
        TypeNode("motor", ElementType.REFERENCE, reference="Motor"),
        TypeNode("label", ElementType.STRING),
    ),
)


def place(path: str, is_past: bool = False) -> Place:
    """The position of an element of the type Pump in the system S1."""
    dp_type = build_type("Pump", PUMP, {"Motor": MOTOR})
    return Place(dp_type, dp_type.by_path[path], "S1", ZoneInfo("UTC"), is_past)


@dataclass
class FakeDatapoint:
    """A datapoint of the type Pump."""

    name: str = "P1"
    elements: Sequence[ElementState | None] = ()


@dataclass
class FakeSubject:
    """An element with a value and stored configs."""

    value: Value
    type: ElementType = ElementType.FLOAT
    configs: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    datapoint: FakeDatapoint = field(default_factory=FakeDatapoint)
    sample: Sample = field(init=False)

    def __post_init__(self) -> None:
        self.sample = initial_sample(self.type, self.value)

    @property
    def online(self) -> Value:
        return self.value

    def stored(self, config: str) -> Mapping[str, Value]:
        return self.configs.get(config, {})
