"""The functions of an aggregate by their names."""

from __future__ import annotations

from enum import StrEnum

from oagw.errors import ParameterError


class AggregateFunction(StrEnum):
    """What is made of the samples of an interval; ``docs/aggregates.rst`` has formulas."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    AVERAGE = "average"
    MEAN = "mean"
    SUM = "sum"
    COUNT = "count"
    FIRST = "first"
    LAST = "last"
    INTEGRAL = "integral"
    DEVIATION = "deviation"
    PERCENTILE = "percentile"
    LTTB = "lttb"

    @property
    def is_weighted(self) -> bool:
        """It weighs values by the time that they hold."""
        return self in (AggregateFunction.AVERAGE, AggregateFunction.INTEGRAL)

    @property
    def takes_all(self) -> bool:
        """It takes values that are no numbers."""
        return self in (
            AggregateFunction.COUNT,
            AggregateFunction.FIRST,
            AggregateFunction.LAST,
        )


_SHORT = {
    "min": AggregateFunction.MINIMUM,
    "max": AggregateFunction.MAXIMUM,
    "avg": AggregateFunction.AVERAGE,
    "std": AggregateFunction.DEVIATION,
    "stdev": AggregateFunction.DEVIATION,
    "stddev": AggregateFunction.DEVIATION,
    "perc": AggregateFunction.PERCENTILE,
}
_BY_NAME = _SHORT | {one.value: one for one in AggregateFunction}


def find_function(name: str) -> AggregateFunction:
    """A function by its name or a short form of it, in any case.

    :raises ParameterError: there is none.
    """
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        known = ", ".join(AggregateFunction)
        raise ParameterError(f"there is no function '{name[:60]}'; there are {known}")
    return found
