"""Names as clients write them become complete names of systems."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from oagw.core.router import Router
from oagw.errors import (
    AddressError,
    DatapointNotFoundError,
    NamesRefusedError,
    ParameterError,
    SystemUnknownError,
)
from oagw.model.identifiers import ONLINE_VALUE
from oagw.model.patterns import compile_pattern
from tests.core.live.test_hotlinks import FakeSystem


class RouterTests(SynchronousTestCase):
    """Over two systems; the own one has an alias."""

    timeout = 30

    def setUp(self) -> None:
        self.own, self.other = FakeSystem("S1"), FakeSystem("S2")
        self.own.alias = lambda text: "D.e" if text == "hall" else None  # type: ignore
        self.router = Router([self.own, self.other])

    def complete(self, *texts: str) -> list[str]:
        """Complete names with the attribute of the present value."""
        return self.router.complete_all(texts, ONLINE_VALUE).names

    def test_names_are_completed(self) -> None:
        """System, element and attribute may be left out, or be an alias."""
        names = self.complete("A", "A.b", "S2:A.", "A.:_original.._value", "@hall")
        expected = [
            f"S1:A.:{ONLINE_VALUE}",
            f"S1:A.b:{ONLINE_VALUE}",
            f"S2:A.:{ONLINE_VALUE}",
            "S1:A.:_original.._value",
            f"S1:D.e:{ONLINE_VALUE}",
        ]
        self.assertEqual(names, expected)

    def test_errors_are_by_the_names_as_written(self) -> None:
        """All or none are completed if a command wants that."""
        texts = ["A", "S9:A", "@none", "x" * 2000]
        completed = self.router.complete(texts, ONLINE_VALUE)
        self.assertEqual(completed.written, ["A"])
        kinds = [type(error) for error in completed.errors.values()]
        self.assertEqual(kinds, [SystemUnknownError, DatapointNotFoundError, AddressError])
        with self.assertRaises(NamesRefusedError) as caught:
            self.complete(*texts)
        self.assertEqual(list(caught.exception.errors), texts[1:])

    def test_an_error_of_a_system_has_the_name_as_written(self) -> None:
        """The spelling is completed again the next time."""
        completed = self.router.complete(["A", "B"], ONLINE_VALUE)
        error = DatapointNotFoundError("no")
        completed.blame({completed.names[1]: error})
        self.assertEqual(completed.errors_in_order(["B", "A"]), {"B": error})
        self.assertEqual(self.complete("B"), [f"S1:B.:{ONLINE_VALUE}"])

    def test_names_by_system(self) -> None:
        """In the order of the command, for each system."""
        names = self.complete("B", "S2:A", "A")
        found = self.router.by_system(names)
        self.assertEqual(found, {self.own: [names[0], names[2]], self.other: [names[1]]})
        self.assertEqual(self.router.by_system(names[:1]), {self.own: names[:1]})
        self.assertEqual(self.router.by_system([]), {})

    def test_systems_of_patterns(self) -> None:
        """Wildcards match systems too; without a system it is the own one."""

        def asked(text: str) -> list[str]:
            return [one.name for one in self.router.asked(compile_pattern(text))]

        self.assertEqual(asked("A*"), ["S1"])
        self.assertEqual(asked("S2:A*"), ["S2"])
        self.assertEqual(asked("S*:A*"), ["S1", "S2"])
        self.assertEqual(asked("T*:A*"), [])
        with self.assertRaises(SystemUnknownError):
            asked("S9:A")
        with self.assertRaises(ParameterError):
            asked("{A*,S2:B*}")
