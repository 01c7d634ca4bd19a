"""The catalogue of commands: a row each, which names the handler."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from twisted.internet.defer import Deferred

from oagw.core.commands import changing, finding, informing, waiting
from oagw.core.commands.connecting import (
    dp_connect,
    dp_disconnect,
)
from oagw.core.commands.periods import dp_get_period
from oagw.core.commands.querying import dp_query, dp_query_connect, dp_query_disconnect
from oagw.core.commands.values import dp_get, dp_get_max_age, dp_set
from oagw.core.commands.watching import dp_unwatch, dp_watch
from oagw.core.context import Context
from oagw.wire.codec import Message
from oagw.wire.messages import changing as changes
from oagw.wire.messages import finding as findings
from oagw.wire.messages import informing as informs
from oagw.wire.messages import values
from oagw.wire.messages import waiting as waits
from oagw.wire.messages import watching as watches
from oagw.wire.messages.base import Command

#: Handles a command of its class; returns what to answer, if anything.
Handler: TypeAlias = Callable[[Context, Any], Coroutine[Deferred[Any], Any, Message | None]]

CATALOGUE: Final[dict[type[Command], Handler]] = {
    values.DpGet: dp_get,
    values.DpGetMaxAge: dp_get_max_age,
    values.DpSet: dp_set,
    values.DpConnect: dp_connect,
    values.DpDisconnect: dp_disconnect,
    values.DpQuery: dp_query,
    values.DpQueryConnect: dp_query_connect,
    values.DpQueryConnectSingle: dp_query_connect,
    values.DpQueryConnectAll: dp_query_connect,
    values.DpQueryDisconnect: dp_query_disconnect,
    values.DpGetPeriod: dp_get_period,
    findings.DpNames: finding.dp_names,
    findings.DpExists: finding.dp_exists,
    findings.DpTypeName: finding.dp_fact,
    findings.DpElementType: finding.dp_fact,
    findings.DpTypeRefName: finding.dp_fact,
    findings.DpAttributeType: finding.dp_fact,
    findings.DpGetAlias: finding.dp_get_common,
    findings.DpGetDescription: finding.dp_get_common,
    findings.DpGetUnit: finding.dp_get_common,
    findings.DpGetFormat: finding.dp_get_common,
    findings.DpAliasToName: finding.dp_alias_to_name,
    findings.DpGetAllAliases: finding.dp_get_all_aliases,
    findings.DpTypes: finding.dp_types,
    findings.DpTypeGet: finding.dp_type_get,
    findings.GetSystemNames: finding.get_system_names,
    findings.WhoAmI: finding.who_am_i,
    informs.Ping: informing.ping,
    informs.IsRedundant: informing.of_redundancy,
    informs.IsReduActive: informing.of_redundancy,
    informs.GetSystemId: informing.get_system_id,
    informs.GetSystemName: informing.get_system_name,
    informs.GetUserId: informing.get_user_id,
    informs.GetUserName: informing.get_user_name,
    informs.GetVersionInfo: informing.get_version_info,
    informs.DpGetDpTypeRefs: informing.dp_get_dp_type_refs,
    informs.DpGetRefsToDpType: informing.dp_get_refs_to_dp_type,
    changes.DpCreate: changing.dp_create,
    changes.DpDelete: changing.dp_delete,
    changes.DpRename: changing.dp_rename,
    changes.DpCopy: changing.dp_copy,
    changes.DpTypeCreate: changing.dp_type_create,
    changes.DpTypeChange: changing.dp_type_change,
    changes.DpTypeDelete: changing.dp_type_delete,
    changes.DpSetAlias: changing.dp_set_alias,
    changes.DpSetDescription: changing.dp_set_description,
    changes.DpSetUnit: changing.dp_set_unit,
    changes.DpSetFormat: changing.dp_set_format,
    waits.DpWaitForValue: waiting.dp_wait_for_value,
    waits.DpSetAndWaitForValue: waiting.dp_set_and_wait_for_value,
    changes.SysConnect: changing.sys_connect,
    changes.SysDisconnect: changing.sys_disconnect,
    watches.DpWatch: dp_watch,
    watches.DpUnwatch: dp_unwatch,
}
