"""The ways of docs/architecture.rst: what they list is called, in that order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

from docutils import nodes

from tests.core.test_session import SessionTestCase
from tests.docnames import is_constant
from tests.documents import ROOT, parse
from tests.systems.bench import NOW_MS

_START = "The way of a "


def ways() -> dict[str, list[str]]:
    """The names that each way lists, by the word in its title."""
    found: dict[str, list[str]] = {}
    for section in parse(ROOT / "docs/architecture.rst").findall(nodes.section):
        title = section[0].astext()
        if title.startswith(_START):
            names = [one.astext() for one in section.findall(nodes.literal)]
            found[title.removeprefix(_START)] = [one for one in names if "." in one]
    return found


def calls(work: Callable[[], object]) -> list[str]:
    """The functions of oagw that some work calls, without ``oagw.``."""
    found: list[str] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("oagw."):
            name = f"{module}.{frame.f_code.co_qualname}"
            found.append(name.removeprefix("oagw.").removesuffix(".__init__"))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found


class WayTests(SessionTestCase):
    """A session over the embedded system; what sockets do is not part of it."""

    timeout = 60

    def ask(self, command: str, **arguments: object) -> None:
        self.client.ask({command: arguments})

    def assert_way(self, way: str, work: Callable[[], object]) -> None:
        """The names of a way are called in its order; others may be called between."""
        left = iter(calls(work))
        listed = [one for one in ways()[way] if self.is_called(one)]
        self.assertGreater(len(listed), 5)
        for name in listed:
            self.assertIn(name, left, f"{name} is not called, or earlier")

    def is_called(self, name: str) -> bool:
        """Whether a name is called at all in a session without a socket."""
        return not name.startswith("server.") and not is_constant(name)

    def dp_set(self, **values: object) -> None:
        names = [{"Dp": f"{dp}.", "Value": value} for dp, value in values.items()]
        self.ask("DpSet", Values=names, Wait=True)

    def test_command(self) -> None:
        """A DpGet of a name that is not in the cache of names."""
        self.assert_way("command", lambda: self.ask("DpGet", Dps=["A.s"]))

    def test_set(self) -> None:
        """A DpSet of an archived element that a datapoint function depends on."""
        config = {"_type": 60, "_param": ["K.:_original.._value"], "_fct": "p1"}
        values = [
            {"Dp": f"F1.:_dp_fct..{name}", "Value": one} for name, one in config.items()
        ]
        self.ask("DpSet", Values=values, Wait=True)
        self.assert_way("set", lambda: self.dp_set(K=5))

    def test_change(self) -> None:
        """For hotlinks, one with fewer updates, a live query and a late client."""
        self.ask("DpConnect", Id=1, Dps=["F1."])
        self.ask("DpConnect", Id=2, Dps=["F1."], MaxRate=10)
        query = "SELECT '_online.._value' FROM 'F*.'"
        self.ask("DpQueryConnectSingle", Id=3, Query=query)

        def change() -> None:
            self.dp_set(F1=1)
            self.client.outlet.is_behind = True
            self.dp_set(F1=2)
            self.client.outlet.read_on()

        self.assert_way("change", change)

    def test_period(self) -> None:
        """Values, and then what is computed from them."""
        self.dp_set(K=1)
        period = {"Dps": ["K."], "T1": NOW_MS - 1000, "T2": NOW_MS + 1000}
        aggregate = {"Function": "average", "Points": 2}

        def read() -> None:
            self.ask("DpGetPeriod", **period)
            self.ask("DpGetPeriod", **period, Aggregate=aggregate)

        self.assert_way("period", read)
