"""Commands that find datapoints, types and aliases, and say what they are."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from functools import partial

from oagw.core.commands.arguments import not_elements, read_given, read_pattern
from oagw.core.context import Context
from oagw.core.longtext import LongText
from oagw.errors import DatapointNotFoundError, OagwError
from oagw.interfaces.systems import ISystem
from oagw.model.changes import Fact
from oagw.model.patterns import Pattern
from oagw.model.values import WireValue
from oagw.wire.codec import Message, encode, fields_answer, partial_answer, values_head
from oagw.wire.messages.finding import (
    AboutNames,
    DpAliasToName,
    DpAttributeType,
    DpElementType,
    DpExists,
    DpGetAlias,
    DpGetAllAliases,
    DpGetDescription,
    DpGetFormat,
    DpGetUnit,
    DpNames,
    DpTypeGet,
    DpTypeName,
    DpTypeRefName,
    DpTypes,
    GetSystemNames,
    WhoAmI,
)
from oagw.wire.typenodes import write_node

_FACTS = {
    DpTypeName: Fact.TYPE_NAME,
    DpElementType: Fact.ELEMENT_TYPE,
    DpTypeRefName: Fact.TYPE_REFERENCE,
    DpAttributeType: Fact.ATTRIBUTE_TYPE,
}
#: Names that are encoded in less than a millisecond.
_ENCODED = 2000
_COMMON = {
    DpGetAlias: "_common.._alias",
    DpGetDescription: "_common.._description",
    DpGetUnit: "_common.._unit",
    DpGetFormat: "_common.._format",
}


async def dp_names(context: Context, command: DpNames) -> None:
    """Answer with complete names."""
    await context.while_open(_names(context, command))


async def _names(context: Context, command: DpNames) -> None:
    names: list[str] = []
    for system, pattern in await _asked(context, command):
        names += await system.names(pattern, command.type or None)
    text = LongText(context.outlet)
    await text.write(values_head(DpNames, command.id) + b"[")
    comma = b""
    # From the end on they are freed piece by piece: to free a million takes long too.
    names.reverse()
    while names:
        piece = names[: -_ENCODED - 1 : -1]
        del names[-_ENCODED:]
        await text.write(comma + encode(piece)[1:-1])
        comma = b","
    await text.write(b"]}}")
    await text.end()


async def _asked(context: Context, command: DpNames) -> list[tuple[ISystem, Pattern]]:
    """The systems to be asked for names, and for which; none if there is no such alias."""
    router = context.manager.router
    try:
        text = router.without_alias(_pattern(command.pattern))
    except DatapointNotFoundError:
        # Like any other pattern that means nothing.
        return []
    pattern = await read_pattern(context, text, bool(command.ignore_case))
    return [(system, pattern) for system in router.asked(pattern)]


def _pattern(given: str | None) -> str:
    return "*" if given is None else given.strip()


async def dp_exists(context: Context, command: DpExists) -> Message:
    """Answer with true or false; a name that cannot be one does not exist."""
    reading = await context.manager.lookup(Fact.EXISTS, command.names)
    found = reading.by_written
    values: dict[str, WireValue] = {
        text: bool(found.get(text, False)) for text in command.names
    }
    return _answer(command, values, {})


async def dp_fact(context: Context, command: AboutNames) -> Message:
    """Answer a question of what a name is."""
    reading = await context.manager.lookup(_FACTS[type(command)], command.names)
    return _answer(command, reading.by_written, reading.errors)


async def dp_get_common(context: Context, command: AboutNames) -> Message:
    """Answer with an attribute of ``_common``."""
    attribute = _COMMON[type(command)]
    reading = await context.manager.get(command.names, attribute)
    wrong = not_elements(reading.completed, attribute)
    found = reading.by_written
    values = {text: value for text, value in found.items() if text not in wrong}
    return _answer(command, values, reading.errors | wrong)


def _answer(
    command: AboutNames | DpAliasToName,
    values: Mapping[str, WireValue],
    errors: Mapping[str, OagwError],
) -> Message:
    """Several answers are by the names as the client wrote them."""
    kind = type(command)
    if command.asks_for_several:
        if errors:
            return partial_answer(kind, command.id, encode(values), errors)
        return fields_answer(kind, command.id, {"Values": values})
    for error in errors.values():
        raise error
    [value] = values.values()
    return fields_answer(kind, command.id, {"Value": value})


async def dp_alias_to_name(context: Context, command: DpAliasToName) -> Message:
    """Answer with complete names of elements."""
    names: dict[str, WireValue] = {}
    errors: dict[str, OagwError] = {}
    for text in command.texts:
        system, _, alias = text.rpartition(":")
        try:
            names[text] = context.manager.router.alias(system, alias.removeprefix("@"))
        except OagwError as error:
            errors[text] = error
    return _answer(command, names, errors)


async def dp_get_all_aliases(context: Context, command: DpGetAllAliases) -> Message:
    """Answer with the alias of each element that has one."""
    pattern = await read_pattern(context, (command.dp_filter or "**").strip())
    # Aliases may have dots, which patterns of names do not match with '*'.
    wanted = (command.filter or "*").replace("[", "[[]")
    read = partial(_matcher, wanted)
    matches = await read_given(context, wanted, read)
    found: dict[str, str] = {}
    for system in context.manager.router.asked(pattern):
        found |= await system.aliases(pattern, lambda alias: matches(alias) is not None)
    return fields_answer(DpGetAllAliases, command.id, {"Values": found})


def _matcher(wanted: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(fnmatch.translate(wanted)).match


async def dp_types(context: Context, command: DpTypes) -> Message:
    """Answer with the names of types."""
    system_name, _, text = _pattern(command.pattern).rpartition(":")
    system_name = system_name or (command.system or "").removesuffix(":")
    system = context.manager.router.system(system_name)
    empty = command.with_empty is None or command.with_empty
    types = await system.types(await read_pattern(context, text), empty)
    return fields_answer(DpTypes, command.id, {"Values": types})


async def dp_type_get(context: Context, command: DpTypeGet) -> Message:
    """Answer with a tree of nodes."""
    system_name, _, name = command.type.rpartition(":")
    system = context.manager.router.system(system_name)
    node = await system.definition(name, bool(command.with_subtypes))
    return fields_answer(DpTypeGet, command.id, {"Value": write_node(node)})


async def get_system_names(context: Context, command: GetSystemNames) -> Message:
    """Answer with the systems' names."""
    names = list(context.manager.router.systems)
    return fields_answer(GetSystemNames, command.id, {"Values": names})


async def who_am_i(context: Context, command: WhoAmI) -> Message:
    """Answer with the user, and how many updates newer ones stood for."""
    fields = {"User": context.user, "Conflated": context.outlet.conflated}
    return fields_answer(WhoAmI, command.id, fields)
