"""A check of a system on site: calls each of its functions, and notes the results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from oagw.core.manager import DatapointManager
from oagw.errors import NoArchivedValuesError, OagwError
from oagw.interfaces.services import server_time_of
from oagw.interfaces.systems import (
    ISystem,
    PeriodRequest,
    QueryRequest,
)
from oagw.model.changes import (
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    Fact,
)
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.patterns import compile_pattern
from oagw.model.times import NS_PER_MS, NS_PER_S
from oagw.model.values import WireValue
from oagw.query.parser import parse_query
from oagw.query.resultrows import Row

#: Datapoints whose elements are read, and elements, at most.
_DATAPOINTS = 20
_ELEMENTS = 100
#: Limit of values of a query or a period, and the length of the period in seconds.
_VALUES = 100_000
_PERIOD = 3600
#: Seconds within which the update of a set value must arrive.
_PATIENCE = 5.0
#: The type and the datapoints that ``--write`` creates and deletes.
TYPE, DATAPOINT, COPY = "OagwCheck", "oagw_check", "oagw_check_copy"


class CheckFailed(Exception):  # noqa: N818 - it is a result
    """A function failed the check; the text says what it did instead."""


class Skipped(Exception):  # noqa: N818 - it is a result
    """A function cannot be called here; the text says why."""


@dataclass(slots=True)
class SiteReport:
    """The results.

    :ivar lines: a line for each function.
    :ivar failed: how many functions failed; ``worked``: how many worked.
    """

    lines: list[str] = field(default_factory=list)
    failed: int = 0
    worked: int = 0

    def note(self, result: str, function: str, detail: str) -> None:
        """Add a line.

        :param result: ``ok``, ``FAILED`` or ``skipped``.
        """
        self.worked += result == "ok"
        self.failed += result == "FAILED"
        self.lines.append(f"{result:<8}{function:<34}{detail}")


class _IgnoredRows:
    """Gets the updates of a live query, and ignores them."""

    def on_rows(self, rows: Sequence[Row], gone: Sequence[str]) -> None:
        pass

    def on_end(self, reason: OagwError) -> None:
        pass


class _FirstChange:
    """Fires a Deferred at the first update of a value."""

    def __init__(self) -> None:
        self.came: Deferred[None] = Deferred()

    def on_change(self, changes: Mapping[str, WireValue]) -> None:
        if not self.came.called:
            self.came.callback(None)

    def on_end(self, reason: OagwError) -> None:
        if not self.came.called:
            self.came.errback(reason)


class SiteCheck:
    """Calls the functions of one system.

    :param write: also create a type and a datapoint, set its values, and delete both.
    """

    def __init__(
        self, manager: DatapointManager, system: ISystem, clock: IReactorTime, write: bool
    ) -> None:
        self._manager = manager
        self._system = system
        self._clock = clock
        self._write = write
        self._datapoints: list[str] = []
        self._elements: list[str] = []
        self._leaves: list[str] = []

    async def run(self) -> SiteReport:
        """Call all functions, one after another."""
        report = SiteReport()
        for function, step in self._steps():
            begun = self._clock.seconds()
            try:
                detail = await step()
            except Skipped as reason:
                report.note("skipped", function, str(reason))
                continue
            except CheckFailed as failed:
                report.note("FAILED", function, str(failed))
                continue
            except OagwError as error:
                report.note("FAILED", function, f"error {error.code}: {error.message}")
                continue
            ms = (self._clock.seconds() - begun) * 1000
            report.note("ok", function, f"{detail} ({ms:.1f} ms)")
        return report

    def _steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("dpNames: datapoints", self._names),
            ("dpNames: elements", self._element_names),
            ("dpTypes", self._types),
            ("dpTypeName, dpTypeGet", self._type),
            ("dpExists", self._exists),
            ("dpElementType", self._element_types),
            ("dpGet", self._get),
            ("dpGet: an unknown name", self._get_unknown),
            ("dpGetAlias, Description, Unit", self._texts),
            ("dpGetAllAliases", self._aliases),
            ("dpConnect, dpDisconnect", self._connect),
            ("dpQuery", self._query),
            ("dpQueryConnectSingle", self._query_connect),
            ("dpGetPeriod", self._period),
        ]
        if self._write:
            steps += [
                ("dpTypeCreate", self._type_create),
                ("dpCreate", self._create),
                ("dpSetWait", self._set),
                ("dpSetTimedWait", self._set_timed),
                ("dpConnect: a change comes back", self._change),
                ("dpSetAlias", self._set_alias),
                ("dpSetUnit", self._set_unit),
                ("dpCopy", self._copy),
                ("dpDelete", self._delete),
                ("dpTypeDelete", self._type_delete),
            ]
        return steps

    async def _names(self) -> str:
        pattern = compile_pattern(f"{self._system.name}:*")
        self._datapoints = await self._system.names(pattern, None)
        if not self._datapoints:
            raise CheckFailed(
                "no datapoint was found; check that the user of the bridge may read any"
            )
        return f"{len(self._datapoints)} datapoints"

    async def _element_names(self) -> str:
        for datapoint in self._some(self._datapoints, "datapoint")[:_DATAPOINTS]:
            pattern = compile_pattern(f"{datapoint}.**")
            self._elements += await self._system.names(pattern, None)
        self._elements = self._elements[:_ELEMENTS]
        return f"{len(self._elements)} elements of at most {_DATAPOINTS} datapoints"

    def _some(self, names: list[str], what: str) -> list[str]:
        if not names:
            raise Skipped(f"the system has no {what} to test it with")
        return names

    async def _types(self) -> str:
        return f"{len(await self._system.types(compile_pattern('*'), True))} types"

    async def _type(self) -> str:
        [datapoint, *_] = self._some(self._datapoints, "datapoint")
        reading = await self._manager.lookup(Fact.TYPE_NAME, [datapoint])
        _raise(reading.errors)
        [name] = reading.values.values()
        node = await self._system.definition(str(name), False)
        return (
            f"{datapoint} has the type {name}, whose root has {len(node.children)} elements"
        )

    async def _exists(self) -> str:
        [element, *_] = self._some(self._elements, "element")
        missing = f"{self._system.name}:oagw_is_not_there."
        reading = await self._manager.lookup(Fact.EXISTS, [element, missing])
        found = reading.by_written
        if found.get(element) is not True or found.get(missing) is not False:
            raise CheckFailed(f"the reply is {found}")
        return f"{element} exists, {missing} does not"

    async def _element_types(self) -> str:
        elements = self._some(self._elements, "element")
        reading = await self._manager.lookup(Fact.ELEMENT_TYPE, elements)
        _raise(reading.errors)
        kinds = {
            text: ElementType(int(str(one))) for text, one in reading.by_written.items()
        }
        self._leaves = [text for text, kind in kinds.items() if kind.holds_value]
        shown = sorted({kinds[text].keyword for text in self._leaves})
        return f"{len(self._leaves)} of {len(elements)} have a value: {', '.join(shown)}"

    def _online(self, attribute: str = "_value") -> list[str]:
        leaves = self._some(self._leaves, "element with a value")
        return [f"{name}:_online..{attribute}" for name in leaves]

    async def _get(self) -> str:
        names = [*self._online(), *self._online("_stime"), *self._online("_status64")]
        reading = await self._manager.get(names)
        _raise(reading.errors)
        return f"{len(reading.values)} attributes: values, source times and status"

    async def _get_unknown(self) -> str:
        name = f"{self._system.name}:oagw_is_not_there."
        reading = await self._manager.get([*self._online()[:1], name])
        code = reading.errors[name].code if name in reading.errors else 0
        if len(reading.values) != 1 or code != 7:
            raise CheckFailed(
                f"the reply has error {code} instead of 7, and {len(reading.values)} values"
            )
        return "error 7 for it, and the value of another element"

    async def _texts(self) -> str:
        [element, *_] = self._some(self._leaves, "element with a value")
        names = [f"{element}:_common.._{one}" for one in ("alias", "description", "unit")]
        reading = await self._manager.get(names)
        _raise(reading.errors)
        return f"{element} has {list(reading.values.values())}"

    async def _aliases(self) -> str:
        pattern = compile_pattern(f"{self._system.name}:**")
        return f"{len(await self._system.aliases(pattern, lambda _: True))} aliases"

    async def _connect(self) -> str:
        names = self._online()
        values = await self._system.watch(names)
        self._system.unwatch(names)
        return f"{len(values)} first values"

    def _request(self) -> QueryRequest:
        [element, *_] = self._some(self._leaves, "element with a value")
        datapoint = element.partition(".")[0]
        text = f"SELECT '_online.._value', '_online.._stime' FROM '{datapoint}.**'"
        return QueryRequest(parse_query(text), _VALUES, _VALUES)

    async def _query(self) -> str:
        found = await self._system.query(self._request())
        if not found.rows:
            raise CheckFailed("no row was found, although dpNames found elements")
        return f"{found.count} rows, the first for {found.rows[0][0]}"

    async def _query_connect(self) -> str:
        rows, request = _IgnoredRows(), self._request()
        found = await self._system.query_connect(request, rows)
        self._system.query_disconnect(request.query, rows)
        return f"{found.count} first rows"

    async def _period(self) -> str:
        last = int(server_time_of(self._clock)() * NS_PER_S)
        names = [f"{name}:_offline.._value" for name in self._some(self._leaves, "element")]
        request = PeriodRequest((), last - _PERIOD * NS_PER_S, last, 0, _VALUES)
        readings, errors = await self._manager.period(names[:_DATAPOINTS], request)
        count = 0
        for reading in readings.values():
            while (series := await reading.next()) is not None:
                count += len(series)
            reading.close()
        if not readings and all(
            isinstance(error, NoArchivedValuesError) for error in errors.values()
        ):
            raise Skipped("none of the elements is archived")
        if not readings:
            _raise(errors)
        return f"{count} values of {len(readings)} elements in the last hour"

    async def _type_create(self) -> str:
        children = (
            TypeNode("value", ElementType.FLOAT),
            TypeNode("text", ElementType.STRING),
        )
        node = TypeNode(TYPE, ElementType.STRUCT, 0, children)
        await self._system.change(CreateType(node))
        return TYPE

    async def _create(self) -> str:
        await self._system.change(CreateDatapoint(DATAPOINT, TYPE))
        return DATAPOINT

    def _name(self, rest: str) -> str:
        return f"{self._system.name}:{DATAPOINT}.{rest}"

    async def _set_value(self, value: float, time: int | None) -> None:
        pair = (self._name("value"), value)
        await self._manager.set([pair, (self._name("text"), "oagw")], "root", time, True)

    async def _check_value(self, value: float) -> None:
        reading = await self._manager.get([self._name("value")])
        _raise(reading.errors)
        if list(reading.values.values()) != [value]:
            raise CheckFailed(f"{list(reading.values.values())} was read back, not {value}")

    async def _set(self) -> str:
        await self._set_value(1.5, None)
        await self._check_value(1.5)
        return "a float and a string, read back"

    async def _set_timed(self) -> str:
        ms = int(server_time_of(self._clock)() * 1000)
        await self._set_value(2.5, ms * NS_PER_MS)
        await self._check_value(2.5)
        reading = await self._manager.get([self._name("value:_online.._stime")])
        if list(reading.values.values()) != [ms]:
            raise CheckFailed(
                f"the source time is {list(reading.values.values())}, not {ms}"
            )
        return "with the source time that was given"

    async def _change(self) -> str:
        change = _FirstChange()
        link = await self._manager.observe([self._name("value")], change)
        late = self._clock.callLater(_PATIENCE, change.came.cancel)
        try:
            await self._set_value(3.5, None)
            await change.came
        except Exception as error:
            if isinstance(error, OagwError):
                raise
            raise CheckFailed(
                f"no update arrived within {_PATIENCE:.0f} seconds"
            ) from error
        finally:
            if late.active():
                late.cancel()
            self._manager.hotlinks.stop_observing(link, change)
        return "from the set to the update"

    async def _set_alias(self) -> str:
        return await self._set_common("_alias", "oagw check")

    async def _set_unit(self) -> str:
        return await self._set_common("_unit", "m/s")

    async def _set_common(self, attribute: str, text: str) -> str:
        name = self._name(f"value:_common..{attribute}")
        await self._manager.set([(name, text)], "root", None, True)
        reading = await self._manager.get([name])
        _raise(reading.errors)
        if list(reading.values.values()) != [text]:
            raise CheckFailed(
                f"{list(reading.values.values())} was read back, not {text!r}"
            )
        return f"{text!r}, read back"

    async def _copy(self) -> str:
        await self._system.change(CopyDatapoint(DATAPOINT, COPY))
        await self._system.change(DeleteDatapoint(COPY))
        return f"{COPY}, and deleted again"

    async def _delete(self) -> str:
        await self._system.change(DeleteDatapoint(DATAPOINT))
        return DATAPOINT

    async def _type_delete(self) -> str:
        await self._system.change(DeleteType(TYPE))
        return TYPE


def _raise(errors: Mapping[str, OagwError]) -> None:
    """Fail with the first error, if there is one.

    :raises CheckFailed: with its name and the number of other names.
    """
    for name, error in errors.items():
        more = f" (and {len(errors) - 1} more names)" if len(errors) > 1 else ""
        raise CheckFailed(f"{name}: error {error.code}: {error.message}{more}")
