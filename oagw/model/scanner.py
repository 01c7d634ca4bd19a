"""A scanner that splits the text of a small language, and errors that give a position."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from oagw.errors import SyntaxFaultError


def scan(
    text: str, pieces: re.Pattern[str], fault: Callable[[int], SyntaxFaultError]
) -> Iterator[tuple[str, str, int]]:
    """Split a text: return kind, text and position of each piece, without spaces.

    :param pieces: a regular expression with one named group for each kind of piece; one of
        them is ``space``.
    :param fault: creates the error for a position where no piece begins.
    :raises SyntaxFaultError: no piece begins at some position.
    """
    position = 0
    while position < len(text):
        found = pieces.match(text, position)
        if found is None:
            raise fault(position)
        kind = found.lastgroup
        assert kind is not None
        if kind != "space":
            yield kind, found.group(kind), position
        position = found.end()


def fault_in(language: str, text: str, position: int, wrong: str) -> SyntaxFaultError:
    """Return the error for a position, quoting the text there.

    :param language: the kind of text: ``query`` or ``formula``.
    """
    piece = " ".join(text[position : position + 30].split())
    where = f"near '{piece}'" if piece else "at the end"
    return SyntaxFaultError(f"{language}, position {position + 1}, {where}: {wrong}")
