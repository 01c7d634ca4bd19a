"""Scanning: the text of a small language cut into pieces, and errors that say where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from oagw.errors import SyntaxFaultError


def scan(
    text: str, pieces: re.Pattern[str], fault: Callable[[int], SyntaxFaultError]
) -> Iterator[tuple[str, str, int]]:
    """Cut a text: kind, piece and position of each, spaces left out.

    :param pieces: has a named group for each kind of piece, of which one is ``space``.
    :param fault: makes the error for a position where no piece begins.
    :raises SyntaxFaultError: there is such a position.
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
    """The error for something wrong at a position, with the piece of the text there.

    :param language: what the text is: a ``query``, a ``formula``.
    """
    piece = " ".join(text[position : position + 30].split())
    where = f"near '{piece}'" if piece else "at the end"
    return SyntaxFaultError(f"{language}, position {position + 1}, {where}: {wrong}")
