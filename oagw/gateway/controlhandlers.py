"""The commands of the control socket; ``oagw`` runs them itself for a stopped gateway."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from oagw.core.manager import DatapointManager
from oagw.errors import OagwError
from oagw.gateway.control import (
    ControlError,
    ControlReply,
    ControlRequest,
    Handler,
)
from oagw.gateway.gatewaystatus import StatusReader
from oagw.gateway.sitecheck import SiteCheck
from oagw.interfaces.systems import ISystem
from oagw.systems.embedded.archiveservice import ArchiveService, encode_body
from oagw.systems.embedded.dplservice import DplService, ImportRefused, import_lines


def control_handlers(
    dpl: DplService, archives: Mapping[str, ArchiveService]
) -> dict[str, Handler]:
    """The handlers of DPL files and archives, by command.

    :param archives: by the names of their systems; the first is that of ``[system]``.
    """

    def meant(request: ControlRequest) -> ArchiveService:
        """The archive of the system that the request names; by default the first."""
        name = str(request.options.get("system") or next(iter(archives)))
        if name not in archives:
            raise ControlError(
                f"the gateway has no archive of a system '{name}'; it has archives of "
                f"{', '.join(archives)}"
            )
        return archives[name]

    async def dpl_import(request: ControlRequest) -> ControlReply:
        keep_going = bool(request.options.get("keep_going"))
        encoding = str(request.options.get("encoding", ""))
        plan = await dpl.import_running(
            request.files, keep_going, request.progress, encoding
        )
        return ControlReply(import_lines(plan))

    async def dpl_export(request: ControlRequest) -> ControlReply:
        pattern = str(request.options.get("pattern", ""))
        return ControlReply([], await dpl.export_running(pattern))

    async def archive_import(request: ControlRequest) -> ControlReply:
        [(_, content)] = request.files
        keep_going = bool(request.options.get("keep_going"))
        only_check = bool(request.options.get("check"))
        return ControlReply(
            [], encode_body(await meant(request).add(content, keep_going, only_check))
        )

    async def archive_delete(request: ControlRequest) -> ControlReply:
        [(_, content)] = request.files
        count = await meant(request).delete(content)
        return ControlReply([f"deleted {count} values"], encode_body(count))

    async def archive_compact(request: ControlRequest) -> ControlReply:
        for archive in archives.values():
            await archive.compact()
        return ControlReply(["compacted the archive"])

    return {
        "dpl import": _handler(dpl_import),
        "dpl export": _handler(dpl_export),
        "archive import": _handler(archive_import),
        "archive delete": _handler(archive_delete),
        "archive compact": _handler(archive_compact),
    }


def _handler(work: Callable[[ControlRequest], Awaitable[ControlReply]]) -> Handler:
    """A handler whose errors of the user go to the user, not to the log."""

    async def handle(request: ControlRequest) -> ControlReply:
        try:
            return await work(request)
        except (ImportRefused, OagwError) as error:
            raise ControlError(str(error)) from error

    return lambda request: Deferred.fromCoroutine(handle(request))


def check_handlers(
    manager: DatapointManager, systems: Sequence[ISystem], clock: IReactorTime
) -> dict[str, Handler]:
    """The handlers that need a running gateway, by command."""

    async def bridge_check(request: ControlRequest) -> ControlReply:
        name = str(request.options.get("system"))
        found = [one for one in systems if one.name == name]
        if not found:
            known = ", ".join(one.name for one in systems)
            raise ControlError(f"there is no system '{name}'; the systems are {known}")
        write = bool(request.options.get("write"))
        report = await SiteCheck(manager, found[0], clock, write).run()
        total = report.worked + report.failed
        lines = [*report.lines, f"{report.worked} of {total} functions work"]
        return ControlReply(lines, b"failed" if report.failed else b"")

    return {"bridge check": _handler(bridge_check)}


def status_handlers(reader: StatusReader) -> dict[str, Handler]:
    """The handler of ``oagw status``, whose reply is JSON."""

    async def status(request: ControlRequest) -> ControlReply:
        return ControlReply([], json.dumps(asdict(await reader.read())).encode())

    return {"status": _handler(status)}
