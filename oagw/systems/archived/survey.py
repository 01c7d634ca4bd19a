"""Finding out what a system has of what is to be archived: datapoints and their types."""

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
from oagw.interfaces.systems import (
    ISystem,
    QueryRequest,
)
from oagw.model.changes import Fact
from oagw.model.dptypes import TypeNode
from oagw.model.identifiers import ONLINE_VALUE
from oagw.model.patterns import Pattern, compile_pattern, expand_braces
from oagw.model.values import WireValue
from oagw.query.parser import parse_query
from oagw.systems.archived.guessing import guess_types

#: Datapoints that are asked for in one command.
_CHUNK = 10_000
_EVERYTHING = 1 << 60


@dataclass(slots=True)
class Survey:
    """What there is.

    :ivar datapoints: their types by their names, both without the system.
    :ivar types: the definitions of these types, and of those that they refer to.
    """

    datapoints: dict[str, str] = field(default_factory=dict)
    types: dict[str, TypeNode] = field(default_factory=dict)


async def survey(system: ISystem, patterns: Sequence[Pattern]) -> Survey:
    """Ask for the datapoints that patterns may mean elements of.

    A websocket manager knows neither names nor types. It can be asked a query, and the
    types of elements follow from their values.

    :raises OagwError: the system cannot tell.
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
    """The pattern with its elements written out."""
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
    # Two stars alone would be all elements.
    yield from dict.fromkeys(text.partition(".")[0].replace("**", "*") for text in texts)


async def _add_types(system: ISystem, names: Sequence[str], found: Survey) -> None:
    asked = [f"{name}.:{ONLINE_VALUE}" for name in names]
    answers = await system.lookup(Fact.TYPE_NAME, asked)
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, DatapointNotFoundError):
            # It has been deleted meanwhile.
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
            # It has been deleted meanwhile, with its datapoints.
            continue
        found.types[name] = replace(root, name=name)
        wanted += _references(root)
    # What is referred to comes first.
    found.types = dict(reversed(found.types.items()))


def _plain(node: TypeNode) -> TypeNode:
    """A definition without the ids that elements have there."""
    children = () if node.reference else tuple(_plain(one) for one in node.children)
    return replace(node, number=0, children=children)


def _references(node: TypeNode) -> Iterator[str]:
    if node.reference:
        yield node.reference
    for child in node.children:
        yield from _references(child)
