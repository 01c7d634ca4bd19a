"""The names of datapoints and elements in rows."""

from __future__ import annotations

from oagw.dpl.sections import Row
from oagw.dpl.strings import shown, unquote
from oagw.dpl.text import DplError
from oagw.errors import OagwError


def name_in(row: Row, column: str) -> str:
    """Return the name in a cell, without quotes.

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
    """Return a name without its system.

    :raises DplError: the name belongs to another system.
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
    """Return an error with its position for each cell beyond the last column."""
    return [
        row.fault(index, f"there is no column for the cell {shown(row.cells[index])}")
        for index in range(row.columns, len(row.cells))
        if row.cells[index].strip()
    ]


def check_type(row: Row, datapoint: str, present: str, told: str) -> None:
    """Refuse a row whose type differs from the type of its datapoint.

    :raises DplError: the types differ.
    """
    if told != present:
        raise row.fault(
            "TypeName", f"the datapoint '{datapoint}' has the type {present}, not '{told}'"
        )
