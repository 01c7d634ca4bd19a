"""The catalogue of messages: every command, and what its answer carries on an error."""

from __future__ import annotations

from typing import Final

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
from oagw.wire.messages.finding import (
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
from oagw.wire.messages.informing import (
    DpGetDpTypeRefs,
    DpGetRefsToDpType,
    GetSystemId,
    GetSystemName,
    GetUserId,
    GetUserName,
    GetVersionInfo,
    IsReduActive,
    IsRedundant,
    Ping,
)
from oagw.wire.messages.values import (
    DpConnect,
    DpDisconnect,
    DpGet,
    DpGetMaxAge,
    DpGetPeriod,
    DpQuery,
    DpQueryConnect,
    DpQueryConnectAll,
    DpQueryConnectSingle,
    DpQueryDisconnect,
    DpSet,
)
from oagw.wire.messages.waiting import (
    DpSetAndWaitForValue,
    DpWaitForValue,
)
from oagw.wire.messages.watching import DpUnwatch, DpWatch

#: Asked for one thing, Value is the answer; asked for several, Values.
_ONE_OR_SEVERAL: Final[dict[str, object]] = {"Value": None, "Values": {}}

_ONE: Final[dict[str, object]] = {"Value": None}

_REFERENCES: Final[dict[str, object]] = {"DptNames": [], "DpePaths": []}

_TABLE: Final[dict[str, object]] = {"Header": [], "Values": []}

#: What an answer carries on an error, so that a client that indexes it does not crash.
EMPTY_ANSWERS: Final[dict[type[Command], dict[str, object]]] = {
    DpGet: {"Values": {}},
    DpGetMaxAge: {"Values": {}},
    DpSet: {},
    DpConnect: {"Values": {}},
    DpDisconnect: {},
    DpQuery: _TABLE,
    DpQueryConnect: _TABLE,
    DpQueryConnectSingle: _TABLE,
    DpQueryConnectAll: _TABLE,
    DpQueryDisconnect: {},
    DpGetPeriod: {"Values": {}},
    DpNames: {"Values": []},
    DpExists: _ONE_OR_SEVERAL,
    DpTypeName: _ONE_OR_SEVERAL,
    DpElementType: _ONE_OR_SEVERAL,
    DpTypeRefName: _ONE_OR_SEVERAL,
    DpAttributeType: _ONE_OR_SEVERAL,
    DpGetAlias: _ONE_OR_SEVERAL,
    DpGetDescription: _ONE_OR_SEVERAL,
    DpGetUnit: _ONE_OR_SEVERAL,
    DpGetFormat: _ONE_OR_SEVERAL,
    DpAliasToName: _ONE_OR_SEVERAL,
    DpGetAllAliases: {"Values": {}},
    DpTypes: {"Values": []},
    DpTypeGet: {"Value": None},
    GetSystemNames: {"Values": []},
    WhoAmI: {"User": None},
    Ping: {},
    IsRedundant: _ONE,
    IsReduActive: _ONE,
    GetSystemId: _ONE,
    GetSystemName: _ONE,
    GetUserId: _ONE,
    GetUserName: _ONE,
    GetVersionInfo: _ONE,
    DpGetDpTypeRefs: _REFERENCES,
    DpGetRefsToDpType: _REFERENCES,
    DpCreate: {},
    DpDelete: {},
    DpRename: {},
    DpCopy: {},
    DpTypeCreate: {},
    DpTypeChange: {},
    DpTypeDelete: {},
    DpSetAlias: {},
    DpSetDescription: {},
    DpSetUnit: {},
    DpSetFormat: {},
    DpWaitForValue: {"Values": {}},
    DpSetAndWaitForValue: {"Values": {}},
    SysConnect: {},
    SysDisconnect: {},
    DpWatch: {"Values": {}},
    DpUnwatch: {},
}
