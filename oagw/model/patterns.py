"""Patterns: ``pump_*.value.{speed,flow}``, ``System1:Pump_??.**`` (reference, "Patterns").

A pattern is expanded at its braces and compiled to one regular expression for the
datapoint and one for the element path of each alternative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from oagw.errors import ParameterError

#: More alternatives than this in one pattern are refused, and braces nested deeper.
MAX_ALTERNATIVES = 1000
_MAX_DEPTH = 20
_MAX_INDICES = 10_000
#: Each ``**`` multiplies the work of a match that fails.
_MAX_SPANS = 4
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
#: The same for each wildcard with numbers after it.
_MAX_LOOSE = 3
_STAR = "[^.:]*"
_SPAN = ".*"
_ANY = "[^.:]"
#: What is longer in a regular expression stands for more than one character.
_LONGEST_CHARACTER = len(_ANY)
#: A wildcard: what stands between the fixed texts of a name.
_WILDCARD = re.compile(r"[*?]|\[[^\]]*\]")
_MANY_STARS = re.compile(r"\*{3,}")
_EVERY_ELEMENT = re.compile(".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A pattern without braces.

    :ivar literal: the datapoint's name if the pattern has no wildcard there.
    :ivar internal: whether it may mean internal datapoints: it starts with a ``_``.
    :ivar datapoint: matches the whole name of a datapoint.
    :ivar element: matches the whole element path, empty for the root.
    :ivar prefix: what each matching datapoint's name begins with; ``suffix`` what it ends
        with; ``middle`` the longest text that it has anywhere. All are empty where the
        pattern ignores case.
    :ivar has_element: whether there is an element part; without one the root is meant.
        Nothing else tells ``Pump*`` from ``Pump*.``, which are equal.
    :ivar dp_type: the only type of which datapoints are meant; empty is any type.
    """

    literal: str | None
    internal: bool
    datapoint: re.Pattern[str]
    element: re.Pattern[str]
    prefix: str = field(compare=False)
    suffix: str = field(compare=False)
    middle: str = field(compare=False)
    has_element: bool = field(compare=False)
    dp_type: str = ""

    def matches_datapoint(self, name: str) -> bool:
        """Whether the datapoint is meant; internal ones only if asked for by a ``_``."""
        if name.startswith("_") and not self.internal:
            return False
        return self.datapoint.fullmatch(name) is not None

    def matches_element(self, path: str) -> bool:
        """Whether the element of a datapoint is meant; the root's path is empty."""
        return self.element.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; ``system`` is empty where the text names none.

    Patterns that mean the same by the same alternatives are equal.

    :ivar is_mixed: only some alternatives name the system, which must be the own one then.
    """

    text: str = field(compare=False)
    system: str
    alternatives: tuple[Alternative, ...]
    is_mixed: bool = False

    @property
    def has_element(self) -> bool:
        """Whether an alternative has an element part."""
        return any(one.has_element for one in self.alternatives)

    def by_datapoint(self) -> list[tuple[Alternative, ...]]:
        """The alternatives in groups that differ in their elements alone."""
        groups: dict[re.Pattern[str], list[Alternative]] = {}
        for one in self.alternatives:
            groups.setdefault(one.datapoint, []).append(one)
        return [tuple(group) for group in groups.values()]

    def matches(self, datapoint: str, element: str) -> bool:
        """Whether the element of the datapoint is meant."""
        return any(
            one.matches_datapoint(datapoint) and one.matches_element(element)
            for one in self.alternatives
        )


@lru_cache(maxsize=1024)
def compile_pattern(text: str, ignore_case: bool = False) -> Pattern:
    """Compile a pattern of elements.

    :param ignore_case: names that differ in case alone are one; the system's is not.
    :raises ParameterError: its braces or brackets are not closed, it expands to too many
        alternatives, or to elements of several systems.
    """
    systems: dict[str, None] = {}
    alternatives: list[Alternative] = []
    for expanded in expand_braces(text):
        system, separator, rest = expanded.partition(":")
        if not separator:
            system, rest = "", expanded
        if ":" in rest or "." in system:
            raise ParameterError(
                f"the pattern '{_short(text)}' names more than elements: at most one "
                "colon, after the system"
            )
        systems[system] = None
        alternatives += [_compile(one, text, ignore_case) for one in _spread(rest, text)]
    named = [system for system in systems if system]
    if len(named) > 1:
        raise ParameterError(f"the pattern '{_short(text)}' names several systems")
    if len(alternatives) > MAX_ALTERNATIVES:
        raise _too_many(text)
    system = named[0] if named else ""
    return Pattern(text, system, tuple(alternatives), len(systems) > 1)


def every_element(pattern: Pattern) -> Pattern:
    """The pattern with all elements in the place of roots where it has no element part."""
    alternatives = tuple(
        one if one.has_element else replace(one, element=_EVERY_ELEMENT, has_element=True)
        for one in pattern.alternatives
    )
    return replace(pattern, alternatives=alternatives)


def expand_braces(text: str, whole: str | None = None) -> list[str]:
    """All alternatives of a pattern: ``a{b,c}`` gives ``ab`` and ``ac``; may be nested.

    White space next to a brace or a comma of one means nothing.

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
            fixed = text[position:end]
            if position > 0:
                fixed = fixed.lstrip()
            choices = [fixed.rstrip() if end < len(text) else fixed]
            position = end
        if len(results) * len(choices) > MAX_ALTERNATIVES:
            raise _too_many(whole)
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


