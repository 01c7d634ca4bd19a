"""What was acknowledged survives ``kill -9``, each time."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
import time
from itertools import count
from pathlib import Path
from threading import Thread, Timer

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase
from websocket import WebSocketException

from oagw.archives.files.filecheck import check
from oagw.archives.files.fileengine import open_directory
from oagw.model.dptypes import MAX_ELEMENTS
from oagw.model.samples import Sample
from oagw.model.times import LAST, NS_PER_MS
from tests.contracts.archive import AT_ONCE
from tests.service.daemon import OAGW, Client, Daemon, run

#: Elements that are set in turn; two of each atomic set, so that tearing would show.
PAIRS = [
    (f"pump_{number:05d}.command.setpoint", f"pump_{number:05d}.value.speed")
    for number in range(1, 6)
]
#: Few values at once, so that it is killed while they are sealed and merged too; and a
#: group of which old months are removed at each start.
SETTINGS = [
    *("--set", "simulate.enabled=no"),
    *("--set", "archive.seal=10"),
    *("--set", "archive:brief.elements=pump_0000[24].**"),
    *("--set", "archive:brief.keep=40d"),
]
#: What is older is not looked at.
RECENT = time.time_ns() - 30 * 86400 * 10**9
OLD = "2020-02-29T12:00:00Z"
#: Its elements have numbers below this.
MAX_ELEMENTS_OF_A_PUMP = 40
ROUNDS = int(os.environ.get("OAGW_KILL_ROUNDS", "5"))


class KillTests(TestCase):
    timeout = 1200

    def test_no_acknowledged_value_is_lost(self) -> None:
        """Killed at random moments, it keeps each acknowledged set, whole."""
        directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, directory)
        state = directory / "state"
        daemon = Daemon(state, *SETTINGS)
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
        for at in range(ROUNDS):
            before = {pair: list(numbers) for pair, numbers in acknowledged.items()}
            backup = directory / f"backup{at}"
            saving = Thread(target=self._back_up, args=(state, backup))
            if at % 3 == 0:
                saving.start()
            self._set_until_killed(daemon, numbers, acknowledged)
            self._check_files(state)
            if saving.ident is not None:
                saving.join()
                self._check_backup(backup, before)
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
        """After a kill, the simulation does not overwrite a value just set by a client."""
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
        # The other elements of the same pace continue.
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
                if number % 7 == 0:
                    # Of a month that is to be removed.
                    client.ask("DpSet", Wait=True, Timestamp=OLD, Values=values[1:])
        except (WebSocketException, OSError, ValueError):
            killer.join()

    def _check_files(self, state: Path) -> None:
        """Whatever was being written, no block is damaged."""
        report = check(state / "archive", lambda text, share: None)
        self.assertEqual(report.faults, [])

    def _back_up(self, state: Path, backup: Path) -> None:
        done = run(str(OAGW), "archive", "--state", str(state), "backup", str(backup))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def _check_backup(self, backup: Path, acknowledged: dict[int, list[int]]) -> None:
        """It has what was acknowledged before it began, once."""
        self._check_files(backup)
        database = sqlite3.connect(backup / "system.sqlite")
        datapoints = dict(database.execute("SELECT name, id FROM datapoint"))
        database.close()
        archive = open_directory(backup / "archive", Clock(), AT_ONCE)
        for pair, numbers in acknowledged.items():
            series = datapoints[PAIRS[pair][1].partition(".")[0]] * MAX_ELEMENTS
            complete = 0
            for element in range(series, series + MAX_ELEMENTS_OF_A_PUMP):
                samples: list[Sample] = []
                archive.read(element, RECENT, LAST, 0, 10**6).addCallback(samples.extend)
                found = [one.value for one in samples]
                self.assertEqual(len(found), len(set(found)), "a value came twice")
                complete += set(numbers) <= set(found)
            # The two of the pair; the others have none.
            self.assertTrue(complete == 2 or not numbers, "a value is missing")
        archive.stop()
        shutil.rmtree(backup)

    def _check(self, client: Client, acknowledged: dict[int, list[int]]) -> None:
        names = [name for pair in PAIRS for name in pair]
        last = client.ask("DpGet", Dps=names)["Values"]
        period = {"T1": RECENT // NS_PER_MS, "T2": "9999-12-31"}
        kept = client.ask("DpGetPeriod", Dps=names, **period)["Values"]
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
