"""Patterns mean the elements that WinCC OA says they mean."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import OagwError, ParameterError
from oagw.model.patterns import MAX_ALTERNATIVES, compile_pattern, expand_braces

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
    ("DP1.B.[9-2]", []),
    ("DP2.**", []),
    ("{DP1.A.1,DP1.B.2}", ["A.1", "B.2"]),
    ("DP1.{A.{M.1,1},B.2}", ["A.M.1", "A.1", "B.2"]),
    ("DP1.**.OTTO1", ["1.OTTO1"]),
    ("System1:DP1.1", ["1"]),
]

#: What is no pattern, and a part of what the error says.
BAD = [
    ("DP{1,2", "open brace"),
    ("DP1}", "closes a brace"),
    ("DP[1", "open bracket"),
    ("DP[a]", "no list of indices"),
    ("DP[]", "no list of indices"),
    ("DP[1-]", "no list of indices"),
    ("DP[0-100000]", "too many indices"),
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

    def test_the_table_of_the_reference(self) -> None:
        """Each row of the table of the reference holds."""
        for pattern, expected in TABLE:
            with self.subTest(pattern):
                self.assertEqual(self.found(pattern), expected)

    def test_more_of_the_same_rules(self) -> None:
        """Roots, question marks, indices and alternatives of whole paths match as said."""
        for pattern, expected in MORE:
            with self.subTest(pattern):
                self.assertEqual(self.found(pattern), expected)

    def test_internal_datapoints_are_asked_for_by_name(self) -> None:
        """A name with an underscore in front is found only by a pattern that has one."""
        for pattern, expected in (
            ("*.", False),
            ("?Internal.", False),
            ("{a,b,*}.", False),
            ("_*.", True),
            ("_Internal.", True),
        ):
            with self.subTest(pattern):
                compiled = compile_pattern(pattern)
                self.assertIs(compiled.matches("_Internal", ""), expected)

    def test_the_system_is_what_stands_before_the_colon(self) -> None:
        """A pattern may name a system; else it names none."""
        self.assertEqual(compile_pattern("System2:a*.").system, "System2")
        self.assertEqual(compile_pattern("a*.").system, "")

    def test_special_characters_of_regular_expressions_mean_themselves(self) -> None:
        """Only the pattern's own wildcards are wild."""
        self.assertTrue(compile_pattern("a+b(c)^|.").matches("a+b(c)^|", ""))
        self.assertFalse(compile_pattern("a+b.").matches("aab", ""))

    def test_bad_patterns_say_what_is_wrong(self) -> None:
        """A pattern that cannot be read is error 51 and is quoted in the message."""
        for pattern, wrong in BAD:
            with self.subTest(pattern):
                with self.assertRaises(ParameterError) as caught:
                    compile_pattern(pattern)
                self.assertIn(wrong, caught.exception.message)
                self.assertIn(f"'{pattern}'", caught.exception.message)

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

    @given(st.text("ab{}[],-*?.:019", max_size=30))
    @example("[1-99999999999999999999]")
    @example("[" + "9" * 5000 + "]")
    @example("{" * 2000 + "}" * 2000)
    @settings(deadline=None)
    def test_any_text_is_a_pattern_or_refused(self, text: str) -> None:
        """Whatever a client sends, a pattern or a numbered error comes of it."""
        try:
            compiled = compile_pattern(text)
        except OagwError as error:
            self.assertEqual(error.code, 51)
        else:
            self.assertGreaterEqual(len(compiled.alternatives), 1)


class BracesTests(SynchronousTestCase):
    """Alternatives."""

    timeout = 30

    def test_expands_in_the_order_written(self) -> None:
        """All combinations come, the first brace varies slowest."""
        self.assertEqual(expand_braces("{a, b}x{1,2}"), ["ax1", "ax2", "bx1", "bx2"])

    def test_may_be_nested(self) -> None:
        """A choice may have choices of its own."""
        self.assertEqual(expand_braces("{a{b,c},d}"), ["ab", "ac", "d"])

    def test_a_choice_may_be_empty(self) -> None:
        """Nothing is a choice too."""
        self.assertEqual(expand_braces("a{,1}"), ["a", "a1"])

    def test_without_braces_there_is_one(self) -> None:
        """A text without braces stays as it is."""
        self.assertEqual(expand_braces("a,b"), ["a,b"])
