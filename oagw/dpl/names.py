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
