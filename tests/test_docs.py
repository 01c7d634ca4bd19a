"""The documents: well-formed, their links lead somewhere, and they tell what there is."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from docutils import nodes
from docutils.utils import SystemMessage
from twisted.trial.unittest import SynchronousTestCase

from oagw import errors
from oagw.aggregates.aggregate import AggregateArguments, read_aggregate
from oagw.aggregates.functiontable import (
    AggregateFunction,
    find_function,
)
from oagw.core.context import Rules
from oagw.core.manager import DatapointManager
from oagw.model.changes import EventKind
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.configs.declarations import (
    Attribute,
    Config,
    Own,
)
from oagw.model.times import parse_time
from oagw.wire.codec import decode
from oagw.wire.messages.messagetable import EMPTY_ANSWERS
from oagw.wire.messages.periods import (
    DpGetPeriod,
)
from tests.core.test_session import Client
from tests.docnames import missing_files, missing_names
from tests.documents import ROOT, parse
from tests.systems.bench import NOW_MS, Bench, EmbeddedTestCase, unsliced
from tests.walkthrough import walkthroughs

DOCUMENTS = [*ROOT.glob("*.rst"), *(ROOT / "docs").glob("*.rst"), ROOT / "news/README.rst"]
PROTOCOL = ROOT / "docs/protocol.rst"
#: How the tables call the types that follow from the element's.
OWN = {Own.VALUE: "element's", Own.LIST: "list"}


def expand(text: str) -> Iterator[str]:
    """All that a name with ``{a,b}`` and ``{1..3}`` stands for."""
    pieces = []
    for part in re.split(r"\{([^}]*)\}", text):
        first, dots, last = part.partition("..")
        if dots:
            pieces.append([str(one) for one in range(int(first), int(last) + 1)])
        else:
            pieces.append(part.split(","))
    return ("".join(one) for one in itertools.product(*pieces))


def config_tables(document: nodes.document) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The configs that a section's title names, and the type of each attribute in it."""
    for section in document.findall(nodes.section):
        title = section[0]
        configs = [one.astext() for one in title.findall(nodes.literal)]
        if not configs or configs[0] not in CONFIGS:
            continue
        attributes: dict[str, str] = {}
        [table] = section.findall(nodes.tbody)
        shown = ""
        for row in table.findall(nodes.row):
            cells = list(row.findall(nodes.entry))
            # Where many attributes have one type, it stands beside the first of them.
            shown = cells[1].astext() or shown
            for literal in cells[0].findall(nodes.literal):
                names = expand(literal.astext())
                attributes.update(dict.fromkeys(names, shown))
        yield configs, attributes


def find(config: Config, name: str) -> Attribute | None:
    """An attribute of a config or of one of its details."""
    found = config.attributes.get(name)
    if found is not None or config.details is None:
        return found
    details = [one for one in ("1", "_original") if config.details.pattern.fullmatch(one)]
    return config.details.attribute(details[0], name)


def kind(attribute: Attribute) -> str:
    """The type of an attribute, as the tables call it."""
    if isinstance(attribute.kind, Own):
        return OWN[attribute.kind]
    return attribute.kind.keyword


class DocumentTests(SynchronousTestCase):
    timeout = 60

    def test_well_formed(self) -> None:
        """docutils finds nothing wrong with any of them."""
        self.assertGreater(len(DOCUMENTS), 5)
        for path in DOCUMENTS:
            try:
                parse(path)
            except SystemMessage as error:
                self.fail(f"{path.name}: {error}")

    def test_links(self) -> None:
        """Each file that a document links to exists."""
        for path in DOCUMENTS:
            for target in re.findall(r"<([^<>\s:]+\.\w+)>`_", path.read_text()):
                self.assertTrue((path.parent / target).exists(), f"{path.name}: {target}")

    def test_files(self) -> None:
        """Each file of the checkout that a document names exists, or is to be created."""
        new = {step.path for one in walkthroughs() for step in one.steps if step.is_new} | {
            "oagw/index.js"
        }  # In a project of WinCC OA.
        for path in DOCUMENTS:
            self.assertEqual(set(missing_files(path)) - new, set(), path.name)

    def test_names(self) -> None:
        """Each module, class and function that a document names exists."""
        for path in DOCUMENTS:
            self.assertEqual(list(missing_names(path)), [], path.name)


