"""The datapoints of the embedded system, in memory: pure, and found fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from oagw.errors import (
    ConfigNotFoundError,
    DatapointNotFoundError,
    ElementNotFoundError,
)
from oagw.model.dptypes import DpType, Leaf
from oagw.model.patterns import Pattern
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value

if TYPE_CHECKING:
    from oagw.systems.embedded.cells import Cell
    from oagw.systems.embedded.livetables import LiveTable

#: An element's number is its datapoint's times this, plus its own within the type.
ELEMENTS_PER_DATAPOINT = 65_536

_NOTHING: Mapping[str, Value] = {}


class Element:
    """An element that holds a value.

    :ivar sample: the present value with its time, status and user.
    :ivar configs: the stored configs that differ from their defaults, by name.
    :ivar archived: whether its values go to the archive.
    :ivar watched: attributes that the core wants to be told of, by complete name.
    :ivar tables: live queries that cover it.
    """

    __slots__ = (
        "archived",
        "configs",
        "datapoint",
        "leaf",
        "sample",
        "tables",
        "watched",
    )

    def __init__(self, datapoint: Datapoint, leaf: Leaf) -> None:
        self.datapoint = datapoint
        self.leaf = leaf
        self.sample: Sample = initial_sample(leaf.type)
        self.configs: dict[str, dict[str, Value]] | None = None
        self.archived = False
        self.watched: dict[str, Cell] | None = None
        self.tables: dict[LiveTable, None] | None = None

    @property
    def number(self) -> int:
        """What the element is called on disk; never used again for another one."""
        return self.datapoint.number * ELEMENTS_PER_DATAPOINT + self.leaf.number

    @property
    def name(self) -> str:
        """``Dp.element`` without the system."""
        return f"{self.datapoint.name}.{self.leaf.path}"

    def stored(self, config: str) -> Mapping[str, Value]:
        """The attributes of a stored config that differ from their defaults."""
        return _NOTHING if self.configs is None else self.configs.get(config, _NOTHING)

    def store(self, config: str, attributes: Mapping[str, Value]) -> None:
        """Change attributes of a stored config."""
        if self.configs is None:
            self.configs = {}
        kept = self.configs.setdefault(config, {})
        kept.update(attributes)
        if config == "_archive":
            self.archived = bool(kept.get("_archive", False))


class Datapoint:
    """A datapoint: its elements stand in the order of its type's leaves."""

    __slots__ = ("dp_type", "elements", "name", "number")

    def __init__(self, name: str, dp_type: DpType, number: int) -> None:
        self.name = name
        self.dp_type = dp_type
        self.number = number
        self.elements = [Element(self, leaf) for leaf in dp_type.leaves]


class Plant:
    """All types and datapoints of one system."""

    def __init__(self) -> None:
        self.types: dict[str, DpType] = {}
        self.datapoints: dict[str, Datapoint] = {}

    def add_type(self, dp_type: DpType) -> None:
        """Add a type under its name."""
        self.types[dp_type.name] = dp_type

    def add_datapoint(self, name: str, dp_type: DpType, number: int) -> Datapoint:
        """Add a datapoint with the elements that its type gives it."""
        datapoint = Datapoint(name, dp_type, number)
        self.datapoints[name] = datapoint
        return datapoint

    def element(self, datapoint_name: str, path: str, context: str) -> Element:
        """Find an element; ``context`` is the name to blame.

        :raises DatapointNotFoundError: there is no such datapoint.
        :raises ElementNotFoundError: its type has no such element.
        :raises ConfigNotFoundError: the element is a structure.
        """
        datapoint = self.datapoints.get(datapoint_name)
        if datapoint is None:
            raise DatapointNotFoundError(
                f"'{context}': there is no datapoint '{datapoint_name}'"
            )
        dp_type = datapoint.dp_type
        leaf = dp_type.by_path.get(path)
        if leaf is not None:
            return datapoint.elements[leaf.index]
        if path in dp_type.structs:
            raise ConfigNotFoundError(
                f"'{context}': '{datapoint_name}.{path}' is a structure and holds no "
                f"value; its type is {dp_type.name}"
            )
        raise ElementNotFoundError(
            f"'{context}': datapoint '{datapoint_name}' of type {dp_type.name} has no "
            f"element '{path}'"
        )

    def select(self, pattern: Pattern, dp_type: str | None = None) -> Iterator[Element]:
        """The elements that a pattern means, of datapoints of the type if one is given.

        Each comes once, in the order in which the datapoints were made; those of a
        pattern without wildcards in the order of the pattern.
        """
        if all(one.literal is not None for one in pattern.alternatives):
            names = dict.fromkeys(one.literal for one in pattern.alternatives)
            candidates = [
                self.datapoints[name]
                for name in names
                if name is not None and name in self.datapoints
            ]
        else:
            candidates = list(self.datapoints.values())
        matching: dict[tuple[str, tuple[int, ...]], list[Leaf]] = {}
        for datapoint in candidates:
            if dp_type is not None and datapoint.dp_type.name != dp_type:
                continue
            fitting = tuple(
                number
                for number, one in enumerate(pattern.alternatives)
                if one.matches_datapoint(datapoint.name)
            )
            if not fitting:
                continue
            key = (datapoint.dp_type.name, fitting)
            if key not in matching:
                matching[key] = [
                    leaf
                    for leaf in datapoint.dp_type.leaves
                    if any(
                        pattern.alternatives[number].element.fullmatch(leaf.path)
                        for number in fitting
                    )
                ]
            for leaf in matching[key]:
                yield datapoint.elements[leaf.index]
