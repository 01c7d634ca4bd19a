"""Names of datapoints and elements, as rows have them."""

from __future__ import annotations

from oagw.dpl.sections import Row
from oagw.dpl.strings import shown, unquote
from oagw.dpl.text import DplError
from oagw.errors import OagwError


def name_in(row: Row, column: str) -> str:
    """The name in a cell, which may be in quotes.

    :raises DplError: a quote is not closed.
    """
    text = row.cell(column).strip()
    if not text.startswith('"'):
        return text
    try:
        return unquote(text)
    except OagwError as error:
        raise row.fault(column, error.message) from error


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


def cells_without_column(row: Row) -> list[DplError]:
    """The cells behind the last column, which mean nothing, each with its place."""
    return [
        row.fault(index, f"there is no column for the cell {shown(row.cells[index])}")
        for index in range(row.columns, len(row.cells))
        if row.cells[index].strip()
    ]


def check_type(row: Row, datapoint: str, present: str, told: str) -> None:
    """Refuse a row that tells another type of a datapoint than it has.

    :raises DplError: it does.
    """
    if told != present:
        raise row.fault(
            "TypeName", f"the datapoint '{datapoint}' has the type {present}, not '{told}'"
        )