def _too_many(whole: str) -> ParameterError:
    return ParameterError(
        f"the pattern '{_short(whole)}' has more than {MAX_ALTERNATIVES} alternatives"
    )


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


def _spread(text: str, whole: str) -> list[str]:
    """What ``**`` before the first dot means: any text, which may go on to elements.

    ``**`` is ``*.**``, ``**.name`` is ``*.**.name``, ``a**b`` is ``a*b`` or ``a*.**b``.
    """
    text = _MANY_STARS.sub("**", text)
    datapoint, dot, element = text.partition(".")
    if datapoint.count("**") > _MAX_SPANS:
        raise ParameterError(f"the pattern '{_short(whole)}' has too many '**'")
    head, span, tail = datapoint.partition("**")
    if not span:
        return [text]
    if dot and not element:
        # Only roots end with a dot.
        return [datapoint.replace("**", "*") + dot]
    below = f"{head}*.**{tail}{dot}{element}"
    if not tail:
        return [below]
    return [*_spread(f"{head}*{tail}{dot}{element}", whole), below]


def _compile(text: str, whole: str, ignore_case: bool) -> Alternative:
    datapoint, dot, element = text.partition(".")
    flags = re.DOTALL | re.IGNORECASE if ignore_case else re.DOTALL
    matcher = re.compile(_translate(datapoint, whole), flags)
    fixed = [""] if ignore_case else _WILDCARD.split(datapoint)
    return Alternative(
        literal=datapoint if fixed == [datapoint] else None,
        internal=datapoint.startswith("_"),
        datapoint=matcher,
        element=re.compile(_translate_element(element, whole), flags),
        prefix=fixed[0],
        suffix=fixed[-1],
        middle=max(fixed, key=len),
        has_element=bool(dot),
    )


def _translate_element(text: str, whole: str) -> str:
    """Levels are separated by dots; ``**`` spans any number of them."""
    if text.count("**") > _MAX_SPANS:
        raise ParameterError(f"the pattern '{_short(whole)}' has too many '**'")
    levels: list[str] = []
    for level in text.split("."):
        if not (level == "**" and levels and levels[-1] == "**"):
            levels.append(level)
    if levels == ["**"]:
        return ".*"
    tail = ""
    if levels[-1] == "**":
        # "all levels below and the root itself"
        levels.pop()
        tail = r"(?:\..*)?"
    runs: list[list[str]] = [[]]
    for level in levels:
        if level == "**":
            runs.append([])
        else:
            runs[-1].append("[^.]+" if level == "*" else _translate(level, whole))
    *all_but_last, last = [r"\.".join(run) for run in runs]
    result = ""
    for at, run in enumerate(all_but_last):
        below = rf"{run}\." if run else ""
        # As early as it can be, for good; see _found_once.
        once = at > 0 and _SPAN not in run
        result += rf"(?>(?:.*?\.)??{below})" if once else _levels(at) + below
    return result + _levels(len(runs) - 1) + last + tail


