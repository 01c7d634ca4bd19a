"""``oagw dpl`` with real gateways, over TLS."""

from __future__ import annotations

import contextlib
import math
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from twisted.trial.unittest import TestCase
from websocket import WebSocketException

from tests.processes import PATIENCE
from tests.service.daemon import ENVIRONMENT, OAGW, ROOT, Client, Daemon, run

PLANT = """\
# ascii dump of database

# DpType
TypeName
Tank.Tank\t1#1
\tlevel\t22#2
\tname\t25#3
\tvalves\t5#4

# Datapoint/DpId
DpName\tTypeName\tID
T1\tTank\t101
T2\tTank\t102

# Aliases/Comments
AliasId\tAliasName\tCommentName
T1.level\t"Level of tank 1"\tlt:1 LANG:10001 "level@%5.2f@m"

# DpValue
Manager/User\tElementName\tTypeName\t_original.._value\t_original.._status64\t_original.._stime
UI (1)/0\tT1.level\tTank\t2.5\t0x8300000000000101\t14.11.2023 22:13:20.000
UI (1)/0\tT1.name\tTank\t"Größter"\t0x8300000000000101\t14.11.2023 22:13:20.000
UI (1)/0\tT2.valves\tTank\t1, 2\t0x8300000000000101\t14.11.2023 22:13:20.000

"""
#: One value of the four does not fit, and one type is none.
FAULTY = PLANT.replace("T1.level\tTank\t2.5", "T1.level\tTank\tfull").replace(
    "# Datapoint/", "Bad.Bad\t99#1\n\n# Datapoint/"
)
COUNT = 20_000
LEVEL = "System1:T1.level:_original.._value"


def large(count: int = COUNT) -> str:
    """A file of many datapoints, each with three values."""
    head, _, columns = PLANT.partition("# Datapoint")
    columns = PLANT[PLANT.index("Manager/User") :].partition("\n")[0]
    rest = "0x8300000000000101\t14.11.2023 22:13:20.000\n"
    lines = [head, "# Datapoint/DpId\nDpName\tTypeName\tID\n"]
    lines += [f"big_{number:05d}\tTank\t{number}\n" for number in range(count)]
    lines.append(f"\n# DpValue\n{columns}\n")
    for number in range(count):
        name = f"UI (1)/0\tbig_{number:05d}"
        lines.append(f"{name}.level\tTank\t{number}\t{rest}")
        lines.append(f'{name}.name\tTank\t"tank {number}"\t{rest}')
        lines.append(f"{name}.valves\tTank\t1, {number}\t{rest}")
    return "".join(lines)