class ArchitectureTests(SynchronousTestCase):
    """docs/architecture.rst."""

    timeout = 60

    def test_ways(self) -> None:
        """Each way is a list of at most ten lines, in the order of the calls."""
        ways: list[str] = []
        for section in parse(ROOT / "docs/architecture.rst").findall(nodes.section):
            title = section[0].astext()
            if not title.startswith("The way of a "):
                continue
            ways.append(title.removeprefix("The way of a "))
            lines = [one[0] for one in section.findall(nodes.list_item)]
            self.assertIn(len(lines), range(5, 11), title)
            for line in lines:
                self.assertRegex(line.rawsource, r"^``\w+(\.\w+){2,}``.+$", title)
        self.assertEqual(ways, ["command", "set", "change", "period"])


class ProtocolTests(SynchronousTestCase):
    """docs/protocol.rst."""

    timeout = 60

    def setUp(self) -> None:
        self.document = parse(PROTOCOL)
        self.text = PROTOCOL.read_text()

    def test_all_attributes_are_listed(self) -> None:
        """Each config has a table of its attributes and their types, and of no others."""
        listed: dict[str, dict[str, str]] = {}
        for configs, attributes in config_tables(self.document):
            for name in configs:
                listed[name] = attributes
            for attribute, shown in attributes.items():
                where = f"{attribute} of {configs}"
                found = [find(CONFIGS[name], attribute) for name in configs]
                there = {kind(one) for one in found if one is not None}
                self.assertTrue(there, f"there is no {where}")
                if shown != "by name":
                    self.assertEqual({shown}, there, where)
        self.assertEqual(set(listed), set(CONFIGS))
        for name, config in CONFIGS.items():
            # Which each of them has, as the text says.
            missing = config.attributes.keys() - listed[name].keys() - {"_type"}
            self.assertEqual(missing, set(), name)

    def test_all_events_are_listed(self) -> None:
        """Each event of SysConnect is named."""
        for event in EventKind:
            self.assertRegex(self.text, rf"(?<!\w){event.value}(?!\w)")

    def test_all_errors_are_listed(self) -> None:
        """Each number that a client can get is explained."""
        [section] = [
            one
            for one in self.document.findall(nodes.section)
            if one[0].astext() == "Errors"
        ]
        numbers = set(map(int, re.findall(r"(?:^|· )(\d+)\s", section[1].astext(), re.M)))
        codes = {
            code
            for one in vars(errors).values()
            if isinstance(code := getattr(one, "code", None), int)
        }
        self.assertEqual(numbers, codes)

    def test_each_command_is_described(self) -> None:
        """In a table by its first column, or in a list by its name in bold."""
        places: list[nodes.Element] = [*self.document.findall(nodes.strong)]
        places += [row[0] for row in self.document.findall(nodes.row)]
        described = {word for one in places for word in re.findall(r"\w+", one.astext())}
        commands = {command.__name__ for command in EMPTY_ANSWERS}
        self.assertEqual(commands - described, set())

    def test_each_command_has_an_example_that_works(self) -> None:
        """The examples are JSON, and the commands among them are taken."""
        shown: set[str] = set()
        for block in self.document.findall(nodes.literal_block):
            # An example begins at the left, and goes on indented.
            for example in re.split(r"\n+(?=\{)", block.astext()):
                [(name, _)] = json.loads(example).items()
                shown.add(name)
                if name.removesuffix("Result") == name:
                    decode(example.encode())
        missing = {command.__name__ for command in EMPTY_ANSWERS} - shown
        self.assertEqual(missing, set())


