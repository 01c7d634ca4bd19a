"""Embedded systems at a start: their plant file and their DPL files."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from oagw.config.configerror import ConfigError
from oagw.config.plantfile import PlantFileError
from oagw.config.settings import read_settings
from oagw.core.manager import DatapointManager
from oagw.gateway.embeddedsystems import StartFiles, filled_system
from oagw.gateway.gatewaysystem import SystemContext
from oagw.interfaces.services import Services
from oagw.systems.embedded.system import EmbeddedSystem
from tests.systems.bench import unsliced

_PLANT = '[types]\nT = "float"\n[datapoints]\nT = ["A", "B"]\n'
_DPL = "# ascii dump of database\n\n# DpType\nTypeName\nD.D\t1#1\n\tvalue\t22#2\n\n"


class StartFileTests(TestCase):
    timeout = 60

    def setUp(self) -> None:
        self.state = Path(self.mktemp())
        self.state.mkdir()
        self.plant = self.state / "plant.toml"
        self.plant.write_text(_PLANT)
        self.dpl = self.state / "first.dpl"
        self.dpl.write_text(_DPL)

    def filled(self, plant: Path | None, *dpl: Path) -> EmbeddedSystem:
        services = Services(reactor, deferToThread, unsliced)
        settings = read_settings("", "x.ini", Path())
        context = SystemContext(settings, services, self.state, reactor)
        files = StartFiles("system", plant, dpl)
        system, _ = filled_system("System1", self.state, files, context)
        return system

    async def stopped(self, system: EmbeddedSystem) -> None:
        manager = DatapointManager([system], reactor, unsliced)
        await manager.start()
        await manager.stop()

    async def test_the_plant_file_adds_and_dpl_files_begin(self) -> None:
        """DPL files are for the first start; the plant file for each."""
        system = self.filled(None, self.dpl)
        self.assertEqual(set(system.plant.types), {"D"})
        await self.stopped(system)
        self.dpl.write_text("this is not read again")
        system = self.filled(self.plant, self.dpl)
        self.assertEqual(set(system.plant.types), {"D", "T"})
        self.assertEqual(set(system.plant.datapoints), {"A", "B"})
        await self.stopped(system)

    async def test_what_cannot_be_read_names_section_and_key(self) -> None:
        """Nothing of a faulty file is kept."""
        nowhere = self.state / "nowhere"
        self.plant.write_text("types = 5\n")
        for plant, dpl, error, reason in (
            (nowhere, (), PlantFileError, f"[system] plant = {nowhere}: No such file"),
            (self.plant, (), PlantFileError, f"{self.plant}: types must be a table"),
            (None, (nowhere,), ConfigError, f"[system] dpl = {nowhere}: No such file"),
        ):
            with self.subTest(reason), self.assertRaises(error) as caught:
                self.filled(plant, *dpl)
            self.assertIn(reason, str(caught.exception))
            await self.cleaned()

    async def cleaned(self) -> None:
        """Let the threads of a refused system end."""
        done: Deferred[None] = Deferred()
        reactor.callLater(0, done.callback, None)
        await done
