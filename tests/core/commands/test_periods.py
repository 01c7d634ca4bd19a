"""DpGetPeriod and queries of the past: names that are not archived, or cannot be read."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail

from oagw.errors import DataManagerError
from oagw.interfaces.archives import IScan
from tests.core.test_session import SessionTestCase
from tests.systems.bench import NOW_MS

WHOLE = {"T1": 0, "T2": NOW_MS + 10_000}
SPEED = "pump_01.value.speed"


def offline(name: str) -> str:
    """The complete name of an element's archived value."""
    return f"System1:{name}:_offline.._value"


class HistoryTestCase(SessionTestCase):
    """K and the pumps' speed are archived; F1 and F2 are not."""

    def ask_period(self, *names: str, **more: Any) -> dict[str, Any]:
        """The body of the last message of an answer."""
        command = {"Dps": list(names), **WHOLE, **more}
        body: dict[str, Any] = self.client.ask({"DpGetPeriod": command})[-1]
        [answer] = body.values()
        return dict(answer)


class NotArchivedTests(HistoryTestCase):
    """Silence would look like an archive without values."""

    def test_an_element_that_is_not_archived(self) -> None:
        """It is error 46, with the way out; the other names are answered."""
        self.set({"K.": 1, "F1.": 2})
        wanted: list[dict[str, Any]] = [
            {},
            {"Split": True},
            {"Aggregate": {"Function": "last", "Points": 1}},
            {"Ts": 3},
            {"Count": 1},
        ]
        for more in wanted:
            body = self.ask_period("F1.", "K.", **more)
            self.assertEqual(body["Error"], 46, more)
            self.assertEqual(list(body["Values"]), [offline("K.")], more)
            self.assertEqual(list(body["Errors"]), ["F1."], more)
            message = body["Errors"]["F1."]["Message"]
            self.assertIn("not archived", message)
            self.assertIn("'_archive.._archive' to true", message)

    def test_an_archived_element_without_values(self) -> None:
        """A period without values is not an error."""
        for more in ({}, {"Split": True}):
            body = self.ask_period("K.", **more)
            self.assertEqual((body["Error"], body["Values"]), (0, {}))

    def test_an_element_that_was_archived_once(self) -> None:
        """What there is, is read; a period after that says why it is empty."""
        self.set({"F1.:_archive.._archive": True, "F1.": 2})
        self.set({"F1.:_archive.._archive": False, "F1.": 3})
        body = self.ask_period("F1.", "F2.")
        self.assertEqual(body["Values"], {offline("F1."): [2.0]})
        self.assertEqual(list(body["Errors"]), ["F2."])
        later = {"T1": NOW_MS + 1000, "T2": NOW_MS + 2000}
        self.assertEqual(self.ask_period("F1.", **later)["Error"], 46)
        before = self.ask_period("F1.", Count=1, **later)
        self.assertEqual((before["Error"], before["Values"]), (0, {offline("F1."): [2.0]}))

    def test_other_errors_stay(self) -> None:
        """Unknown names and structures are what they were."""
        body = self.ask_period("Nope.", "pump_01.value", "F1.")
        codes = {name: one["Code"] for name, one in body["Errors"].items()}
        self.assertEqual(codes, {"Nope.": 7, "pump_01.value": 9, "F1.": 46})

    def test_queries_of_the_past(self) -> None:
        """Error 46 if no named element is archived; a reply if one is, or none is named."""
        period = f"TIMERANGE({NOW_MS}, {NOW_MS + 1000}, 1, 0)"
        for source, code in (
            ("F1.", 46),
            ("F*", 46),
            ("K.", 0),
            ("{F1,K}.", 0),
            ("Nope*", 0),
        ):
            query = f"SELECT '_offline.._value' FROM '{source}' {period}"
            [answer] = self.client.ask({"DpQuery": {"Query": query}})
            body = answer["DpQueryResult"]
            self.assertEqual(body["Error"], code, (source, body))
            self.assertEqual(body["Values"], [], source)


class UnreadableTests(HistoryTestCase):
    """One element whose values cannot be read, as of a damaged block."""

    def setUp(self) -> None:
        super().setUp()
        self.set({"K.": 1, SPEED: 2, "pump_02.value.speed": 3})
        archive = self.bench.archive
        broken = self.bench.system.plant.element("pump_01", "value.speed", SPEED).number
        scan = archive.scan

        def damaged(series: int, *period: int) -> Deferred[IScan]:
            if series == broken:
                return fail(DataManagerError("2026-01.sqlite, block 7: it is damaged"))
            return scan(series, *period)

        self.patch(archive, "scan", damaged)

    def test_the_others_are_answered(self) -> None:
        """What is wrong is an error of the name, in every shape."""
        others = [offline("K."), offline("pump_02.value.speed")]
        wanted: list[dict[str, Any]] = [
            *({"Ts": shape} for shape in range(5)),
            {"Split": 1},
            {"Aggregate": {"Function": ["min", "avg"], "Points": 2, "Quality": True}},
        ]
        for more in wanted:
            body = self.ask_period(
                SPEED, "K.", SPEED, "Nope.", "pump_02.value.speed", **more
            )
            self.assertEqual(body["Error"], 33, (more, body))
            if "Split" not in more:
                self.assertEqual(list(body["Values"]), others, more)
            self.assertEqual(list(body["Errors"]), [SPEED, "Nope."], more)
            self.assertIn("block 7", body["Message"])

    def test_it_alone(self) -> None:
        """The answer is complete, and has the reason."""
        body = self.ask_period(SPEED)
        self.assertEqual((body["Error"], body["Values"]), (33, {}))
        self.assertIn("block 7", body["Errors"][SPEED]["Message"])
        self.assertEqual(self.client.outlet.reasons, [])
