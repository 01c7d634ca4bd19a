"""Names are found by pattern without going through all of them."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.model.patterns import Alternative, Pattern, compile_pattern
from oagw.plant.nameindex import NameIndex

_names = st.text("aAb_01\u00e9\U0010ffff", min_size=1, max_size=6)
_pattern_texts = st.lists(
    st.sampled_from(["*", "**", "?", "[0-1]", "[*]", "{a,_}", "{,b*}", ".", ".**", ".b"])
    | _names,
    max_size=5,
).map("".join)


def _compiled(text: str, ignore_case: bool) -> Pattern | None:
    try:
        return compile_pattern(text, ignore_case)
    except ParameterError:
        return None


_patterns = st.builds(_compiled, _pattern_texts, st.booleans()).filter(bool)


def _naive(names: set[str], pattern: Pattern) -> dict[str, set[Alternative]]:
    found = {
        name: {one for one in pattern.alternatives if one.matches_datapoint(name)}
        for name in names
    }
    return {name: fitting for name, fitting in found.items() if fitting}


class NameIndexTests(SynchronousTestCase):
    """The names that the index finds."""

    timeout = 30

    def index(self, *names: str) -> NameIndex:
        index = NameIndex()
        index.load(names)
        return index

    def found(self, index: NameIndex, pattern: str, ignore_case: bool = False) -> list[str]:
        return [name for name, _ in index.matching(compile_pattern(pattern, ignore_case))]

    def check(self, index: NameIndex, names: set[str], pattern: Pattern) -> None:
        """The index has these names, and finds what going through all of them finds."""
        found = list(index.matching(pattern))
        self.assertEqual(
            {name: set(fitting) for name, fitting in found}, _naive(names, pattern)
        )
        self.assertEqual(len(found), len(dict(found)))
        self.assertEqual(len(index), len(names))
        for one in pattern.alternatives:
            meant = {name for name in names if one.matches_datapoint(name)}
            self.assertLessEqual(meant, set(index.candidates(one)))

    @given(st.sets(_names, max_size=30), _patterns)
    @example({"\U0010ffff", "\U0010ffffa", "b"}, compile_pattern("\U0010ffff*"))
    @example({"a\U0010ffff", "a\U0010ffffb", "b"}, compile_pattern("a\U0010ffff*"))
    @example({"a", "A", "_a"}, compile_pattern("a", ignore_case=True))
    @settings(deadline=None)
    def test_finds_what_going_through_all_names_finds(
        self, names: set[str], pattern: Pattern
    ) -> None:
        """Each name that is meant comes once, with all alternatives that fit."""
        self.check(self.index(*names), names, pattern)

    @given(
        st.sets(_names, max_size=10),
        st.lists(st.tuples(st.booleans(), _names), max_size=30),
        _patterns,
    )
    @settings(deadline=None)
    def test_follows_what_is_added_and_removed(
        self, names: set[str], changes: list[tuple[bool, str]], pattern: Pattern
    ) -> None:
        """After adds and removes the same is found as with an index of those names."""
        index = self.index(*names)
        for added, name in changes:
            if added:
                index.add(name)
                names = names | {name}
            else:
                index.remove(name)
                names = names - {name}
        self.check(index, names, pattern)

    def test_only_names_with_the_fixed_text_are_looked_at(self) -> None:
        """A fixed beginning or end, the rarer one, or a whole name, costs what it finds."""
        numbers = range(1000)
        index = self.index(*(f"{kind}_{number:04d}" for kind in "ab" for number in numbers))
        for pattern, looked_at in (
            ("a_004*.**", 10),
            ("*_0042.value", 2),
            ("a_*42", 20),
            ("a_004*2", 10),
            ("a_0042", 1),
            ("a_9999", 0),
            ("c*", 0),
            ("*c", 0),
            ("a_004[1-2]", 10),
            ("*00*", 2000),
        ):
            [one] = compile_pattern(pattern).alternatives
            self.assertEqual(len(list(index.candidates(one))), looked_at, pattern)

    def test_names_come_in_the_order_of_the_alternatives(self) -> None:
        """Names of the first alternative come first, sorted; each name comes once."""
        index = self.index("b1", "c2", "a1", "a2", "b2")
        self.assertEqual(self.found(index, "{b2,a*,*1}"), ["b2", "a1", "a2", "b1"])
        self.assertEqual(self.found(index, "*2"), ["a2", "b2", "c2"])
        self.assertEqual(self.found(index, "{c2,a1}.{x,y}"), ["c2", "a1"])

    def test_names_that_fit_the_same_alternatives_share_them(self) -> None:
        """They share one tuple, so that its identity can be a key."""
        index = self.index("a1", "a2", "b1")
        pattern = compile_pattern("{a*.x,*1.y,a*.z}")
        fitting = dict(index.matching(pattern))
        texts = {
            name: [one.element.pattern for one in alternatives]
            for name, alternatives in fitting.items()
        }
        self.assertEqual(
            texts, {"a1": ["x", "z", "y"], "a2": ["x", "z"], "b1": ["y"]}, "elements"
        )
        [first, second, third] = [
            alternatives for _, alternatives in index.matching(compile_pattern("*.{x,y}"))
        ]
        self.assertIs(first, second)
        self.assertIs(second, third)

    def test_names_in_any_case_are_found(self) -> None:
        """A pattern that ignores case finds names that begin and end otherwise."""
        index = self.index("Pump1", "PUMP2", "Valve")
        self.assertEqual(self.found(index, "pump*", ignore_case=True), ["PUMP2", "Pump1"])
        self.assertEqual(self.found(index, "valve", ignore_case=True), ["Valve"])
        self.assertEqual(self.found(index, "pump*"), [])

    def test_a_name_is_there_once(self) -> None:
        """Adding a name again, or loading it, changes nothing; removing takes it out."""
        index = self.index("a", "a", "b")
        index.add("a")
        index.load(["b", "c"])
        self.assertEqual((len(index), self.found(index, "*")), (3, ["a", "b", "c"]))
        index.remove("a")
        index.remove("a")
        self.assertEqual((len(index), self.found(index, "*")), (2, ["b", "c"]))

    def test_names_may_change_while_they_are_gone_through(self) -> None:
        """Names that were found stay found while datapoints come and go."""
        index = self.index("a", "b", "c")
        found = []
        for name, _ in index.matching(compile_pattern("*")):
            found.append(name)
            index.remove(name)
            index.add(f"d{name}")
        self.assertEqual(found, ["a", "b", "c"])
