"""The rows of sections of one config: an attribute in each column.

Exports "including timestamp" have a row for each time that a config was set, with all of
it: the latest one counts, and nothing of those before.
"""

from __future__ import annotations

import re
from datetime import tzinfo

from oagw.dpl.dplcells import parse_cell
from oagw.dpl.plan import Plan
from oagw.dpl.sections import Row, Section
from oagw.dpl.strings import shown
from oagw.errors import OagwError
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.configs.declarations import (
    Attribute,
    kind_of,
)
from oagw.model.dptypes import ElementType, TypeElement
from oagw.model.values import Value, convert

#: What stands before the name of a config whose attributes are not known: they are kept
#: as texts.
UNKNOWN = "#"

_DETAIL = re.compile(r"\w+")
#: Configs that are no config of a section: values, and what follows from them.
_VALUES = frozenset({"_original", "_online", "_offline", "_lock"})
#: It is in Aliases/Comments, where it is checked that nobody else has it.
_ALIAS = "_common.._alias"
_ATTRIBUTE = re.compile(r"(_\w+)\.(\w*)\.(_\w+)", re.ASCII)
#: Columns that say what a row is about, rather than what is set.
_KEYS = frozenset(
    {
        "Manager/User",
        "ElementName",
        "TypeName",
        "DetailNr",
        "DetailNo",
        "StampSec",
        "StampMSec",
    }
)
#: When a config was set: seconds since 1970, and milliseconds.
_STAMPS = ("StampSec", "StampMSec")

#: Configs that are only kept: a cell that cannot be read must not cost the whole project.
_KEPT = frozenset({"_address", "_auth", "_cmd_conv", "_distrib", "_general", "_msg_conv"})


class ConfigRows:
    """Reads the rows of a section."""

    def __init__(
        self, section: Section, plan: Plan, file: str, zone: tzinfo | None
    ) -> None:
        self._plan = plan
        self._file = file
        self._line = section.line + 1
        self._zone = zone
        #: The attribute of a column in a detail; ``None`` if it is not known.
        self._found: dict[tuple[str, str], Attribute | None] = {}
        self._columns: list[tuple[str, str, str, str]] = []
        self._is_stamped = section.index(_STAMPS[0]) >= 0
        #: The latest stamp of each config of an element.
        self._latest: dict[tuple[str, int, str], tuple[int, ...]] = {}
        for column in section.columns:
            if column in _KEYS or not column or column.startswith("#"):
                continue
            found = _ATTRIBUTE.fullmatch(column)
            if found is None or found[1] in _VALUES or column == _ALIAS:
                plan.warn_of_column(file, section.line, column)
                continue
            config, detail, attribute = found.groups()
            self._columns.append((column, config, detail, attribute))

    def read(self, row: Row, datapoint: str, element: TypeElement) -> None:
        """Plan what a row says.

        :raises DplError: it does not fit; nothing of the row is planned.
        """
        stamp = _stamp(row) if self._is_stamped else ()
        row_detail = row.cell("DetailNr").strip()
        said: list[tuple[str, str, Value]] = []
        for column, config, own_detail, name in self._columns:
            text = row.cell(column)
            if not text:
                continue
            detail = own_detail or row_detail
            key = f"{detail}.{name}" if detail else name
            if (column, detail) not in self._found:
                known = self._find(row, column, config, detail, name)
                self._found[column, detail] = known
            attribute = self._found[column, detail]
            if attribute is None:
                said.append((f"{UNKNOWN}{config}", key, text))
                continue
            value = self._value(row, column, config, kind_of(attribute.kind, element.type))
            if value is not None:
                said.append((config, key, value))
        for config, key, value in said:
            self._check_place(row, datapoint, element, config)
            place = (datapoint, element.index, config)
            if not stamp or self._is_latest(place, stamp):
                self._plan.configs.setdefault(place, {})[key] = value

    def _is_latest(self, place: tuple[str, int, str], stamp: tuple[int, ...]) -> bool:
        """Whether no row has set the config later; what was set before is dropped."""
        latest = self._latest.get(place)
        if latest is not None and latest < stamp:
            del self._plan.configs[place]
        if latest is None or latest < stamp:
            self._latest[place] = stamp
        return self._latest[place] == stamp

    def _find(
        self, row: Row, column: str, config: str, detail: str, name: str
    ) -> Attribute | None:
        """The attribute of a column; ``None`` with a warning if it is not known."""
        if detail and _DETAIL.fullmatch(detail) is None:
            raise row.fault(
                "DetailNr", f"'{detail}' is not a detail; it is a number or a name"
            )
        found = CONFIGS.get(config)
        try:
            if found is not None:
                return found.find(detail, name, column)
        except OagwError:
            pass
        self._plan.warn(
            f"{self._file}, line {self._line}: the column '{column}' is not known"
            + (f" in the detail '{detail}'" if found and name in found.attributes else "")
            + "; its cells are kept with their text, for an export"
        )
        return None

    def _value(self, row: Row, column: str, config: str, kind: ElementType) -> Value | None:
        """What a cell says; ``None`` if that is nothing, or is left out."""
        text = row.cell(column)
        if text.isspace() and not _may_be_blank(kind):
            return None
        try:
            return convert(parse_cell(text, kind, self._zone), kind, self._zone)
        except OagwError as error:
            if text.isspace():
                return None
            fault = row.fault(column, error.message)
            if config not in _KEPT:
                raise fault from error
            self._plan.warn(f"{self._file}, {fault}; the cell is left out")
        return None

    def _check_place(
        self, row: Row, datapoint: str, element: TypeElement, config: str
    ) -> None:
        """Warn of a config that means nothing for a structure."""
        found = CONFIGS.get(config)
        if found is None or found.on_structs or element.type.holds_value:
            return
        self._plan.warn(
            f"{self._file}, line {row.line}: '{datapoint}.{element.path}' is a structure, "
            f"so its {config} means nothing; it is kept for an export"
        )


def _stamp(row: Row) -> tuple[int, ...]:
    """When a row's config was set; empty if the row does not say.

    :raises DplError: it is not a time.
    """
    cells = [row.cell(column).strip() for column in _STAMPS]
    if not any(cells):
        return ()
    for column, cell in zip(_STAMPS, cells, strict=True):
        if not (cell.isascii() and cell.isdigit() and len(cell) < 19):
            raise row.fault(column, f"the cell {shown(cell)} is not a time in numbers")
    return tuple(map(int, cells))


def _may_be_blank(kind: ElementType) -> bool:
    """Whether one blank is a value: an empty name, or an empty list of ours."""
    return kind is ElementType.DPID or kind.member is not None
