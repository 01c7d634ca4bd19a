"""Types that are not in the files: what the files show of their elements.

Exports of a part of a project have datapoints of types that every WinCC OA project has
(``_AlertClass``, ``_MqttConnection``), or that another file brings. Their elements and
what these hold can be told from the rows about them; the real definition may follow
in a later import, and takes the place of what was told here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from oagw.dpl.sections import Row, Section
from oagw.dpl.valuerows import VALUE
from oagw.model.dptypes import ElementType, TypeNode

#: A binary alert, one with limits, and one of all elements below.
_ALERTS = {"12": ElementType.BOOL, "13": ElementType.FLOAT, "59": ElementType.STRUCT}
_NUMERIC = frozenset({"DpConvRawToIngMain", "DpConvIngToRawMain", "DpFunction"})
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_TIME = re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d\.\d+", re.ASCII)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"(?:,\s*"(?:[^"\\]|\\.)*")+', re.DOTALL)
_INT_MAX = 2**31


class Shown:
    """What the rows about datapoints of one type show of its elements."""

    def __init__(self) -> None:
        self._values: dict[str, ElementType | None] = {}
        self._hints: dict[str, ElementType | None] = {}
        self._lists: set[str] = set()

    def note(self, path: str, section: Section, row: Row) -> None:
        """Note what a row shows of an element."""
        if section.name != "DpValue":
            self._values.setdefault(path, None)
            self._hints[path] = wider(self._hints.get(path), _hint(section.name, row))
            return
        text = row.cell(VALUE)
        self._values[path] = wider(self._values.get(path), guess_kind(text))
        if not text and len(row.cells) > section.index(VALUE) and section.has_quotes:
            # An empty text has quotes there, so this is an empty list.
            self._lists.add(path)

    @property
    def elements(self) -> dict[str, ElementType | None]:
        """What each element holds, by path; ``None`` where that was not shown."""
        return {path: self._kind(path) for path in self._values}

    def _kind(self, path: str) -> ElementType | None:
        kind = self._values[path] or self._hints.get(path)
        if path not in self._lists:
            return kind
        return (kind or ElementType.STRING).dyn


def _hint(section: str, row: Row) -> ElementType | None:
    """What an element holds that has such a config; ``None`` if that says nothing."""
    if section == "AlertValue":
        return _ALERTS.get(row.cell("_alert_hdl.._type").strip())
    if section == "DpDefaultValue":
        kind = guess_kind(row.cell("_default.._value"))
        return ElementType.FLOAT if kind is ElementType.INT else kind
    if section == "PvssRangeCheck":
        return ElementType.FLOAT if row.cell("_pv_range.._min").strip() else None
    return ElementType.FLOAT if section in _NUMERIC else None


def guess_kind(cell: str) -> ElementType | None:
    """What an element holds whose value is written like this; ``None`` if nothing is."""
    text = cell.strip()
    if not text:
        return ElementType.DPID if cell == " " else None
    if text.startswith("lt:"):
        return ElementType.LANG_STRING
    if text.startswith("\\"):
        return ElementType.CHAR
    if _STRINGS.fullmatch(text):
        return ElementType.DYN_STRING
    if text.startswith('"'):
        return ElementType.STRING
    if "," in text:
        members = {guess_kind(member) for member in text.split(",")}
        kind = _widest(members - {None})  # type: ignore[arg-type]
        return kind.dyn if kind is not None else ElementType.DYN_STRING
    if text.lower().startswith("0x"):
        return ElementType.BIT32 if len(text) <= 10 else ElementType.BIT64
    if _WHOLE.fullmatch(text):
        fits = -_INT_MAX <= int(text) < _INT_MAX
        return ElementType.INT if fits else ElementType.LONG
    if _NUMBER.fullmatch(text):
        return ElementType.FLOAT
    if _TIME.fullmatch(text):
        return ElementType.TIME
    return ElementType.STRING


def wider(one: ElementType | None, other: ElementType | None) -> ElementType | None:
    """The type that holds values of both."""
    if one is None or one is other:
        return other
    if other is None:
        return one
    if one.member is not None or other.member is not None:
        member = wider(one.member or one, other.member or other)
        return member.dyn if member is not None else ElementType.DYN_STRING
    return _widest({one, other}) or ElementType.STRING


_NUMBERS = (ElementType.INT, ElementType.LONG, ElementType.FLOAT)


def _widest(kinds: set[ElementType]) -> ElementType | None:
    """The type of which the others are special cases; text holds everything."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds and kinds <= set(_NUMBERS):
        return max(kinds, key=_NUMBERS.index)
    return ElementType.STRING if kinds else None


def infer_type(name: str, shown: Mapping[str, ElementType | None]) -> TypeNode:
    """A definition that has the elements that were shown.

    :param shown: what each element holds, by its path; ``None`` where that was not
        shown: those hold text, the root nothing.
    """
    below: dict[str, dict[str, ElementType | None]] = {}
    for path, kind in shown.items():
        head, dot, rest = path.partition(".")
        if head:
            children = below.setdefault(head, {})
            if dot or "" not in children:
                children[rest] = kind
    return _node(name, shown.get(""), below, root=True)


def _node(
    name: str,
    kind: ElementType | None,
    below: Mapping[str, Mapping[str, ElementType | None]],
    root: bool = False,
) -> TypeNode:
    if not below:
        plain = ElementType.STRUCT if root else ElementType.STRING
        return TypeNode(name, kind or plain)
    children = []
    for child, shown in below.items():
        deeper: dict[str, dict[str, ElementType | None]] = {}
        for path, held in shown.items():
            head, _, rest = path.partition(".")
            if head:
                deeper.setdefault(head, {})[rest] = held
        children.append(_node(child, shown.get(""), deeper))
    return TypeNode(name, ElementType.STRUCT, 0, tuple(children))
