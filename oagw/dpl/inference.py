"""Types that are not in the files: what the files show of their elements.

Exports of a part of a project have datapoints of types that every WinCC OA project has
(``_AlertClass``, ``_MqttConnection``), or that another file brings. Their elements and
what these hold can be told from the rows about them; the real definition may follow
in a later import, and takes the place of what was told here. All rows of all datapoints of
a type are looked at before anything is decided, and rows of later imports may add to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from oagw.dpl.sections import Row, Section
from oagw.dpl.strings import elements
from oagw.dpl.valuerows import VALUE
from oagw.errors import OagwError
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.dptypes import ElementType, Inferred, TypeNode
from oagw.model.identifiers import first_of_path, is_index, is_path, path_below

#: Attributes that are of the element's own type, and lists of such.
_OWN = re.compile(
    r"_default\.._value|_(?:pv|u)_range\.\w*\._(?:min|max)|_dp_fct\.._interm"
    r"|_alert_hdl\.\w*\._[lu]_(?:hyst_)?limit",
    re.ASCII,
)
_OWN_LISTS = re.compile(r"_(?:pv_range|u_range|alert_hdl)\.\w*\._set", re.ASCII)
_ALERT_TYPE = "_alert_hdl.._type"
#: A binary alert, one with limits, and one of all elements below.
_BINARY, _LIMITS, _SUM = "12", "13", "59"
#: Configs of elements that hold numbers.
_NUMERIC = frozenset({"_msg_conv", "_cmd_conv", "_dp_fct", "_pv_range"})
_CONFIG = re.compile(r"(_\w+)\.", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX][\dA-Fa-f]{1,16}", re.ASCII)
_TIME = re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d\.\d+", re.ASCII)
_LANGUAGES = re.compile(r"lt:\d")


class _Form(Enum):
    """How a value is written."""

    WHOLE = auto()
    FLOAT = auto()
    BITS32 = auto()
    BITS64 = auto()
    CHAR = auto()
    TIME = auto()
    LANGUAGES = auto()
    TEXT = auto()
    NAME = auto()


#: The narrowest type of whole numbers comes first; each with its lowest and highest.
_INTEGERS = (
    (ElementType.INT, -(1 << 31), (1 << 31) - 1),
    (ElementType.UINT, 0, (1 << 32) - 1),
    (ElementType.LONG, -(1 << 63), (1 << 63) - 1),
    (ElementType.ULONG, 0, (1 << 64) - 1),
)
#: What holds a value of each form alone.
_SIMPLE = {
    _Form.FLOAT: ElementType.FLOAT,
    _Form.BITS32: ElementType.BIT32,
    _Form.BITS64: ElementType.BIT64,
    _Form.CHAR: ElementType.CHAR,
    _Form.TIME: ElementType.TIME,
    _Form.LANGUAGES: ElementType.LANG_STRING,
    _Form.TEXT: ElementType.STRING,
    _Form.NAME: ElementType.DPID,
}
_BITS = frozenset({_Form.BITS32, _Form.BITS64})
#: What a value of an inferred type looked like, other than of whole numbers.
_FORMS = {kind: form for form, kind in _SIMPLE.items()}
#: The types that take over all values of an inferred one, beside lists of the same.
_WIDER = {
    ElementType.BOOL: {ElementType.INT, ElementType.UINT, ElementType.LONG},
    ElementType.INT: {ElementType.LONG, ElementType.FLOAT},
    ElementType.UINT: {ElementType.LONG, ElementType.ULONG, ElementType.FLOAT},
    ElementType.BIT32: {ElementType.BIT64},
    ElementType.STRING: {ElementType.LANG_STRING},
}


@dataclass(slots=True)
class Evidence:
    """What rows show of one element.

    :ivar forms: how its values, and what is of their type, are written.
    :ivar low: the lowest whole number among them; ``high`` the highest.
    :ivar is_list: some value has several members, or none.
    :ivar alerts: types of its alert handling.
    :ivar configs: the configs that it has.
    :ivar has_value: a row shows a value, or that there is none.
    """

    forms: set[_Form] = field(default_factory=set)
    low: int = 0
    high: int = 0
    is_list: bool = False
    alerts: set[str] = field(default_factory=set)
    configs: set[str] = field(default_factory=set)
    has_value: bool = False

    def note(self, cell: str, unquoted: _Form = _Form.NAME) -> None:
        """Note a value, or what is of its type; it may be a list.

        :param unquoted: what an unquoted text is.
        """
        if not cell:
            return
        if not cell.strip():
            self.forms.add(_Form.NAME)
            return
        members = _members(cell)
        self.is_list |= len(members) > 1
        for member in members:
            self._note_one(member, unquoted)

    def note_members(self, cell: str) -> None:
        """Note a list whose members are of the element's type."""
        for member in _members(cell):
            self._note_one(member, _Form.NAME)

    def note_type(self, kind: ElementType) -> None:
        """Note that all values of a type have to fit, as of an earlier import."""
        self.is_list |= kind.member is not None
        kind = kind.member or kind
        if kind in _FORMS:
            self.forms.add(_FORMS[kind])
            return
        self.forms.add(_Form.WHOLE)
        if kind is ElementType.BOOL:
            self.alerts.add(_BINARY)
        for integer, lowest, highest in _INTEGERS:
            if integer is kind:
                self.low, self.high = min(self.low, lowest), max(self.high, highest)

    def _note_one(self, text: str, unquoted: _Form) -> None:
        form = _form(text) or unquoted
        self.forms.add(form)
        if form is _Form.WHOLE:
            number = int(text)
            self.low, self.high = min(self.low, number), max(self.high, number)

    @property
    def kind(self) -> ElementType | None:
        """The narrowest type that holds all of it; ``None`` if nothing shows it."""
        member = self._member()
        if not self.is_list:
            return member
        return (member or ElementType.STRING).dyn

    def _member(self) -> ElementType | None:
        forms = self.forms
        if not forms:
            return self._hint()
        if forms == {_Form.WHOLE}:
            return self._whole()
        if len(forms) == 1:
            return _SIMPLE[next(iter(forms))]
        if forms == {_Form.WHOLE, _Form.FLOAT}:
            return ElementType.FLOAT
        if forms == {_Form.WHOLE, _Form.CHAR} and self.low >= 0 and self.high <= 255:
            return ElementType.CHAR
        if forms <= _BITS | {_Form.WHOLE} and self.low >= 0:
            return self._bits()
        if forms == {_Form.LANGUAGES, _Form.TEXT}:
            return ElementType.LANG_STRING
        return ElementType.STRING

    def _whole(self) -> ElementType:
        if _BINARY in self.alerts and self.low >= 0 and self.high <= 1:
            return ElementType.BOOL
        for kind, lowest, highest in _INTEGERS:
            if lowest <= self.low and self.high <= highest:
                return kind
        return ElementType.FLOAT

    def _bits(self) -> ElementType:
        is_wide = _Form.BITS64 in self.forms or self.high >= 1 << 32
        return ElementType.BIT64 if is_wide else ElementType.BIT32

    def _hint(self) -> ElementType | None:
        """What an element holds of which only configs are shown."""
        if _BINARY in self.alerts:
            return ElementType.BOOL
        if _LIMITS in self.alerts or self.configs & _NUMERIC:
            return ElementType.FLOAT
        if self.has_value or any(not _is_of_structs(one) for one in self.configs):
            return ElementType.STRING
        return ElementType.STRUCT if _SUM in self.alerts else None

    @property
    def is_shown(self) -> bool:
        """Whether something shows what it holds."""
        return bool(self.forms or self.is_list or self.alerts or self.configs & _NUMERIC)


