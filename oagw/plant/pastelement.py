"""An element as it was at the time of a sample."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.model.behaviour import online_value
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.plant.element import Element
from oagw.query.subject import DatapointState


class PastElement:
    """An element as it was; its stored configs are the present ones, as they have no past.

    :ivar datapoint: its datapoint, as it was at that time if that is known.
    """

    __slots__ = ("_element", "datapoint", "sample")

    def __init__(
        self, sample: Sample, element: Element, datapoint: DatapointState | None = None
    ) -> None:
        self.sample = sample
        self._element = element
        self.datapoint: DatapointState = datapoint or element.datapoint

    @property
    def type(self) -> ElementType:
        """The type of the value that the element holds."""
        return self._element.type

    @property
    def online(self) -> Value:
        """The online value; for a substitute value, only the present one is known."""
        return online_value(self.sample, self._element.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """The present attributes of a stored config."""
        return self._element.stored(config)
