"""The syntax tree of a query."""

from __future__ import annotations

from dataclasses import dataclass

from oagw.model.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Column:
    """A selected attribute of each element that the query covers."""

    config: str
    detail: str
    attribute: str

    @property
    def header(self) -> str:
        """The column's title: ``:_online.._value``."""
        return f":{self.config}.{self.detail}.{self.attribute}"


@dataclass(frozen=True, slots=True)
class Query:
    """``SELECT columns FROM source [WHERE _DPT = "dp_type"]``.

    Equal queries (by meaning, not by spelling) are equal and hash alike, so that
    they can be evaluated once for all who ask.
    """

    columns: tuple[Column, ...]
    source: Pattern
    dp_type: str | None = None

    @property
    def header(self) -> list[str]:
        """The titles of all columns; the first is the element's name, untitled."""
        return ["", *(column.header for column in self.columns)]
