"""Patterns mean the elements that WinCC OA says they mean."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, ParameterError
from oagw.model.patterns import (
    MAX_ALTERNATIVES,
    Alternative,
    compile_pattern,
    expand_braces,
)

#: The elements of the datapoint DP1 of the reference; the first is the root.
ELEMENTS = ["", "A", "A.M", "A.M.1", "A.M.2", "A.1", "B", "B.1", "B.2", "1", "1.OTTO1"]

#: The reference's table, row by row.
TABLE = [
    ("DP1.A.M.*", ["A.M.1", "A.M.2"]),
    ("DP1.*.1", ["A.1", "B.1"]),
    ("DP1.*1", ["1"]),
    ("DP1.**1", ["A.M.1", "A.1", "B.1", "1", "1.OTTO1"]),
    ("DP1.**.1", ["A.M.1", "A.1", "B.1", "1"]),
    ("DP1.{A,B}.*", ["A.M", "A.1", "B.1", "B.2"]),
    ("DP1.*.*.1", ["A.M.1"]),
    ("DP1.*", ["A", "B", "1"]),
    ("DP1.**", ELEMENTS),
]

#: More of the same rules.
MORE = [
    ("DP1.", [""]),
    ("DP1", [""]),
    ("DP*", [""]),
    ("DP1.A.**", ["A", "A.M", "A.M.1", "A.M.2", "A.1"]),
    ("DP1.?", ["A", "B", "1"]),
    ("DP1.??", []),
    ("DP1.B.[1,2,5-10]", ["B.1", "B.2"]),
    ("DP1.B.[2-9]", ["B.2"]),
    ("DP1.B.[9-2]", ["B.2"]),
    ("DP2.**", []),
    ("{DP1.A.1,DP1.B.2}", ["A.1", "B.2"]),
    ("DP1.{A.{M.1,1},B.2}", ["A.M.1", "A.1", "B.2"]),
    ("DP1.**.OTTO1", ["1.OTTO1"]),
    ("System1:DP1.1", ["1"]),
    # One level, by each wildcard of one.
    ("DP1.*.*", ["A.M", "A.1", "B.1", "B.2", "1.OTTO1"]),
    ("DP1.*.M", ["A.M"]),
    ("DP1.?.?", ["A.M", "A.1", "B.1", "B.2"]),
    ("DP1.?.*.?", ["A.M.1", "A.M.2"]),
    ("DP1.1.O??O1", ["1.OTTO1"]),
    ("DP1.*TT*", []),
    ("DP1.1.*TT*", ["1.OTTO1"]),
    ("DP1.*.*.*", ["A.M.1", "A.M.2"]),
    ("DP1.*.*.*.*", []),
    # Any depth.
    ("DP1.**.*", ELEMENTS[1:]),
    ("DP1.*.**", ELEMENTS[1:]),
    ("DP1.**.**", ELEMENTS),
    ("DP1.***", ELEMENTS),
    ("DP1.A.**.1", ["A.M.1", "A.1"]),
    ("DP1.A.**.**", ["A", "A.M", "A.M.1", "A.M.2", "A.1"]),
    ("DP1.A.**1", ["A.M.1", "A.1"]),
    ("DP1.A**", ["A", "A.M", "A.M.1", "A.M.2", "A.1"]),
    ("DP1.**A", ["A"]),
    ("DP1.**.A", ["A"]),
    ("DP1.**.M.**", ["A.M", "A.M.1", "A.M.2"]),
    ("DP1.**M**", ["A.M", "A.M.1", "A.M.2"]),
    ("DP1.**.**1", ["A.M.1", "A.1", "B.1", "1", "1.OTTO1"]),
    ("DP1.**.?", ["A", "A.M", "A.M.1", "A.M.2", "A.1", "B", "B.1", "B.2", "1"]),
    ("DP1.**TT*", ["1.OTTO1"]),
    # Indices.
    ("DP1.[1-2]", ["1"]),
    ("DP1.B.[2,1,2]", ["B.1", "B.2"]),
    ("DP1.B.[ 1 , 3 - 2 ]", ["B.1", "B.2"]),
    ("DP1.B.[*]", ["B.1", "B.2"]),
    ("DP1.*.[*]", ["A.1", "B.1", "B.2"]),
    ("DP1.[*].*", ["1.OTTO1"]),
    ("DP1.1.OTTO[1,3]", ["1.OTTO1"]),
    ("DP1.1.*[1-3]", ["1.OTTO1"]),
    # Braces.
    ("DP1.{A,B}.**", ["A", "A.M", "A.M.1", "A.M.2", "A.1", "B", "B.1", "B.2"]),
    ("DP1.A.{M,M.1}", ["A.M", "A.M.1"]),
    ("{DP1.A,DP2.B}.M", ["A.M"]),
    ("{DP1,DP2}.A.1", ["A.1"]),
    ("{DP1.A.1,DP1.A.2}", ["A.1"]),
    ("DP1.{A,A}", ["A"]),
    ("DP1.{,A}", ["", "A"]),
    ("DP1{.A,}", ["", "A"]),
    ("DP1.{A,**}.1", ["A.M.1", "A.1", "B.1", "1"]),
    ("{*.A.*,*.A*}", ["A", "A.M", "A.1"]),
    ("*{.A.,.A}*", ["A", "A.M", "A.1"]),
    ("*.A{.,}*", ["A", "A.M", "A.1"]),
    ("DP { 1 , 2 } .B. {1, 2}", ["B.1", "B.2"]),
    ("DP1.B.{[1],x}", ["B.1"]),
    # The datapoint.
    ("DP?.A", ["A"]),
    ("DP??.A", []),
    ("D*1.A", ["A"]),
    ("*P*.A", ["A"]),
    ("*D*P*1*.A", ["A"]),
    ("*DP2*.A", []),
    ("DP[1-3].", [""]),
    ("DP[3-1].A", ["A"]),
    ("DP[2,3].A", []),
    ("DP[*].A", ["A"]),
    ("dp1.A", []),
    ("DP1.a", []),
    ("*", [""]),
    ("*.", [""]),
    ("*.*", ["A", "B", "1"]),
    ("*.**", ELEMENTS),
    ("*1.**", ELEMENTS),
    ("DP2.**", []),
    # ** in front of the first dot goes on to elements.
    ("**", ELEMENTS),
    ("***", ELEMENTS),
    ("**.**", ELEMENTS),
    ("System1:**", ELEMENTS),
    ("DP**", ELEMENTS),
    ("DP2**", []),
    ("**.", [""]),
    ("**.1", ["A.M.1", "A.1", "B.1", "1"]),
    ("D**.A.**", ["A", "A.M", "A.M.1", "A.M.2", "A.1"]),
    ("D**M", ["A.M"]),
    ("D**1", ["", "A.M.1", "A.1", "B.1", "1", "1.OTTO1"]),
    # The system.
    ("{System1:DP1.A,System1:DP1.B}", ["A", "B"]),
    ("System{1}:DP1.A", ["A"]),
    # No name of an element ends with a dot, but the root's.
    ("DP1.A.", []),
    ("DP1..A", []),
    ("DP1.*.", []),
]

#: Which of these datapoints a pattern means.
DATAPOINTS = ["Pump1", "Pump2", "Pump_10", "pump1", "Valve_1", "_Pump1", "_mp_Pump", "a b"]
NAMES = [
    ("*", ["Pump1", "Pump2", "Pump_10", "pump1", "Valve_1", "a b"]),
    ("**", ["Pump1", "Pump2", "Pump_10", "pump1", "Valve_1", "a b"]),
    ("Pump*", ["Pump1", "Pump2", "Pump_10"]),
    ("Pump?", ["Pump1", "Pump2"]),
    ("Pump[1-3].", ["Pump1", "Pump2"]),
    ("Pump[1,3]", ["Pump1"]),
    ("Pump_[9-11]", ["Pump_10"]),
    ("*_1*", ["Pump_10", "Valve_1"]),
    ("*1", ["Pump1", "pump1", "Valve_1"]),
    ("*ump*", ["Pump1", "Pump2", "Pump_10", "pump1"]),
    ("?ump1", ["Pump1", "pump1"]),
    ("P*p1", ["Pump1"]),
    ("Pump1", ["Pump1"]),
    ("Pump", []),
    ("a b.", ["a b"]),
    ("a*b", ["a b"]),
    ("{Pump1,pump1}", ["Pump1", "pump1"]),
    ("_*", ["_Pump1", "_mp_Pump"]),
    ("_**", ["_Pump1", "_mp_Pump"]),
    ("_mp_*.**", ["_mp_Pump"]),
    ("_Pump1", ["_Pump1"]),
    ("_?ump1", ["_Pump1"]),
    ("?Pump1", []),
    ("{_,}Pump1", ["Pump1", "_Pump1"]),
    ("{_P,V}*", ["Valve_1", "_Pump1"]),
    ("System1:_*", ["_Pump1", "_mp_Pump"]),
]

#: Names that a pattern means if case means nothing.
ANY_CASE = [
    ("PUMP?", ["Pump1", "Pump2", "pump1"]),
    ("pump1", ["Pump1", "pump1"]),
    ("*VE_1", ["Valve_1"]),
    ("*UMP*", ["Pump1", "Pump2", "Pump_10", "pump1"]),
    ("_MP_*", ["_mp_Pump"]),
    ("{PUMP2,A B}", ["Pump2", "a b"]),
    ("PUMP[1-2]", ["Pump1", "Pump2", "pump1"]),
]

#: The fixed texts of the datapoint's name: how it begins and ends, and the longest.
FIXED = [
    ("Pump_004*.**", "Pump_004", "", "Pump_004"),
    ("*_0042.value.speed", "", "_0042", "_0042"),
    ("Pump_004*x[1,2]", "Pump_004", "", "Pump_004"),
    ("Pump_[1,2]x", "Pump_", "x", "Pump_"),
    ("P?mp*_x.a", "P", "_x", "mp"),
    ("*mid*.**", "", "", "mid"),
    ("*a*mid*.**", "", "", "mid"),
    ("System1:Pump*", "Pump", "", "Pump"),
    ("Pump1.value", "Pump1", "Pump1", "Pump1"),
    ("*", "", "", ""),
    ("**", "", "", ""),
    ("**_1.speed", "", "", ""),
    ("D**", "D", "", "D"),
]

#: Whether a pattern says which elements are meant, be it the root.
HAS_ELEMENT = [
    ("Pump*", False),
    ("Pump1", False),
    ("System1:*", False),
    ("{Pump1,Pump2}", False),
    ("Pump*.", True),
    ("Pump1.", True),
    ("{Pump1,Pump2}.", True),
    ("Pump*.**", True),
    ("Pump1.value", True),
    ("**", True),
    ("{Pump1,Pump2.value}", True),
]

#: Texts that are not patterns, and a part of the error.
BAD = [
    ("DP{1,2", "open brace"),
    ("DP1}", "closes a brace"),
    ("DP[1", "open bracket"),
    ("DP[a]", "not a list of indices"),
    ("DP[]", "not a list of indices"),
    ("DP[1-]", "not a list of indices"),
    ("DP[0-100000]", "too many indices"),
    ("DP[0-9999,10000]", "too many indices"),
    ("DP[1*]", "not a list of indices"),
    ("DP1.A[", "open bracket"),
    ("DP**a**b**c**d**", "too many '**'"),
    ("DP1.**a**b**c**d**", "too many '**'"),
    ("DP*[1,12]*[1,12]*[1,12]*[1,12]*", "too many '*'"),
    ("{System1:a,System2:a}", "several systems"),
    ("System{1,2}:a", "several systems"),
    ("{System1:a,b,System2:c}", "several systems"),
    ("a:b:c", "colon"),
    ("{a,b}" * 10, f"more than {MAX_ALTERNATIVES} alternatives"),
]

_names = st.text("abzAZ019_", min_size=1, max_size=10)


class PatternTests(SynchronousTestCase):
    """What a pattern matches."""

    timeout = 30

    def found(self, pattern: str) -> list[str]:
        compiled = compile_pattern(pattern)
        return [element for element in ELEMENTS if compiled.matches("DP1", element)]

    def named(self, pattern: str, ignore_case: bool = False) -> list[str]:
        alternatives = compile_pattern(pattern, ignore_case).alternatives
        return [
            name
            for name in DATAPOINTS
            if any(one.matches_datapoint(name) for one in alternatives)
        ]

    def test_the_table_of_the_reference(self) -> None:
        """Each row of the table of the reference holds."""
        for pattern, expected in TABLE:
            self.assertEqual(self.found(pattern), expected, pattern)

    def test_more_of_the_same_rules(self) -> None:
        """Levels, depths, indices and alternatives of whole paths match as said."""
        for pattern, expected in MORE:
            self.assertEqual(self.found(pattern), expected, pattern)

    def test_datapoints_are_found_by_their_names(self) -> None:
        """Before the first dot stand datapoints; internal ones are asked for by a ``_``."""
        for pattern, expected in NAMES:
            self.assertEqual(self.named(pattern), expected, pattern)

    def test_case_may_be_ignored(self) -> None:
        """Capital and small letters are one if asked for, in the elements' names too."""
        for pattern, expected in ANY_CASE:
            self.assertEqual(self.named(pattern, ignore_case=True), expected, pattern)
        compiled = compile_pattern("System1:dp1.**.m", ignore_case=True)
        self.assertTrue(compiled.matches("DP1", "A.M"))
        self.assertEqual(compiled.system, "System1")

    def test_fixed_texts_of_the_name_are_known(self) -> None:
        """How a name begins and ends, and its longest fixed text, can be looked for."""
        for pattern, *expected in FIXED:
            one = compile_pattern(pattern).alternatives[-1]
            self.assertEqual([one.prefix, one.suffix, one.middle], expected, pattern)

    def test_no_text_is_fixed_if_case_is_ignored(self) -> None:
        """A name written otherwise is found as well."""
        for pattern, *_ in FIXED:
            one = compile_pattern(pattern, ignore_case=True).alternatives[-1]
            found = (one.literal, one.prefix, one.suffix, one.middle)
            self.assertEqual(found, (None, "", "", ""), pattern)

    def test_an_element_part_is_told_from_none(self) -> None:
        """A final dot means the root element, no dot the datapoint."""
        for pattern, expected in HAS_ELEMENT:
            self.assertIs(compile_pattern(pattern).has_element, expected, pattern)

    def test_a_pattern_with_a_dot_means_the_same_elements(self) -> None:
        """For elements, a pattern without an element part equals one with a dot."""
        self.assertEqual(compile_pattern("Pump*"), compile_pattern("Pump*."))
        self.assertNotEqual(compile_pattern("Pump*"), compile_pattern("Pump*.*"))
        self.assertNotEqual(compile_pattern("Pump*"), compile_pattern("Pump*", True))

    def test_internal_datapoints_are_asked_for_by_name(self) -> None:
        """A name with an underscore in front is found only by a pattern that has one."""
        for pattern, expected in (
            ("*.", False),
            ("?Internal.", False),
            ("{a,b,*}.", False),
            ("_*.", True),
            ("_Internal.", True),
        ):
            compiled = compile_pattern(pattern)
            self.assertIs(compiled.matches("_Internal", ""), expected, pattern)

    def test_the_system_is_what_stands_before_the_colon(self) -> None:
        """A pattern may name a system; else it names none."""
        self.assertEqual(compile_pattern("System2:a*.").system, "System2")
        self.assertEqual(compile_pattern("a*.").system, "")

    def test_some_alternatives_may_have_no_system(self) -> None:
        """It is written once, and differs from a pattern that names it for all."""
        pattern = compile_pattern("{Tank1.level,System1:Tank2.level}")
        self.assertEqual((pattern.system, pattern.is_mixed), ("System1", True))
        self.assertTrue(pattern.matches("Tank1", "level"))
        self.assertFalse(compile_pattern("{System1:a,System1:b}").is_mixed)
        self.assertFalse(compile_pattern("{a,b}").is_mixed)

    def test_special_characters_of_regular_expressions_mean_themselves(self) -> None:
        """Only the pattern's own wildcards are wild."""
        self.assertTrue(compile_pattern("a+b(c)^|.").matches("a+b(c)^|", ""))
        self.assertFalse(compile_pattern("a+b.").matches("aab", ""))

    def test_bad_patterns_say_what_is_wrong(self) -> None:
        """A pattern that cannot be read is error 51 and is quoted in the message."""
        for pattern, wrong in BAD:
            try:
                compile_pattern(pattern)
            except ParameterError as error:
                self.assertIn(wrong, error.message, pattern)
                self.assertIn(f"'{pattern}'", error.message, pattern)
            else:
                self.fail(f"{pattern} was taken")

    @given(_names, st.lists(_names, max_size=3).map(".".join), _names)
    @settings(deadline=None)
    def test_a_plain_name_matches_itself_alone(
        self, name: str, element: str, other: str
    ) -> None:
        """Without wildcards a pattern means exactly one element."""
        compiled = compile_pattern(f"{name}.{element}")
        self.assertTrue(compiled.matches(name, element))
        self.assertFalse(compiled.matches(name + other, element))
        self.assertFalse(compiled.matches(name, f"{element}.{other}"))

    @given(_names, st.lists(_names, max_size=3).map(".".join))
    @settings(deadline=None)
    def test_two_stars_match_everything_below(self, name: str, element: str) -> None:
        """``X.**`` matches each element of X."""
        self.assertTrue(compile_pattern(f"{name}.**").matches(name, element))

    @given(
        st.text("ab_*?", max_size=6).map(lambda text: text + "[1,10-12]")
        | st.text("ab_*?"),
        _names,
    )
    @settings(deadline=None)
    def test_each_matching_name_has_the_fixed_texts(self, pattern: str, name: str) -> None:
        """No name that matches begins or ends otherwise."""
        for one in self._compiled(pattern):
            if one.matches_datapoint(name):
                self.assertTrue(name.startswith(one.prefix))
                self.assertTrue(name.endswith(one.suffix))
                self.assertIn(one.middle, name)

    def _compiled(self, pattern: str) -> tuple[Alternative, ...]:
        try:
            return compile_pattern(pattern).alternatives
        except ParameterError:
            return ()

    @given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), min_size=1))
    @settings(deadline=None)
    def test_indices_are_the_numbers_between(self, ranges: list[tuple[int, int]]) -> None:
        """Each number of each range is meant, however many and in whatever order."""
        text = ",".join(f"{first}-{last}" for first, last in ranges)
        [one] = compile_pattern(f"DP[{text}]").alternatives
        meant = {number for pair in ranges for number in range(min(pair), max(pair) + 1)}
        found = {number for number in range(1300) if one.matches_datapoint(f"DP{number}")}
        self.assertEqual(found, meant)

    @given(st.text("ab{}[],-*?.:019", max_size=30))
    @example("[1-99999999999999999999]")
    @example("[" + "9" * 5000 + "]")
    @example("{" * 2000 + "}" * 2000)
    @settings(deadline=None)
    def test_any_text_is_a_pattern_or_refused(self, text: str) -> None:
        """Any text gives a pattern or a numbered error."""
        try:
            compiled = compile_pattern(text)
        except OagwError as error:
            self.assertEqual(error.code, 51)
        else:
            self.assertGreaterEqual(len(compiled.alternatives), 1)

    @given(
        st.lists(st.sampled_from(["a", "b", ".", ".", "*", "**", "?", "[1,12]"])),
        st.lists(st.text("ab.12", max_size=12), min_size=1),
    )
    @example(["**", "a", "*", "b"], ["a.ab", "a.b"])
    @example(["**", ".", "a", ".", "**", ".", "b"], ["a.b", "a.a.b", "b.a.a.b.b"])
    @settings(deadline=None, max_examples=300)
    def test_what_is_found_early_stands(self, pieces: list[str], paths: list[str]) -> None:
        """An early match hides no others: further attempts would not find more."""
        try:
            compiled = compile_pattern("DP." + "".join(pieces))
        except ParameterError:
            return
        for one in compiled.alternatives:
            patient = re.compile(one.element.pattern.replace("(?>", "(?:"), re.DOTALL)
            for path in paths:
                self.assertEqual(
                    one.matches_element(path),
                    patient.fullmatch(path) is not None,
                    (one.element.pattern, path),
                )

    def test_no_pattern_takes_long(self) -> None:
        """A name that nearly matches is rejected as fast as one that matches is found."""
        long = "a" * 250
        for pattern in ("**a**a**a**a!", "*a" * 20 + "!", "*a*a*a*a*a*a[1]"):
            with self.subTest(pattern=pattern):
                compiled = compile_pattern(f"DP.{pattern}")
                self.assertFalse(compiled.matches("DP", long))
        deep = ".".join(["ab"] * 50)
        self.assertFalse(compile_pattern("DP.**.ab.**.ab.**.ab.**.!").matches("DP", deep))


class BracesTests(SynchronousTestCase):
    """Alternatives."""

    timeout = 30

    def test_expands_in_the_order_written(self) -> None:
        """All combinations come, the first brace varies slowest."""
        self.assertEqual(expand_braces("{a, b}x{1,2}"), ["ax1", "ax2", "bx1", "bx2"])

    def test_white_space_next_to_braces_means_nothing(self) -> None:
        """Braces may be written with room."""
        expanded = expand_braces("a b { c, de, f g } x y")
        self.assertEqual(expanded, ["a bcx y", "a bdex y", "a bf gx y"])

    def test_may_be_nested(self) -> None:
        """A choice may have choices of its own."""
        self.assertEqual(expand_braces("{a{b,c},d}"), ["ab", "ac", "d"])

    def test_a_choice_may_be_empty(self) -> None:
        """An alternative may be the empty text."""
        self.assertEqual(expand_braces("a{,1}"), ["a", "a1"])

    def test_without_braces_there_is_one(self) -> None:
        """A text without braces stays as it is."""
        self.assertEqual(expand_braces("a,b"), ["a,b"])
