"""Datapoints and their elements, with the present value and the configs of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from oagw.model.behaviour import Behaviour, behaviour_of, online_value
from oagw.model.configs.stored import merged
from oagw.model.dptypes import MAX_ELEMENTS, DpType, ElementType, TypeElement, TypeNode
from oagw.model.samples import Sample, initial_sample
from oagw.model.values import Value

_NOTHING: Mapping[str, Value] = {}
#: The configs that :func:`behaviour_of` reads.
_BEHAVING = frozenset({"_archive", "_default", "_pv_range", "_smooth", "_u_range"})

#: The configs that decide about the present value too, not only about the next one.
JUDGING = frozenset({"_default", "_pv_range", "_u_range"})


class ElementFollower(Protocol):
    """A live query, as the elements that it covers know it.

    :ivar configs: the configs whose changes can change a row.
    :ivar is_active: it receives changes; false while it is created or ended.
    """

    configs: frozenset[str]
    is_active: bool

    def follow(self, elements: Sequence[Element]) -> None:
        """Update the rows of elements that have changed."""
        ...

    def drop(self, element: Element) -> None:
        """Drop the row of a deleted element."""
        ...


class Element:
    """An element of a datapoint. Those of structures hold no value, but may have configs.

    :ivar node: its place in the type.
    :ivar sample: the present value with its time, status and user.
    :ivar configs: the attributes of its stored configs, by config.
    :ivar behaviour: what the configs do to values; ``None`` if they do nothing.
    :ivar archived: whether its values go to the archive.
    :ivar last_archived: the last sample that passed the smoothing of the archive.
    :ivar watched: the attributes with a subscriber: the config of each, by complete name.
    :ivar tables: the live queries that cover it.
    :ivar feeds: the elements whose datapoint function has it as a parameter.
    """

    __slots__ = (
        "archived",
        "behaviour",
        "configs",
        "datapoint",
        "feeds",
        "last_archived",
        "node",
        "sample",
        "tables",
        "watched",
    )

    def __init__(self, datapoint: Datapoint, node: TypeElement) -> None:
        self.datapoint = datapoint
        self.node = node
        self.sample: Sample = initial_sample(node.type)
        self.configs: dict[str, Mapping[str, Value]] | None = None
        self.behaviour: Behaviour | None = None
        self.archived = False
        self.last_archived: Sample | None = None
        self.watched: dict[str, str] | None = None
        self.tables: tuple[ElementFollower, ...] | None = None
        self.feeds: dict[Element, None] | None = None

    @property
    def number(self) -> int:
        """Its number on disk, which no other element ever gets."""
        return self.datapoint.number * MAX_ELEMENTS + self.node.number

    @property
    def name(self) -> str:
        """``Dp.element`` without the system."""
        return f"{self.datapoint.name}.{self.node.path}"

    @property
    def type(self) -> ElementType:
        """The type of the value that the element holds."""
        return self.node.type

    @property
    def online(self) -> Value:
        """The online value: a substitute value where one is active."""
        if self.behaviour is None:
            return self.sample.value  # type: ignore[return-value]
        return online_value(self.sample, self.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """The attributes of a stored config, by ``detail._attribute`` (``_attribute``)."""
        return _NOTHING if self.configs is None else self.configs.get(config, _NOTHING)

    def change_config(self, config: str, changes: Mapping[str, Value]) -> None:
        """Change attributes of a stored config; one without attributes is deleted."""
        self.replace_config(config, merged(self.stored(config), changes))
        self.apply_configs()

    def replace_config(self, config: str, attributes: Mapping[str, Value]) -> None:
        """Replace a stored config; :meth:`apply_configs` must follow."""
        if attributes:
            if self.configs is None:
                self.configs = {}
            self.configs[config] = attributes
        elif self.configs is not None:
            self.configs.pop(config, None)
            self.configs = self.configs or None

    def apply_configs(self) -> None:
        """Derive from the configs what happens to values from now on."""
        self.archived = bool(self.stored("_archive").get("_archive", False))
        # Most elements have none of these, and this test is faster than reading them.
        behaves = self.configs is not None and not _BEHAVING.isdisjoint(self.configs)
        self.behaviour = behaviour_of(self.stored) if behaves else None


class Datapoint:
    """A datapoint: its elements stand in the order of its type.

    :ivar number: its number on disk, which no other datapoint ever gets.
    :ivar dp_id: its number in the project that it was imported from; 0 is unknown.
    """

    __slots__ = ("dp_id", "dp_type", "elements", "name", "number")

    def __init__(self, name: str, dp_type: DpType, number: int, dp_id: int = 0) -> None:
        self.name = name
        self.dp_type = dp_type
        self.number = number
        self.dp_id = dp_id
        self.elements = [Element(self, node) for node in dp_type.elements]


def deleted_element(name: str, number: int, kind: ElementType) -> Element:
    """A deleted element, alone in a datapoint that no plant has."""
    datapoint, path = name.split(".", 1)
    own = number % MAX_ELEMENTS
    node = TypeElement(path, kind, own, 0)
    dp_type = DpType("", TypeNode("", kind), [node], own + 1)
    [element] = Datapoint(datapoint, dp_type, number // MAX_ELEMENTS).elements
    return element
