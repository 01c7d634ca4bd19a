"""The status of the gateway as a datapoint: ``_oagw_status``."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from oagw.errors import OagwError
from oagw.gateway.gatewaystatus import StatusReader
from oagw.gateway.internaldatapoints import INTERNAL, STATUS, ensure_datapoint
from oagw.interfaces.systems import NewValue, SetRequest
from oagw.model.dptypes import ElementType, TypeNode
from oagw.model.identifiers import ORIGINAL_VALUE
from oagw.model.values import WireValue
from oagw.plant.usernumbers import ROOT
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger()
#: Seconds between two refreshes.
_EVERY = 5.0
_ELEMENTS = {
    "version": ElementType.STRING,
    "started": ElementType.TIME,
    "sessions": ElementType.UINT,
    "connects": ElementType.UINT,
    "liveQueries": ElementType.UINT,
    "unsentBytes": ElementType.LONG,
    "conflated": ElementType.LONG,
    "commitBacklog": ElementType.UINT,
    "commitAge": ElementType.FLOAT,
    "hotSamples": ElementType.UINT,
    "fault": ElementType.STRING,
    "reactorDelay": ElementType.FLOAT,
    "reactorDelayMax": ElementType.FLOAT,
    "memory": ElementType.LONG,
}
_ROOT = TypeNode(
    INTERNAL[STATUS],
    ElementType.STRUCT,
    0,
    tuple(TypeNode(name, kind) for name, kind in _ELEMENTS.items()),
)


class StatusDatapoint:
    """Refreshes the datapoint every few seconds.

    The values are kept in memory only: a refresh writes nothing to the disk, and the values
    are never archived. A refresh sets only values that differ from the present ones, and
    creates the datapoint again if somebody has deleted, renamed or changed it.

    :param own: the system of ``[system]``, which has the datapoint.
    """

    def __init__(
        self, own: EmbeddedSystem, reader: StatusReader, clock: IReactorTime
    ) -> None:
        self._own = own
        self._reader = reader
        self._clock = clock
        self._call: IDelayedCall | None = None
        self._is_stopped = False
        self._problem = ""

    async def start(self) -> None:
        """Create the datapoint if it is missing, and begin to refresh it.

        If it cannot be created, the log says why, and each refresh tries again.
        """
        await self._refresh()

    def stop(self) -> None:
        """Stop refreshing it."""
        self._is_stopped = True
        if self._call is not None:
            self._call.cancel()
            self._call = None

    async def _refresh(self) -> None:
        try:
            await self._show()
            self._problem = ""
        except OagwError as error:
            if not self._is_stopped and self._problem != str(error):
                self._problem = str(error)
                _log.warn("{name} has no values: {error}", name=STATUS, error=error)
        finally:
            if not self._is_stopped:
                self._call = self._clock.callLater(_EVERY, self._begin)

    async def _show(self) -> None:
        await ensure_datapoint(self._own, STATUS, _ROOT)
        values = await self._values()
        if self._is_stopped:
            return
        prefix = f"{self._own.name}:{STATUS}"
        names = {f"{prefix}.{key}:{ORIGINAL_VALUE}": one for key, one in values.items()}
        present = await self._own.get(list(names))
        settings = [
            NewValue(name, value)
            for (name, value), shown in zip(names.items(), present, strict=True)
            if shown != value
        ]
        if settings:
            self._own.show(SetRequest(settings, ROOT))

    def _begin(self) -> None:
        self._call = None
        refreshed = Deferred.fromCoroutine(self._refresh())
        refreshed.addErrback(self._not_refreshed)

    def _not_refreshed(self, failure: Failure) -> None:
        _log.failure("{name} could not be refreshed", failure, name=STATUS)

    async def _values(self) -> dict[str, WireValue]:
        totals = await self._reader.totals()
        process, kept = self._reader.process(), self._reader.kept()
        faults = [values.fault or archive.fault for values, archive in kept]
        return {
            "version": process.version,
            "started": int(process.started * 1000),
            "sessions": totals.sessions,
            "connects": totals.connects,
            "liveQueries": totals.queries,
            "unsentBytes": totals.unsent,
            "conflated": totals.conflated,
            "commitBacklog": sum(
                values.waiting + archive.waiting for values, archive in kept
            ),
            "commitAge": max(max(values.age, archive.age) for values, archive in kept),
            "hotSamples": sum(archive.hot for _, archive in kept),
            "fault": "; ".join(dict.fromkeys(filter(None, faults))),
            "reactorDelay": process.reactor_delay * 1000,
            "reactorDelayMax": process.reactor_delay_max * 1000,
            "memory": process.memory,
        }
