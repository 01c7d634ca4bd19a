"""Names of datapoints and elements, as rows have them."""

from __future__ import annotations

from oagw.dpl.sections import Row


def own_name(name: str, system: str, row: Row, column: str) -> str:
    """A name without the system in front of it.

    :raises DplError: it is that of another system.
    """
    prefix, colon, rest = name.partition(":")
    if not colon:
        return name
    if prefix != system:
        raise row.fault(
            column, f"'{name}' belongs to the system '{prefix}'; this one is '{system}'"
        )
    return rest


def check_type(row: Row, datapoint: str, present: str, told: str) -> None:
    """Refuse a row that tells another type of a datapoint than it has.

    :raises DplError: it does.
    """
    if told != present:
        raise row.fault(
            "TypeName", f"the datapoint '{datapoint}' has the type {present}, not '{told}'"
        )
