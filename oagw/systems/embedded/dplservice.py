"""Imports and exports DPL files of an embedded system, running or about to start."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo

from oagw.dpl.export import export
from oagw.dpl.plan import DplSource, Plan, Problem
from oagw.dpl.planner import plan_import
from oagw.dpl.text import DplError, decode
from oagw.errors import DatapointNotFoundError, OagwError
from oagw.interfaces.services import Services
from oagw.model.dptypes import DpType
from oagw.model.patterns import compile_pattern
from oagw.model.times import NS_PER_MS
from oagw.plant.element import (
    Datapoint,
    Element,
)
from oagw.plant.outcome import Outcome
from oagw.plant.plant import Plant
from oagw.systems.embedded.dplimport import DplImport
from oagw.systems.embedded.gcpause import collection_paused
from oagw.systems.embedded.system import EmbeddedSystem

#: Reading ends after this number of problems, unless bad rows are left out.
_MOST_PROBLEMS = 1000
#: Problems that are listed; further ones are only counted.
_LISTED = 50


class ImportRefused(Exception):  # noqa: N818 - what is wrong are the files
    """Files were not imported, and nothing has changed.

    :ivar report: the problems, one a line.
    :ivar first: the first problem, and how many more there are.
    """

    def __init__(self, problems: Sequence[str], ended: bool = False) -> None:
        count = len(problems)
        self.first = problems[0] if count == 1 else f"{problems[0]} (and {count - 1} more)"
        self.report = list(problems[:_LISTED])
        if count > _LISTED:
            self.report.append(f"... and {count - _LISTED} more")
        if ended:
            self.report.append(
                f"the reading ended after {count} problems; there may be more"
            )
        elif count > 1:
            self.report.append(f"{count} problems")
        self.report.append("nothing was imported; --keep-going imports what is good")
        super().__init__("\n".join(self.report))


class StartRefused(ImportRefused):
    """Files were not imported at the start; the message has only one line."""

    def __str__(self) -> str:
        return self.first


class NothingToImport(ImportRefused):
    """Files have nothing to import, or everything in them was left out."""

    def __init__(self, plan: Plan, names: Sequence[str]) -> None:
        Exception.__init__(self)
        files = ", ".join(names)
        self.first = f"nothing was imported: there is no row to import in {files}"
        if plan.problems:
            self.first = f"nothing was imported: nothing in {files} is good"
        lines = report(plan)
        self.report = lines[:_LISTED]
        if len(lines) > _LISTED:
            self.report.append(f"... and {len(lines) - _LISTED} more")
        self.report.append(self.first)

    def __str__(self) -> str:
        return "\n".join(self.report)


def _no_progress(text: str) -> None:
    """Ignore progress, the default."""


class DplService:
    """Imports and exports DPL files.

    :param services: those of the system.
    """

    def __init__(self, system: EmbeddedSystem, services: Services) -> None:
        self._system = system
        self._services = services

    def _plan(
        self, files: Sequence[tuple[str, bytes]], keep_going: bool, encoding: str
    ) -> Plan:
        """Read files, given by name and content, and check everything in them.

        This may take minutes. It changes nothing, so it may run in a thread.
        """
        now = int(self._system.server_time() * 1000) * NS_PER_MS
        sources, warnings, problems = _sources(files, encoding)
        plan = plan_import(
            sources,
            self._system.plant,
            self._system.name,
            now,
            self._services.zone,
            None if keep_going else _MOST_PROBLEMS,
        )
        plan.warnings[:0] = warnings
        plan.problems[:0] = problems
        return plan

    def import_now(
        self, files: Sequence[tuple[str, bytes]], keep_going: bool, encoding: str = ""
    ) -> Plan:
        """Import before the system starts, inside :meth:`SystemStore.creating`.

        :param encoding: of all files; empty: detect it.
        :raises StartRefused: the files have problems; nothing has changed.
        :raises NothingToImport: the files have nothing to import.
        """
        plan = self._plan(files, keep_going, encoding)
        _check(plan, files, keep_going, StartRefused)
        outcome = Outcome()
        try:
            with _adding():
                for _ in DplImport(plan, self._system, outcome).steps():
                    pass
        except OagwError as error:
            raise StartRefused([error.message]) from error
        self._system.store.add(outcome.facts)
        return plan

    async def import_running(
        self,
        files: Sequence[tuple[str, bytes]],
        keep_going: bool,
        progress: Callable[[str], None] = _no_progress,
        encoding: str = "",
    ) -> Plan:
        """Import while the system is running; ends when everything is durable.

        :param progress: called with the present phase of the work.
        :param encoding: of all files; empty: detect it.
        :raises ImportRefused: the files have problems; nothing has changed.
        :raises OagwError: the system is busy, or the import could not be made durable.
        """
        system = self._system
        with system.exclusive("an import"), _adding():
            progress("reading")
            plan = await self._services.offload(
                lambda: self._plan(files, keep_going, encoding)
            )
            assert isinstance(plan, Plan)
            _check(plan, files, keep_going, ImportRefused)
            system.check_room()
            outcome = Outcome()
            total = len(plan.datapoints) + len(plan.configs) + len(plan.values)
            progress(f"taking over {total} datapoints, values and configs")
            await self._services.slices(DplImport(plan, system, outcome).steps())
            progress("writing to disk")
            await system.commit(outcome, wait=True)
        return plan

    def export(self, pattern: str) -> Iterator[str]:
        """The lines of a DPL file with everything that matches a pattern (empty: all).

        :raises ParameterError: the text is not a pattern.
        :raises DatapointNotFoundError: nothing matches.
        """
        plant = self._system.plant
        zone: tzinfo | None = self._services.zone
        if not pattern:
            datapoints = list(plant.datapoints.values())
            types = [one.root for one in plant.types.values()]
            kept = self._system.store.kept_sections()
            elements = _elements(datapoints)
            shown = self._system.shown
            return export(types, datapoints, elements, kept, zone, shown)
        compiled = compile_pattern(pattern.removeprefix(f"{self._system.name}:"))
        datapoints = [datapoint for datapoint, _ in plant.matching(compiled)]
        elements = (
            list(plant.elements(compiled))
            if compiled.has_element
            else _elements(datapoints)
        )
        if not elements:
            raise DatapointNotFoundError(f"nothing matches '{pattern}'")
        used = _with_references({one.dp_type.name for one in datapoints}, plant)
        roots = [one.root for one in used]
        return export(roots, datapoints, elements, [], zone, self._system.shown)

    async def export_running(self, pattern: str) -> bytes:
        """The content of a DPL file, made in a thread."""
        lines = self.export(pattern)
        content = await self._services.offload(lambda: "".join(lines).encode())
        assert isinstance(content, bytes)
        return content


def _sources(
    files: Sequence[tuple[str, bytes]], encoding: str
) -> tuple[list[DplSource], list[str], list[Problem]]:
    """The decoded files, the warnings, and the problems of unreadable files."""
    sources: list[DplSource] = []
    warnings: list[str] = []
    problems: list[Problem] = []
    for name, content in files:
        try:
            decoded = decode(content, encoding)
        except DplError as error:
            problems.append(Problem(name, error.line, error.column, error.reason))
            continue
        sources.append(DplSource(name, decoded.text))
        if decoded.guessed:
            warnings.append(
                f"{name} is not in UTF-8; it was read as {decoded.guessed}, which is a "
                "guess: if texts look wrong, import it again with --encoding"
            )
    return sources, warnings, problems


@contextmanager
def _adding() -> Iterator[None]:
    """Keep the garbage collector away from what is added, now and later."""
    with collection_paused():
        yield
        gc.freeze()


def _check(
    plan: Plan,
    files: Sequence[tuple[str, bytes]],
    keep_going: bool,
    refused: type[ImportRefused],
) -> None:
    if plan.problems and not keep_going:
        raise refused([str(problem) for problem in plan.problems], plan.ended)
    if plan.is_empty:
        raise NothingToImport(plan, [name for name, _ in files])


def _elements(datapoints: Sequence[Datapoint]) -> list[Element]:
    return [element for one in datapoints for element in one.elements]


def _with_references(names: set[str], plant: Plant) -> list[DpType]:
    """These types and all types that they refer to, in the order of the plant."""
    pending = list(names)
    while pending:
        for name in plant.types[pending.pop()].references - names:
            names.add(name)
            pending.append(name)
    return [dp_type for name, dp_type in plant.types.items() if name in names]


def report(plan: Plan) -> list[str]:
    """The effects of an import, one fact a line."""
    lines = [f"{what}: {count}" for what, count in plan.counts.items() if count]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    lines += [f"left out: {problem}" for problem in plan.problems[:_MOST_PROBLEMS]]
    if len(plan.problems) > _MOST_PROBLEMS:
        lines.append(f"left out: {len(plan.problems) - _MOST_PROBLEMS} more")
    return lines
