"""An element as it was at the time of a sample."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.model.behaviour import online_value
from oagw.model.dptypes import ElementType
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.plant.plant import Element
from oagw.query.subject import DatapointState


class PastState:
    """An element as it was; a stored config has no past, but is what it is now.

    :ivar datapoint: the datapoint that it belongs to, or what that was then.
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
        """What the element holds."""
        return self._element.type

    @property
    def online(self) -> Value:
        """The online value; of a substitute value, the present one is known."""
        return online_value(self.sample, self._element.behaviour)

    def stored(self, config: str) -> Mapping[str, Value]:
        """What is set of a stored config."""
        return self._element.stored(config)