def _is_of_structs(config: str) -> bool:
    found = CONFIGS.get(config)
    return found is None or found.on_structs


class Shown:
    """What the rows about datapoints of one type show of its elements."""

    def __init__(self) -> None:
        self.elements: dict[str, Evidence] = {}

    def note(self, path: str, section: Section, row: Row) -> None:
        """Note what a row shows of an element, if its path is one."""
        if not is_path(path):
            return
        evidence = self.elements.setdefault(path, Evidence())
        if section.name == "DpValue":
            _note_value(evidence, section, row)
        for column, cell in zip(section.columns, row.cells, strict=False):
            if not cell.strip():
                continue
            note = _note_of(column)
            if note is not None:
                note(evidence, cell)


def _note_value(evidence: Evidence, section: Section, row: Row) -> None:
    text = row.cell(VALUE)
    evidence.has_value = True
    # In a section without any quotes, texts have lost theirs.
    evidence.note(text, _Form.NAME if section.has_quotes else _Form.TEXT)
    if not text and not row.ends_before(VALUE) and section.has_quotes:
        # An empty text has quotes there, so this is an empty list.
        evidence.is_list = True


def _note_of(column: str) -> Callable[[Evidence, str], None] | None:
    """What is to be done with the cells of a column of a config."""
    config = _CONFIG.match(column)
    if config is None or config[1] == "_original":
        return None
    if _OWN.fullmatch(column):
        return Evidence.note
    if _OWN_LISTS.fullmatch(column):
        return Evidence.note_members
    if column == _ALERT_TYPE:
        return lambda evidence, cell: evidence.alerts.add(cell.strip())
    return lambda evidence, cell: evidence.configs.add(config[1])


def _members(cell: str) -> list[str]:
    """The members of a list as they stand; of what is none, just itself."""
    text = cell.strip()
    if _LANGUAGES.match(text):
        return [f"lt:{one}" for one in _split_languages(text)]
    if "," not in text:
        return [text]
    try:
        return elements(text)
    except OagwError:
        return [text]


