"""The simulation that ``[simulate]`` configures."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from oagw.config.quantities import duration
from oagw.config.sectionsettings import SimulateSettings
from oagw.interfaces.archives import IArchive
from oagw.systems.embedded.signals import SignalError, check_history, parse_signal
from oagw.systems.embedded.simulation import Simulation
from oagw.systems.embedded.system import EmbeddedSystem

_log = Logger("oagw")


class Simulator:
    """Simulates values of the system of ``[system]``, if that is enabled.

    :raises SignalError: a signal is not one, or the history has too many values.
    """

    def __init__(
        self, settings: SimulateSettings, system: EmbeddedSystem, reactor: Any
    ) -> None:
        self._settings = settings
        self._archive: IArchive = system.archive
        self._simulation: Simulation | None = None
        if not settings.enabled:
            return
        signals = {}
        for pattern, text in settings.signals.items():
            try:
                signals[pattern] = parse_signal(text, duration)
            except SignalError as error:
                raise SignalError(f"[simulate] {pattern}: {error}") from error
        check_history(signals, settings.history, settings.history_step)
        self._simulation = Simulation(system, signals, settings.hold, reactor)

    async def start(self) -> None:
        """Fill an empty archive with the simulated history, and start the signals."""
        if self._simulation is None:
            return
        count = await self._simulation.make_history(
            self._archive, self._settings.history, self._settings.history_step
        )
        if count:
            _log.info("the archive was filled with {count} simulated values", count=count)
        self._simulation.start()

    def stop(self) -> None:
        """Stop the signals."""
        if self._simulation is not None:
            self._simulation.stop()
