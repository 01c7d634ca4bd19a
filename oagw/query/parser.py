"""Tokens to a syntax tree, by recursive descent."""

from __future__ import annotations

from typing import NoReturn

from oagw.errors import OagwError, ParameterError
from oagw.model.configs.catalogue import find_attribute
from oagw.model.identifiers import parse_attribute
from oagw.model.patterns import compile_pattern
from oagw.query.lexer import Kind, Token, fault, tokenize
from oagw.query.tree import Column, Query

_MAX_COLUMNS = 100


def parse_query(text: str) -> Query:
    """Read a live query.

    :raises SyntaxFaultError: with the position, what was found and what is expected.
    """
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def query(self) -> Query:
        self.word("SELECT")
        columns = self.columns()
        self.word("FROM")
        source = self.quoted("a pattern in quotes, as in 'ExampleDP_*.'")
        try:
            pattern = compile_pattern(source.text.strip())
        except ParameterError as error:
            self.fail(source, error.message)
        if not source.text.strip():
            self.fail(source, "the pattern is empty")
        dp_type = self.where() if self.token.is_word("WHERE") else None
        if self.token.kind is Kind.SYMBOL and self.token.text == ";":
            self.at += 1
        if self.token.kind is not Kind.END:
            self.fail(
                self.token,
                'only SELECT attributes FROM a pattern [WHERE _DPT = "type"] is understood',
            )
        return Query(tuple(columns), pattern, dp_type)

    def check_column_count(self, columns: list[Column]) -> None:
        if len(columns) > _MAX_COLUMNS:
            self.fail(self.token, f"a query may have {_MAX_COLUMNS} columns")

    def columns(self) -> list[Column]:
        columns = self.column_list()
        self.check_column_count(columns)
        while self.token.kind is Kind.SYMBOL and self.token.text == ",":
            self.at += 1
            columns += self.column_list()
            self.check_column_count(columns)
        return columns

    def column_list(self) -> list[Column]:
        """One quoted text, which may hold several attributes."""
        token = self.quoted("an attribute in quotes, as in '_online.._value'")
        return [self.column(piece.strip(), token) for piece in token.text.split(",")]

    def column(self, path: str, token: Token) -> Column:
        try:
            config_name, detail, attribute = parse_attribute(path.removeprefix(":"), path)
            config, _ = find_attribute(config_name, detail, attribute, path)
        except OagwError as error:
            self.fail(token, error.message)
        if not config.live:
            self.fail(token, f"'{config_name}' cannot be connected, take '_online'")
        return Column(config_name, detail, attribute)

    def where(self) -> str:
        self.word("WHERE")
        if not self.token.is_word("_DPT"):
            self.fail(self.token, 'only _DPT = "type" is understood here')
        self.at += 1
        if self.token.kind is not Kind.SYMBOL or self.token.text not in ("=", "=="):
            self.fail(self.token, "expected '='")
        self.at += 1
        return self.quoted("the name of a type in quotes").text

    def word(self, word: str) -> None:
        if not self.token.is_word(word):
            self.fail(self.token, f"expected {word}")
        self.at += 1

    def quoted(self, expected: str) -> Token:
        token = self.token
        if token.kind not in (Kind.QUOTED, Kind.TEXT):
            self.fail(token, f"expected {expected}")
        self.at += 1
        return token

    def fail(self, token: Token, wrong: str) -> NoReturn:
        raise fault(self.text, token.position, wrong)
