"""A recursive-descent parser from tokens to a syntax tree."""

from __future__ import annotations

import difflib
import re
from typing import NoReturn

from oagw.formula.expressions import (
    Call,
    Chain,
    Choice,
    FormulaLiteral,
    Node,
    Parameter,
    Prefix,
)
from oagw.formula.functions import FUNCTIONS
from oagw.formula.operators import LEVELS, PREFIX
from oagw.formula.tokens import (
    FormulaToken,
    FormulaTokenKind,
    fault,
    tokenize,
)

#: Maximum length of a formula, in characters.
MAX_TEXT = 8192
#: Maximum depth of a formula, far below the recursion limit of Python.
MAX_DEPTH = 100

_LEVEL_OF = {symbol: level for level, symbols in enumerate(LEVELS) for symbol in symbols}
_PARAMETER = re.compile(r"p(0|[1-9][0-9]*)")
#: Maximum length of an unknown word for which similar names are searched.
_LONGEST_NAME = 40


def parse(text: str, parameter_count: int) -> tuple[Node, frozenset[int]]:
    """Parse a formula; return the tree and the numbers of its parameters.

    :raises SyntaxFaultError: with the position, what was found there and what is expected.
    """
    if len(text) > MAX_TEXT:
        raise fault(text, MAX_TEXT, f"a formula may have at most {MAX_TEXT} characters")
    parser = _FormulaParser(text, parameter_count)
    return parser.formula(), frozenset(parser.parameters)


class _FormulaParser:
    def __init__(self, text: str, parameter_count: int) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0
        self.parameter_count = parameter_count
        self.parameters: set[int] = set()

    @property
    def token(self) -> FormulaToken:
        return self.tokens[self.at]

    def symbol(self, *symbols: str) -> str | None:
        """Return the next symbol if it is one of these."""
        token = self.token
        return (
            token.text
            if token.kind is FormulaTokenKind.SYMBOL and token.text in symbols
            else None
        )

    def formula(self) -> Node:
        node = self.expression()
        if self.symbol(";"):
            self.at += 1
        if self.token.kind is not FormulaTokenKind.END:
            self.fail(self.token, "expected an operator or the end")
        return node

    def expression(self) -> Node:
        """Parse a choice or a tighter expression; chained choices do not nest."""
        start = self.token
        self.enter(start)
        branches = []
        node = self.operation(0)
        while self.symbol("?"):
            self.at += 1
            then = self.expression()
            self.expect(":", "expected ':' and the value where the condition does not hold")
            branches.append((node, then))
            node = self.operation(0)
        self.depth -= 1
        if not branches:
            return node
        inner = [one for branch in branches for one in branch]
        return Choice(tuple(branches), node, self.above(start, node, *inner))

    def operation(self, loosest: int) -> Node:
        """Parse operands and binary operators, starting at the given level."""
        start = self.token
        self.enter(start)
        node = self.operand()
        while (level := self.level()) >= loosest:
            rest = []
            while self.level() == level:
                symbol = self.token.text
                self.at += 1
                rest.append((symbol, self.operation(level + 1)))
            operands = [operand for _, operand in rest]
            node = Chain(node, tuple(rest), self.above(start, node, *operands))
        self.depth -= 1
        return node

    def level(self) -> int:
        """Return the level of the next operator; -1 if there is none."""
        token = self.token
        return (
            _LEVEL_OF.get(token.text, -1) if token.kind is FormulaTokenKind.SYMBOL else -1
        )

    def operand(self) -> Node:
        prefixes = []
        while self.symbol(*PREFIX):
            prefixes.append(self.token)
            self.at += 1
        node = self.value()
        for token in reversed(prefixes):
            node = Prefix(token.text, node, self.above(token, node))
        return node

    def value(self) -> Node:
        token = self.token
        if token.kind is FormulaTokenKind.LITERAL:
            self.at += 1
            return FormulaLiteral(token.value)
        if token.kind is FormulaTokenKind.WORD:
            self.at += 1
            return self.call(token) if token.text in FUNCTIONS else self.parameter(token)
        if not self.symbol("("):
            self.fail(token, "expected a parameter, a number, a text, a function or '('")
        self.at += 1
        node = self.expression()
        self.expect(")", "expected an operator or ')'")
        return node

    def parameter(self, token: FormulaToken) -> Node:
        found = _PARAMETER.fullmatch(token.text)
        if found is None:
            self.unknown(token)
        # Limited, because int() has its own error for thousands of digits.
        number = int(found[1][:9])
        if not 1 <= number <= self.parameter_count:
            self.fail(token, f"there is no {token.text[:10]}: {self.known_parameters()}")
        self.parameters.add(number)
        return Parameter(number)

    def call(self, token: FormulaToken) -> Node:
        function = FUNCTIONS[token.text]
        self.expect("(", f"expected '(' after {function.name}")
        arguments = []
        if not self.symbol(")"):
            arguments.append(self.expression())
            while self.symbol(","):
                self.at += 1
                arguments.append(self.expression())
        self.expect(")", "expected an operator, ',' or ')'")
        count = len(arguments)
        if count < function.least or (function.most is not None and count > function.most):
            self.fail(token, f"{function.name} takes {function.takes}, not {count}")
        return Call(function, tuple(arguments), self.above(token, *arguments))

    def unknown(self, token: FormulaToken) -> NoReturn:
        word = token.text[:_LONGEST_NAME]
        if not self.symbol("("):
            self.fail(token, f"unknown name '{word}': {self.known_parameters()}")
        names = {name.lower(): name for name in FUNCTIONS}
        near = difflib.get_close_matches(word.lower(), names, n=3)
        listed = " or ".join(names[name] for name in near)
        hint = f", perhaps {listed}" if near else ""
        self.fail(token, f"unknown function '{word}'{hint}")

    def known_parameters(self) -> str:
        if self.parameter_count == 0:
            return "the function has no parameters"
        if self.parameter_count == 1:
            return "the only parameter is p1"
        return f"the parameters are p1 to p{self.parameter_count}"

    def enter(self, token: FormulaToken) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(token, "this is nested too deeply")

    def above(self, token: FormulaToken, *nodes: Node) -> int:
        """Return the depth of a node above these nodes."""
        depth = 1 + max((node.depth for node in nodes), default=0)
        if depth > MAX_DEPTH:
            self.fail(token, "this is nested too deeply")
        return depth

    def expect(self, symbol: str, wrong: str) -> None:
        if not self.symbol(symbol):
            self.fail(self.token, wrong)
        self.at += 1

    def fail(self, token: FormulaToken, wrong: str) -> NoReturn:
        raise fault(self.text, token.position, wrong)
