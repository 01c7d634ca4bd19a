"""The datapoints and types of a system whose elements are to be archived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from oagw.errors import (
    ConnectionBrokenError,
    DatapointNotFoundError,
    OagwError,
    SyntaxFaultError,
    TypeNotFoundError,
)
from oagw.interfaces.systems import ISystem, QueryRequest
from oagw.model.changes import Fact
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import ONLINE_VALUE
from oagw.model.patterns import Pattern, compile_pattern, expand_braces
from oagw.model.values import WireValue
from oagw.query.parser import parse_query
from oagw.systems.archived.guessedtypes import guess_types

#: Datapoints per command.
_CHUNK = 10_000
_EVERYTHING = 1 << 60


@dataclass(slots=True)
class Survey:
    """Datapoints and types that were found.

    :ivar datapoints: the type of each datapoint by its name, both without the system.
    :ivar types: definitions by name, of these types and of those that they refer to.
    """

    datapoints: dict[str, str] = field(default_factory=dict)
    types: dict[str, TypeNode] = field(default_factory=dict)


async def survey(system: ISystem, patterns: Sequence[Pattern]) -> Survey:
    """Ask a system for the datapoints that may have elements of the patterns.

    WinCC OA's websocket manager has no commands for names and types. There a query finds
    the elements, and types are guessed from their values.

    :raises OagwError: the system does not reply, or refuses.
    """
    try:
        return await _survey(system, patterns)
    except SyntaxFaultError:
        return await _survey_of_original(system, patterns)


async def _survey_of_original(system: ISystem, patterns: Sequence[Pattern]) -> Survey:
    values: dict[str, WireValue] = {}
    query = parse_query("SELECT '_original.._value' FROM '*'")
    for pattern in patterns:
        asked = replace(query, source=_of_elements(pattern))
        found = await system.query(QueryRequest(asked, _EVERYTHING, 0))
        values |= {str(name).partition(":")[2]: value for name, value in found.rows}
    types = guess_types(values)
    return Survey({name: name for name in types}, types)


def _of_elements(pattern: Pattern) -> Pattern:
    """The pattern, with ``.**`` where it has no element part."""
    texts = expand_braces(pattern.text)
    texts = [text if compile_pattern(text).has_element else f"{text}.**" for text in texts]
    return compile_pattern(f"{{{','.join(texts)}}}" if len(texts) > 1 else texts[0])


async def _survey(system: ISystem, patterns: Sequence[Pattern]) -> Survey:
    names: dict[str, None] = {}
    for text in _datapoint_patterns(patterns):
        found_names = await system.names(compile_pattern(text), None)
        names |= dict.fromkeys(one.partition(".")[0] for one in found_names)
    found = Survey()
    every = list(names)
    for start in range(0, len(every), _CHUNK):
        await _add_types(system, every[start : start + _CHUNK], found)
    await _add_definitions(system, found)
    return found


def _datapoint_patterns(patterns: Sequence[Pattern]) -> Iterator[str]:
    texts = [one for pattern in patterns for one in expand_braces(pattern.text)]
    # Two stars without a dot would match elements.
    yield from dict.fromkeys(text.partition(".")[0].replace("**", "*") for text in texts)


async def _add_types(system: ISystem, names: Sequence[str], found: Survey) -> None:
    asked = [f"{name}.:{ONLINE_VALUE}" for name in names]
    answers = await system.lookup(Fact.TYPE_NAME, asked)
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, DatapointNotFoundError):
            # It was deleted during the survey.
            continue
        if isinstance(answer, OagwError):
            raise answer
        found.datapoints[name.partition(":")[2]] = str(answer).rpartition(":")[2]


async def _add_definitions(system: ISystem, found: Survey) -> None:
    wanted = list(dict.fromkeys(found.datapoints.values()))
    while wanted:
        name = wanted.pop()
        if name in found.types:
            continue
        try:
            root = _plain(await system.definition(name, False))
        except ConnectionBrokenError:
            raise
        except TypeNotFoundError:
            # It was deleted during the survey, with its datapoints.
            continue
        found.types[name] = replace(root, name=name)
        wanted += _references(root)
    # Referenced types come first.
    found.types = dict(reversed(found.types.items()))


def _plain(node: TypeNode) -> TypeNode:
    """A definition without the element numbers of the other system."""
    children = () if node.reference else tuple(_plain(one) for one in node.children)
    return replace(node, number=0, children=children)


def _references(node: TypeNode) -> Iterator[str]:
    if node.reference:
        yield node.reference
    for child in node.children:
        yield from _references(child)
