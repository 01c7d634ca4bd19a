"""Whatever a client sends: it is answered, nothing fails inside, nothing is left behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from oagw.core.commands.commandtable import COMMAND_TABLE
from oagw.core.context import Rules
from oagw.core.manager import DatapointManager
from oagw.wire.messages.messagetable import EMPTY_ANSWERS
from tests.core.test_session import Client
from tests.systems.bench import Bench, unsliced

_NONSENSE = ["", "x:y:z:w", "*", "[", "\x00", "Other:F1.", "@none", "_default", "a.b"]
_DATAPOINTS = ["F1", "F2.", "K", "pump_01", "System1:pump_02", "new", "@a", "T1"]
_ELEMENTS = [
    "F1.",
    "K",
    "pump_01.value",
    "pump_01.value.speed",
    "pump_02.state.text",
    "new.",
    "T1.value.speed",
    "@a",
    "@a.speed",
]
_ATTRIBUTES = [
    "F2.:_original.._value",
    "F1.:_default.._value",
    "K.:_archive.._archive",
    "pump_01.:_common.._alias",
    "pump_01.:_general.._float_01",
]
_PATTERNS = ["*", "F*.", "*.**", "pump_0{1,2}.**", "System1:*u*", "_*"]


def _some(*pools: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from([one for pool in pools for one in pool * 3] + _NONSENSE)


_datapoints, _elements = _some(_DATAPOINTS), _some(_ELEMENTS)
_names = _some(_ELEMENTS, _ATTRIBUTES)
_types = _some(["Pump", "Float", "T", "Float", "Pump"])
_aliases = _some(["a", "b.c", ""])
_patterns = _some(_PATTERNS)
_simple = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 70), st.floats(), st.just("7")
)
_paths = st.sampled_from(["value", "speed", "state", "text", "x"])
_nodes = st.recursive(
    st.one_of(
        st.fixed_dictionaries(
            {"Name": _paths, "Type": st.sampled_from([1, 21, 22, 23, "string", 6])},
            optional={"NewName": _paths},
        ),
        st.fixed_dictionaries({"Name": _paths, "Type": st.just(41), "RefName": _types}),
        st.fixed_dictionaries({"Name": _names}, optional={"Type": _simple, "Id": _simple}),
    ),
    lambda below: st.fixed_dictionaries(
        {
            "Name": _paths,
            "Children": st.lists(below, max_size=3, unique_by=lambda one: one["Name"]),
        },
        optional={"NewName": _paths},
    ),
    max_leaves=4,
)
_roots = st.builds(lambda name, one: one | {"Name": name, "NewName": None}, _types, _nodes)
_lists = st.lists(_names, min_size=1, max_size=3)
_texts = st.one_of(_names, st.dictionaries(_names, _names, max_size=2))
_flags = st.booleans()
_arguments: dict[str, st.SearchStrategy[object]] = {
    **dict.fromkeys(("NewName", "From", "To"), _datapoints),
    **dict.fromkeys(("Pattern", "Filter", "DpFilter"), _patterns),
    **dict.fromkeys(("Dps", "DpNamesWait", "DpNamesReturn"), _lists),
    **dict.fromkeys(("Description", "Unit", "Format"), _texts),
    **dict.fromkeys(("Wait", "Answer", "IgnoreCase", "WithSubtypes", "WithEmpty"), _flags),
    "Dp": st.one_of(_datapoints, _elements, _names),
    "Type": _types,
    "Alias": _aliases,
    "System": _names,
    "Node": _roots,
    "Values": st.lists(st.fixed_dictionaries({"Dp": _names, "Value": _simple}), max_size=3),
    "DpNamesSet": st.lists(_names, min_size=1, max_size=1),
    "SetValues": st.lists(_simple, min_size=1, max_size=1),
    "Conditions": st.lists(_simple, max_size=1),
    "Timeout": st.integers(0, 5),
    "Events": st.lists(st.sampled_from(["dpCreated", "dpDeleted"]), max_size=2),
    "Query": st.sampled_from(
        [
            "SELECT '_online.._value' FROM '*.**'",
            "SELECT '_online.._value' FROM '*.**' WHERE '_online.._value' > 1",
            "SELECT '_online.._value' FROM '*.**' WHERE _ELC = DPEL_FLOAT AND "
            "'_online.._value' > 1 OR _ALIAS != \"\" SORT BY 1",
            "SELECT '.a:_online.._value' FROM '*' WHERE _DPT != \"x\"",
            "SELECT COUNT('_online.._value') FROM '*.**' GROUP BY _DPT",
            "SELECT '_online.._value' FROM '*.**' TIMERANGE(0,2e12,1,1) LAST 2",
            "SELECT",
        ]
    ),
    "BlockingTime": st.integers(0, 3),
    **dict.fromkeys(("Explain", "Removed"), _flags),
    "Aggregate": st.fixed_dictionaries(
        {"Function": st.sampled_from(["avg", "lttb", "last", ["min", "count"], "x"])},
        optional={
            "Points": st.integers(0, 5),
            "Interval": st.sampled_from(["1week", "1month", 1, "x"]),
        },
    ),
    "Split": st.one_of(_flags, st.integers(0, 3)),
    "T1": st.just(0),
    "T2": st.just(2_000_000_000_000),
}
#: What a command is sent without now and then.
_OPTIONAL = {
    *("Wait", "Answer", "IgnoreCase", "WithSubtypes", "WithEmpty", "Pattern", "Filter"),
    *("BlockingTime", "Explain", "Removed", "Aggregate", "Split"),
    *("DpFilter", "System", "Conditions", "Timeout", "Events", "DpNamesReturn"),
}


def _command(command: type[Any]) -> st.SearchStrategy[dict[str, object]]:
    """The command with its arguments, many of them for what is there."""
    fields = [key for key in command.__struct_encode_fields__ if key in _arguments]
    if "Dp" in fields and "Dps" in fields:
        fields.remove("Dps")
    needed = {key: _arguments[key] for key in fields if key not in _OPTIONAL}
    either = {key: _arguments[key] for key in fields if key in _OPTIONAL}
    arguments = st.fixed_dictionaries({**needed, "Id": st.integers(0, 2)}, optional=either)
    return arguments.map(lambda found: {command.__name__: found})


_commands = st.one_of([_command(command) for command in EMPTY_ANSWERS])


class CommandTableTests(SynchronousTestCase):
    """Where a command is declared, and where it is handled."""

    timeout = 30

    def test_a_handler_stands_beside_its_message(self) -> None:
        """The message is in ``messages.X``, its handler in ``commands.X``."""
        for command, handler in COMMAND_TABLE.items():
            message = command.__module__.removeprefix("oagw.wire.messages.")
            place = handler.__module__.removeprefix("oagw.core.commands.")
            self.assertEqual(place, message, command.__name__)


class AnyCommandTests(SynchronousTestCase):
    """Over a plant of its own for each series of commands."""

    timeout = 300

    @given(st.lists(_commands, min_size=1, max_size=25))
    @settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
    def test_any_commands_are_done_or_refused(
        self, commands: list[dict[str, dict[str, object]]]
    ) -> None:
        """No internal error occurs; after the client leaves nothing is watched."""
        with tempfile.TemporaryDirectory() as directory:
            bench = Bench(Path(directory))
            manager = DatapointManager([bench.system], bench.clock, unsliced)
            self.successResultOf(Deferred.fromCoroutine(manager.start()))
            client = Client(manager, Rules(), bench.clock)
            for command in commands:
                for answer in client.ask(command):
                    [body] = answer.values()
                    self.assertNotEqual(body.get("Error"), 54, (command, answer))
                bench.clock.advance(0.001)
            client.session.close()
            self.assertEqual(self.flushLoggedErrors(), [], commands)
            for datapoint in bench.system.plant.datapoints.values():
                for element in datapoint.elements:
                    self.assertIsNone(element.watched, element.name)
                    self.assertIsNone(element.tables, element.name)
            self.assertEqual(manager.hotlinks.count, 0)
            self.assertEqual(manager.queries.count, 0)
            timers = [one.func.__name__ for one in bench.clock.calls]
            self.assertNotIn("_expire", timers)
            self.assertNotIn("_tell_gathered", timers)
            self.successResultOf(Deferred.fromCoroutine(manager.stop()))
