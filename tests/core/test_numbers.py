"""Numbers as programs write them: a float takes the nearest double, integers stay exact."""

from __future__ import annotations

from typing import Any

from tests.core.test_session import SessionTestCase
from tests.systems.bench import NOW_MS

#: 9.1e18 / 3, as JavaScript and Go print it. It is not the exact value of the double.
PRINTED = "3033333333333333500"
DOUBLE = 9.1e18 / 3


class NumberTests(SessionTestCase):
    """Numbers in the JSON that clients send."""

    def send(self, text: str) -> dict[str, Any]:
        """The body of the only answer to a frame."""
        [answer] = self.client.ask(text)
        [body] = answer.values()
        return dict(body)

    def set_json(self, name: str, value: str) -> int:
        """Set a value that is JSON already; gives the error's number."""
        frame = f'{{"DpSet": {{"Values": [{{"Dp": "{name}", "Value": {value}}}], '
        return int(self.send(f'{frame}"Wait": true}}}}')["Error"])

    def test_a_float_takes_the_nearest_double(self) -> None:
        """For any number and text; numbers beyond all doubles are refused."""
        for value, expected in (
            (PRINTED, DOUBLE),
            (f'"{PRINTED}"', DOUBLE),
            ("100000000000000000000", 1e20),
            (str(2**64 + 1), 2.0**64),
            (f"1{'0' * 308}", 1e308),
            ("9007199254740993", 2.0**53),
            ("1e-400", 0.0),
        ):
            self.assertEqual(self.set_json("F1.", value), 0, value)
            self.assertEqual(self.value("F1."), expected, value)
        for value in ("1e400", "-1e400", f"1{'0' * 400}", f'"1{"0" * 400}"', '"0x10"'):
            self.assertEqual(self.set_json("F1.", value), 11, value)
        self.assertEqual(self.value("F1."), 0.0)

    def test_a_list_and_configs_of_a_float(self) -> None:
        """Members, ranges and substitute values are numbers like any other."""
        self.assertEqual(self.set_json("A.df", f"[{PRINTED}, 1, 2.5]"), 0)
        self.assertEqual(self.value("A.df"), [DOUBLE, 1.0, 2.5])
        for attribute in ("_pv_range.._max", "_default.._value"):
            self.assertEqual(self.set_json(f"F1.:{attribute}", PRINTED), 0, attribute)
            self.assertEqual(self.value(f"F1.:{attribute}"), DOUBLE)
        self.assertEqual(self.set_json("F1.", PRINTED), 0)
        self.assertEqual(self.set_json("F1.", "3033333333333334000"), 30)

    def test_whole_numbers_stay_exact(self) -> None:
        """What no double holds is kept to the last digit; a fraction is refused."""
        for name, value, expected in (
            ("A.l", "9007199254740993", 9007199254740993),
            ("A.l", '"9007199254740993"', 9007199254740993),
            ("A.l", str(-(2**63)), -(2**63)),
            ("A.ul", str(2**64 - 1), 2**64 - 1),
            ("A.ul", "1e19", 10**19),
            ("A.i", "3.0", 3),
            ("A.i", "1e3", 1000),
            ("A.i", "-0.0", 0),
            ("A.w64", str(2**63 + 1), 2**63 + 1),
            ("A.l", "9007199254740993.0", 9007199254740993),
            ("A.l", "-9.007199254740993e15", -9007199254740993),
            ("A.l", "9223372036854775807.0", 2**63 - 1),
            ("A.ul", "1844674407370955161500E-2", 2**64 - 1),
            ("A.l", "1e18", 10**18),
            ("A.l", '"9007199254740993.0"', 9007199254740993),
        ):
            self.assertEqual(self.set_json(name, value), 0, value)
            self.assertEqual(self.value(name), expected, value)
        for name, value in (
            ("A.i", "2.5"),
            ("A.i", PRINTED),
            ("A.ul", str(2**64)),
            ("A.l", "1e19"),
            ("A.l", "9223372036854775808.0"),
            ("A.ul", "18446744073709551616.0"),
            ("A.i", "NaN"),
            ("A.i", "Infinity"),
        ):
            self.assertEqual(self.set_json(name, value), 11, value)

    def test_conditions_of_queries(self) -> None:
        """A float that is shown as a number is found by that number."""
        self.set_json("F1.", PRINTED)
        self.set_json("F2.", "1e20")
        self.set_json("A.l", "9007199254740993")
        value = "'_online.._value'"
        for where, found in (
            (f"{value} == {PRINTED}", ["F1."]),
            (f'{value} == "{PRINTED}"', ["F1."]),
            (f"{value} IN (1, {PRINTED}, 2)", ["F1."]),
            (f"{value} >= {PRINTED} AND {value} <= {PRINTED}", ["F1."]),
            (f"{value} == 100000000000000000000", ["F2."]),
            (f"{value} > {PRINTED}", ["F2."]),
            (f"{value} == 9007199254740993", ["A.l"]),
            (f"{value} == 9007199254740992", []),
            (f"{value} > 1{'0' * 307}", []),
        ):
            source = f"'{{F1,F2}}.' WHERE {where}"
            if "90071" in where:
                source = f"'A.l' WHERE {where}"
            query = f"SELECT {value} FROM {source}".replace('"', '\\"')
            body = self.send(f'{{"DpQuery": {{"Query": "{query}"}}}}')
            self.assertEqual(body["Error"], 0, body)
            names = [row[0].removeprefix("System1:") for row in body["Values"]]
            self.assertEqual(names, found, where)

    def test_waiting_for_a_value(self) -> None:
        """The condition is brought to the value's type, in a list too."""
        for name, value in (("F1.", PRINTED), ("A.df", f"[1, {PRINTED}]")):
            self.set_json(name, value)
            body = self.send(
                f'{{"DpWaitForValue": {{"Id": 1, "DpNamesWait": ["{name}"], '
                f'"Conditions": [{value}], "DpNamesReturn": [], "Timeout": 1000}}}}'
            )
            self.assertEqual((body["Error"], body["TimerExpired"]), (0, False), name)

    def test_functions(self) -> None:
        """What a function has as a whole number becomes the nearest float."""
        self.set({"A.l": 3033333333333333333})
        self.set({"F1.:_dp_fct.._type": 60, "F1.:_dp_fct.._fct": "p1"})
        self.set({"F1.:_dp_fct.._param": ["A.l:_online.._value"]})
        self.assertEqual(self.value("F1."), float(3033333333333333333))
        self.assertEqual(self.value("F1.:_online.._invalid"), False)

    def test_what_is_shown_can_be_set_again(self) -> None:
        """Also from the archive."""
        for text in (PRINTED, "-0.0", "5e-324", "1.7976931348623157e308", "0.1"):
            self.set_json("K.", text)
            first = self.client.ask({"DpGet": {"Dps": ["K."]}})
            shown = repr(self.value("K."))
            self.set_json("K.", shown)
            self.assertEqual(self.client.ask({"DpGet": {"Dps": ["K."]}}), first)
            self.assertEqual(repr(self.value("K.")), shown)
        arguments = f'"Dps": ["K."], "T1": 0, "T2": {NOW_MS + 1}'
        body = self.send(f'{{"DpGetPeriod": {{{arguments}}}}}')
        [values] = body["Values"].values()
        self.assertEqual(
            list(map(repr, values))[::2],
            [repr(DOUBLE), "-0.0", "5e-324", "1.7976931348623157e+308", "0.1"],
        )

    def test_limits_of_updates(self) -> None:
        """A number beyond all doubles is an argument that is out of its bounds."""
        for key in ("MaxRate", "Deadband"):
            frame = f'{{"DpConnect": {{"Id": 1, "Dps": ["F1."], "{key}": 1{"0" * 400}}}}}'
            body = self.send(frame)
            self.assertEqual(body["Error"], 51, key)
            self.assertIn(key, body["Message"])

    def test_a_whole_number_with_a_point_is_exact_wherever_it_stands(self) -> None:
        """In lists, ranges and conditions; a float takes the nearest double."""
        exact, written = 2**53 + 1, "9007199254740993.0"
        self.assertEqual(
            self.set_json("A.l:_general.._dyn_long_01", f"[1.5e1, {written}]"), 0
        )
        self.assertEqual(self.value("A.l:_general.._dyn_long_01"), [15, exact])
        self.assertEqual(self.set_json("A.df", f"[1.5e1, {written}]"), 0)
        self.assertEqual(self.value("A.df"), [15.0, 2.0**53])
        self.assertEqual(self.set_json("A.l:_pv_range.._max", written), 0)
        self.assertEqual(self.value("A.l:_pv_range.._max"), exact)
        self.assertEqual(self.set_json("A.l", written), 0)
        for number, matches in ((written, 1), ("9007199254740992.0", 0)):
            for literal in (number, f'\\"{number}\\"'):
                where = f"WHERE '_online.._value' = {literal}"
                query = f"SELECT '_online.._value' FROM 'A.l' {where}"
                found = self.send(f'{{"DpQuery": {{"Query": "{query}"}}}}')
                self.assertEqual(len(found["Values"]), matches, (literal, found))
        wait = f'{{"DpNamesWait": ["A.l"], "Conditions": [{written}]}}'
        self.assertEqual(self.send(f'{{"DpWaitForValue": {wait}}}')["Error"], 0)
