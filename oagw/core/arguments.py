"""Reads arguments that several commands have."""

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
#: The longest text that is read in much less than a millisecond.
_SHORT = 300
#: Even a short text with one of these may stand for many patterns, or for a long one.
_MANIFOLD = frozenset("{[")


async def read_given(context: Context, text: str, read: Callable[[], _T]) -> _T:
    """Read a client's text, in a thread if it may take long."""
    if len(text) <= _SHORT and _MANIFOLD.isdisjoint(text):
        return read()
    return await context.offload(read)


async def read_pattern(context: Context, text: str, ignore_case: bool = False) -> Pattern:
    """Read a pattern.

    :raises ParameterError: the text is not a pattern.
    """
    return await read_given(context, text, partial(compile_pattern, text, ignore_case))


def read_time(
    given: str | float, argument: str, zone: tzinfo | None, *, clamp: bool = False
) -> int:
    """A time argument in ns since the epoch.

    :param clamp: replace a time that cannot be stored by the first or last that can, for
        periods such as "until the year 9999".
    :raises ParameterError: it is not a time; the text names the argument.
    :raises SourceTimeRangeError: it cannot be stored, without ``clamp``.
    """
    try:
        return parse_time(given, zone, clamp=clamp)
    except ConversionError as error:
        raise ParameterError(f"{argument}: {error.message}") from error


def not_elements(completed: CompletedNames, default: str) -> dict[str, OagwError]:
    """The errors of names that have an attribute where only an element is allowed.

    :param default: the attribute that the other names were completed with.
    """
    return {
        text: AddressError(f"'{text}' names an attribute; the element is enough")
        for name, text in zip(completed.names, completed.written, strict=True)
        if not name.endswith(f":{default}")
    }
