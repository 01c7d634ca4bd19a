"""The table of messages: every command, and the fields of its reply to an error."""

from __future__ import annotations

from typing import Final

from oagw.wire.messages.attributes import (
    DpGet,
    DpGetMaxAge,
    DpSet,
)
from oagw.wire.messages.base import Command
from oagw.wire.messages.connects import (
    DpConnect,
    DpDisconnect,
)
from oagw.wire.messages.dpwatch import (
    DpUnwatch,
    DpWatch,
)
from oagw.wire.messages.names import (
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
)
from oagw.wire.messages.periods import (
    DpGetPeriod,
)
from oagw.wire.messages.queries import (
    DpQuery,
    DpQueryConnect,
    DpQueryConnectAll,
    DpQueryConnectSingle,
    DpQueryDisconnect,
)
from oagw.wire.messages.structurechanges import (
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
    Ping,
    WhoAmI,
)
from oagw.wire.messages.waits import (
    DpSetAndWaitForValue,
    DpWaitForValue,
)

#: The reply has ``Value`` for one name and ``Values`` for several.
_ONE_OR_SEVERAL: Final[dict[str, object]] = {"Value": None, "Values": {}}

_ONE: Final[dict[str, object]] = {"Value": None}

_REFERENCES: Final[dict[str, object]] = {"DptNames": [], "DpePaths": []}

_TABLE: Final[dict[str, object]] = {"Header": [], "Values": []}

#: The fields of a reply to an error, so that a client that indexes them does not crash.
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
