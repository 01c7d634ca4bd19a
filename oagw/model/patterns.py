"""Patterns: ``pump_*.value.{speed,flow}``, ``System1:Pump_??.**`` (reference, "Patterns").

A pattern is expanded at its braces and compiled to one regular expression for the
datapoint and one for the element path of each alternative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from oagw.errors import ParameterError

#: More alternatives than this in one pattern are refused, and braces nested deeper.
MAX_ALTERNATIVES = 1000
_MAX_DEPTH = 20
_MAX_INDICES = 10_000
#: Each ``**`` multiplies the work of a match that fails.
_MAX_SPANS = 4
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
_MAX_STARS = 4
_STAR = "[^.:]*"
_WILD = frozenset("*?[{")


@dataclass(frozen=True, slots=True)
class Alternative:
    """A pattern without braces.

    :ivar literal: the datapoint's name if the pattern has no wildcard there.
    :ivar datapoint: matches the whole name of a datapoint.
    :ivar element: matches the whole element path, empty for the root.
    """

    literal: str | None
    internal: bool
    datapoint: re.Pattern[str]
    element: re.Pattern[str]

    def matches_datapoint(self, name: str) -> bool:
        """Whether the datapoint is meant; internal ones only if asked for by a ``_``."""
        if name.startswith("_") and not self.internal:
            return False
        return self.datapoint.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; ``system`` is empty where the text names none.

    Patterns that mean the same by the same alternatives are equal.
    """

    text: str = field(compare=False)
    system: str
    alternatives: tuple[Alternative, ...]

    def matches(self, datapoint: str, element: str) -> bool:
        """Whether the element of the datapoint is meant."""
        return any(
            one.matches_datapoint(datapoint) and one.element.fullmatch(element) is not None
            for one in self.alternatives
        )


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern of elements.

    :raises ParameterError: its braces or brackets are not closed, or it expands to too
        many alternatives.
    """
    system, separator, rest = text.partition(":")
    if not separator:
        system, rest = "", text
    if ":" in rest or "." in system:
        raise ParameterError(
            f"the pattern '{_short(text)}' names more than elements: at most one colon, "
            "after the system"
        )
    alternatives = tuple(_compile(one, text) for one in expand_braces(rest, text))
    return Pattern(text, system, alternatives)


def expand_braces(text: str, whole: str | None = None) -> list[str]:
    """All alternatives of a pattern: ``a{b,c}`` gives ``ab`` and ``ac``; may be nested.

    :raises ParameterError: a brace is not closed, or there are too many alternatives.
    """
    whole = text if whole is None else whole
    results = [""]
    position = 0
    while position < len(text):
        char = text[position]
        if char == "{":
            end = _closing_brace(text, position, whole)
            choices = [
                expanded
                for choice in _split_choices(text[position + 1 : end])
                for expanded in expand_braces(choice.strip(), whole)
            ]
            position = end + 1
        elif char == "}":
            raise ParameterError(f"the pattern '{whole}' closes a brace it did not open")
        else:
            end = next(
                (at for at in range(position, len(text)) if text[at] in "{}"), len(text)
            )
            choices = [text[position:end]]
            position = end
        if len(results) * len(choices) > MAX_ALTERNATIVES:
            raise ParameterError(
                f"the pattern '{whole}' has more than {MAX_ALTERNATIVES} alternatives"
            )
        results = [head + tail for head in results for tail in choices]
    return results


def _closing_brace(text: str, start: int, whole: str) -> int:
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise ParameterError(f"the braces of '{_short(whole)}' are nested too deep")
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    raise ParameterError(f"the pattern '{whole}' has an open brace")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _split_choices(text: str) -> list[str]:
    """Split at the commas that stand in no braces and no brackets of their own."""
    choices, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
        elif char == "," and depth == 0:
            choices.append(text[start:at])
            start = at + 1
    choices.append(text[start:])
    return choices


def _compile(text: str, whole: str) -> Alternative:
    datapoint, _, element = text.partition(".")
    wild = not _WILD.isdisjoint(datapoint)
    return Alternative(
        literal=None if wild else datapoint,
        internal=datapoint.startswith("_"),
        datapoint=re.compile(_translate(datapoint, whole), re.DOTALL),
        element=re.compile(_translate_element(element, whole), re.DOTALL),
    )


def _translate_element(text: str, whole: str) -> str:
    """Levels are separated by dots; ``**`` spans any number of them."""
    if text == "**":
        return ".*"
    if text.count("**") > _MAX_SPANS:
        raise ParameterError(f"the pattern '{_short(whole)}' has too many '**'")
    tail = ""
    if text.endswith(".**"):
        # "all levels below and the root itself"
        text, tail = text[:-3], r"(?:\..*)?"
    levels = text.split(".")
    pieces = []
    for number, level in enumerate(levels):
        last = number == len(levels) - 1
        if level == "**" and not last:
            pieces.append(r"(?:.*\.)?")
            continue
        pieces.append("[^.]+" if level == "*" else _translate(level, whole))
        if not last:
            pieces.append(r"\.")
    return "".join(pieces) + tail


def _translate(text: str, whole: str) -> str:
    """A regular expression for a text without braces, of one level unless it has ``**``."""
    pieces = list(_pieces(text, whole))
    stars = pieces.count(_STAR)
    if stars < 2:
        return "".join(pieces)
    if "**" in text or "[" in text:
        if stars > _MAX_STARS:
            raise ParameterError(f"the pattern '{_short(whole)}' has too many '*'")
        return "".join(pieces)
    # What follows a star is matched as early as it can be, and never tried again: any
    # later place would leave less for the rest. So no pattern takes long to fail.
    head, *middle, tail = "".join(pieces).split(_STAR)
    return head + "".join(f"(?>{_STAR}?{one})" for one in middle) + _STAR + tail


def _pieces(text: str, whole: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        char = text[position]
        if text.startswith("**", position):
            yield ".*"
            position += 2
            continue
        if char == "[":
            end = text.find("]", position)
            if end < 0:
                raise ParameterError(f"the pattern '{_short(whole)}' has an open bracket")
            yield _indices(text[position + 1 : end], whole)
            position = end
        elif char in "*?":
            yield _STAR if char == "*" else "[^.:]"
        else:
            yield re.escape(char)
        position += 1


def _indices(text: str, whole: str) -> str:
    numbers: list[str] = []
    for piece in text.split(","):
        first, dash, last = piece.strip().partition("-")
        if not _INDEX.fullmatch(first) or (dash and not _INDEX.fullmatch(last)):
            raise ParameterError(
                f"the pattern '{_short(whole)}': '[{_short(text)}]' is no list of indices"
            )
        low, high = int(first), int(last if dash else first)
        if high - low + len(numbers) > _MAX_INDICES:
            raise ParameterError(f"the pattern '{whole}' has too many indices")
        numbers.extend(str(number) for number in range(low, high + 1))
    return f"(?:{'|'.join(numbers)})" if numbers else "(?!)"
