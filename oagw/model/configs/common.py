"""``_common``, ``_general``, ``_lock``, ``_auth``: what any element may have."""

from __future__ import annotations

from oagw.model.configs.declarations import Config
from oagw.model.configs.stored import NAMED, NAMED_OR_NUMBERED, stored_config
from oagw.model.dptypes import ElementType as E

#: DPCONFIG_COMMON and DPCONFIG_LOCK are there for every element.
COMMON: Config = stored_config(
    "_common",
    1,
    {
        "_alias": E.STRING,
        "_description": E.LANG_STRING,
        "_format": E.LANG_STRING,
        "_unit": E.LANG_STRING,
    },
    defaults={"_alias": "", "_description": {}, "_format": {}, "_unit": {}},
    on_structs=True,
)

_LOCK_ATTRIBUTES = {
    "_locked": E.BOOL,
    "_man_type": E.INT,
    "_man_num": E.INT,
    "_man_id": E.INT,
    "_user_id": E.INT,
    "_user_name": E.STRING,
}

#: Locks a config of the element: the detail is its name, ``_lock._original._locked``.
LOCK: Config = stored_config(
    "_lock", 1, {}, details=_LOCK_ATTRIBUTES, detail_names=NAMED, on_structs=True
)

#: Levels; the vendor says int, its exports have a byte each.
_PERMISSIONS = dict.fromkeys(("_read", "_write", "_owner_read", "_owner_write"), E.CHAR)

#: DPCONFIG_AUTH: the level that a config needs. The detail is the config's name, or its
#: number in project exports.
AUTH: Config = stored_config(
    "_auth",
    62,
    {**_PERMISSIONS, "_owner": E.INT},
    details=_PERMISSIONS,
    detail_names=NAMED_OR_NUMBERED,
    on_structs=True,
)

_GENERAL_KINDS = {
    "char": E.CHAR,
    "unsigned": E.UINT,
    "int": E.INT,
    "float": E.FLOAT,
    "bool": E.BOOL,
    "bit32": E.BIT32,
    "string": E.STRING,
    "time": E.TIME,
    "dpid": E.DPID,
    "langString": E.LANG_STRING,
    "dyn_char": E.DYN_CHAR,
    "dyn_unsigned": E.DYN_UINT,
    "dyn_int": E.DYN_INT,
    "dyn_float": E.DYN_FLOAT,
    "dyn_bool": E.DYN_BOOL,
    "dyn_string": E.DYN_STRING,
    "dyn_time": E.DYN_TIME,
    "dyn_dpid": E.DYN_DPID,
    "dyn_langString": E.DYN_LANG_STRING,
    "blob": E.BLOB,
    "dyn_blob": E.DYN_BLOB,
    "long": E.LONG,
    "dyn_long": E.DYN_LONG,
    "ulong": E.ULONG,
    "dyn_ulong": E.DYN_ULONG,
    "bit64": E.BIT64,
}

#: DPCONFIG_GENERAL: five places for values of each type, ``_float_01`` to ``_float_05``.
GENERAL: Config = stored_config(
    "_general",
    55,
    {
        f"_{name}_0{number}": kind
        for name, kind in _GENERAL_KINDS.items()
        for number in range(1, 6)
    },
    on_structs=True,
)
