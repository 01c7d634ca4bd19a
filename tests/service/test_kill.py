"""What was acknowledged survives ``kill -9``, each time."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from itertools import count
from pathlib import Path
from threading import Timer

from twisted.trial.unittest import TestCase
from websocket import WebSocketException

from tests.service.daemon import Client, Daemon

#: Elements that are set in turn; two of each atomic set, so that tearing would show.
PAIRS = [
    (f"pump_{number:05d}.command.setpoint", f"pump_{number:05d}.value.speed")
    for number in range(1, 6)
]
ROUNDS = int(os.environ.get("OAGW_KILL_ROUNDS", "5"))


class KillTests(TestCase):
    timeout = 1200

    def test_no_acknowledged_value_is_lost(self) -> None:
        """Killed at random moments, it keeps each acknowledged set, whole."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        # Few values, so that it is killed while they are sealed and merged too.
        few = ("--set", "archive.seal=10")
        daemon = Daemon(directory / "state", "--set", "simulate.enabled=no", *few)
        numbers = count(1)
        acknowledged: dict[int, list[int]] = {pair: [] for pair in range(len(PAIRS))}
        archived = {
            "Values": [
                {"Dp": pair[1] + ":_archive.._archive", "Value": True} for pair in PAIRS
            ]
        }
        self.addCleanup(lambda: daemon.stop())
        daemon.start()
        daemon.connect().ask("DpSet", Wait=True, **archived)
        for _ in range(ROUNDS):
            self._set_until_killed(daemon, numbers, acknowledged)
            daemon.start()
            client = daemon.connect()
            self._check(client, acknowledged)
            client.close()

    def test_first_start(self) -> None:
        """Killed during the very first start, it has all initial values at the next."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        wanted = {
            "System1:pump_00020.command.setpoint:_original.._value": 1200.0,
            "System1:pump_00020.command.setpoint:_archive.._archive": True,
            "System1:pump_00020.info.label:_original.._value": "Pump",
        }
        for number, delay in enumerate((0.3, 0.4, 0.5, 0.6, 0.8)):
            daemon = Daemon(directory / f"state{number}")
            killer = Timer(delay, daemon.kill_process)
            killer.start()
            try:
                daemon.start()
            except AssertionError:
                self.assertNotIn("listening", daemon.output)
            killer.join()
            daemon.kill()
            daemon.start()
            client = daemon.connect()
            self.assertEqual(client.ask("DpGet", Dps=list(wanted))["Values"], wanted)
            period = {"T1": 0, "T2": "9999-12-31"}
            found = client.ask("DpGetPeriod", Dps=["pump_00020.value.speed"], **period)
            [history] = found["Values"].values()
            self.assertGreaterEqual(len(history), 1080)
            self.assertEqual(daemon.stop(), 0)

    def test_simulated_element(self) -> None:
        """The simulation does not overwrite, after a kill, what a client has just set."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        daemon = Daemon(directory / "state", "--set", "simulate.hold=60s").start()
        name = "System1:ExampleDP_Trend1.:_original.._value"
        value = {"Dp": "ExampleDP_Trend1.", "Value": 123.5}
        daemon.connect().ask("DpSet", Wait=True, Values=[value])
        daemon.kill()
        daemon.start()
        self.addCleanup(daemon.stop)
        watcher = daemon.connect()
        # The other elements of the same pace go on meanwhile.
        watcher.ask("DpConnect", Dps=["ExampleDP_Arg1."])
        for _ in range(2):
            watcher.receive()
        values = daemon.connect().ask("DpGet", Dps=[name])["Values"]
        self.assertEqual(values, {name: 123.5})

    def _set_until_killed(
        self, daemon: Daemon, numbers: count[int], acknowledged: dict[int, list[int]]
    ) -> None:
        client = daemon.connect()
        killer = Timer(random.uniform(0.01, 0.4), daemon.kill)
        killer.start()
        try:
            for number in numbers:
                pair = number % len(PAIRS)
                values = [{"Dp": name, "Value": number} for name in PAIRS[pair]]
                answer = client.ask("DpSet", Id=number, Wait=True, Values=values)
                self.assertEqual((answer["Error"], answer["Id"]), (0, number))
                acknowledged[pair].append(number)
        except (WebSocketException, OSError, ValueError):
            killer.join()

    def _check(self, client: Client, acknowledged: dict[int, list[int]]) -> None:
        names = [name for pair in PAIRS for name in pair]
        last = client.ask("DpGet", Dps=names)["Values"]
        kept = client.ask("DpGetPeriod", Dps=names, T1=0, T2="9999-12-31")["Values"]
        for pair, numbers in acknowledged.items():
            if not numbers:
                continue
            series = []
            for name in PAIRS[pair]:
                values = kept[f"System1:{name}:_offline.._value"]
                self.assertEqual(sorted(set(numbers) - set(values)), [], name)
                self.assertEqual(len(values), len(set(values)), "a value came twice")
                # One set may have been written and not acknowledged.
                self.assertGreaterEqual(
                    last[f"System1:{name}:_original.._value"], numbers[-1]
                )
                series.append(last[f"System1:{name}:_original.._value"])
            self.assertEqual(series[0], series[1], "an atomic set is torn")