def _levels(number: int) -> str:
    """What stands before the run of a number: nothing, or any levels."""
    return r"(?:.*\.)?" if number else ""


def _translate(text: str, whole: str) -> str:
    """A regular expression for a text without braces, of one level unless it has ``**``."""
    runs: list[tuple[str, list[str]]] = [("", [])]
    for piece in _pieces(text, whole):
        if piece in (_STAR, _SPAN):
            runs.append((piece, []))
        else:
            runs[-1][1].append(piece)
    result, loose = "".join(runs[0][1]), 0
    for at, (wildcard, pieces) in enumerate(runs[1:], 2):
        fixed = "".join(pieces)
        following = runs[at][0] if at < len(runs) else ""
        if _found_once(wildcard, pieces, following):
            result += f"(?>{wildcard}?{fixed})"
        else:
            loose += 1
            result += wildcard + fixed
    if loose > _MAX_LOOSE:
        raise ParameterError(f"the pattern '{_short(whole)}' has too many '*'")
    return result


def _found_once(wildcard: str, pieces: Sequence[str], following: str) -> bool:
    """Whether what follows a wildcard may be matched as early as it can be, for good.

    That holds if any later place would leave less for the next wildcard: so no pattern
    takes long to fail. Numbers differ in length, and a ``*`` that comes after a ``**`` may
    need a later level.
    """
    if not following or any(len(one) > _LONGEST_CHARACTER for one in pieces):
        return False
    return wildcard == _STAR or following == _SPAN


def _pieces(text: str, whole: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        char = text[position]
        if text.startswith("**", position):
            yield _SPAN
            position += 2
            continue
        if char == "[":
            end = text.find("]", position)
            if end < 0:
                raise ParameterError(f"the pattern '{_short(whole)}' has an open bracket")
            yield _indices(text[position + 1 : end], whole)
            position = end
        elif char in "*?":
            yield _STAR if char == "*" else _ANY
        else:
            yield re.escape(char)
        position += 1


def _indices(text: str, whole: str) -> str:
    """``1,2,5-10`` in any order, ``5-2`` as ``2-5``; ``*`` is all.

    They are numbers in a name, or members of an array: ``a[1]`` means ``a1`` and ``a[1]``.
    """
    number = _numbers(text, whole)
    return rf"(?:{number}|\[{number}\])"


def _numbers(text: str, whole: str) -> str:
    if text.strip() == "*":
        return "[0-9]+"
    numbers: set[int] = set()
    for piece in text.split(","):
        first, dash, last = (part.strip() for part in piece.partition("-"))
        if not _INDEX.fullmatch(first) or (dash and not _INDEX.fullmatch(last)):
            raise ParameterError(
                f"the pattern '{_short(whole)}': "
                f"'[{_short(text)}]' is not a list of indices"
            )
        low, high = sorted((int(first), int(last if dash else first)))
        if high - low + len(numbers) >= _MAX_INDICES:
            raise ParameterError(f"the pattern '{_short(whole)}' has too many indices")
        numbers.update(range(low, high + 1))
    return _one_of(str(number) for number in numbers)


def _one_of(texts: Iterable[str]) -> str:
    """A regular expression for any of many numbers; looks at each digit once."""
    below: dict[str, list[str]] = {}
    for text in sorted(texts):
        below.setdefault(text[:1], []).append(text[1:])
    ends = below.pop("", None) is not None
    choices = [
        digit + ("" if rest == [""] else _one_of(rest)) for digit, rest in below.items()
    ]
    return f"(?:{'|'.join(choices)}){'?' if ends else ''}"
