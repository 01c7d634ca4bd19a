"""The parser of the condition after WHERE; the precedence is OR, AND, NOT, comparison."""

from __future__ import annotations

from collections.abc import Callable

from oagw.errors import OagwError
from oagw.query.constants import compared, truth
from oagw.query.cursor import Cursor
from oagw.query.elementtypes import PREFIX, find_type, unknown_type
from oagw.query.evaluation import spelled
from oagw.query.lexer import Token, TokenKind
from oagw.query.queryattributes import (
    is_attribute,
    read_attribute,
)
from oagw.query.tree import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Keyword,
    Literal,
    Not,
    Operand,
    Operator,
)

#: Maximum depth of parentheses and NOTs.
_MAX_DEPTH = 50
_KEYWORDS = {keyword.value: keyword for keyword in Keyword}
_EQUAL = ("=", "==")
_UNEQUAL = ("!=", "<>")
_ORDERINGS = {
    "<": Operator.LESS,
    "<=": Operator.LESS_EQUAL,
    ">": Operator.GREATER,
    ">=": Operator.GREATER_EQUAL,
}
_MIRRORED = {
    Operator.EQUAL: Operator.EQUAL,
    Operator.LESS: Operator.GREATER,
    Operator.LESS_EQUAL: Operator.GREATER_EQUAL,
    Operator.GREATER: Operator.LESS,
    Operator.GREATER_EQUAL: Operator.LESS_EQUAL,
}
_TRUE = Literal.of(True)
_OPERAND = "an attribute in quotes, a keyword such as _DPT, or a value"