class AggregateTests(SynchronousTestCase):
    """docs/aggregates.rst."""

    timeout = 60

    def setUp(self) -> None:
        self.document = parse(ROOT / "docs/aggregates.rst")

    def test_all_functions_are_listed(self) -> None:
        """Each has a formula, under its name and its short forms."""
        [section] = [
            one
            for one in self.document.findall(nodes.section)
            if one[0].astext() == "Functions"
        ]
        [table] = section.findall(nodes.tbody)
        listed = [
            literal.astext()
            for row in table.findall(nodes.row)
            for literal in next(iter(row.findall(nodes.entry))).findall(nodes.literal)
        ]
        self.assertEqual({find_function(one) for one in listed}, set(AggregateFunction))

    def test_the_examples_are_taken(self) -> None:
        """The commands among them, with their aggregates."""
        count = 0
        for block in self.document.findall(nodes.literal_block):
            for example in re.split(r"\n+(?=\{)", block.astext()):
                [(name, _)] = json.loads(example).items()
                if name.endswith("Result"):
                    continue
                command = decode(example.encode())
                assert isinstance(command, DpGetPeriod)
                assert command.aggregate is not None
                given = command.aggregate
                wanted = AggregateArguments(
                    given.function, given.interval, given.points, given.percent
                )
                first, end = (parse_time(one, UTC) for one in (command.t1, command.t2))
                self.assertGreater(read_aggregate(wanted, first, end, UTC).rows, 0)
                count += 1
        self.assertEqual(count, 3)


def examples(document: str) -> list[tuple[str, str]]:
    """The questions of a document, each with the answer that stands behind it."""
    blocks = [
        one.astext()
        for one in parse(ROOT / "docs" / document).findall(nodes.literal_block)
        if "code" in one["classes"]
    ]
    return list(zip(blocks[::2], blocks[1::2], strict=True))


class NameTests(EmbeddedTestCase):
    """docs/names.rst."""

    plant_text = (ROOT / "etc/plant.toml").read_text()

    def test_the_examples_give_what_is_shown(self) -> None:
        """Each command stands before its answer, of the plant of the demo."""
        manager = DatapointManager([self.bench.system], self.bench.clock, unsliced)
        client = Client(manager, Rules(zone=UTC), self.bench.clock)
        pairs = examples("names.rst")
        self.assertGreater(len(pairs), 8)
        for question, shown in pairs:
            command = json.loads(question)
            [answer] = client.ask(command)
            [body] = answer.values()
            self.assertEqual(body, {"Error": 0, **json.loads(shown)}, command)


#: The plant that docs/query.rst speaks of.
TANKS = """
[types]
Lamp = "bool"
[types.Tank]
level = "float"
state = "string"
[datapoints]
Tank = ["Tank{1..3}"]
Lamp = ["Lamp"]
[archive]
elements = ["Tank*.level"]
"""


class QueryTests(EmbeddedTestCase):
    """docs/query.rst."""

    timeout = 60

    def setUp(self) -> None:
        super().setUp()
        self.bench = Bench(Path(self.mktemp()), TANKS)
        self.start()
        for name, level, state in (("1", 5, "full"), ("2", 8, "full"), ("3", 2, "low")):
            self.set({f"Tank{name}.level": level, f"Tank{name}.state": state}, NOW_MS)
        manager = DatapointManager([self.bench.system], self.bench.clock, unsliced)
        self.client = Client(manager, Rules(zone=UTC), self.bench.clock)

    def test_the_examples_give_what_is_shown(self) -> None:
        """Each query stands before its answer."""
        pairs = examples("query.rst")
        self.assertGreater(len(pairs), 8)
        for query, shown in pairs:
            is_command = query.startswith("{")
            command = json.loads(query) if is_command else {"DpQuery": {"Query": query}}
            [answer] = self.client.ask(command)
            expected = {"Error": 0, **json.loads(shown)}
            self.assertEqual(answer["DpQueryResult"], expected, query)
