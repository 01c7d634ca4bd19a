"""DPL files into and out of an embedded system, while it runs or before it does."""

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
from oagw.plant.outcome import Outcome
from oagw.plant.plant import (
    Datapoint,
    Element,
    Plant,
)
from oagw.systems.embedded.garbage import no_collection
from oagw.systems.embedded.imports import Import
from oagw.systems.embedded.system import EmbeddedSystem

#: After this many problems the reading of files ends, unless they are left out.
_MOST_PROBLEMS = 1000
#: Problems that are listed; more of them are only counted.
_LISTED = 50


class ImportRefused(Exception):  # noqa: N818 - what is wrong are the files
    """Files were not imported, and nothing has changed.

    :ivar report: all that is wrong, in lines for a person.
    :ivar first: the first of it, in one line.
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
    """The same before the system serves, when there is one line to say it in."""

    def __str__(self) -> str:
        return self.first


class NothingToImport(ImportRefused):
    """Files have nothing that could be imported, or all of it was left out."""

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


def _tell_nobody(text: str) -> None:
    pass


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
        """Read files, by name and content, and check everything in them.

        This takes long; it may run in a thread, for it changes nothing.
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
        """Import before the system serves; its store must be creating.

        :param encoding: of all files; empty to find out.
        :raises StartRefused: something is wrong with them; nothing has changed.
        :raises NothingToImport: there is nothing in them.
        """
        plan = self._plan(files, keep_going, encoding)
        _check(plan, files, keep_going, StartRefused)
        outcome = Outcome()
        try:
            with _adding():
                for _ in Import(plan, self._system, outcome).steps():
                    pass
        except OagwError as error:
            raise StartRefused([error.message]) from error
        self._system.store.add(outcome.entries)
        return plan

    async def import_running(
        self,
        files: Sequence[tuple[str, bytes]],
        keep_going: bool,
        progress: Callable[[str], None] = _tell_nobody,
        encoding: str = "",
    ) -> Plan:
        """Import while the system serves others; ends when all of it is durable.

        :param progress: told now and then what is being done.
        :param encoding: of all files; empty to find out.
        :raises ImportRefused: nothing has changed.
        :raises OagwError: it cannot be done now, or could not be made durable.
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
            await self._services.slices(Import(plan, system, outcome).steps())
            progress("writing to disk")
            await system.commit(outcome, wait=True)
        return plan

    def export(self, pattern: str) -> Iterator[str]:
        """The lines of a DPL file of all that a pattern means; empty is everything.

        :raises ParameterError: it is no pattern.
        :raises DatapointNotFoundError: it means nothing.
        """
        plant = self._system.plant
        zone: tzinfo | None = self._services.zone
        if not pattern:
            datapoints = list(plant.datapoints.values())
            types = [one.root for one in plant.types.values()]
            kept = self._system.store.kept_sections()
            return export(types, datapoints, _elements(datapoints), kept, zone)
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
        return export([one.root for one in used], datapoints, elements, [], zone)

    async def export_running(self, pattern: str) -> bytes:
        """The content of a DPL file, made without holding up others."""
        lines = self.export(pattern)
        content = await self._services.offload(lambda: "".join(lines).encode())
        assert isinstance(content, bytes)
        return content


def _sources(
    files: Sequence[tuple[str, bytes]], encoding: str
) -> tuple[list[DplSource], list[str], list[Problem]]:
    """The texts of files, what to warn of, and what cannot be read."""
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
    """Have the garbage collector spared what is added, now and for good."""
    with no_collection():
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
    """These types and all that they refer to, in the order of the plant."""
    pending = list(names)
    while pending:
        for name in plant.types[pending.pop()].references - names:
            names.add(name)
            pending.append(name)
    return [dp_type for name, dp_type in plant.types.items() if name in names]


def report(plan: Plan) -> list[str]:
    """What an import did, in lines for a person."""
    lines = [f"{what}: {count}" for what, count in plan.counts.items() if count]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    lines += [f"left out: {problem}" for problem in plan.problems[:_MOST_PROBLEMS]]
    if len(plan.problems) > _MOST_PROBLEMS:
        lines.append(f"left out: {len(plan.problems) - _MOST_PROBLEMS} more")
    return lines
