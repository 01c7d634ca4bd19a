"""The aggregate functions by name."""

from __future__ import annotations

from enum import StrEnum

from oagw.errors import ParameterError


class AggregateFunction(StrEnum):
    """A function over the samples of an interval; formulas: ``docs/aggregates.rst``."""

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
        """Whether values are weighted by the time for which they hold."""
        return self in (AggregateFunction.AVERAGE, AggregateFunction.INTEGRAL)

    @property
    def takes_all(self) -> bool:
        """Whether the function accepts values that are not numbers."""
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
    """Return a function by its name or a short form, in any case.

    :raises ParameterError: there is no such function.
    """
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        known = ", ".join(AggregateFunction)
        raise ParameterError(
            f"there is no function '{name[:60]}'; the functions are {known}"
        )
    return found
