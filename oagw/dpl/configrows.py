"""The rows of sections of one config: an attribute in each column."""

from __future__ import annotations

import re
from datetime import tzinfo

from oagw.dpl.cells import parse_cell
from oagw.dpl.plan import Plan
from oagw.dpl.sections import Row, Section
from oagw.errors import OagwError
from oagw.model.configs.catalogue import CONFIGS
from oagw.model.configs.elements import kind_of
from oagw.model.dptypes import ElementType, TypeElement
from oagw.model.values import Value, convert

_ATTRIBUTE = re.compile(r"(_\w+)\.(\w*)\.(_\w+)", re.ASCII)
#: Columns that say what a row is about, rather than what is set.
_KEYS = frozenset(
    {
        "Manager/User",
        "ElementName",
        "TypeName",
        "DetailNr",
        "DetailNo",
        # When a config was set, in exports "including timestamp".
        "StampSec",
        "StampMSec",
    }
)

#: Configs that are only kept: a cell that cannot be read must not cost the whole project.
_KEPT = frozenset({"_address", "_auth", "_cmd_conv", "_distrib", "_general", "_msg_conv"})


class ConfigRows:
    """Reads the rows of a section."""

    def __init__(
        self, section: Section, plan: Plan, file: str, zone: tzinfo | None
    ) -> None:
        self._plan = plan
        self._file = file
        self._zone = zone
        self._columns: list[tuple[str, str, str, str]] = []
        for column in section.columns:
            if column in _KEYS or not column or column.startswith("#"):
                continue
            found = _ATTRIBUTE.fullmatch(column)
            if found is not None and _is_known(*found.groups()):
                config, detail, attribute = found.groups()
                self._columns.append((column, config, detail, attribute))
                continue
            plan.warn_of_column(file, section.line, column)

    def read(self, row: Row, datapoint: str, element: TypeElement) -> None:
        """Plan what a row says.

        :raises DplError: it does not fit; nothing of the row is planned.
        """
        row_detail = row.cell("DetailNr").strip()
        said: list[tuple[str, str, Value]] = []
        for column, config, own_detail, name in self._columns:
            text = row.cell(column)
            if not text:
                continue
            detail = own_detail or row_detail
            try:
                attribute = CONFIGS[config].find(detail, name, column)
                kind = kind_of(attribute.kind, element.type)
                if text.isspace() and not _may_be_blank(kind):
                    continue
                value = convert(parse_cell(text, kind, self._zone), kind, self._zone)
            except OagwError as error:
                if text.isspace():
                    continue
                fault = row.fault(column, error.message)
                if config not in _KEPT:
                    raise fault from error
                self._plan.warn(
                    f"{self._file}, line {fault.line}, column {fault.column}: the cell is "
                    f"left out: {error.message}"
                )
                continue
            said.append((config, f"{detail}.{name}" if detail else name, value))
        for config, key, value in said:
            place = (datapoint, element.index, config)
            self._plan.configs.setdefault(place, {})[key] = value


def _may_be_blank(kind: ElementType) -> bool:
    """Whether one blank is a value: an empty name, or an empty list of ours."""
    return kind is ElementType.DPID or kind.member is not None


def _is_known(config: str, detail: str, attribute: str) -> bool:
    """Whether the catalogue has an attribute, in the empty detail or in others."""
    found = CONFIGS.get(config)
    if found is None or not found.creates:
        return False
    if attribute in found.attributes:
        return True
    try:
        found.find(detail or "1", attribute, attribute)
    except OagwError:
        return False
    return True
