"""Patterns: ``pump_*.value.{speed,flow}``, ``System1:Pump_??.**`` (reference, "Patterns").

A pattern is expanded at its braces and compiled to one regular expression for the
datapoint and one for the element path of each alternative.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from oagw.errors import ParameterError

#: More alternatives than this in one pattern are refused.
MAX_ALTERNATIVES = 1000
_MAX_INDICES = 10_000
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
    """A compiled pattern; ``system`` is empty where the text names none."""

    text: str
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
    if ":" in rest:
        raise ParameterError(f"the pattern '{text}' has too many colons")
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
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    raise ParameterError(f"the pattern '{whole}' has an open brace")


def _split_choices(text: str) -> list[str]:
    choices, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char == "{":
            depth += 1
        elif char == "}":
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
    pieces = []
    position = 0
    while position < len(text):
        char = text[position]
        if text.startswith("**", position):
            pieces.append(".*")
            position += 2
        elif char == "*":
            pieces.append("[^.:]*")
            position += 1
        elif char == "?":
            pieces.append("[^.:]")
            position += 1
        elif char == "[":
            end = text.find("]", position)
            if end < 0:
                raise ParameterError(f"the pattern '{whole}' has an open bracket")
            pieces.append(_indices(text[position + 1 : end], whole))
            position = end + 1
        else:
            pieces.append(re.escape(char))
            position += 1
    return "".join(pieces)


def _indices(text: str, whole: str) -> str:
    numbers: list[str] = []
    for piece in text.split(","):
        first, dash, last = piece.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ParameterError(f"the pattern '{whole}': '[{text}]' is no list of indices")
        span = range(int(first), int(last if dash else first) + 1)
        if len(span) > _MAX_INDICES:
            raise ParameterError(f"the pattern '{whole}' has too many indices")
        numbers.extend(str(number) for number in span)
    return f"(?:{'|'.join(numbers)})" if numbers else "(?!)"
