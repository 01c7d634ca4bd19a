"""An embedded system that imports and exports DPL files."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from twisted.internet.defer import Deferred

from oagw.dpl.plan import Plan
from oagw.interfaces.services import Services
from oagw.systems.embedded.dplservice import (
    DplService,
    ImportRefused,
)
from oagw.systems.slicerunner import SliceRunner
from tests.systems.bench import NOW_MS, Bench, EmbeddedTestCase, at_once

#: Seconds between two slices.
TURN = 1e-6
UTC = ZoneInfo("UTC")
#: What the rows of :func:`values` have.
STIME = NOW_MS
STATUS = 0x8300000000000101

STATION = """\
# DpType
TypeName
Motor.Motor\t1#1
\tspeed\t22#2
\tlabel\t42#3
Station.Station\t1#1
\tmotor\t41#2:Motor
\tstates\t9#3
\ttotal\t22#4

# Datapoint/DpId
DpName\tTypeName\tID
S1\tStation\t101
S2\tStation\t102

# Aliases/Comments
AliasId\tAliasName\tCommentName
S1.motor.speed\t"Speed of S1"\tlt:1 LANG:10001 "speed@%4.0f@rpm"
S2.\t"Second"\t

# CNS
CNSpath\tname
.View:\tView

"""


def files(*texts: str) -> list[tuple[str, bytes]]:
    return [(f"{chr(97 + at)}.dpl", text.encode()) for at, text in enumerate(texts)]


def service(bench: Bench) -> DplService:
    """One whose slices are turns of the bench's clock, one step in each."""
    slices = SliceRunner(bench.clock, turn=0, pause=TURN)
    return DplService(bench.system, Services(bench.clock, at_once, slices, UTC))


def finish(bench: Bench, done: Deferred[Plan]) -> None:
    """Advance the time until the import is done."""
    for _ in range(100_000):
        if done.called:
            return
        bench.clock.advance(TURN)
    raise AssertionError("the import does not end")


class DplTestCase(EmbeddedTestCase):
    """Files are texts, called ``a.dpl``, ``b.dpl``, ..."""

    def start(self) -> None:
        super().start()
        self.dpl = service(self.bench)

    def begin(self, *texts: str, keep_going: bool = False) -> Deferred[Plan]:
        importing = self.dpl.import_running(files(*texts), keep_going)
        return Deferred.fromCoroutine(importing)

    def finish(self, done: Deferred[Plan]) -> Deferred[Plan]:
        finish(self.bench, done)
        return done

    def load(self, *texts: str, keep_going: bool = False) -> Plan:
        """Import while the system runs."""
        done = self.finish(self.begin(*texts, keep_going=keep_going))
        return self.successResultOf(done)

    def refused_load(self, *texts: str) -> list[str]:
        failure = self.failureResultOf(self.finish(self.begin(*texts)), ImportRefused)
        return list(failure.value.report)

    def connect(self, *names: str) -> None:
        wanted = [self.full(name, "_online") for name in names]
        self.successResultOf(self.bench.system.watch(wanted))

    def export(self, pattern: str = "") -> str:
        return "".join(self.dpl.export(pattern))
