"""Commands that make, change and remove datapoints and types; SysConnect tells of them."""

from __future__ import annotations

from functools import partial

from oagw.core.commands.arguments import not_elements
from oagw.core.context import Context
from oagw.core.live.audience import Subscriber
from oagw.errors import (
    AddressError,
    NamesRefusedError,
    ParameterError,
    SystemUnknownError,
)
from oagw.model.changes import (
    ChangeType,
    CopyDatapoint,
    CreateDatapoint,
    CreateType,
    DeleteDatapoint,
    DeleteType,
    EventKind,
    RenameDatapoint,
    StructureChange,
)
from oagw.wire.codec import Message, answer_head, plain_answer
from oagw.wire.messages.base import Command
from oagw.wire.messages.changing import (
    DpCopy,
    DpCreate,
    DpDelete,
    DpRename,
    DpSetAlias,
    DpSetDescription,
    DpSetFormat,
    DpSetUnit,
    DpTypeChange,
    DpTypeCreate,
    DpTypeDelete,
    SysConnect,
    SysDisconnect,
)
from oagw.wire.typenodes import read_node


async def dp_create(context: Context, command: DpCreate) -> Message:
    """Answer when the datapoint is there, and durable."""
    system, name = _split(command.datapoint)
    return await _change(context, command, system, CreateDatapoint(name, command.type))


async def dp_delete(context: Context, command: DpDelete) -> Message:
    """Answer when the datapoint is no more."""
    system, name = _split(context.manager.router.without_alias(command.datapoint))
    return await _change(context, command, system, DeleteDatapoint(name))


async def dp_rename(context: Context, command: DpRename) -> Message:
    """Answer when the datapoint has its new name."""
    system, name = _split(context.manager.router.without_alias(command.datapoint))
    new_system, new_name = _split(command.new_name)
    _check_same(context, system, new_system)
    return await _change(context, command, system, RenameDatapoint(name, new_name))


async def dp_copy(context: Context, command: DpCopy) -> Message:
    """Answer when the copy is there."""
    source, destination = command.source_name, command.destination_name
    system, name = _split(context.manager.router.without_alias(source))
    new_system, new_name = _split(destination)
    _check_same(context, system, new_system)
    return await _change(context, command, system, CopyDatapoint(name, new_name))


async def dp_type_create(context: Context, command: DpTypeCreate) -> Message:
    """Answer when the type is there."""
    system, node, renamed = read_node(command.node)
    if renamed:
        raise ParameterError("NewName renames elements of a type that exists already")
    return await _change(context, command, system, CreateType(node))


async def dp_type_change(context: Context, command: DpTypeChange) -> Message:
    """Answer when the type has its new elements."""
    system, node, renamed = read_node(command.node)
    return await _change(context, command, system, ChangeType(node, renamed))


async def dp_type_delete(context: Context, command: DpTypeDelete) -> Message:
    """Answer when the type is no more."""
    system, _, name = command.type.rpartition(":")
    return await _change(context, command, system, DeleteType(name))


async def _change(
    context: Context, command: Command, system: str, change: StructureChange
) -> Message:
    await context.manager.router.system(system).change(change)
    return plain_answer(type(command), command.id)


def _split(text: str) -> tuple[str, str]:
    """System and datapoint of a name; the dot of its root element may be there."""
    system, _, name = text.rpartition(":")
    datapoint, _, element = name.partition(".")
    if element:
        raise AddressError(f"'{text}' names an element; a datapoint has no '.{element}'")
    return system, datapoint


def _check_same(context: Context, system: str, other: str) -> None:
    router = context.manager.router
    if other and router.system(other) is not router.system(system):
        raise SystemUnknownError(
            f"a datapoint stays in its system; '{other}' is another one"
        )


async def dp_set_alias(context: Context, command: DpSetAlias) -> Message:
    """Answer when the alias is durable."""
    return await _set_common(context, command, command.element, "_alias", command.alias)


async def dp_set_description(context: Context, command: DpSetDescription) -> Message:
    """Answer when the description is durable."""
    text = command.description
    return await _set_common(context, command, command.element, "_description", text)


async def dp_set_unit(context: Context, command: DpSetUnit) -> Message:
    """Answer when the unit is durable."""
    return await _set_common(context, command, command.element, "_unit", command.unit)


async def dp_set_format(context: Context, command: DpSetFormat) -> Message:
    """Answer when the format is durable."""
    text = command.format
    return await _set_common(context, command, command.element, "_format", text)


async def _set_common(
    context: Context, command: Command, name: str, attribute: str, value: object
) -> Message:
    default = f"_common..{attribute}"
    wrong = not_elements(context.manager.router.complete_all([name], default), default)
    if wrong:
        raise NamesRefusedError(wrong)
    await context.manager.set([(name, value)], context.user, None, True, default)
    return plain_answer(type(command), command.id)


async def sys_connect(context: Context, command: SysConnect) -> Message | None:
    """Answer, and tell of each event from now on."""
    kinds = _kinds(command.events)
    head = b"%b," % answer_head(SysConnect, command.id)
    events = context.manager.events
    subscriber = Subscriber(context.outlet, head)
    events.connect(kinds, subscriber)
    context.sys_connects.add(command.id, partial(events.disconnect, kinds, subscriber))
    return plain_answer(SysConnect, command.id)


def _kinds(wanted: list[str] | None) -> list[EventKind]:
    if wanted is None:
        return list(EventKind)
    by_name = {kind.value.lower(): kind for kind in EventKind}
    found: dict[EventKind, None] = {}
    for name in wanted:
        kind = by_name.get(name.lower())
        if kind is None:
            known = ", ".join(kind.value for kind in EventKind)
            raise ParameterError(f"Events: there is no event '{name}'; there are {known}")
        found[kind] = None
    return list(found)


async def sys_disconnect(context: Context, command: SysDisconnect) -> None:
    """End a SysConnect."""
    context.sys_connects.end(command.id, "SysConnect")
