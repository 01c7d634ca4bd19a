"""Reads, writes and watches values by name; many names are handled in slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from oagw.errors import (
    ConnectionBrokenError,
    ElementNotFoundError,
    IllegalCallError,
    NamesRefusedError,
    OagwError,
)
from oagw.interfaces.services import Services
from oagw.interfaces.systems import SetRequest
from oagw.model.samples import Sample
from oagw.model.values import Value, WireValue, convert
from oagw.plant.cells import Cell, Cells
from oagw.plant.element import Element
from oagw.plant.notifier import Notifier
from oagw.plant.outcome import VALUE
from oagw.systems.opcua.mirror import Mirror
from oagw.systems.opcua.monitoredelements import PART, MonitoredElements
from oagw.systems.opcua.nodes import Reply, Server, Variable
from oagw.systems.opcua.serverdialler import ServerLine
from oagw.systems.presence import Presence

#: Names per slice.
_SLICE = 100


class UaValues:
    """Reading, writing and watching values of a server."""

    def __init__(
        self,
        presence: Presence[ServerLine],
        mirror: Mirror,
        cells: Cells,
        watching: MonitoredElements,
        notifier: Notifier,
        services: Services,
    ) -> None:
        self._presence = presence
        self._mirror = mirror
        self._cells = cells
        self._watching = watching
        self._notifier = notifier
        self._services = services

    def _cell(self, name: str) -> Cell:
        """Find the cell of a name whose value is known, or can be read.

        :raises ConnectionBrokenError: the server is away, and the value is unknown.
        """
        if self._presence.line is not None:
            return self._cells.find(name)
        if not self._mirror.plant.datapoints:
            raise self._presence.away()
        cell = self._cells.find(name)
        if not self._watching.is_known(cell.element):
            raise ConnectionBrokenError(
                f"{self._presence.state.name} is away, and its value is unknown"
            )
        return cell

    async def get(self, names: Sequence[str]) -> list[WireValue | OagwError]:
        """Read attributes; see :class:`oagw.interfaces.systems.ISystem`."""
        line = self._presence.line
        server = None if line is None else line.server
        results: list[WireValue | OagwError] = [None] * len(names)
        wanted: dict[Element, list[tuple[int, Cell]]] = {}

        def look() -> Iterator[None]:
            for at, name in enumerate(names):
                if at and at % _SLICE == 0:
                    yield
                try:
                    cell = self._cell(name)
                    if server is not None and _is_of_value(cell):
                        wanted.setdefault(cell.element, []).append((at, cell))
                    else:
                        results[at] = cell.read()
                except OagwError as error:
                    results[at] = error

        await self._services.slices(look())
        if server is not None and wanted:
            await self._read(server, wanted, results)
        return results

    async def _read(
        self,
        server: Server,
        wanted: Mapping[Element, Sequence[tuple[int, Cell]]],
        results: list[WireValue | OagwError],
    ) -> None:
        """Fill in values read from the server; the samples of watched ones stay."""
        elements = list(wanted)
        for start in range(0, len(elements), PART):
            part = elements[start : start + PART]
            for element, reply in (await self._replies(server, part)).items():
                for at, cell in wanted[element]:
                    if isinstance(reply, OagwError):
                        results[at] = type(reply)(f"'{cell.name}': {reply.message}")
                    else:
                        results[at] = read_as(cell, element, reply)

    async def _replies(
        self, server: Server, elements: Sequence[Element]
    ) -> dict[Element, Reply]:
        gone = ElementNotFoundError("it was deleted")
        replies: dict[Element, Reply] = dict.fromkeys(elements, gone)
        known = [one for one in elements if self._mirror.known(one)]
        try:
            found = await server.read([self._mirror.variable(one) for one in known])
        except OagwError as error:
            return dict.fromkeys(elements, error)
        replies.update(zip(known, found, strict=True))
        return replies

    async def set(self, request: SetRequest) -> None:
        """Set values; see :class:`oagw.interfaces.systems.ISystem`."""
        server = self._presence.there().server
        values: list[tuple[Variable, Value]] = []
        errors: dict[str, OagwError] = {}

        def look() -> Iterator[None]:
            for at, one in enumerate(request.values):
                if at and at % _SLICE == 0:
                    yield
                try:
                    values.append(self._setting(self._cells.find(one.name), one.value))
                except OagwError as error:
                    errors[one.name] = error

        await self._services.slices(look())
        if errors:
            raise NamesRefusedError(errors)
        refusals = await server.write(values, request.source_time)
        count = refusals.count(None)
        if count == len(refusals):
            return
        note = f"; {count} other values of this set were written" if count else ""
        for one, refusal in zip(request.values, refusals, strict=True):
            if refusal is not None:
                message = f"'{one.name}': {refusal.message}{note}"
                errors[one.name] = type(refusal)(message)
        raise NamesRefusedError(errors)

    def _setting(self, cell: Cell, given: object) -> tuple[Variable, Value]:
        """Return the variable of a cell, and the value to write.

        :raises OagwError: it cannot be set.
        """
        if cell.config.name != "_original" or cell.attribute.name != "_value":
            raise IllegalCallError(
                f"'{cell.name}' cannot be set: of an OPC UA server, only values "
                "('_original.._value') can be set"
            )
        variable = self._mirror.variable(cell.element)
        if not variable.is_writable:
            raise IllegalCallError(
                f"'{cell.name}' cannot be set: the OPC UA server does not let it be written"
            )
        try:
            return variable, convert(given, cell.kind, self._services.zone)
        except OagwError as error:
            raise type(error)(f"'{cell.name}': {error.message}") from error

    async def watch(self, names: Sequence[str]) -> list[WireValue]:
        """Report changes; see :class:`oagw.interfaces.systems.ISystem`."""
        elements: list[tuple[str, Element]] = []
        errors: dict[str, OagwError] = {}

        def look() -> Iterator[None]:
            for at, name in enumerate(names):
                if at and at % _SLICE == 0:
                    yield
                try:
                    cell = self._cell(name)
                    if _is_of_value(cell):
                        elements.append((name, cell.element))
                except OagwError as error:
                    errors[name] = error

        await self._services.slices(look())
        if errors:
            raise NamesRefusedError(errors)
        wanted = [element for _, element in elements]
        try:
            wrong = await self._watching.want(wanted)
        except OagwError as error:
            raise NamesRefusedError(dict.fromkeys(names, error)) from error
        try:
            if wrong:
                raise NamesRefusedError(
                    {name: wrong[one] for name, one in elements if one in wrong}
                )
            return self._notifier.watch(names)
        except BaseException:
            self._watching.release(wanted)
            raise

    def unwatch(self, names: Sequence[str]) -> None:
        """End reports; see :class:`oagw.interfaces.systems.ISystem`."""
        elements = []
        for name in names:
            if self._notifier.is_watched(name):
                cell = self._cells.find(name)
                if _is_of_value(cell):
                    elements.append(cell.element)
        self._notifier.unwatch(names)
        self._watching.release(elements)


def _is_of_value(cell: Cell) -> bool:
    """Whether an attribute depends on the server's value."""
    return cell.config.name in VALUE or cell.config.historical


def read_as(cell: Cell, element: Element, sample: Sample) -> WireValue | OagwError:
    """Read an attribute as if the element held another sample."""
    if sample.value is None:
        sample = msgspec.structs.replace(sample, value=element.sample.value)
    other = Element(element.datapoint, element.node)
    other.sample = sample
    other.configs, other.archived = element.configs, element.archived
    try:
        return cell.at(other).read()
    except OagwError as error:
        return error
