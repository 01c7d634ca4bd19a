"""Searches in slices find what is there, while others change the plant."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from oagw.errors import ParameterError
from oagw.model.dptypes import ElementType, TypeNode, build_type
from oagw.model.patterns import Pattern, compile_pattern
from oagw.plant import (
    nameindex as names,
)
from oagw.plant import (
    search,
)
from oagw.plant.lookup import PlantLookup
from oagw.plant.plant import Plant
from oagw.plant.search import (
    AliasSearch,
    NameSearch,
)

_names = st.text("aAb_01\u00e9\U0010ffff", min_size=1, max_size=5)
_texts = st.lists(
    st.sampled_from(["*", "**", "?", "[0-1]", "{a,_}", "{,b*}", ".", ".**", ".x", ".y.*"])
    | _names,
    min_size=1,
    max_size=4,
).map("".join)


def _compiled(text: str) -> Pattern | None:
    try:
        return compile_pattern(text)
    except ParameterError:
        return None


_patterns = _texts.map(_compiled).filter(bool)


def _plant(datapoints: list[str]) -> Plant:
    plant = Plant()
    leaf = TypeNode("z", ElementType.INT, 3)
    tree = TypeNode(
        "",
        ElementType.STRUCT,
        1,
        (
            TypeNode("x", ElementType.FLOAT, 2),
            TypeNode("y", ElementType.STRUCT, 4, (leaf,)),
        ),
    )
    for name, root in (("Tree", tree), ("Float", TypeNode("", ElementType.FLOAT, 1))):
        plant.add_type(build_type(name, root, {}))
    for number, name in enumerate(datapoints):
        # Not in the order of their names.
        dp_type = plant.types["Tree" if number % 3 else "Float"]
        plant.add_datapoint(name, dp_type, number)
    return plant


class NameSearchTests(SynchronousTestCase):
    timeout = 30

    @given(
        st.lists(_names, unique=True, max_size=30),
        _patterns,
        st.sampled_from([None, "Tree", "No"]),
    )
    def test_finds_what_is_there(
        self, datapoints: list[str], pattern: Pattern, dp_type: str | None
    ) -> None:
        """In the same order as who looks at all at once."""
        plant = _plant(datapoints)
        if pattern.has_element:
            found = [element.name for element in plant.elements(pattern, dp_type)]
        else:
            found = [one.name for one, _ in plant.matching(pattern, dp_type)]
        with patch.object(names, "BATCH", 3), patch.object(search, "BATCH", 3):
            looking = NameSearch(plant, "S", pattern, dp_type)
            for _ in looking.steps():
                pass
        self.assertEqual(looking.names, [f"S:{name}" for name in found])

    @given(st.data())
    def test_others_may_change_the_plant_meanwhile(self, data: st.DataObject) -> None:
        """What stays is found, once."""
        stay = [f"s{number}a" for number in range(12)]
        go = [f"g{number}a" for number in range(12)]
        plant = _plant([name for pair in zip(stay, go, strict=True) for name in pair])
        texts = st.sampled_from(["*", "*a", "s*", "**", "*[0-99]a.**"])
        text = data.draw(texts)
        coin = st.booleans()
        new = 0
        with (
            patch.object(names, "BATCH", 4),
            patch.object(search, "BATCH", 4),
            patch.object(search, "_SLICE", 4),
        ):
            looking = NameSearch(plant, "S", compile_pattern(text), None)
            for _ in looking.steps():
                if data.draw(coin) and go:
                    gone = go.pop(data.draw(st.integers(0, len(go) - 1)))
                    plant.remove_datapoint(plant.datapoints[gone])
                if data.draw(coin):
                    new += 1
                    plant.add_datapoint(f"n{new}a", plant.types["Tree"], 1000 + new)
        found = {name.removeprefix("S:").partition(".")[0] for name in looking.names}
        self.assertLessEqual(set(stay), found)
        self.assertEqual(len(looking.names), len(set(looking.names)))

    def test_no_step_is_long(self) -> None:
        """For many names, and each kind of search."""
        plant = _plant([f"p{number:05d}" for number in range(20_000)])
        for text, least in (
            ("*", 50),
            ("*.**", 100),
            ("*x*", 15),
            ("*7", 4),
            ("p00001", 0),
        ):
            looking = NameSearch(plant, "S", compile_pattern(text), None)
            steps = sum(1 for _ in looking.steps())
            self.assertGreaterEqual(steps, least, text)


class OtherSearchTests(SynchronousTestCase):
    timeout = 30

    def setUp(self) -> None:
        self.plant = _plant([f"p{number:04d}" for number in range(5000)])
        for number, datapoint in enumerate([*self.plant.datapoints.values()]):
            element = datapoint.elements[0]
            alias = f"alias {number * 7919 % 5000:04d}"
            element.change_config("_common", {"_alias": alias})
            self.plant.aliases[alias] = element

    def test_aliases(self) -> None:
        """Sorted by alias; in steps, without aliases that have moved in between."""
        pattern = compile_pattern("p*.**")
        looking = AliasSearch(self.plant, "S", pattern, lambda alias: alias[-1] == "7")
        steps = 0
        for _ in looking.steps():
            steps += 1
            self.plant.aliases.pop("alias 0007", None)
        self.assertEqual(
            [*looking.aliases.values()],
            [f"alias {number:04d}" for number in range(17, 5000, 10)],
        )
        self.assertGreaterEqual(steps, 2)

    def test_types(self) -> None:
        """Many types with many alternatives are many steps."""
        for number in range(100):
            root = TypeNode("", ElementType.FLOAT, 1)
            self.plant.add_type(build_type(f"T{number}", root, {}))
        text = f"{{{','.join(f'*{number}' for number in range(500))}}}"
        looking = PlantLookup(self.plant, "S").types(compile_pattern(text), True)
        steps = sum(1 for _ in looking.steps())
        self.assertEqual(len(looking.types), 100)
        self.assertGreater(steps, 20)
        looking = PlantLookup(self.plant, "S").types(compile_pattern("*"), False)
        self.assertEqual([*looking.steps()], [])
        self.assertEqual(looking.types, ["Float", "Tree"])