class ConditionParser:
    """Parses a condition at a cursor.

    :param is_alert: the attributes are those of alerts.
    """

    def __init__(self, cursor: Cursor, is_alert: bool) -> None:
        self._cursor = cursor
        self._is_alert = is_alert
        self._depth = 0

    def condition(self) -> Condition:
        """Parse the longest condition that begins at the cursor.

        :raises SyntaxFaultError: with the position and what is expected there.
        """
        parts = self._list(self._all, ("OR",), ("|", "||"))
        return _joined(parts, AnyOf, Constant(False))

    def _all(self) -> Condition:
        parts = self._list(self._negation, ("AND",), ("&", "&&"))
        return _joined(parts, All, Constant(True))

    def _list(
        self,
        part: Callable[[], Condition],
        words: tuple[str, ...],
        symbols: tuple[str, ...],
    ) -> list[Condition]:
        cursor = self._cursor
        parts = [part()]
        while cursor.take_word(*words) or cursor.take_symbol(*symbols):
            parts.append(part())
        return parts

    def _negation(self) -> Condition:
        cursor = self._cursor
        token = cursor.token
        if cursor.take_word("NOT") or cursor.take_symbol("!"):
            return _negate(self._nested(token, self._negation), True)
        if cursor.take_symbol("("):
            inner = self._nested(token, self.condition)
            if not cursor.take_symbol(")"):
                cursor.fail(cursor.token, "expected AND, OR or ')'")
            return inner
        return self._comparison()

    def _nested(self, token: Token, part: Callable[[], Condition]) -> Condition:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._cursor.fail(token, f"nested more than {_MAX_DEPTH} levels deep")
        inner = part()
        self._depth -= 1
        return inner

    def _comparison(self) -> Condition:
        cursor = self._cursor
        token = cursor.token
        left = self._left()
        negated = cursor.take_word("NOT")
        if cursor.take_word("LIKE"):
            pattern = cursor.quoted('a text with * and ?, as in "Pump*"')
            return _negate(
                self._made(token, left, Operator.LIKE, (Literal.of(pattern.text),)),
                negated,
            )
        if cursor.take_word("IN"):
            return _negate(self._made(token, left, Operator.IN, self._literals()), negated)
        if negated:
            cursor.fail(cursor.token, "expected LIKE or IN after NOT")
        return self._ordering(token, left)

    def _ordering(self, token: Token, left: Operand | Literal) -> Condition:
        cursor = self._cursor
        symbol = cursor.token
        if cursor.take_symbol(*_EQUAL, *_UNEQUAL):
            operator = Operator.EQUAL
        elif cursor.take_symbol(*_ORDERINGS):
            operator = _ORDERINGS[symbol.text]
        elif isinstance(left, Literal):
            return self._constant(symbol, left)
        elif left is Keyword.LEAF or not isinstance(left, Keyword):
            # _LEAF and bool attributes such as '_online.._userbit7' are conditions by
            # themselves.
            return Comparison(left, Operator.EQUAL, (_TRUE,))
        else:
            cursor.fail(symbol, f"expected a comparison after {left.value}")
        right = self._right()
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right, operator = right, left, _MIRRORED[operator]
        negated = symbol.is_symbol(*_UNEQUAL)
        return _negate(self._made(token, left, operator, (right,)), negated)

    def _constant(self, token: Token, literal: Literal) -> Constant:
        """Return a value that is a condition on its own."""
        value = truth(literal)
        if value is None:
            self._cursor.fail(token, 'expected a comparison, as in _DPT = "Pump"')
        return Constant(value)

    def _made(
        self,
        token: Token,
        left: Operand | Literal,
        operator: Operator,
        values: tuple[Literal | Operand, ...],
    ) -> Condition:
        """Return a comparison; refuse one that cannot match any row."""
        if isinstance(left, Literal):
            literals = [one for one in values if isinstance(one, Literal)]
            try:
                return Constant(compared(left, operator, literals))
            except OagwError as error:
                self._cursor.fail(token, error.message)
        if operator in (Operator.EQUAL, Operator.IN, Operator.LIKE):
            for value in values:
                wrong = _never(left, operator, value)
                if wrong is not None:
                    self._cursor.fail(token, wrong)
        return Comparison(left, operator, values)

    def _left(self) -> Operand | Literal:
        token = self._cursor.token
        if token.kind is TokenKind.TEXT and not is_attribute(token.text):
            return self._operand()
        if token.kind is TokenKind.QUOTED and truth(Literal.of(token.text)) is not None:
            return self._literal()
        if token.kind in (TokenKind.QUOTED, TokenKind.TEXT):
            return self._attribute()
        return self._operand()

    def _right(self) -> Operand | Literal:
        token = self._cursor.token
        if token.kind is TokenKind.QUOTED and is_attribute(token.text):
            return self._attribute()
        return self._operand()

    def _attribute(self) -> Operand:
        token = self._cursor.take()
        try:
            return read_attribute(token.text, self._is_alert)
        except OagwError as error:
            self._cursor.fail(token, error.message)

    def _operand(self) -> Operand | Literal:
        token = self._cursor.token
        if token.kind is TokenKind.WORD and token.text.upper() in _KEYWORDS:
            return _KEYWORDS[self._cursor.take().text.upper()]
        return self._literal()

    def _literals(self) -> tuple[Literal, ...]:
        cursor = self._cursor
        cursor.symbol("(", "IN")
        values = [self._literal()]
        while cursor.take_symbol(","):
            values.append(self._literal())
        if not cursor.take_symbol(")"):
            cursor.fail(cursor.token, "expected ',' or ')'")
        return tuple(values)

    def _literal(self) -> Literal:
        cursor = self._cursor
        token = cursor.token
        if token.kind in (TokenKind.QUOTED, TokenKind.TEXT):
            return Literal.of(cursor.take().text)
        if token.kind is TokenKind.NUMBER:
            return Literal.of(cursor.number())
        if cursor.take_symbol("-", "+"):
            if cursor.token.kind is not TokenKind.NUMBER:
                cursor.fail(cursor.token, "expected a number")
            number = cursor.number()
            return Literal.of(-number if token.text == "-" else number)
        if cursor.take_word("TRUE", "FALSE"):
            return Literal.of(token.is_word("TRUE"))
        if token.kind is TokenKind.WORD and token.text.upper().startswith(PREFIX):
            if find_type(token.text) is None:
                cursor.fail(token, unknown_type(token.text))
            return Literal.of(cursor.take().text)
        cursor.fail(token, f"expected {_OPERAND}")


def _never(operand: Operand, how: Operator, value: Literal | Operand) -> str | None:
    """Return why a keyword can never match a value; ``None`` if it can."""
    if not isinstance(value, Literal) or not isinstance(value.value, str):
        return None
    text = str(spelled(operand, how, value).value)
    if operand is Keyword.DATAPOINT and "." in text:
        return (
            "_DP is the name of a datapoint without an element; use _EL for the path of "
            f'the element, as in _DP = "{text.partition(".")[0][:60]}" AND _EL = "..."'
        )
    if operand is Keyword.ELEMENT and text.endswith("."):
        return '_EL is the path of an element without a dot at its end, as in "state.text"'
    return None


def _negate(condition: Condition, negated: bool) -> Condition:
    if negated and isinstance(condition, Constant):
        return Constant(not condition.value)
    return Not(condition) if negated else condition


def _joined(
    parts: list[Condition], kind: type[All | AnyOf], neutral: Constant
) -> Condition:
    """Combine parts to one condition.

    Inner conditions of the same kind are flattened; neutral constants are left out.
    """
    flat = tuple(
        inner
        for part in parts
        for inner in (part.parts if isinstance(part, kind) else (part,))
    )
    telling = tuple(one for one in flat if one != neutral) or flat[:1]
    return telling[0] if len(telling) == 1 else kind(telling)
