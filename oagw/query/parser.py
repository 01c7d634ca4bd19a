"""Tokens to a syntax tree, by recursive descent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache

from oagw.errors import OagwError, ParameterError
from oagw.model.patterns import Pattern, compile_pattern
from oagw.model.times import LAST, NS_PER_MS
from oagw.query.conditions import ConditionParser
from oagw.query.cursor import Cursor
from oagw.query.lexer import Token, TokenKind
from oagw.query.queryattributes import read_attribute
from oagw.query.scope import check_scope, is_historical, widened
from oagw.query.timetexts import read_time
from oagw.query.tree import (
    TIME_COLUMN,
    Column,
    ColumnAggregate,
    Condition,
    Constant,
    GroupFunction,
    Keyword,
    Operand,
    Period,
    Query,
    SortKey,
)

_MAX_COLUMNS = 100
_ATTRIBUTE = "an attribute in quotes, as in '_online.._value'"
_FUNCTIONS = {function.value: function for function in GroupFunction} | {
    "MINIMUM": GroupFunction.MINIMUM,
    "MAXIMUM": GroupFunction.MAXIMUM,
    "AVERAGE": GroupFunction.AVERAGE,
    "MEAN": GroupFunction.AVERAGE,
    "CNT": GroupFunction.COUNT,
}
#: A group function in the quotes of its attribute: 'MAX(_online.._value)'.
_CALL = re.compile(r"\s*([A-Za-z]+)\s*\(([^()]*)\)\s*")
#: What a query may be asked to group by.
_GROUPABLE = {
    keyword.value: keyword
    for keyword in Keyword
    if keyword not in (Keyword.LEAF, Keyword.TYPE_REFERENCE)
}
#: Longer texts are read each time: remembering them would take too much memory.
_REMEMBERED_LENGTH = 2000


def parse_query(text: str, zone: tzinfo | None = None) -> Query:
    """Read a query.

    :param zone: what a time without a zone is in; ``None`` is the server's local time.
    :raises SyntaxFaultError: with the position, what was found and what is expected.
    """
    if len(text) > _REMEMBERED_LENGTH:
        return _QueryParser(text, zone).query()
    return _remembered(text, zone)


@lru_cache(maxsize=512)
def _remembered(text: str, zone: tzinfo | None) -> Query:
    return _QueryParser(text, zone).query()


class _QueryParser:
    def __init__(self, text: str, zone: tzinfo | None) -> None:
        self._cursor = Cursor(text)
        self._zone = zone
        self._columns: list[Column | ColumnAggregate] = []
        self._is_alert = False
        self._remote = ""
        self._where: Condition | None = None
        self._period: Period | None = None
        self._group: tuple[Operand, ...] = ()
        self._sort: tuple[SortKey, ...] = ()
        self._times: list[tuple[Token, Column | ColumnAggregate]] = []
        self._first: int | None = None
        self._last: int | None = None

    def query(self) -> Query:
        """Read the whole text."""
        cursor = self._cursor
        start = cursor.token
        self._select()
        cursor.word("FROM")
        source_token = cursor.token
        source = self._source()
        self._clauses()
        while cursor.take_symbol(";"):
            pass
        if cursor.token.kind is not TokenKind.END:
            cursor.fail(
                cursor.token,
                "expected REMOTE, WHERE, TIMERANGE, FIRST, LAST, GROUP BY, SORT BY "
                "or the end",
            )
        self._check_period(start)
        self._check_times()
        query = Query(
            tuple(self._columns),
            source,
            self._remote,
            self._where,
            self._period,
            self._is_alert,
            self._group,
            self._sort,
            self._first,
            self._last,
        )
        try:
            check_scope(query)
        except ParameterError as error:
            cursor.fail(source_token, error.message)
        return widened(query)

    def _select(self) -> None:
        cursor = self._cursor
        cursor.word("SELECT")
        if cursor.take_word("ALERT"):
            self._is_alert = True
            cursor.take_word("SINGLE")
        cursor.take_word("ALL")
        self._columns += self._column_list()
        while cursor.take_symbol(","):
            self._columns += self._column_list()
            if len(self._columns) > _MAX_COLUMNS:
                cursor.fail(cursor.token, f"a query may have {_MAX_COLUMNS} columns")
        if len(self._columns) > _MAX_COLUMNS:
            cursor.fail(cursor.token, f"a query may have {_MAX_COLUMNS} columns")

    def _column_list(self) -> list[Column | ColumnAggregate]:
        """One quoted text, which may hold several attributes, or a group function."""
        cursor = self._cursor
        token = cursor.token
        if token.kind is TokenKind.WORD and token.text.upper() in _FUNCTIONS:
            function = _FUNCTIONS[cursor.take().text.upper()]
            cursor.symbol("(", token.text)
            inner = cursor.quoted(_ATTRIBUTE)
            column = self._attribute(inner.text, inner)
            if not cursor.take_symbol(")"):
                cursor.fail(cursor.token, "expected ')'")
            return [ColumnAggregate(function, column)]
        token = cursor.quoted(_ATTRIBUTE)
        return [self._column(piece, token) for piece in token.text.split(",")]

    def _column(self, text: str, token: Token) -> Column | ColumnAggregate:
        call = _CALL.fullmatch(text)
        if call is None:
            return self._attribute(text, token)
        function = _FUNCTIONS.get(call[1].upper())
        if function is None:
            self._cursor.fail(
                token, f"there is no function {call[1]}; there are {', '.join(_FUNCTIONS)}"
            )
        return ColumnAggregate(function, self._attribute(call[2], token))

    def _attribute(self, text: str, token: Token) -> Column:
        try:
            return read_attribute(text, self._is_alert)
        except OagwError as error:
            self._cursor.fail(token, error.message)

    def _source(self) -> Pattern:
        cursor = self._cursor
        token = cursor.quoted("a pattern in quotes, as in 'ExampleDP_*.'")
        text = token.text.strip()
        if not text:
            cursor.fail(token, "the pattern is empty")
        try:
            return compile_pattern(text)
        except ParameterError as error:
            cursor.fail(token, error.message)

    def _clauses(self) -> None:
        """The clauses after FROM, each at most once, in any order."""
        readers: dict[str, Callable[[], None]] = {
            "REMOTE": self._read_remote,
            "WHERE": self._read_where,
            "TIMERANGE": self._read_period,
            "FIRST": self._read_first,
            "LAST": self._read_last,
            "GROUP": self._read_group,
            "SORT": self._read_sort,
            "ORDER": self._read_sort,
        }
        seen: set[str] = set()
        cursor = self._cursor
        while cursor.token.kind is TokenKind.WORD and cursor.token.text.upper() in readers:
            token = cursor.take()
            word = token.text.upper()
            if word in seen:
                cursor.fail(token, f"{word} is there twice")
            seen.add(word)
            readers[word]()
        if {"FIRST", "LAST"} <= seen:
            cursor.fail(cursor.token, "a query has FIRST or LAST, not both")

    def _read_remote(self) -> None:
        cursor = self._cursor
        token = cursor.token
        if cursor.take_word("ALL"):
            self._remote = "*"
            return
        if token.kind not in (TokenKind.QUOTED, TokenKind.TEXT, TokenKind.WORD):
            cursor.fail(token, "expected ALL, or the name of a system in quotes")
        name = cursor.take().text.strip()
        cursor.take_symbol(":")
        self._remote = name.removesuffix(":")
        if not self._remote:
            cursor.fail(token, "the name of the system is empty")

    def _read_where(self) -> None:
        where = ConditionParser(self._cursor, self._is_alert).condition()
        self._where = None if where == Constant(True) else where

    def _read_period(self) -> None:
        cursor = self._cursor
        cursor.symbol("(", "TIMERANGE")
        first_token = cursor.token
        first = self._time()
        if first == LAST and first_token.kind is TokenKind.NUMBER:
            cursor.fail(
                first_token, "the period begins after 2262; a number is ms since the epoch"
            )
        last = self._following(self._time, "the end of the period")
        bonus = 0
        if cursor.token.is_symbol(","):
            self._following(self._mode, "the mode")
        if cursor.token.is_symbol(","):
            bonus = self._following(
                lambda: cursor.whole_number("the number of bonus values"), "a number"
            )
        if not cursor.take_symbol(")"):
            cursor.fail(cursor.token, "expected ')'")
        # Clients see times in ms: who asks up to one that it has seen gets its value.
        if last % NS_PER_MS == 0:
            last = min(last + NS_PER_MS - 1, LAST)
        if first > last:
            cursor.fail(first_token, "the period ends before it begins")
        self._period = Period(first, last, bonus)

    def _following(self, read: Callable[[], int], what: str) -> int:
        if not self._cursor.take_symbol(","):
            self._cursor.fail(self._cursor.token, f"expected ',' and {what}")
        return read()

    def _mode(self) -> int:
        self._cursor.take_symbol("-", "+")
        return self._cursor.whole_number("the mode")

    def _time(self) -> int:
        cursor = self._cursor
        token = cursor.token
        given: str | float
        if token.kind is TokenKind.NUMBER:
            given = cursor.number()
        else:
            given = cursor.quoted('a time, as in "2007.10.06 09:00:00.000"').text
        try:
            return read_time(given, self._zone, clamp=True)
        except OagwError as error:
            cursor.fail(token, error.message)

    def _read_first(self) -> None:
        self._first = self._cursor.whole_number("a number of rows")

    def _read_last(self) -> None:
        self._last = self._cursor.whole_number("a number of rows")

    def _read_group(self) -> None:
        self._cursor.word("BY")
        group = [self._group_key()]
        while self._cursor.take_symbol(","):
            group.append(self._group_key())
        self._group = tuple(dict.fromkeys(group))

    def _group_key(self) -> Operand:
        cursor = self._cursor
        token = cursor.token
        if token.kind is TokenKind.WORD and token.text.upper() in _GROUPABLE:
            return _GROUPABLE[cursor.take().text.upper()]
        if token.kind in (TokenKind.QUOTED, TokenKind.TEXT):
            return self._attribute(cursor.take().text, token)
        if token.kind is TokenKind.NUMBER:
            number = self._column_number("the number of a column")
            if number:
                column = self._columns[number - 1]
                if isinstance(column, Column):
                    return column
        names = ", ".join(_GROUPABLE)
        cursor.fail(token, f"expected an attribute in quotes, or one of {names}")

    def _read_sort(self) -> None:
        self._cursor.word("BY")
        keys = [self._sort_key()]
        while self._cursor.take_symbol(","):
            keys.append(self._sort_key())
        self._sort = tuple(keys)

    def _sort_key(self) -> SortKey:
        cursor = self._cursor
        token = cursor.token
        if token.kind in (TokenKind.QUOTED, TokenKind.TEXT):
            wanted = self._column(cursor.take().text, token)
            if wanted in self._columns:
                number = self._columns.index(wanted) + 1
            else:
                number = TIME_COLUMN
                self._times.append((token, wanted))
        elif cursor.take_word(Keyword.DATAPOINT.value):
            number = 0
        else:
            number = self._column_number("the number of a column (0 is the name)")
        descending = cursor.take_word("DESC")
        if not descending:
            cursor.take_word("ASC")
        return SortKey(number, descending)

    def _column_number(self, what: str) -> int:
        token = self._cursor.token
        number = self._cursor.whole_number(what)
        if number > len(self._columns):
            self._cursor.fail(
                token, f"there is no column {number}; the query has {len(self._columns)}"
            )
        return number

    def _check_times(self) -> None:
        """Refuse to sort by what is not there; TIMERANGE, which adds times, may follow."""
        columns = [one for one in self._columns if isinstance(one, Column)]
        times = None
        if self._period is not None and not self._group and columns == self._columns:
            times = Column(columns[0].config, "", "_stime")
        for token, wanted in self._times:
            if wanted != times:
                self._cursor.fail(
                    token, f"{wanted.header} is not among the selected columns"
                )

    def _check_period(self, start: Token) -> None:
        """Refuse columns without a history in a query of the archive."""
        if self._period is None or self._is_alert:
            return
        for column in self._columns:
            one = column.column if isinstance(column, ColumnAggregate) else column
            if not is_historical(one):
                self._cursor.fail(
                    start, f"'{one.header}' has no history, so it has none for TIMERANGE"
                )
