"""A connection to an OPC UA server: its services in bulk, as Deferreds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from asyncua import ua
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from oagw.errors import ConnectionBrokenError, OagwError
from oagw.model.samples import Sample
from oagw.model.values import Value
from oagw.systems.opcua import variants
from oagw.systems.opcua.addressspace import browse_variables
from oagw.systems.opcua.asynciothread import AsyncioThread
from oagw.systems.opcua.nodes import PointLostError, Reply, Server, Variable, Watcher
from oagw.systems.opcua.subscription import Subscriptions
from oagw.systems.opcua.uasession import (
    NO_POINT,
    TOO_LARGE,
    TOO_MANY,
    Target,
    UaSession,
    is_gone,
    readable,
    reason_of,
)

_log = Logger()
_T = TypeVar("_T")
#: Values that are assumed to be too many if the server refuses an unlimited answer.
_MOST = 10_000
_REFUSALS = frozenset(
    (
        "BadNodeIdUnknown",
        "BadNodeIdInvalid",
        "BadAttributeIdInvalid",
        "BadNotReadable",
        "BadUserAccessDenied",
        "BadSecurityModeInsufficient",
    )
)


class ServerOpener:
    """Connects to a server; see :class:`oagw.systems.opcua.nodes.Opening`."""

    def __init__(self, target: Target, thread: AsyncioThread) -> None:
        self._target = target
        self._thread = thread
        self._remarks: set[str] = set()

    def __call__(self, watcher: Watcher) -> Deferred[Server]:
        """Connect once."""
        return self._thread.run(self._open(watcher))

    async def _open(self, watcher: Watcher) -> Server:
        tell = self._thread.tell
        session = UaSession(self._target, lambda reason: tell(watcher.on_lost, reason))
        await session.open()
        subscriptions = Subscriptions(session, lambda news: tell(watcher.on_news, news))
        return Connection(session, subscriptions, self._thread, self._remarks)


class Connection:
    """A server that is connected; see :class:`oagw.systems.opcua.nodes.Server`.

    :param remarks: warnings about the server that have been logged already.
    """

    def __init__(
        self,
        session: UaSession,
        subscriptions: Subscriptions,
        thread: AsyncioThread,
        remarks: set[str],
    ) -> None:
        self._remarks = remarks
        self._session = session
        self._subscriptions = subscriptions
        self._thread = thread
        self._name = session.target.name
        #: Upper limit of the values in one answer of history; 0 is unknown.
        self._most = 0

    def _run(self, work: Coroutine[Any, Any, _T]) -> Deferred[_T]:
        return self._thread.run(self._session.asked(work))

    def browse(self) -> Deferred[list[Variable]]:
        """All variables; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._browse())

    async def _browse(self) -> list[Variable]:
        roots = [self._session.node(text) for text in self._session.target.roots]
        failed: list[tuple[ua.NodeId, ua.StatusCode]] = []
        found, hidden = await browse_variables(
            self._session, roots, lambda node, code: failed.append((node, code))
        )
        if failed:
            node, code = failed[0]
            error = variants.error_of_code(code, "it cannot be browsed")
            self._remark(
                f"{len(failed)} nodes cannot be browsed, so variables may be missing, such "
                f"as below {node.to_string()}: {error}"
            )
        if hidden:
            self._remark(
                f"{len(hidden)} variables are left out, because they hold structures or "
                f"unknown types, such as {hidden[0].to_string()}"
            )
        return found

    def _remark(self, text: str) -> None:
        """Log a warning about the server, once for all connections."""
        if text not in self._remarks:
            self._remarks.add(text)
            _log.warn("{name}: {text}", name=self._name, text=text)

    def read(self, variables: Sequence[Variable]) -> Deferred[list[Reply]]:
        """Samples; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._read(variables))

    async def _read(self, variables: Sequence[Variable]) -> list[Reply]:
        wanted = [
            (self._session.node(one.node), ua.AttributeIds.Value) for one in variables
        ]
        answers = await self._session.read_attributes(wanted)
        now = time.time_ns()
        replies: list[Reply] = []
        for one, data in zip(variables, answers, strict=True):
            code = data.StatusCode
            if code is not None and _is_refusal(code):
                replies.append(variants.error_of_code(code, "it cannot be read"))
            else:
                replies.append(variants.sample_of(data, one.kind, now))
        return replies

    def missing(self, variables: Sequence[Variable]) -> Deferred[dict[Variable, OagwError]]:
        """What is there no longer; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._missing(variables))

    async def _missing(self, variables: Sequence[Variable]) -> dict[Variable, OagwError]:
        # Unlike a value, the node class is known without access to the device.
        wanted = [
            (self._session.node(one.node), ua.AttributeIds.NodeClass) for one in variables
        ]
        answers = await self._session.read_attributes(wanted)
        return {
            one: variants.error_of_code(data.StatusCode, "it cannot be read")
            for one, data in zip(variables, answers, strict=True)
            if data.StatusCode is not None and _is_refusal(data.StatusCode)
        }

    def write(
        self, values: Sequence[tuple[Variable, Value]], source_time: int | None
    ) -> Deferred[list[OagwError | None]]:
        """Write; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._thread.run(self._write(values, source_time))

    async def _write(
        self, values: Sequence[tuple[Variable, Value]], source_time: int | None
    ) -> list[OagwError | None]:
        errors: list[OagwError | None] = [None] * len(values)
        wanted: list[tuple[int, ua.WriteValue]] = []
        for at, (one, value) in enumerate(values):
            try:
                variant = variants.variant_of(value, one.builtin, one.kind)
            except OagwError as error:
                errors[at] = error
                continue
            data = ua.DataValue(Value=variant, StatusCode=None)
            if source_time is not None:
                data.SourceTimestamp = variants.to_datetime(source_time)
            wanted.append(
                (
                    at,
                    ua.WriteValue(
                        self._session.node(one.node), ua.AttributeIds.Value, Value=data
                    ),
                )
            )
        if any(errors):
            # Nothing has been sent, so nothing is written.
            return errors

        async def ask(part: Sequence[tuple[int, ua.WriteValue]]) -> Sequence[ua.StatusCode]:
            parameters = ua.WriteParameters()
            parameters.NodesToWrite = [one for _, one in part]
            try:
                return list(await self._session.client.uaclient.write(parameters))
            except ua.UaStatusCodeError as error:
                if error.code in TOO_MANY:
                    raise
                if is_gone(error) or error.code in TOO_LARGE:
                    raise self._unknown(reason_of(error)) from error
                return [variants.status_code(int(error.code))] * len(part)

        try:
            codes = await self._session.in_parts("write", wanted, ask, variants.status_code)
        except (OSError, TimeoutError, ua.UaError) as error:
            raise self._unknown(reason_of(error)) from error
        for (at, _), code in zip(wanted, codes, strict=True):
            if not code.is_good():
                errors[at] = variants.error_of_code(code, "it was not written")
            elif variants.is_other_value(code):
                what = "the server wrote another value, the nearest that it allows"
                errors[at] = variants.error_of_code(code, what)
        return errors

    def _unknown(self, reason: str) -> ConnectionBrokenError:
        return ConnectionBrokenError(
            f"{self._name}: {reason}; it is unknown whether DpSet took effect, and "
            "oagw does not send it again: check before you do"
        )

    def monitor(self, items: Mapping[int, Variable]) -> Deferred[dict[int, OagwError]]:
        """Watch; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._subscriptions.monitor(items))

    def ignore(self, numbers: Sequence[int]) -> Deferred[None]:
        """Stop watching; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._subscriptions.ignore(numbers))

    def history(
        self,
        variable: Variable,
        first: int,
        last: int,
        count: int,
        point: bytes | None,
    ) -> Deferred[tuple[list[Sample], bytes | None]]:
        """History; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._history(variable, first, last, count, point))

    async def _history(
        self,
        variable: Variable,
        first: int,
        last: int,
        count: int,
        point: bytes | None,
    ) -> tuple[list[Sample], bytes | None]:
        details = ua.ReadRawModifiedDetails()
        details.IsReadModified = False
        details.StartTime = variants.to_datetime(first)
        # The end is exclusive.
        details.EndTime = variants.to_datetime(last + 1000 if first <= last else last)
        details.NumValuesPerNode = count
        details.ReturnBounds = False
        result = await self._read_some(variable, details, point)
        if not result.StatusCode.is_good():
            if result.StatusCode.name == "BadNoData":
                return [], None
            what = f"the history of {variable.node} cannot be read"
            error = variants.error_of_code(result.StatusCode, what)
            if variants.plain_code(result.StatusCode).value in NO_POINT:
                raise PointLostError(error.message)
            raise error
        data = result.HistoryData
        values = data.DataValues if isinstance(data, ua.HistoryData) else None
        # A value without a time has no place in history.
        timed = [one for one in values or () if variants.has_time(one)]
        if len(timed) < len(values or ()):
            self._remark(
                f"values without a time in the history of {variable.node} are left out"
            )
        found = [variants.sample_of(one, variable.kind, 0) for one in timed]
        return found, result.ContinuationPoint or None

    async def _read_some(
        self,
        variable: Variable,
        details: ua.ReadRawModifiedDetails,
        point: bytes | None,
    ) -> ua.HistoryReadResult:
        """Read values, fewer than wanted if the server's answer has no room for all."""
        wanted = details.NumValuesPerNode
        while True:
            if self._most:
                details.NumValuesPerNode = min(wanted or self._most, self._most)
            try:
                [result] = await self._read_history(variable, details, point, False)
            except ua.UaStatusCodeError as error:
                if error.code not in TOO_LARGE or details.NumValuesPerNode == 1:
                    raise
                self._most = max((details.NumValuesPerNode or _MOST) // 10, 1)
            else:
                return result

    async def _read_history(
        self,
        variable: Variable,
        details: ua.ReadRawModifiedDetails,
        point: bytes | None,
        release: bool,
    ) -> Sequence[ua.HistoryReadResult]:
        parameters = ua.HistoryReadParameters()
        parameters.HistoryReadDetails = details
        parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        parameters.ReleaseContinuationPoints = release
        parameters.NodesToRead = [
            ua.HistoryReadValueId(
                NodeId=self._session.node(variable.node), ContinuationPoint=point
            )
        ]
        return await readable(self._session.client.uaclient.history_read(parameters))

    def forget(self, variable: Variable, point: bytes | None) -> None:
        """Leave history; see :class:`oagw.systems.opcua.nodes.Server`."""
        if point:
            details = ua.ReadRawModifiedDetails()
            left = self._run(self._read_history(variable, details, point, True))
            left.addErrback(lambda failure: None)

    def beat(self) -> Deferred[None]:
        """A sign of life; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._run(self._beat())

    async def _beat(self) -> None:
        self._subscriptions.check()
        await asyncio.wait_for(self._session.check(), self._session.target.heartbeat)

    def close(self) -> Deferred[None]:
        """End; see :class:`oagw.systems.opcua.nodes.Server`."""
        return self._thread.run(self._close())

    async def _close(self) -> None:
        self._subscriptions.close()
        await self._session.close()


def _is_refusal(code: ua.StatusCode) -> bool:
    """Whether a code refuses the request, rather than describing the value."""
    return variants.plain_code(code).name in _REFUSALS