def _split_languages(text: str) -> list[str]:
    """The texts in languages of a list: each begins with its count."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.DOTALL)
    return outside.split("lt:")[1:]


def _form(text: str) -> _Form | None:
    """How a value is written; ``None`` if it is an unquoted text."""
    if text.startswith("lt:"):
        return _Form.LANGUAGES
    if text.startswith("\\"):
        return _Form.CHAR
    if text.startswith('"'):
        return _Form.TEXT
    if _HEXADECIMAL.fullmatch(text):
        return _Form.BITS32 if len(text) <= 10 else _Form.BITS64
    if _WHOLE.fullmatch(text):
        return _Form.WHOLE
    if _NUMBER.fullmatch(text):
        return _Form.FLOAT
    if _TIME.fullmatch(text):
        return _Form.TIME
    return None


def is_unquoted_text(cell: str) -> bool:
    """Whether a cell has a text without quotes around it."""
    return bool(cell.strip()) and _form(cell.strip()) is None


def extended(root: TypeNode, shown: Mapping[str, Evidence]) -> TypeNode:
    """A definition with more elements; those that are there stay as they are."""
    children = {child.name: child for child in root.children}
    below: dict[str, dict[str, Evidence]] = {}
    for path, evidence in shown.items():
        first, rest = first_of_path(path)
        below.setdefault(first, {})[rest] = evidence
    for name, deeper in below.items():
        present = children.get(name)
        if present is None:
            # Only arrays have members; rows about others are refused.
            if root.type is ElementType.ARRAY or not is_index(name):
                children[name] = _node(name, deeper)
        elif not (present.type.holds_value or present.reference):
            children[name] = extended(present, deeper)
    return replace(root, children=tuple(children.values()))


def infer_type(name: str, shown: Mapping[str, Evidence]) -> TypeNode:
    """A definition that has the elements that were shown.

    :param shown: what rows show of each element, by its path. Elements of which nothing
        shows what they hold get texts; the root nothing.
    """
    return _node(name, shown, is_root=True)


def widened(root: TypeNode, shown: Mapping[str, Evidence]) -> TypeNode:
    """An inferred definition that holds what was shown later as well.

    What an element holds changes only if all that it may hold now fits, and not at all if
    a definition says what it is.
    """
    below = _by_child(shown)
    if root.inferred and root.type.holds_value:
        if not below:
            return _widened_leaf(root, shown.get(""))
        return root if root.inferred is Inferred.SHOWN else _node(root.name, shown)
    if root.inferred and not (root.children or below):
        return _widened_leaf(root, shown.get(""))
    children = [widened(child, below.pop(child.name, {})) for child in root.children]
    kind = root.type
    if root.inferred:
        if not children and any(map(is_index, below)):
            kind = ElementType.ARRAY
        children += [
            _node(name, deeper)
            for name, deeper in below.items()
            if is_index(name) is (kind is ElementType.ARRAY)
        ]
    return replace(root, type=kind, children=tuple(children))


def _widened_leaf(node: TypeNode, shown: Evidence | None) -> TypeNode:
    """An element that holds what was shown later, if it can."""
    if shown is None or not shown.is_shown:
        return node
    is_guess = node.inferred is Inferred.GUESSED
    if not is_guess:
        shown.note_type(node.type)
    kind = shown.kind
    if kind is None or not (is_guess or _holds(kind, node.type)):
        return node
    return replace(node, type=kind, inferred=Inferred.SHOWN)


def differences(old: TypeNode, new: TypeNode, path: str = "") -> Iterator[str]:
    """What has become of an inferred definition, in words, element by element."""
    if old.type is not new.type:
        yield f"'{path or old.name}' becomes {new.type.keyword}"
    present = {child.name: child for child in old.children}
    for child in new.children:
        below = path_below(path, child.name)
        if child.name in present:
            yield from differences(present[child.name], child, below)
        else:
            yield f"'{below}' is new"


def _holds(wider: ElementType, kind: ElementType) -> bool:
    """Whether values of a type, or lists of such, become those of another one."""
    if kind.member is not None and wider.member is None:
        return False
    one, other = kind.member or kind, wider.member or wider
    return one is other or other in _WIDER.get(one, ())


def _by_child(shown: Mapping[str, Evidence]) -> dict[str, dict[str, Evidence]]:
    """What is shown of the elements below one, by their names."""
    below: dict[str, dict[str, Evidence]] = {}
    for path, evidence in shown.items():
        first, rest = first_of_path(path)
        if first:
            below.setdefault(first, {})[rest] = evidence
    return below


def _node(name: str, shown: Mapping[str, Evidence], is_root: bool = False) -> TypeNode:
    below = _by_child(shown)
    if not below:
        own = shown.get("") or Evidence()
        plain = ElementType.STRUCT if is_root else ElementType.STRING
        inferred = Inferred.SHOWN if own.is_shown else Inferred.GUESSED
        return TypeNode(name, own.kind or plain, inferred=inferred)
    kind = ElementType.ARRAY if any(map(is_index, below)) else ElementType.STRUCT
    children = tuple(_node(child, deeper) for child, deeper in below.items())
    return TypeNode(name, kind, 0, children, inferred=Inferred.SHOWN)
