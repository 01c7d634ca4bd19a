"""Reading arguments that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import TypeVar

from oagw.core.context import Context
from oagw.core.router import CompletedNames
from oagw.errors import (
    AddressError,
    ConversionError,
    OagwError,
    ParameterError,
)
from oagw.model.patterns import Pattern, compile_pattern
from oagw.model.times import parse_time

_T = TypeVar("_T")
#: A longer text may take a millisecond to read.
_SHORT = 300
#: What may stand for many patterns, or a long one, however short the text is.
_MANIFOLD = frozenset("{[")


async def read_given(context: Context, text: str, read: Callable[[], _T]) -> _T:
    """Read what a client has written: in a thread, if it may take long."""
    if len(text) <= _SHORT and _MANIFOLD.isdisjoint(text):
        return read()
    return await context.offload(read)


async def read_pattern(context: Context, text: str, ignore_case: bool = False) -> Pattern:
    """Read a pattern.

    :raises ParameterError: it is none.
    """
    return await read_given(context, text, partial(compile_pattern, text, ignore_case))


def read_time(
    given: str | float, argument: str, zone: tzinfo | None, *, clamp: bool = False
) -> int:
    """A time argument in ns since the epoch.

    :param clamp: take the first or last storable time for one beyond it, as
        "from the beginning" and "until year 9999" mean in a period query.
    :raises ParameterError: it is no time; names the argument.
    :raises SourceTimeRangeError: it is beyond what can be stored, without ``clamp``.
    """
    try:
        return parse_time(given, zone, clamp=clamp)
    except ConversionError as error:
        raise ParameterError(f"{argument}: {error.message}") from error


def not_elements(completed: CompletedNames, default: str) -> dict[str, OagwError]:
    """What is wrong with names that have an attribute where an element is meant.

    :param default: the attribute that the others were completed with.
    """
    return {
        text: AddressError(f"'{text}' names an attribute; the element is enough")
        for name, text in zip(completed.names, completed.written, strict=True)
        if not name.endswith(f":{default}")
    }
