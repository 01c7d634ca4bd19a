"""The archives of several systems in one state directory."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from oagw.archives.enginetable import engine_of, open_snapshot
from oagw.archives.reading.snapshot import Snapshot
from oagw.cli.archiveplaces import (
    ArchivePlace,
    WantedValues,
    archive_places,
    choose,
    meant_without,
)
from oagw.cli.clierrors import CommandError
from oagw.cli.sampleimport import by_system
from oagw.cli.usedstate import STORE
from oagw.config.settings import Settings, read_settings
from oagw.errors import ConversionError
from oagw.model.times import LAST
from oagw.systems.embedded.archiveservice import SampleBatch
from oagw.systems.embedded.systemstore import SystemStore


class WantedTests(SynchronousTestCase):
    timeout = 30

    def test_the_times_of_a_period(self) -> None:
        """ISO 8601 or ms since the epoch; one that is left out is the first or last one."""
        for first, last, period in (
            ("1970-01-01T00:00:01", None, (1_000_000_000, LAST)),
            (None, " 1500 ", (0, 1_500_000_000)),
            ("0" * 5000 + "7", "9" * 5000, (7_000_000, LAST)),
            ("0", "9" * 30, (0, LAST)),
        ):
            self.assertEqual(WantedValues([], first, last).period(UTC), period)
        with self.assertRaisesRegex(ConversionError, "'noon' is not a time"):
            WantedValues([], "noon", None).period(UTC)


class PlacesTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        for below in (".", "systems/Plc", "systems/NoArchive"):
            directory = self.state / below
            directory.mkdir(parents=True)
            SystemStore(directory / STORE, Clock(), maybeDeferred).close()
        (self.state / "systems/Plc/archive").mkdir()

    def settings(self, text: str = "[system:Plc]\nown = yes\n") -> Settings:
        return read_settings(f"[system]\nname = Gateway\n{text}", "x.ini", self.state)

    def chosen(self, *dps: str) -> dict[str, list[str]]:
        """The patterns of each archive that the options choose."""
        settings = self.settings()

        def opened(place: ArchivePlace) -> Snapshot:
            return open_snapshot(place.archive, engine_of(settings))

        found = archive_places(self.state, settings)
        pairs = choose(found, opened, settings, WantedValues(dps, None, None))
        return {
            place.system: [one.text for one in chosen.patterns] for place, chosen in pairs
        }

    def test_patterns_mean_systems(self) -> None:
        """Without a system the own one is meant, without patterns all are."""
        self.assertEqual(self.chosen(), {"Gateway": [], "Plc": []})
        self.assertEqual(self.chosen("A*", "Plc:B"), {"Plc": ["A*", "Plc:B"]})
        self.assertEqual(self.chosen("Gateway:A"), {"Gateway": ["Gateway:A"]})
        with self.assertRaises(CommandError) as caught:
            self.chosen("NoArchive:A")
        self.assertIn("no system 'NoArchive' with an archive", str(caught.exception))

    def test_the_own_system_may_have_its_archive_elsewhere(self) -> None:
        """Then names without a system mean the gateway's."""
        settings = self.settings("[system:NoArchive]\nown = yes\n")
        found = archive_places(self.state, settings)
        self.assertEqual(meant_without(found, settings), "Gateway")

    def test_a_piece_of_several_systems(self) -> None:
        """Each gets its own values; names without a known system are the own one's."""
        elements = [("A.", ""), ("Plc:A.", ""), ("Other:A.", ""), ("Gateway:A.", "")]
        rows = [0, 1, 2, 3, 1]
        piece = SampleBatch(elements, rows, [*range(5)], [*range(5)], [0] * 5, [], [0] * 5)
        parts = by_system(piece, {"Gateway", "Plc"}, "Gateway")
        self.assertEqual(
            {name: [*one.rows] for name, one in parts.items()},
            {
                "Gateway": [0, 2, 3],
                "Plc": [1, 4],
            },
        )
        self.assertEqual(parts["Plc"].piece.values, [1, 4])
        self.assertEqual(parts["Plc"].piece.element, [1, 1])
        alone = SampleBatch([("Plc:A.", "")], [0], [1], [2], [0], [], [0])
        self.assertIs(by_system(alone, {"Plc"}, "Gateway")["Plc"].piece, alone)
