"""Commands that ask about the gateway, its systems, users and references of types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twisted.internet.defer import Deferred, gatherResults

from oagw.core.arguments import read_pattern
from oagw.core.context import Context
from oagw.errors import ParameterError, TypeNotFoundError
from oagw.interfaces.systems import ISystem
from oagw.model.changes import SystemFact
from oagw.model.dptypes import TypeNode
from oagw.wire.codec import Message, fields_answer, plain_answer
from oagw.wire.messages.systemfacts import (
    DpGetDpTypeRefs,
    DpGetRefsToDpType,
    GetSystemId,
    GetSystemName,
    GetSystemNames,
    GetUserId,
    GetUserName,
    GetVersionInfo,
    IsReduActive,
    IsRedundant,
    OfSystem,
    Ping,
    TypeReferences,
    WhoAmI,
)

#: The number of definitions that are asked for at once.
_TOGETHER = 50
_FACTS = {
    IsRedundant: SystemFact.REDUNDANT,
    IsReduActive: SystemFact.REDU_ACTIVE,
}


async def ping(context: Context, command: Ping) -> Message:
    """Reply without values."""
    return plain_answer(Ping, command.id)


def _system(context: Context, command: OfSystem) -> ISystem:
    return context.manager.router.system((command.system or "").removesuffix(":"))


def _value(command: OfSystem | GetSystemName, value: object) -> Message:
    return fields_answer(type(command), command.id, {"Value": value})


async def of_redundancy(context: Context, command: OfSystem) -> Message:
    """Reply with true or false."""
    fact = _FACTS[type(command)]
    return _value(command, await _system(context, command).inform(fact, None))


async def get_system_id(context: Context, command: GetSystemId) -> Message:
    """Reply with the number of a system: its place in the gateway, from 1."""
    name = _system(context, command).name
    return _value(command, list(context.manager.router.systems).index(name) + 1)


async def get_system_name(context: Context, command: GetSystemName) -> Message:
    """Reply with the name of a system."""
    names = list(context.manager.router.systems)
    number = 1 if command.system_id is None else command.system_id
    if not 1 <= number <= len(names):
        raise ParameterError(f"there is no system {number}; there are 1 to {len(names)}")
    return _value(command, names[number - 1])


async def get_user_id(context: Context, command: GetUserId) -> Message:
    """Reply with the number of a user."""
    system = _system(context, command)
    name = context.user if command.user_name is None else command.user_name
    return _value(command, await system.inform(SystemFact.USER_ID, name))


async def get_user_name(context: Context, command: GetUserName) -> Message:
    """Reply with the name of a user."""
    system = _system(context, command)
    if command.user_id is None:
        return _value(command, context.user)
    return _value(command, await system.inform(SystemFact.USER_NAME, command.user_id))


async def get_version_info(context: Context, command: GetVersionInfo) -> Message:
    """Reply with a product and its version."""
    if command.system is None:
        return _value(command, {"Product": "oagw", "Version": context.rules.version})
    system = _system(context, command)
    return _value(command, await system.inform(SystemFact.VERSION, None))


async def dp_get_dp_type_refs(context: Context, command: DpGetDpTypeRefs) -> Message:
    """Reply with the references in a definition."""
    system, name = _named_type(context, command)
    root = await system.definition(name, False)
    found = list(_references(root))
    return _answer(command, [one for _, one in found], [path for path, _ in found])


async def dp_get_refs_to_dp_type(context: Context, command: DpGetRefsToDpType) -> Message:
    """Reply with the references to a type in the definitions of all others."""
    return await context.while_open(_refs_to(context, command))


async def _refs_to(context: Context, command: DpGetRefsToDpType) -> Message:
    system, wanted = _named_type(context, command)
    # For the error if it is unknown.
    await system.definition(wanted, False)
    names = await system.types(await read_pattern(context, "{*,_*}"), True)
    types: list[str] = []
    paths: list[str] = []
    for start in range(0, len(names), _TOGETHER):
        part = names[start : start + _TOGETHER]
        asked = [Deferred.fromCoroutine(_definition(system, name)) for name in part]
        for name, root in zip(part, await gatherResults(asked), strict=True):
            found = () if root is None else _references(root)
            for path, reference in found:
                if reference == wanted:
                    types.append(name)
                    paths.append(path)
    return _answer(command, types, paths)


async def _definition(system: ISystem, name: str) -> TypeNode | None:
    """A definition; ``None`` if the type has been deleted since it was listed."""
    try:
        return await system.definition(name, False)
    except TypeNotFoundError:
        return None


def _named_type(context: Context, command: TypeReferences) -> tuple[ISystem, str]:
    system_name, _, name = command.type.rpartition(":")
    return context.manager.router.system(system_name), name


def _references(node: TypeNode, path: str = "") -> Iterator[tuple[str, str]]:
    """The paths of the references in a definition, with the types that they refer to."""
    if node.reference:
        yield path, node.reference
        return
    for child in node.children:
        yield from _references(child, f"{path}.{child.name}" if path else child.name)


def _answer(command: TypeReferences, types: Sequence[str], paths: Sequence[str]) -> Message:
    fields = {"DptNames": types, "DpePaths": paths}
    return fields_answer(type(command), command.id, fields)


async def get_system_names(context: Context, command: GetSystemNames) -> Message:
    """Reply with the names of all systems."""
    names = list(context.manager.router.systems)
    return fields_answer(GetSystemNames, command.id, {"Values": names})


async def who_am_i(context: Context, command: WhoAmI) -> Message:
    """Reply with the user, and the number of updates that were conflated."""
    fields = {"User": context.user, "Conflated": context.outlet.conflated}
    return fields_answer(WhoAmI, command.id, fields)
