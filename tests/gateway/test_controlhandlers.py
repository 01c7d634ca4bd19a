"""The commands of the control socket, without the socket."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.core.manager import DatapointManager
from oagw.gateway.control import ControlError, ControlReply, ControlRequest, Handler
from oagw.gateway.controlhandlers import check_handlers, control_handlers
from oagw.interfaces.services import Services
from oagw.systems.embedded.archiveservice import ArchiveService
from oagw.systems.embedded.dplservice import DplService
from tests.systems.bench import EmbeddedTestCase, at_once, unsliced


class ControlHandlerTests(EmbeddedTestCase):
    def handlers(self) -> dict[str, Handler]:
        system, clock = self.bench.system, self.bench.clock
        services = Services(clock, at_once, unsliced)
        archives = {system.name: ArchiveService(system, system.archive, services)}
        manager = DatapointManager([system], clock, unsliced)
        return control_handlers(DplService(system, services), archives) | check_handlers(
            manager, [system], clock
        )

    def ask(self, command: str, *files: bytes, **options: object) -> Deferred[ControlReply]:
        named = [("file", content) for content in files]
        return self.handlers()[command](ControlRequest(command, options, named))

    def test_an_export_is_the_content_of_the_reply(self) -> None:
        """It has the datapoints that match the pattern of the request."""
        reply = self.successResultOf(self.ask("dpl export", pattern="F1"))
        self.assertIn(b"F1", reply.content)
        self.assertNotIn(b"F2", reply.content)

    def test_a_refused_import_is_a_control_error(self) -> None:
        """Its text is for the person who asked."""
        failure = self.failureResultOf(self.ask("dpl import", b"nonsense"), ControlError)
        self.assertIn("file", str(failure.value))

    def test_unknown_systems_are_named_with_the_known_ones(self) -> None:
        """For archives and for checks."""
        for command, reason in (
            ("archive delete", "has no archive of a system 'S9'; it has archives of"),
            ("bridge check", "there is no system 'S9'; the systems are System1"),
        ):
            asked = self.ask(command, b"", system="S9")
            failure = self.failureResultOf(asked, ControlError)
            self.assertIn(reason, str(failure.value))

    def test_compacting_says_so(self) -> None:
        """When it is done."""
        reply = self.successResultOf(self.ask("archive compact"))
        self.assertEqual(reply, ControlReply(["compacted the archive"]))
