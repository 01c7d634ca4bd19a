"""The text of ``oagw status``."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from oagw.cli.statuscommand import report
from oagw.gateway.gatewaystatus import (
    GatewayStatus,
    ProcessStatus,
    SessionStatus,
    StoreStatus,
    SystemStatus,
    Totals,
)
from oagw.interfaces.archives import ArchiveFacts
from oagw.storage.groupcommit import CommitBacklog

NOW = 1_700_000_000.0
STATUS = GatewayStatus(
    ProcessStatus("1.2.3", 77, NOW, 3661.5, 182_300_000, 0.0004, 0.0381),
    ["wss://localhost:8443/winccoa"],
    Totals(1, 2, 5, 2, 1500, 12),
    [SessionStatus("anna", "tcp4:192.0.2.1:5000", NOW, 5, 2, 3, 4, 1500, 12)],
    [
        SystemStatus("System1", "embedded", True, NOW, "", 0.0),
        SystemStatus("Plc", "opcua", False, NOW, "refused", 0.0021),
    ],
    [
        StoreStatus(
            "System1",
            CommitBacklog(0, 0.0, ""),
            ArchiveFacts(7, 1.25, 4000, 3, NOW, "the disk is full"),
            2_000_000_000,
        )
    ],
)


def lines(status: GatewayStatus) -> list[str]:
    """The text for a person."""
    facts: dict[str, Any] = asdict(status)
    return list(report(facts))


class ReportTests(SynchronousTestCase):
    """A line for each fact."""

    timeout = 30

    def test_everything(self) -> None:
        """Times are in UTC, sizes in units that are easy to read."""
        expected = [
            "oagw 1.2.3, process 77, running since 2023-11-14 22:13:20Z (1:01:01)",
            "listens on     wss://localhost:8443/winccoa",
            "memory         182.3 MB",
            "reactor delay  0.4 ms, at most 38.1 ms since the start",
            "",
            "sessions       1",
            "not logged in  2",
            "connects       5",
            "live queries   2",
            "unsent         1.5 kB",
            "conflated      12 updates since the start",
            "",
            "user  address              since                 connects  queries  waits"
            "  watched  unsent  conflated",
            "anna  tcp4:192.0.2.1:5000  2023-11-14 22:13:20Z         5        2      3"
            "        4  1.5 kB         12",
            "",
            "system   backend   state      since                 latency  last error",
            "System1  embedded  connected  2023-11-14 22:13:20Z  -",
            "Plc      opcua     away       2023-11-14 22:13:20Z  2.1 ms   refused",
            "",
            "files of System1",
            "  values       all durable",
            "  archive      7 wait to be written, the oldest 1.2 s",
            "  not sealed   4000 samples; last sealing: 2023-11-14 22:13:20Z",
            "  partitions   3, files 2.0 GB",
            "  wrong        the disk is full",
        ]
        self.assertEqual(lines(STATUS), expected)

    def test_a_gateway_without_clients(self) -> None:
        """The table of sessions is left out."""
        status = replace(STATUS, sessions=[], totals=Totals())
        self.assertNotIn("user", "".join(lines(status)))
        self.assertIn("unsent         0 B", lines(status))

    def test_an_archive_that_has_not_sealed(self) -> None:
        """It says so in the place of the time."""
        [store] = STATUS.stores
        archive = replace(store.archive, sealed_at=None, fault="")
        found = lines(replace(STATUS, stores=[replace(store, archive=archive)]))
        self.assertIn(
            "  not sealed   4000 samples; last sealing: none since the start", found
        )
        self.assertNotIn("wrong", "".join(found))

    def test_texts_do_not_control_the_terminal(self) -> None:
        """Line breaks and escape sequences are shown, and letters are as they are."""
        [session, *_], [system, *_] = STATUS.sessions, STATUS.systems
        odd = replace(session, user="Zo\u00eb\nroot\x1b[2J\x9b31m\u202e")
        away = replace(system, error="refused\r\x1b]0;title\x07 \udc80")
        text = lines(replace(STATUS, sessions=[odd], systems=[away]))
        self.assertTrue(all(line.isprintable() for line in text), text)
        [row] = [line for line in text if "192.0.2.1" in line]
        self.assertTrue(row.startswith("Zo\u00eb\\nroot\\x1b[2J\\x9b31m\\u202e  tcp4:"))
        [row] = [line for line in text if "embedded" in line]
        self.assertTrue(row.endswith("refused\\r\\x1b]0;title\\x07 \\udc80"), row)
