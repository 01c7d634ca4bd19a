"""Hypothesis strategies for samples and for cutting them into pieces."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.aggregates.naive import One

floats = st.floats(-1e6, 1e6).map(lambda one: round(one, 3))

times = st.lists(st.integers(0, 60), max_size=40).map(sorted)

cuts = st.lists(st.integers(0, 40), max_size=4)


@st.composite
def sampled(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> list[One]:
    return [One(time, draw(values), draw(st.booleans())) for time in draw(times)]
