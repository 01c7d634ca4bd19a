"""What the control socket can be asked for; ``oagw`` runs the same by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from oagw.core.manager import DatapointManager
from oagw.errors import OagwError
from oagw.gateway.control import (
    Answer,
    ControlError,
    Handler,
    Request,
)
from oagw.gateway.sitecheck import SiteCheck
from oagw.interfaces.systems import ISystem
from oagw.systems.embedded.archiveservice import ArchiveService, encode
from oagw.systems.embedded.dplservice import DplService, ImportRefused, report


def control_handlers(
    dpl: DplService, archives: Mapping[str, ArchiveService]
) -> dict[str, Handler]:
    """The handlers by the names of their commands.

    :param archives: by the names of the systems; the first is the gateway's own.
    """

    def meant(request: Request) -> ArchiveService:
        """The archive of the system that is named, or else the own one."""
        name = str(request.options.get("system") or next(iter(archives)))
        if name not in archives:
            raise ControlError(
                f"the gateway has no archive of a system '{name}'; there are those of "
                f"{', '.join(archives)}"
            )
        return archives[name]

    async def dpl_import(request: Request) -> Answer:
        keep_going = bool(request.options.get("keep_going"))
        encoding = str(request.options.get("encoding", ""))
        plan = await dpl.import_running(
            request.files, keep_going, request.progress, encoding
        )
        return Answer(report(plan))

    async def dpl_export(request: Request) -> Answer:
        pattern = str(request.options.get("pattern", ""))
        return Answer([], await dpl.export_running(pattern))

    async def archive_import(request: Request) -> Answer:
        [(_, content)] = request.files
        keep_going = bool(request.options.get("keep_going"))
        only_check = bool(request.options.get("check"))
        return Answer([], encode(await meant(request).add(content, keep_going, only_check)))

    async def archive_delete(request: Request) -> Answer:
        [(_, content)] = request.files
        count = await meant(request).delete(content)
        return Answer([f"deleted {count} values"], encode(count))

    async def archive_compact(request: Request) -> Answer:
        for archive in archives.values():
            await archive.compact()
        return Answer(["the archive is compact"])

    return {
        "dpl import": _handler(dpl_import),
        "dpl export": _handler(dpl_export),
        "archive import": _handler(archive_import),
        "archive delete": _handler(archive_delete),
        "archive compact": _handler(archive_compact),
    }


def _handler(work: Callable[[Request], Awaitable[Answer]]) -> Handler:
    """What a person can do something about is told to that person."""

    async def handle(request: Request) -> Answer:
        try:
            return await work(request)
        except (ImportRefused, OagwError) as error:
            raise ControlError(str(error)) from error

    return lambda request: Deferred.fromCoroutine(handle(request))


def check_handlers(
    manager: DatapointManager, systems: Sequence[ISystem], clock: IReactorTime
) -> dict[str, Handler]:
    """The handlers of what is asked of a system while the gateway runs."""

    async def bridge_check(request: Request) -> Answer:
        name = str(request.options.get("system"))
        found = [one for one in systems if one.name == name]
        if not found:
            known = ", ".join(one.name for one in systems)
            raise ControlError(f"there is no system '{name}'; there are {known}")
        write = bool(request.options.get("write"))
        report = await SiteCheck(manager, found[0], clock, write).run()
        total = report.worked + report.failed
        lines = [*report.lines, f"{report.worked} of {total} functions work"]
        return Answer(lines, b"failed" if report.failed else b"")

    return {"bridge check": _handler(bridge_check)}
