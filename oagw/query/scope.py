"""What a query is about: which datapoints and elements FROM means, given the rest of it."""

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

#: Keywords that tell the elements of a datapoint apart.
_ELEMENT_KEYWORDS = frozenset(
    (Keyword.ELEMENT, Keyword.ELEMENT_TYPE, Keyword.LEAF, Keyword.TYPE_REFERENCE)
)


def check_scope(query: Query) -> None:
    """Refuse a query of elements that cannot be what it says.

    :raises ParameterError: named elements need a type, ``WHERE _DPT = "..."``; of the past
        either all are named, or all are the row's.
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
                "that have a history name their element, or none of them does"
            )


def historical(query: Query) -> list[Column]:
    """The attributes that a query of the archive reads of the past."""
    if query.period is None or query.is_alert:
        return []
    columns = (one for one in query.operands if isinstance(one, Column))
    return [one for one in columns if is_historical(one)]


def widened(query: Query) -> Query:
    """The query with all in its FROM that its WHERE speaks of.

    A pattern without an element part means roots (reference, "Patterns"); where WHERE
    tells elements apart, it means all elements. A pattern that begins with ``*`` means
    no internal datapoints, unless WHERE names their type or them.
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
    """Whether a condition can hold for an internal type or datapoint that it names."""
    return any(
        isinstance(one, Comparison)
        and one.operand in (Keyword.TYPE, Keyword.DATAPOINT)
        and one.operator in (Operator.EQUAL, Operator.IN, Operator.LIKE)
        and any(
            # Before the name of a datapoint its system may stand.
            isinstance(value, Literal)
            and str(value.value).rpartition(":")[2].startswith("_")
            for value in one.values
        )
        for one in conjuncts(condition)
    )


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """Conditions that must all hold."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, All) else (condition,)


def is_historical(column: Column) -> bool:
    """Whether an attribute has a history."""
    return CONFIGS[column.config].historical


def check_live(query: Query) -> None:
    """Refuse a query that cannot be live.

    :raises IllegalCallError: it is about the past or about groups, or about attributes
        that cannot be connected.
    """
    if query.period is not None:
        raise IllegalCallError(
            "a query with TIMERANGE is about the past and cannot be connected; "
            "ask for it with DpQuery"
        )
    if query.is_grouped:
        raise IllegalCallError(
            "a query with groups cannot be connected; ask for it with DpQuery"
        )
    for one in query.operands:
        if isinstance(one, Column) and not query.is_alert and not CONFIGS[one.config].live:
            raise IllegalCallError(
                f"'{one.header}': config '{one.config}' cannot be connected; "
                "'_original', '_online' and most others can"
            )
