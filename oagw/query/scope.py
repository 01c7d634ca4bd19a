"""The datapoints and elements that FROM matches, considering the rest of the query."""

from __future__ import annotations

from dataclasses import replace

from oagw.errors import IllegalCallError, ParameterError
from oagw.model.configs.configcatalogue import CONFIGS
from oagw.model.patterns import Pattern, every_element
from oagw.query.tree import (
    All,
    Column,
    Comparison,
    Condition,
    Keyword,
    Literal,
    Operator,
    Query,
)

#: Keywords that distinguish the elements of a datapoint.
_ELEMENT_KEYWORDS = frozenset(
    (Keyword.ELEMENT, Keyword.ELEMENT_TYPE, Keyword.LEAF, Keyword.TYPE_REFERENCE)
)


def check_scope(query: Query) -> None:
    """Refuse a query whose columns contradict each other.

    :raises ParameterError: a named element requires a type, ``WHERE _DPT = "..."``; in an
        archive query either all attributes or none must name their element.
    """
    named = next(
        (
            one
            for one in query.operands
            if isinstance(one, Column) and one.element is not None
        ),
        None,
    )
    if named is not None and Keyword.TYPE not in query.operands:
        raise ParameterError(
            f"'{named.header}' names an element, and elements belong to a type: add "
            'WHERE _DPT = "..."'
        )
    for one in historical(query):
        if (one.element is not None) is not query.is_named:
            first = query.attributes[0]
            raise ParameterError(
                f"'{one.header}' beside '{first.header}': with TIMERANGE, all attributes "
                "that have a history must name their element, or none of them"
            )


def historical(query: Query) -> list[Column]:
    """Return the attributes that an archive query reads from the past."""
    if query.period is None or query.is_alert:
        return []
    columns = (one for one in query.operands if isinstance(one, Column))
    return [one for one in columns if is_historical(one)]


def widened(query: Query) -> Query:
    """Return the query with a wider FROM if its WHERE requires this.

    A pattern without an element part matches roots (reference, "Patterns"). If WHERE
    distinguishes elements, it matches all elements. A pattern that begins with ``*`` does
    not match internal datapoints, unless WHERE names them or their type.
    """
    if query.where is None:
        return query
    source = query.source
    if not query.is_named and _ELEMENT_KEYWORDS.intersection(query.operands):
        source = every_element(source)
    if _names_internal(query.where):
        source = _with_internal(source)
    return query if source is query.source else replace(query, source=source)


def _with_internal(source: Pattern) -> Pattern:
    alternatives = tuple(replace(one, internal=True) for one in source.alternatives)
    return replace(source, alternatives=alternatives)


def _names_internal(condition: Condition) -> bool:
    """Return whether a condition can match an internal type or datapoint that it names."""
    return any(
        isinstance(one, Comparison)
        and one.operand in (Keyword.TYPE, Keyword.DATAPOINT)
        and one.operator in (Operator.EQUAL, Operator.IN, Operator.LIKE)
        and any(
            # The name of a datapoint may start with its system.
            isinstance(value, Literal)
            and str(value.value).rpartition(":")[2].startswith("_")
            for value in one.values
        )
        for one in conjuncts(condition)
    )


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """Return the conditions that must all hold."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, All) else (condition,)


def is_historical(column: Column) -> bool:
    """Return whether an attribute has a history."""
    return CONFIGS[column.config].historical


def check_live(query: Query) -> None:
    """Refuse a query that cannot be connected.

    :raises IllegalCallError: the query has a TIMERANGE or groups, or an attribute that
        cannot be connected.
    """
    if query.period is not None:
        raise IllegalCallError(
            "a query with TIMERANGE reads the past and cannot be connected; use DpQuery"
        )
    if query.is_grouped:
        raise IllegalCallError("a query with groups cannot be connected; use DpQuery")
    for one in query.operands:
        if isinstance(one, Column) and not query.is_alert and not CONFIGS[one.config].live:
            raise IllegalCallError(
                f"'{one.header}': config '{one.config}' cannot be connected; "
                "'_original', '_online' and most others can"
            )