class DplTestCase(TestCase):
    """A state directory and files of its own; times are in UTC."""

    timeout = 300

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.state = self.directory / "state"

    def file(self, text: str, name: str = "plant.dpl", encoding: str = "utf-8") -> str:
        path = self.directory / name
        path.write_text(text, encoding=encoding)
        return str(path)

    def attempt(self, *words: str) -> subprocess.CompletedProcess[str]:
        action, *rest = words
        return run(str(OAGW), "dpl", action, "--state", str(self.state), *rest, TZ="UTC")

    def dpl(self, *words: str) -> str:
        """What the command prints; it must succeed."""
        done = self.attempt(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refused(self, *words: str) -> list[str]:
        """What the command says on standard error; it must fail."""
        done = self.attempt(*words)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        return done.stderr.splitlines()

    def daemon(self, *settings: str) -> Daemon:
        words = [word for one in settings for word in ("--set", one)]
        return Daemon(self.state, "--set", "simulate.enabled=no", *words, TZ="UTC")

    def start(self, *settings: str) -> Daemon:
        daemon = self.daemon(*settings).start()
        self.addCleanup(daemon.stop)
        return daemon

    def values(self, client: Client, *names: str) -> list[object]:
        answer = client.ask("DpGet", Dps=list(names))
        self.assertEqual(answer["Error"], 0, answer)
        return list(answer["Values"].values())


class CommandTests(DplTestCase):
    """Import and export, running and stopped."""

    timeout = 300

    def test_running(self) -> None:
        """Imported datapoints exist at once, also for connected clients."""
        daemon = self.start()
        client = daemon.connect()
        self.assertEqual(
            self.dpl("import", self.file(PLANT)).splitlines(),
            ["new types: 1", "new datapoints: 2", "Aliases/Comments: 1", "DpValue: 3"],
        )
        names = ("T1.level", "T1.level:_original.._stime", "T1.name", "T2.valves")
        values = [2.5, 1_700_000_000_000, "Größter", [1, 2]]
        self.assertEqual(self.values(client, *names), values)
        self.assertEqual(self.values(client, "@Level of tank 1"), [2.5])
        everything = self.dpl("export")
        self.assertIn("\nT1.level\t", everything)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.dpl("export"), everything)

    def test_nothing_to_import(self) -> None:
        """Running or stopped, it says so and fails."""
        files = [self.file("# DpValue\nElementName\tTypeName\n"), self.file("", "b.dpl")]
        expected = [
            f"oagw: nothing was imported: there is no row to import in {', '.join(files)}"
        ]
        self.assertEqual(self.refused("import", *files), expected)
        self.start()
        self.assertEqual(self.refused("import", "--keep-going", *files), expected)

    def test_a_named_encoding(self) -> None:
        """A guess is a warning; one that is named is taken, running or stopped."""
        text = PLANT.replace("Größter", "насос")
        path = self.file(text, encoding="cp1251")
        [*_, warning] = self.dpl("import", path).splitlines()
        self.assertIn(f"warning: {path} is not in UTF-8; it was read as Windows", warning)
        client = self.start().connect()
        self.assertEqual(self.values(client, "T1.name"), ["íàñîñ"])
        self.assertNotIn("warning", self.dpl("import", "--encoding", "cp1251", path))
        self.assertEqual(self.values(client, "T1.name"), ["насос"])
        self.assertIn("насос".encode("cp1251"), self.exported("cp1251"))
        done = self.attempt("import", "--encoding", "nonsense", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("the encoding 'nonsense' is unknown", done.stderr)

    def exported(self, encoding: str) -> bytes:
        """The bytes of an export."""
        path = self.directory / "exported.dpl"
        self.dpl("export", "--encoding", encoding, "--output", str(path))
        return path.read_bytes()

    def test_stopped(self) -> None:
        """It is there at the next start, with what the plant file has."""
        self.dpl("import", self.file(PLANT))
        exported = self.directory / "out.dpl"
        self.assertEqual(self.dpl("export", "T*", "--output", str(exported)), "")
        client = self.start().connect()
        self.assertEqual(self.values(client, "T1.level", "pump_00001.value.speed")[0], 2.5)
        self.assertEqual(self.dpl("export", "T*"), exported.read_text())

    def test_round_trip(self) -> None:
        """An export makes the same system of an empty state directory."""
        self.dpl("import", self.file(PLANT))
        first = self.dpl("export")
        self.state = self.directory / "other"
        self.dpl("import", self.file(first, "first.dpl"))
        self.assertEqual(self.dpl("export"), first)

    def test_encodings(self) -> None:
        """ISO 8859-1 is read, and written if it can hold everything."""
        self.dpl("import", self.file(PLANT, encoding="iso-8859-1"))
        exported = self.directory / "out.dpl"
        words = ("--encoding", "iso-8859-1", "--output", str(exported))
        self.assertEqual(self.dpl("export", *words), "")
        self.assertIn(b'"Gr\xf6\xdfter"', exported.read_bytes())
        self.dpl("import", self.file(PLANT.replace("Größter", "größer als 5 €")))
        [line] = self.refused("export", *words)
        self.assertEqual(line, "oagw: iso-8859-1 has no character '€'; export in utf-8")

    def test_several_files(self) -> None:
        """They belong together: what one lacks may be in the other."""
        types, _, rest = PLANT.partition("# Datapoint")
        first = self.file(f"# Datapoint{rest}", "b.dpl")
        self.dpl("import", first, self.file(types, "a.dpl"))
        self.assertIn("T2.valves\tTank\t1, 2\t", self.dpl("export"))

    def test_an_error_changes_nothing(self) -> None:
        """Each error is reported with file, line and column; running and stopped alike."""
        path = self.file(FAULTY)
        expected = [
            f"oagw: {path}, line 10, column 9: there is no element type 99",
            f"{path}, line 23, column 24: the cell 'full' is not a valid float",
            "2 problems",
            "nothing was imported; --keep-going imports what is good",
        ]
        self.assertEqual(self.refused("import", path), expected)
        daemon = self.start()
        self.assertEqual(self.refused("import", path), expected)
        self.assertEqual(daemon.connect().ask("DpNames", Pattern="T*")["Values"], [])

    def test_keep_going(self) -> None:
        """The good part is there, the rest is listed."""
        path = self.file(FAULTY)
        lines = [
            "new types: 1",
            "new datapoints: 2",
            "Aliases/Comments: 1",
            "DpValue: 2",
            f"left out: {path}, line 10, column 9: there is no element type 99",
            f"left out: {path}, line 23, column 24: the cell 'full' is not a valid float",
        ]
        self.assertEqual(self.dpl("import", "--keep-going", path).splitlines(), lines)
        self.state = self.directory / "other"
        client = self.start().connect()
        self.assertEqual(self.dpl("import", "--keep-going", path).splitlines(), lines)
        self.assertEqual(self.values(client, "T1.level", "T2.valves"), [0.0, [1, 2]])

    def test_refusals(self) -> None:
        """What cannot be done is said in one line, with exit code 1."""
        path = self.file(PLANT)
        nothing = f"no gateway has run with the state directory {self.state}"
        [line] = self.refused("export")
        self.assertTrue(
            line.startswith(f"oagw: {nothing}; name the gateway's with --state")
        )
        self.assertFalse(self.state.exists())
        for words, message in (
            (("import", f"{path}x"), f"{path}x: No such file or directory"),
            (("import", str(self.directory)), "Is a directory"),
            (("import", path, "--config", f"{path}.ini"), f"{path}.ini"),
            (("export", "Nope*"), "nothing matches 'Nope*'"),
            (("export", "T{1"), "T{1"),
            (("export", "--output", "/nope/x"), "/nope/x: No such file or directory"),
        ):
            self.dpl("import", path)
            [line] = self.refused(*words)
            self.assertTrue(line.startswith("oagw: "), line)
            self.assertIn(message, line)
        self.assertEqual(run(str(OAGW), "dpl", "import").returncode, 2)

    def test_a_gateway_that_starts(self) -> None:
        """A process that holds the state directory without a reply yet is left alone."""
        daemon = self.start()
        (self.state / "control").unlink()
        [line] = self.refused("import", self.file(PLANT))
        self.assertIn("is used by another oagw", line)
        self.assertEqual(daemon.stop(), 0)


class FirstStartTests(DplTestCase):
    """``[system] dpl``."""

    timeout = 300

    def test_only_the_first_start_loads(self) -> None:
        """Afterwards the system is what it has become."""
        setting = f"system.dpl={self.file(PLANT)}"
        daemon = self.start(setting)
        client = daemon.connect()
        self.assertEqual(self.values(client, "@Level of tank 1"), [2.5])
        self.assertIn("DPL import: DpValue: 3", daemon.output)
        client.ask("DpSet", Wait=True, Values=[{"Dp": "T1.level", "Value": 7}])
        client.ask("DpDelete", Dp="T2")
        self.assertEqual(daemon.stop(), 0)
        self.file(FAULTY)
        daemon.start()
        client = daemon.connect()
        self.assertEqual(self.values(client, "T1.level"), [7.0])
        self.assertEqual(client.ask("DpNames", Pattern="T*")["Values"], ["System1:T1"])

    def test_a_bad_file_stops_the_start(self) -> None:
        """With one line; when the file is good, the next start is the first one."""
        path = self.file(FAULTY)
        daemon = self.daemon(f"system.dpl={path}")
        done = run(*daemon.command, TZ="UTC")
        self.assertNotEqual(done.returncode, 0)
        [line] = [one for one in done.stderr.splitlines() if "oagw: " in one]
        self.assertIn(
            f"[system] dpl: {path}, line 10, column 9: there is no element type 99 "
            "(and 1 more)",
            line,
        )
        self.file(PLANT)
        client = self.start(f"system.dpl={path}").connect()
        self.assertEqual(self.values(client, "T1.level"), [2.5])

    def test_a_file_that_is_not_there(self) -> None:
        """The line names it."""
        path = str(self.directory / "nope.dpl")
        daemon = self.daemon(f"system.dpl={path}")
        done = run(*daemon.command, TZ="UTC")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"[system] dpl = {path}: No such file", done.stderr)


