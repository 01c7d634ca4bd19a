"""From DPL files to a plan: types first, then datapoints, then what is set of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo

from oagw.dpl.dplnames import (
    cells_without_column,
    check_type,
    name_in,
    own_name,
)
from oagw.dpl.elementrows import ElementRows
from oagw.dpl.inference import (
    Evidence,
    Shown,
    differences,
    extended,
    infer_type,
    widened,
)
from oagw.dpl.plan import DplSource, ExistingPlant, NewDatapoint, Plan, Problem
from oagw.dpl.references import missing_references, shown_of_types
from oagw.dpl.sections import KEY_COLUMNS, Row, Section, read_sections
from oagw.dpl.targets import Targets, same_elements
from oagw.dpl.text import DplError
from oagw.dpl.types import TypeText, read_types
from oagw.errors import OagwError
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.identifiers import check_datapoint, is_name

#: Sections that mean nothing here, although their form is known.
_KEPT = frozenset({"CNS"})
_BEFORE_ELEMENTS = frozenset({"DpType", "Datapoint/DpId"})


class Stop(Exception):  # noqa: N818 - it ends the reading, it is no error of its own
    """There are so many problems that reading on would be of no use."""


def plan_import(
    sources: Sequence[DplSource],
    known: ExistingPlant,
    system: str,
    now: int,
    zone: tzinfo | None = None,
    most_problems: int | None = None,
) -> Plan:
    """Read files, and check everything in them.

    :param system: the name of the system that the files are read for.
    :param now: the source time in ns of values that have none.
    :param zone: the zone of times; ``None`` is local time.
    :param most_problems: after this many the reading ends, and the plan says so.
    """
    planner = _Planner(known, system, now, zone, most_problems)
    plan = planner.run(sources)
    if not planner.growth or plan.ended:
        return plan
    # Elements have other places in types that have more of them: all over again.
    grown = {name: shown.elements for name, shown in planner.growth.items()}
    return _Planner(known, system, now, zone, most_problems, grown).run(sources)


class _Planner:
    """Reads files once.

    :param grown: the elements that types are to have besides their own.
    """

    def __init__(
        self,
        known: ExistingPlant,
        system: str,
        now: int,
        zone: tzinfo | None,
        most: int | None,
        grown: Mapping[str, Mapping[str, Evidence]] | None = None,
    ) -> None:
        self.plan = Plan()
        self._grown = grown
        self._system = system
        self._most = most
        self._file = ""
        self._targets = Targets(known, self.plan)
        self._rows = ElementRows(
            self.plan, self._targets, self._refuse, system, now, zone, grown is None
        )
        self._types: dict[str, TypeNode] = {}
        self._texts: dict[str, tuple[str, TypeText]] = {}

    @property
    def growth(self) -> Mapping[str, Shown]:
        """What was found of elements that types lack and are to get."""
        return self._rows.growth

    def run(self, sources: Sequence[DplSource]) -> Plan:
        """Read everything, or until there are too many problems."""
        try:
            self._read(sources)
        except Stop:
            self.plan.ended = True
        return self.plan

    def _read(self, sources: Sequence[DplSource]) -> None:
        sections = [
            (source.name, section)
            for source in sources
            for section in self._sections(source)
        ]
        for self._file, section in sections:
            if section.name == "DpType":
                self._read_types(section)
        self._grow()
        self._widen(sections)
        self._add_references(sections)
        self._targets.add_types(self._types, self._refuse_type)
        for self._file, section in sections:
            if section.name == "Datapoint/DpId":
                self._read_datapoints(section)
        for self._file, section in sections:
            if section.name not in KEY_COLUMNS or section.name in _KEPT:
                self._keep(section)
            elif section.name not in _BEFORE_ELEMENTS:
                self._rows.read(self._file, section)
        self._infer()
        self._rows.read_postponed()

    def _sections(self, source: DplSource) -> Iterator[Section]:
        return read_sections(source.text, lambda error: self._refuse(source.name, error))

    def _refuse(self, file: str, error: DplError) -> None:
        problem = Problem(file, error.line, error.column, error.reason)
        self.plan.problems.append(problem)
        if self._most is not None and len(self.plan.problems) >= self._most:
            raise Stop

    def _read_types(self, section: Section) -> None:
        file = self._file

        def refuse(name: str, error: DplError) -> None:
            self._targets.refuse_type(name)
            self._refuse(file, error)

        def warn(found: DplError) -> None:
            self.plan.warn(f"{file}, {found}")

        for text in read_types(section, refuse, warn):
            node = _node(text)
            if self._types.get(text.name, node) != node:
                self.plan.warn(
                    f"{file}, line {text.line}: the type {text.name} is defined twice; "
                    "this definition counts"
                )
            self._types[text.name] = node
            self._texts[text.name] = (file, text)

    def _grow(self) -> None:
        """Give types the elements that they lack."""
        definitions = self._targets.definitions | self._types
        for name, shown in (self._grown or {}).items():
            if name not in definitions:
                # It was made of rows, and will have these too.
                continue
            root = extended(definitions[name], shown)
            try:
                built = build_type(name, root, definitions)
            except OagwError:
                # The rows are refused instead.
                continue
            self._types[name] = root
            self.plan.warn(
                f"the type {name} gets more elements, which rows show and its definition "
                f"lacks: {_few([path for path in shown if path in built.by_path])}"
            )

    def _widen(self, sections: Sequence[tuple[str, Section]]) -> None:
        """Have types that earlier imports have inferred hold what rows show now."""
        definitions = self._targets.definitions | self._types
        inferred = [
            name
            for name, root in self._targets.definitions.items()
            if root.has_inferred and name not in self._texts
        ]
        if not inferred:
            return
        shown = self._shown(inferred, definitions, sections)
        for name in inferred:
            before = definitions[name]
            root = widened(before, shown[name].elements)
            if same_elements(before, root):
                continue
            self._types[name] = root
            self.plan.warn(
                f"the type {name}, which no file has defined so far, is changed by what "
                f"rows show of it: {', '.join(differences(before, root))}"
            )

    def _shown(
        self,
        names: Sequence[str],
        definitions: Mapping[str, TypeNode],
        sections: Sequence[tuple[str, Section]],
    ) -> dict[str, Shown]:
        """What the rows show of some types."""

        def present_type(datapoint: str) -> str:
            present = self._targets.type_of(datapoint)
            return "" if present is None else present.name

        return shown_of_types(
            names, definitions, (one for _, one in sections), present_type
        )

    def _add_references(self, sections: Sequence[tuple[str, Section]]) -> None:
        """Make the types that those of the files refer to, and that are nowhere."""
        definitions = self._targets.definitions | self._types
        missing = [
            name
            for name in missing_references(self._types.values(), definitions)
            if name not in self._targets.bad_types and is_name(name)
        ]
        if not missing:
            return
        shown = self._shown(missing, definitions, sections)
        for name in missing:
            self._types[name] = infer_type(name, shown[name].elements)
            self._warn_of_inferred(name, shown[name].elements)

    def _warn_of_inferred(self, name: str, shown: Mapping[str, Evidence]) -> None:
        if not shown:
            self.plan.warn(
                f"the type {name} is not in the files, and no row shows what it has: it is "
                "an empty structure until a file that defines it is imported"
            )
            return
        guesses = [
            path
            for path, evidence in shown.items()
            if path and not evidence.is_shown and not _is_parent(path, shown)
        ]
        root = shown.get("")
        if root is not None and len(shown) == 1 and not root.is_shown and root.kind:
            guesses.append("the datapoint itself")
        guessed = (
            f"; nothing shows what {_few(guesses)} holds, so it is taken for text"
            if guesses
            else ""
        )
        self.plan.warn(
            f"the type {name} is not in the files: it gets the "
            f"{len(shown)} elements that they show of it{guessed}"
        )

    def _refuse_type(self, name: str, reason: str) -> None:
        if name not in self._texts:
            # It was made of what refers to it, which is refused with it.
            return
        file, text = self._texts[name]

        def is_missing(other: str) -> bool:
            present = other in self._types or self._targets.has_type(other)
            return not present or other in self._targets.bad_types

        place = _place_of_reference(text, is_missing) or (text.line, 1)
        self._refuse(file, DplError(*place, reason))

    def _read_datapoints(self, section: Section) -> None:
        for row in section.rows(self._refuse_here):
            try:
                self._read_datapoint(row)
            except DplError as error:
                self._targets.leave_out(row.cell("DpName").strip().removesuffix("."))
                self._refuse_here(error)

    def _refuse_here(self, error: DplError) -> None:
        self._refuse(self._file, error)

    def _read_datapoint(self, row: Row) -> None:
        name, dp_type = _name_and_type(row)
        name = own_name(name, self._system, row, "DpName")
        try:
            check_datapoint(name, name)
        except OagwError as error:
            raise row.fault("DpName", error.message) from error
        if not dp_type:
            raise row.fault("TypeName", f"'{name}' needs a type")
        for fault in cells_without_column(row):
            self.plan.warn(f"{self._file}, {fault}")
        new = NewDatapoint(name, dp_type, _dp_id(row))
        targets = self._targets
        present = targets.type_of(name)
        there = targets.pending.get(name) if present is None else present.name
        if there is not None:
            check_type(row, name, there, dp_type)
        if present is not None:
            self.plan.count("datapoints that were there")
        elif targets.has_type(dp_type):
            targets.add_datapoint(new)
        elif dp_type in targets.bad_types:
            targets.leave_out(name)
        else:
            targets.postpone(new, self._file, row)

    def _keep(self, section: Section) -> None:
        # Without what stands between it and the next one, so that it stays the same
        # however often it is exported and imported.
        self.plan.kept.append((section.name, f"{section.raw.rstrip()}\n"))
        count = sum(1 for _ in section.rows(self._refuse_here))
        self.plan.count(f"rows kept of {section.name}", count)
        if section.name not in _KEPT:
            self.plan.warn(
                f"{self._file}, line {section.line}: the section '{section.name}' is not "
                f"known; its {count} rows are kept for an export and mean nothing here"
            )

    def _infer(self) -> None:
        """Make the types that are missing of what the files show of them."""
        for name, missing in self._targets.missing.items():
            shown = self._rows.shown(name, missing)
            try:
                self._targets.add_inferred(infer_type(name, shown))
            except OagwError as error:
                self._targets.refuse_type(name)
                for datapoint in missing.datapoints:
                    self._targets.leave_out(datapoint.name)
                fault = missing.row.fault("TypeName", error.message)
                self._refuse(missing.file, fault)
                continue
            self._warn_of_inferred(name, shown)


def _name_and_type(row: Row) -> tuple[str, str]:
    name, dp_type = name_in(row, "DpName"), name_in(row, "TypeName")
    if not dp_type and " " in name:
        # Files written by hand have a blank in the place of the tab.
        name, dp_type = name.split(None, 1)
    return name.removesuffix("."), dp_type


def _dp_id(row: Row) -> int:
    text = row.cell("ID").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise row.fault("ID", f"'{text}' is not an ID; an ID is a number")
    return int(text)


def _is_parent(path: str, paths: Iterable[str]) -> bool:
    return any(one.startswith((f"{path}.", f"{path}[")) for one in paths)


def _few(names: Sequence[str]) -> str:
    """Some names for a message, at most three."""
    shown = ", ".join(f"'{name}'" for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _place_of_reference(
    element: TypeText, is_missing: Callable[[str], bool], depth: int = 0
) -> tuple[int, int] | None:
    """Line and column of the first reference to a type that is missing."""
    if element.reference is not None and is_missing(element.reference):
        return element.line, depth + len(element.name) + 2
    for child in element.children:
        found = _place_of_reference(child, is_missing, depth + 1)
        if found is not None:
            return found
    return None


def _node(text: TypeText) -> TypeNode:
    return TypeNode(
        text.name,
        ElementType(text.kind),
        text.id or 0,
        tuple(_node(child) for child in text.children),
        text.reference or "",
    )
