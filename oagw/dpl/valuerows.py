"""The rows of DpValue: values with their time, status and user."""

from __future__ import annotations

import re
from datetime import tzinfo

from oagw.dpl.dplcells import parse_cell
from oagw.dpl.dpltimes import parse_moment
from oagw.dpl.plan import Plan
from oagw.dpl.sections import Row, Section
from oagw.dpl.strings import shown
from oagw.errors import OagwError
from oagw.model import status
from oagw.model.dptypes import ElementType, TypeElement
from oagw.model.samples import Sample
from oagw.model.times import LAST
from oagw.model.values import convert

VALUE = "_original.._value"
_STIME = "_original.._stime"
_STATUS64 = "_original.._status64"
_STATUS = "_original.._status"
_COLUMNS = frozenset(
    {"Manager/User", "ElementName", "TypeName", VALUE, _STIME, _STATUS64, _STATUS}
)
_USER = re.compile(r".*/(\d{1,10})", re.ASCII)
#: Kinds whose empty cell is an empty value; of others it is none.
_EMPTY = frozenset(
    kind
    for kind in ElementType
    if kind.member is not None
    or kind
    in (
        ElementType.STRING,
        ElementType.DPID,
        ElementType.BLOB,
        ElementType.LANG_STRING,
    )
)


class ValueRows:
    """Reads the rows of a section."""

    def __init__(
        self, section: Section, plan: Plan, file: str, now: int, zone: tzinfo | None
    ) -> None:
        self._plan = plan
        self._file = file
        self._now = now
        self._zone = zone
        self._status = _STATUS64 if section.index(_STATUS64) >= 0 else _STATUS
        self._states: dict[str, int] = {"": status.NORMAL}
        self._users: dict[str, int] = {}
        self._last = section.columns[-1]
        for column in section.columns:
            if column and column not in _COLUMNS:
                plan.warn_of_column(file, section.line, column)

    def read(self, row: Row, datapoint: str, element: TypeElement) -> None:
        """Plan what a row says.

        :raises DplError: it does not fit.
        """
        kind, text = element.type, row.cell(VALUE)
        if not kind.holds_value:
            raise row.fault("ElementName", f"'{element.path}' is a structure without value")
        if self._last != VALUE and row.ends_before(VALUE):
            raise row.fault(VALUE, "the row ends before its value")
        if not text and kind not in _EMPTY:
            self._plan.warn(
                f"{self._file}, line {row.line}: '{datapoint}.{element.path}' has no value "
                "in the file; it keeps its own"
            )
            return
        try:
            value = convert(parse_cell(text, kind, self._zone), kind, self._zone)
        except OagwError as error:
            raise row.fault(VALUE, error.message) from error
        sample = Sample(value, self._stime(row), self._bits(row), self._user(row))
        self._plan.values.append((datapoint, element.index, sample))

    def _stime(self, row: Row) -> int:
        text = row.cell(_STIME)
        if not text:
            return self._now
        try:
            found = parse_moment(text, self._zone)
        except OagwError as error:
            raise row.fault(_STIME, error.message) from error
        if not 0 <= found <= LAST:
            raise row.fault(_STIME, f"the time {shown(text)} is not between 1970 and 2262")
        return found

    def _bits(self, row: Row) -> int:
        text = row.cell(self._status)
        bits = self._states.get(text)
        if bits is None:
            try:
                parsed = parse_cell(text, ElementType.BIT64)
                found = convert(parsed, ElementType.BIT64)
            except OagwError as error:
                raise row.fault(self._status, error.message) from error
            assert isinstance(found, int)
            bits = self._states[text] = found
        return bits

    def _user(self, row: Row) -> int:
        text = row.cell("Manager/User")
        number = self._users.get(text)
        if number is None:
            found = _USER.fullmatch(text)
            number = self._users[text] = int(found[1]) if found else 0
        return number
