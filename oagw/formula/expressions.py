"""The syntax tree of a formula.

``depth`` is the number of nodes from a node to its lowest descendant. It limits how deep
the evaluation recurses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from oagw.formula.functions import FormulaFunction
from oagw.model.values import Value


@dataclass(frozen=True, slots=True)
class FormulaLiteral:
    """A constant value."""

    value: Value
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Parameter:
    """``p1``, ``p2``, ...: a parameter; ``number`` counts from 1."""

    number: int
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Prefix:
    """An operator before its operand."""

    symbol: str
    operand: Node
    depth: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one level, from left to right: ``first symbol operand symbol ...``.

    One node holds them all, so that a sum of hundreds of parameters is not nested.
    """

    first: Node
    rest: tuple[tuple[str, Node], ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? value : condition ? value : otherwise``."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node
    depth: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function call with its arguments."""

    function: FormulaFunction
    arguments: tuple[Node, ...]
    depth: int


Node: TypeAlias = FormulaLiteral | Parameter | Prefix | Chain | Choice | Call