class DocumentTests(DplTestCase):
    """docs/dpl.rst."""

    timeout = 300

    def test_every_command_works(self) -> None:
        """In the order in which they stand there, with files of these names."""
        text = (ROOT / "docs/dpl.rst").read_text(encoding="utf-8")
        commands = re.findall(r"^    oagw dpl (.+)$", text, re.MULTILINE)
        self.assertGreater(len(commands), 6)
        types, _, rest = PLANT.partition("# Datapoint")
        for name, content in (
            ("my_project.dpl", PLANT),
            ("types.dpl", types),
            ("datapoints.dpl", f"# Datapoint{rest}"),
            ("utc.ini", "[server]\ntime_zone = UTC\n"),
        ):
            self.file(content, name)
        daemon = self.start()
        daemon.stop()
        for command in commands:
            words = shlex.split(command.replace("--state state", ""))
            if ">" in words:
                words[words.index(">")] = "--output"
            files = (".dpl", ".ini")
            self.dpl(
                *(
                    str(self.directory / word) if word.endswith(files) else word
                    for word in words
                )
            )
        for name in ("everything", "pumps", "values"):
            exported = (self.directory / f"{name}.dpl").read_bytes()
            self.assertIn(b"# ascii dump of database", exported, name)


class LargeTests(DplTestCase):
    """A file of twenty thousand datapoints."""

    timeout = 600

    def begin(self, path: str) -> subprocess.Popen[str]:
        """Import in the background."""
        return subprocess.Popen(
            [str(OAGW), "dpl", "import", "--state", str(self.state), path],
            cwd=ROOT,
            env={**ENVIRONMENT, "TZ": "UTC"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_killed_in_the_middle(self) -> None:
        """Afterwards all of it is there, or nothing."""
        path = self.file(large())
        daemon = self.start()
        pattern = {"Pattern": "big_*"}
        found: list[str] = []
        for delay in (0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.8, 3.0):
            importing = self.begin(path)
            with contextlib.suppress(subprocess.TimeoutExpired):
                importing.wait(delay)
            daemon.kill()
            answered, said = importing.communicate(timeout=PATIENCE)
            daemon.start()
            client = daemon.connect()
            found = client.ask("DpNames", **pattern)["Values"]
            self.assertIn(len(found), (0, COUNT), delay)
            self.assertEqual("Tank" in client.ask("DpTypes")["Values"], bool(found))
            if importing.returncode == 0:
                self.assertIn(f"new datapoints: {COUNT}", answered)
                self.assertEqual(len(found), COUNT, "it was acknowledged")
            else:
                self.assertIn("oagw: ", said)
            if found:
                break
        else:
            self.dpl("import", path)
        last = f"big_{COUNT - 1:05d}"
        client = daemon.connect()
        self.assertEqual(
            self.values(client, f"{last}.level", f"{last}.name", f"{last}.valves"),
            [COUNT - 1.0, f"tank {COUNT - 1}", [1, COUNT - 1]],
        )

    def test_others_are_answered_meanwhile(self) -> None:
        """A client that reads a value gets it soon, all the time."""
        path = self.file(large())
        client = self.start().connect()
        longest: list[float] = []
        done = threading.Event()

        def ask() -> None:
            try:
                while not done.wait(0.005):
                    begin = time.monotonic()
                    client.ask("DpGet", Dps=["pump_00001.value.speed"])
                    longest.append(time.monotonic() - begin)
            except (WebSocketException, OSError):
                longest.append(math.inf)

        asking = threading.Thread(target=ask)
        asking.start()
        begin = time.monotonic()
        importing = self.begin(path)
        try:
            answered, said = importing.communicate(timeout=PATIENCE)
        finally:
            done.set()
            asking.join()
        self.assertEqual(importing.returncode, 0, said)
        self.assertIn(f"DpValue: {3 * COUNT}", answered)
        self.assertGreater(len(longest), 20)
        # In one piece it would be nearly all of that time.
        self.assertLess(max(longest), (time.monotonic() - begin) / 3)
