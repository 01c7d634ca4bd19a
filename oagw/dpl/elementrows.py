"""Rows of elements: find the element, and postpone rows whose type is not known yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from oagw.dpl.configrows import ConfigRows
from oagw.dpl.dplcells import parse_comment
from oagw.dpl.dplnames import (
    cells_without_column,
    check_type,
    name_in,
    own_name,
)
from oagw.dpl.inference import Evidence, Shown, is_unquoted_text
from oagw.dpl.plan import NewDatapoint, Plan
from oagw.dpl.sections import Row, Section
from oagw.dpl.strings import unquote
from oagw.dpl.targets import Missing, Targets
from oagw.dpl.text import DplError
from oagw.dpl.valuerows import ValueRows
from oagw.errors import OagwError
from oagw.model.dptypes import DpType, ElementType, TypeElement
from oagw.model.identifiers import check_datapoint, is_path
from oagw.model.values import Value

_Refuse = Callable[[str, DplError], None]
_Read = Callable[[Row, str, TypeElement], None]


class ElementRows:
    """Reads the sections in which each row belongs to one element."""

    def __init__(
        self,
        plan: Plan,
        targets: Targets,
        refuse: _Refuse,
        system: str,
        now: int,
        zone: tzinfo | None,
        growing: bool,
    ) -> None:
        self._growing = growing
        #: What rows show of elements that will be added to types.
        self.growth: dict[str, Shown] = {}
        self._plan = plan
        self._targets = targets
        self._refuse = refuse
        self._system = system
        self._now = now
        self._zone = zone
        self._aliases: dict[str, tuple[str, str]] = {}
        #: Rows of datapoints with a missing type, by type, each with its section.
        self._postponed: dict[str, list[tuple[_OneSection, Row]]] = {}

    def read(self, file: str, section: Section) -> None:
        """Read a section; postpone rows of datapoints without a type."""
        one = _OneSection(file, section, self._reader(file, section))
        count = 0
        for row in section.rows(lambda error: self._refuse(file, error)):
            count += self._read_row(one, row)
        self._plan.count(section.name, count)

    def read_postponed(self) -> None:
        """Read the postponed rows of a type."""
        waiting, self._postponed = self._postponed, {}
        for rows in waiting.values():
            for one, row in rows:
                self._plan.count(one.section.name, self._read_row(one, row))

    def shown(self, dp_type: str, missing: Missing) -> dict[str, Evidence]:
        """Return what the postponed rows show of the elements of a type, by path."""
        names = {datapoint.name for datapoint in missing.datapoints}
        shown = Shown()
        for one, row in self._postponed.get(dp_type, ()):
            try:
                datapoint, _, path = self._name(row, one.key).partition(".")
            except DplError:
                # The error is reported when the row is read.
                continue
            if datapoint in names:
                shown.note(path, one.section, row)
        return shown.elements

    def _read_row(self, one: _OneSection, row: Row) -> bool:
        """Read a row; return whether any of it is imported now."""
        try:
            found = self._target(one, row)
            if found is None:
                return False
            if len(row.cells) > one.width:
                self._check_end(one, row)
            one.read(row, *found)
        except DplError as error:
            self._refuse(one.file, error)
            return False
        return True

    def _check_end(self, one: _OneSection, row: Row) -> None:
        """Warn of cells beyond the last column.

        :raises DplError: the cells may belong to an unquoted text that contains tabs.
        """
        for fault in cells_without_column(row):
            if is_unquoted_text(row.cells[one.width - 1]):
                raise fault
            self._plan.warn(f"{one.file}, {fault}; it is left out")

    def _name(self, row: Row, key: str) -> str:
        name = name_in(row, key)
        return own_name(name, self._system, row, key) if ":" in name else name

    def _target(self, one: _OneSection, row: Row) -> tuple[str, TypeElement] | None:
        """Return datapoint and element of a row; ``None`` if the row is not read now."""
        datapoint, _, path = self._name(row, one.key).partition(".")
        targets = self._targets
        if datapoint in targets.left_out:
            return None
        dp_type = targets.type_of(datapoint)
        if dp_type is None:
            new = self._new_datapoint(one, row, datapoint)
            if new is None:
                return None
            dp_type = targets.add_datapoint(new)
            self._plan.warn(
                f"{one.file}, line {row.line}: the datapoint '{datapoint}' is not in the "
                f"files; it is created with the type {new.dp_type} from the row"
            )
        else:
            check_type(row, datapoint, dp_type.name, _type_named(row) or dp_type.name)
        element = dp_type.by_path.get(path)
        if element is None and is_path(path) and self._may_grow(dp_type, path):
            self.growth.setdefault(dp_type.name, Shown()).note(path, one.section, row)
            return None
        if element is None:
            raise row.fault(
                one.key, f"'{datapoint}' of type {dp_type.name} has no element '{path}'"
            )
        return datapoint, element

    def _may_grow(self, dp_type: DpType, path: str) -> bool:
        """Return whether to add a missing element that a row refers to.

        Types of WinCC OA itself differ between versions. An empty structure stands for a
        type that no file has defined so far. An array has as many members as rows refer to.
        """
        root = dp_type.root
        is_empty = root.type is ElementType.STRUCT and not root.children
        array = dp_type.by_path.get(path.partition("[")[0])
        is_member = array is not None and array.type is ElementType.ARRAY
        is_internal = dp_type.name.startswith("_")
        return self._growing and (is_empty or is_member or is_internal)

    def _new_datapoint(
        self, one: _OneSection, row: Row, datapoint: str
    ) -> NewDatapoint | None:
        """Return the datapoint that only this row names; ``None`` to not read the row now.

        If the type is missing, the row is postponed. If the type was refused, the row is
        left out.
        """
        targets = self._targets
        type_name = targets.pending.get(datapoint) or _type_named(row)
        if datapoint in targets.pending:
            check_type(row, datapoint, type_name, _type_named(row) or type_name)
        elif not type_name and datapoint.startswith("_"):
            self._plan.warn(
                f"{one.file}, line {row.line}: the row is left out: there is no datapoint "
                f"'{datapoint}', and the row does not name its type"
            )
            return None
        elif not type_name or (
            one.section.name == "DpValue" and not datapoint.startswith("_")
        ):
            # Real exports contain configs of datapoints that they do not list, and values
            # of internal datapoints, which every project has.
            raise row.fault(
                one.key,
                f"there is no datapoint '{datapoint}', neither in the files nor in the "
                "system",
            )
        try:
            check_datapoint(datapoint, datapoint)
        except OagwError as error:
            raise row.fault(one.key, error.message) from error
        new = NewDatapoint(datapoint, type_name, 0)
        if targets.has_type(type_name):
            return new
        if type_name in targets.bad_types:
            targets.leave_out(datapoint)
        else:
            targets.postpone(new, one.file, row)
            self._postponed.setdefault(type_name, []).append((one, row))
        return None

    def _reader(self, file: str, section: Section) -> _Read:
        if section.name == "DpValue":
            return ValueRows(section, self._plan, file, self._now, self._zone).read
        if section.name == "Aliases/Comments":
            return self._read_comment
        return ConfigRows(section, self._plan, file, self._zone).read

    def _read_comment(self, row: Row, datapoint: str, element: TypeElement) -> None:
        attributes: dict[str, Value] = {}
        alias = self._alias(row, datapoint, element)
        if alias:
            attributes["_alias"] = alias
        try:
            comment = parse_comment(row.cell("CommentName"))
        except OagwError as error:
            raise row.fault("CommentName", error.message) from error
        for name, texts in (
            ("_description", comment.description),
            ("_format", comment.format),
            ("_unit", comment.unit),
        ):
            # Empty texts of a language only fill up for the other two parts.
            said = {language: text for language, text in texts.items() if text}
            if said:
                attributes[name] = said
        if attributes:
            place = (datapoint, element.index, "_common")
            self._plan.configs.setdefault(place, {}).update(attributes)

    def _alias(self, row: Row, datapoint: str, element: TypeElement) -> str:
        try:
            alias = unquote(row.cell("AliasName").strip())
        except OagwError as error:
            raise row.fault("AliasName", error.message) from error
        if not alias:
            return ""
        wanted = (datapoint, element.path)
        owner = self._aliases.setdefault(alias, wanted)
        present = self._targets.alias_owner(alias)
        if owner != wanted or present not in (None, wanted):
            other = ".".join(owner if owner != wanted else present or owner)
            raise row.fault(
                "AliasName", f"the alias '{alias}' already belongs to '{other}'"
            )
        return alias


def _type_named(row: Row) -> str:
    """Return the type that a row states for its datapoint; empty if there is none."""
    return name_in(row, "TypeName")


class _OneSection:
    """A section while it is read, with its file and the reader of its rows."""

    __slots__ = ("file", "key", "read", "section", "width")

    def __init__(self, file: str, section: Section, read: _Read) -> None:
        self.file = file
        self.section = section
        self.width = len(section.columns)
        self.read = read
        self.key = "AliasId" if section.name == "Aliases/Comments" else "ElementName"
