"""The requirements of a condition on types and names, for lookups in an index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from oagw.query.evaluation import spelled
from oagw.query.scope import conjuncts
from oagw.query.tree import Comparison, Condition, Keyword, Literal, Operator

_WILDCARDS = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Demands:
    """What every datapoint must fulfill to match a condition.

    :ivar types: the possible types; ``None`` for any.
    :ivar names: the possible names; ``None`` for any.
    :ivar aliases: the possible aliases of the row's element; ``None`` for any.
    :ivar affixes: pairs of a start and an end that the name must have.
    """

    types: frozenset[str] | None = None
    names: frozenset[str] | None = None
    aliases: frozenset[str] | None = None
    affixes: tuple[tuple[str, str], ...] = ()


def demands_of(condition: Condition | None) -> Demands:
    """Return the requirements of a condition."""
    exact: dict[Keyword, frozenset[str]] = {}
    affixes: list[tuple[str, str]] = []
    for one in conjuncts(condition):
        if not isinstance(one, Comparison) or not isinstance(one.operand, Keyword):
            continue
        texts = [
            str(spelled(one.operand, one.operator, value).value)
            for value in one.values
            if isinstance(value, Literal) and isinstance(value.value, str)
        ]
        if len(texts) < len(one.values):
            continue
        if one.operator is Operator.LIKE:
            [text] = texts
            pieces = _WILDCARDS.split(text)
            if len(pieces) > 1:
                if one.operand is Keyword.DATAPOINT:
                    affixes.append((pieces[0], pieces[-1]))
                continue
        elif one.operator not in (Operator.EQUAL, Operator.IN):
            continue
        exact[one.operand] = _both(exact.get(one.operand), texts)
    aliases = exact.get(Keyword.ALIAS)
    if aliases is not None and "" in aliases:
        # The index does not contain elements without an alias.
        aliases = None
    return Demands(
        exact.get(Keyword.TYPE), exact.get(Keyword.DATAPOINT), aliases, tuple(affixes)
    )


def _both(present: frozenset[str] | None, more: Iterable[str]) -> frozenset[str]:
    return frozenset(more) if present is None else present.intersection(more)
