"""The table of commands: the handler of each, which stands beside its message.

The handlers of ``oagw.wire.messages.X`` are in ``oagw.core.commands.X``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from twisted.internet.defer import Deferred

from oagw.core.commands import (
    attributes,
    connects,
    dpwatch,
    names,
    periods,
    queries,
    structurechanges,
    systemfacts,
    waits,
)
from oagw.core.context import Context
from oagw.wire.codec import Message
from oagw.wire.messages import attributes as attribute_messages
from oagw.wire.messages import connects as connect_messages
from oagw.wire.messages import dpwatch as watch_messages
from oagw.wire.messages import names as name_messages
from oagw.wire.messages import periods as period_messages
from oagw.wire.messages import queries as query_messages
from oagw.wire.messages import structurechanges as structure_messages
from oagw.wire.messages import systemfacts as fact_messages
from oagw.wire.messages import waits as wait_messages
from oagw.wire.messages.base import Command

#: Handles a command of its class; returns the reply, if there is one.
Handler: TypeAlias = Callable[[Context, Any], Coroutine[Deferred[Any], Any, Message | None]]

COMMAND_TABLE: Final[dict[type[Command], Handler]] = {
    attribute_messages.DpGet: attributes.dp_get,
    attribute_messages.DpGetMaxAge: attributes.dp_get_max_age,
    attribute_messages.DpSet: attributes.dp_set,
    connect_messages.DpConnect: connects.dp_connect,
    connect_messages.DpDisconnect: connects.dp_disconnect,
    query_messages.DpQuery: queries.dp_query,
    query_messages.DpQueryConnect: queries.dp_query_connect,
    query_messages.DpQueryConnectSingle: queries.dp_query_connect,
    query_messages.DpQueryConnectAll: queries.dp_query_connect,
    query_messages.DpQueryDisconnect: queries.dp_query_disconnect,
    period_messages.DpGetPeriod: periods.dp_get_period,
    name_messages.DpNames: names.dp_names,
    name_messages.DpExists: names.dp_exists,
    name_messages.DpTypeName: names.dp_fact,
    name_messages.DpElementType: names.dp_fact,
    name_messages.DpTypeRefName: names.dp_fact,
    name_messages.DpAttributeType: names.dp_fact,
    name_messages.DpGetAlias: names.dp_get_common,
    name_messages.DpGetDescription: names.dp_get_common,
    name_messages.DpGetUnit: names.dp_get_common,
    name_messages.DpGetFormat: names.dp_get_common,
    name_messages.DpAliasToName: names.dp_alias_to_name,
    name_messages.DpGetAllAliases: names.dp_get_all_aliases,
    name_messages.DpTypes: names.dp_types,
    name_messages.DpTypeGet: names.dp_type_get,
    structure_messages.DpCreate: structurechanges.dp_create,
    structure_messages.DpDelete: structurechanges.dp_delete,
    structure_messages.DpRename: structurechanges.dp_rename,
    structure_messages.DpCopy: structurechanges.dp_copy,
    structure_messages.DpTypeCreate: structurechanges.dp_type_create,
    structure_messages.DpTypeChange: structurechanges.dp_type_change,
    structure_messages.DpTypeDelete: structurechanges.dp_type_delete,
    structure_messages.DpSetAlias: structurechanges.dp_set_alias,
    structure_messages.DpSetDescription: structurechanges.dp_set_description,
    structure_messages.DpSetUnit: structurechanges.dp_set_unit,
    structure_messages.DpSetFormat: structurechanges.dp_set_format,
    structure_messages.SysConnect: structurechanges.sys_connect,
    structure_messages.SysDisconnect: structurechanges.sys_disconnect,
    fact_messages.GetSystemNames: systemfacts.get_system_names,
    fact_messages.WhoAmI: systemfacts.who_am_i,
    fact_messages.Ping: systemfacts.ping,
    fact_messages.IsRedundant: systemfacts.of_redundancy,
    fact_messages.IsReduActive: systemfacts.of_redundancy,
    fact_messages.GetSystemId: systemfacts.get_system_id,
    fact_messages.GetSystemName: systemfacts.get_system_name,
    fact_messages.GetUserId: systemfacts.get_user_id,
    fact_messages.GetUserName: systemfacts.get_user_name,
    fact_messages.GetVersionInfo: systemfacts.get_version_info,
    fact_messages.DpGetDpTypeRefs: systemfacts.dp_get_dp_type_refs,
    fact_messages.DpGetRefsToDpType: systemfacts.dp_get_refs_to_dp_type,
    wait_messages.DpWaitForValue: waits.dp_wait_for_value,
    wait_messages.DpSetAndWaitForValue: waits.dp_set_and_wait_for_value,
    watch_messages.DpWatch: dpwatch.dp_watch,
    watch_messages.DpUnwatch: dpwatch.dp_unwatch,
}
