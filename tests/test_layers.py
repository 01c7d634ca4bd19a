"""The house: a module imports from lower floors only, and rooms keep to themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from docs.house import PICTURE, house
from oagw.core.commands.commandtable import COMMAND_TABLE
from oagw.wire.codec import decode
from oagw.wire.messages.base import Command
from oagw.wire.messages.messagetable import EMPTY_ANSWERS
from tests.exchanges.exchanges import EXCHANGES
from tests.house import FLOORS, MODULES, ROOT, TREES, circles, imports, is_in, place

#: The floors that are pure, and those that may use Deferreds but do no I/O.
PURE = 3
NO_IO = 5

#: Modules that do I/O, start something or tell the time.
IO_MODULES = {
    "asyncio",
    "ctypes",
    "fcntl",
    "io",
    "multiprocessing",
    "os",
    "queue",
    "random",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
#: What the floors that may use Deferreds take from Twisted.
DEFERRED_ONLY = {
    "twisted.internet.defer",
    # Interfaces only.
    "twisted.internet.interfaces",
    "twisted.logger",
    "twisted.python.failure",
    "twisted.cred.portal",
    "twisted.cred.error",
}
#: Calls that do I/O or tell the time, on whatever they are called.
IO_CALLS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "unlink",
    "exists",
    "iterdir",
    "now",
    "utcnow",
    "today",
}
LONGEST_MODULE = 420
#: File names that may occur more than once, with the folders in which they may.
#: Each backend has its system; the messages of a command and its handler share their name.
SHARED_NAMES = {
    "system.py": {f"systems/{one}" for one in ("archived", "embedded", "opcua", "remote")},
}
COMMAND_FOLDERS = {"core/commands", "wire/messages"}


def _modules_up_to(floor: int) -> Iterator[str]:
    for name in MODULES:
        found = place(name)
        if found is not None and found[0] < floor:
            yield name


class LayerTests(SynchronousTestCase):
    """What each module may import."""

    timeout = 30

    def test_every_module_has_a_room(self) -> None:
        """A new module belongs to a floor of the house; no room stands empty."""
        homeless = [name for name in MODULES if name != "oagw" and place(name) is None]
        self.assertEqual(homeless, [])
        for rooms in FLOORS:
            for room in rooms:
                self.assertTrue(any(is_in(name, room) for name in MODULES), room)

    def test_imports_go_down(self) -> None:
        """A module imports from lower floors or from its own room."""
        wrong = []
        for name in MODULES:
            here = place(name)
            for imported in imports(name):
                there = place(imported)
                if here is None or there is None:
                    if is_in(imported, "oagw"):
                        wrong.append(f"{name} imports {imported}")
                elif there[0] > here[0] or (there[0] == here[0] and there != here):
                    wrong.append(f"{name} imports {imported}")
        self.assertEqual(wrong, [])

    def test_rooms_have_no_circles(self) -> None:
        """What stands side by side in a room imports one another in one direction only.

        The rooms inside a room are rooms too, and imports for types count.
        """
        self.assertEqual([" -> ".join(circle) for circle in circles()], [])

    def test_the_lower_floors_are_pure(self) -> None:
        """Names, texts and the configuration need neither Twisted nor any I/O."""
        wrong = [
            f"{name} imports {imported}"
            for name in _modules_up_to(PURE)
            for imported in imports(name)
            if imported.split(".")[0] in IO_MODULES | {"twisted", "autobahn", "zope"}
        ]
        self.assertEqual(wrong, [])

    def test_the_core_does_no_io(self) -> None:
        """Of Twisted it takes Deferreds, the log, failures and interfaces."""
        wrong = [
            f"{name} imports {imported}"
            for name in _modules_up_to(NO_IO)
            for imported in imports(name)
            if imported.split(".")[0] in IO_MODULES | {"autobahn"}
            or (is_in(imported, "twisted") and imported not in DEFERRED_ONLY)
        ]
        self.assertEqual(wrong, [])

    def test_nothing_below_the_storage_opens_a_file_or_asks_the_time(self) -> None:
        """A path is a type there, a time is an argument."""
        wrong = []
        for name in _modules_up_to(NO_IO):
            for node in ast.walk(TREES[name]):
                if isinstance(node, ast.Call):
                    called = node.func
                    word = getattr(called, "attr", getattr(called, "id", ""))
                    if word in IO_CALLS:
                        wrong.append(f"{name}:{node.lineno} calls {word}")
        self.assertEqual(wrong, [])

    def test_the_reactor_is_an_argument(self) -> None:
        """Only what puts the parts together imports it."""
        takers = {
            name
            for name in MODULES
            for node in ast.walk(TREES[name])
            if isinstance(node, ast.ImportFrom)
            and any(alias.name == "reactor" for alias in node.names)
        }
        self.assertEqual(takers - {"oagw.tap"}, set())


class PictureTests(SynchronousTestCase):
    """The picture of the house in the documentation."""

    timeout = 30

    def test_the_picture_shows_the_house_as_it_is(self) -> None:
        """Draw it again with: python -m docs.house."""
        drawn = PICTURE.read_text(encoding="utf-8")
        self.assertTrue(drawn == house(), "draw it with: python -m docs.house")


class ShapeTests(SynchronousTestCase):
    """What a module looks like."""

    timeout = 30

    def test_every_room_is_a_package(self) -> None:
        """A directory without ``__init__.py`` would not be installed."""
        for path in MODULES.values():
            self.assertTrue(path.with_name("__init__.py").exists(), path)

    def test_packages_hold_a_docstring_only(self) -> None:
        """Importing a room runs nothing and hides nothing."""
        for name, path in MODULES.items():
            if path.name == "__init__.py":
                self.assertEqual(len(TREES[name].body), 1, name)
                self.assertTrue(ast.get_docstring(TREES[name]), name)

    def test_every_module_says_what_it_is(self) -> None:
        """The first thing in it is a docstring."""
        silent = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
        self.assertEqual(silent, [])

    def test_no_module_is_long(self) -> None:
        """Small files, one noun each."""
        long = {
            name: length
            for name, path in MODULES.items()
            if (length := len(path.read_text(encoding="utf-8").splitlines()))
            > LONGEST_MODULE
        }
        self.assertEqual(long, {})

    def test_file_names_are_unique(self) -> None:
        """A module is found by its file name, without its folder."""
        folders: dict[str, set[str]] = {}
        for path in MODULES.values():
            if path.name != "__init__.py":
                folder = path.parent.relative_to(ROOT).as_posix()
                folders.setdefault(path.name, set()).add(folder)
        repeated = {
            name: sorted(found)
            for name, found in sorted(folders.items())
            if len(found) > 1
            and found != COMMAND_FOLDERS
            and not found <= SHARED_NAMES.get(name, set())
        }
        self.assertEqual(repeated, {})


def _below(command: type[Command]) -> set[type[Command]]:
    """All subclasses, theirs included."""
    return {command}.union(*map(_below, command.__subclasses__())) - {Command}


class CommandTests(SynchronousTestCase):
    """A command is declared, handled and shown in an exchange."""

    timeout = 30

    def test_every_declared_command_can_be_answered(self) -> None:
        """Each has a shape of its empty answer; what has none is the base of others."""
        declared = _below(Command)
        self.assertEqual(set(EMPTY_ANSWERS) - declared, set())
        for command in declared - set(EMPTY_ANSWERS):
            self.assertTrue(command.__subclasses__(), f"{command} has no answer")

    def test_every_command_has_a_handler(self) -> None:
        """A row for each; a handler of several is one of commands with a common base."""
        self.assertEqual(set(COMMAND_TABLE), set(EMPTY_ANSWERS))
        handled: dict[object, list[type[Command]]] = {}
        for command, handler in COMMAND_TABLE.items():
            handled.setdefault(handler, []).append(command)
        for commands in handled.values():
            bases = {command.__base__ for command in commands}
            related = len(bases) == 1 and Command not in bases
            self.assertTrue(related or len(commands) == 1, commands)

    def test_every_command_has_an_exchange(self) -> None:
        """The table of exchanges sends each command at least once."""
        sent = {
            name
            for exchange in EXCHANGES
            for frame, _ in exchange.steps
            if isinstance(frame, dict)
            for name in frame
        }
        self.assertEqual({command.__name__ for command in EMPTY_ANSWERS} - sent, set())

    def test_a_command_is_known_by_its_class(self) -> None:
        """The wire's name of a command is that of its class."""
        frame = b'{"DpDisconnect": {"Id": 1}}'
        self.assertEqual(type(decode(frame)).__name__, "DpDisconnect")
