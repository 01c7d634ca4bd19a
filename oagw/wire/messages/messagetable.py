"""The table of messages: every command, and the fields of its reply to an error."""

from __future__ import annotations

from typing import Final

from oagw.wire.messages import (
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
from oagw.wire.messages.base import Command

#: The reply has ``Value`` for one name and ``Values`` for several.
_ONE_OR_SEVERAL: Final[dict[str, object]] = {"Value": None, "Values": {}}

_ONE: Final[dict[str, object]] = {"Value": None}

_REFERENCES: Final[dict[str, object]] = {"DptNames": [], "DpePaths": []}

_TABLE: Final[dict[str, object]] = {"Header": [], "Values": []}

#: The fields of a reply to an error, so that a client that indexes them does not crash.
EMPTY_ANSWERS: Final[dict[type[Command], dict[str, object]]] = {
    attributes.DpGet: {"Values": {}},
    attributes.DpGetMaxAge: {"Values": {}},
    attributes.DpSet: {},
    connects.DpConnect: {"Values": {}},
    connects.DpDisconnect: {},
    queries.DpQuery: _TABLE,
    queries.DpQueryConnect: _TABLE,
    queries.DpQueryConnectSingle: _TABLE,
    queries.DpQueryConnectAll: _TABLE,
    queries.DpQueryDisconnect: {},
    periods.DpGetPeriod: {"Values": {}},
    names.DpNames: {"Values": []},
    names.DpExists: _ONE_OR_SEVERAL,
    names.DpTypeName: _ONE_OR_SEVERAL,
    names.DpElementType: _ONE_OR_SEVERAL,
    names.DpTypeRefName: _ONE_OR_SEVERAL,
    names.DpAttributeType: _ONE_OR_SEVERAL,
    names.DpGetAlias: _ONE_OR_SEVERAL,
    names.DpGetDescription: _ONE_OR_SEVERAL,
    names.DpGetUnit: _ONE_OR_SEVERAL,
    names.DpGetFormat: _ONE_OR_SEVERAL,
    names.DpAliasToName: _ONE_OR_SEVERAL,
    names.DpGetAllAliases: {"Values": {}},
    names.DpTypes: {"Values": []},
    names.DpTypeGet: {"Value": None},
    systemfacts.GetSystemNames: {"Values": []},
    systemfacts.WhoAmI: {"User": None},
    systemfacts.Ping: {},
    systemfacts.IsRedundant: _ONE,
    systemfacts.IsReduActive: _ONE,
    systemfacts.GetSystemId: _ONE,
    systemfacts.GetSystemName: _ONE,
    systemfacts.GetUserId: _ONE,
    systemfacts.GetUserName: _ONE,
    systemfacts.GetVersionInfo: _ONE,
    systemfacts.DpGetDpTypeRefs: _REFERENCES,
    systemfacts.DpGetRefsToDpType: _REFERENCES,
    structurechanges.DpCreate: {},
    structurechanges.DpDelete: {},
    structurechanges.DpRename: {},
    structurechanges.DpCopy: {},
    structurechanges.DpTypeCreate: {},
    structurechanges.DpTypeChange: {},
    structurechanges.DpTypeDelete: {},
    structurechanges.DpSetAlias: {},
    structurechanges.DpSetDescription: {},
    structurechanges.DpSetUnit: {},
    structurechanges.DpSetFormat: {},
    waits.DpWaitForValue: {"Values": {}},
    waits.DpSetAndWaitForValue: {"Values": {}},
    structurechanges.SysConnect: {},
    structurechanges.SysDisconnect: {},
    dpwatch.DpWatch: {"Values": {}},
    dpwatch.DpUnwatch: {},
}
