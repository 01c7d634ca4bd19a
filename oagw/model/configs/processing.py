"""Configs that process a value: ranges, substitute value, smoothing, archive.

:mod:`oagw.model.behaviour` applies them. Names, types and numbers are the vendor's
(reference, tables in "Datapoint configs").
"""

from __future__ import annotations

from collections.abc import Mapping

from oagw.model.configs.declarations import (
    AttributeKind,
    Config,
    Own,
)
from oagw.model.configs.stored import stored_config
from oagw.model.dptypes import ElementType as E

#: DPCONFIG_DB_ARCHIVEINFO
DB_ARCHIVE_INFO = 45
#: The ``_type`` of a detail of ``_archive`` that does smoothing (DPDETAIL_ARCHIVE...).
SIMPLE_ARCHIVE_SMOOTHING = 15
#: DPCONFIG_DEFAULTVALUE
DEFAULT_VALUE = 3
#: DPCONFIG_MINMAX_PVSS_RANGECHECK, DPCONFIG_SET_..., DPCONFIG_MATCH_...
MINMAX_RANGE, SET_RANGE, MATCH_RANGE = 7, 8, 64
#: DPCONFIG_USER_RANGECHECK, and DPDETAIL_RANGETYPE_... of its details
USER_RANGE = 9
#: DPCONFIG_SMOOTH_SIMPLE_MAIN, DPCONFIG_SMOOTH_DERIV_MAIN, DPCONFIG_SMOOTH_FLUTTER_MAIN
SIMPLE_SMOOTHING = 48
#: DPCONFIG_DP_FUNCTION
DP_FUNCTION = 60

_SMOOTHING: Mapping[str, AttributeKind] = {
    "_std_type": E.INT,
    "_std_tol": E.FLOAT,
    "_std_time": E.TIME,
}
_PROCEDURE: Mapping[str, AttributeKind] = {
    "_class": E.DPID,
    "_interv": E.INT,
    "_interv_type": E.INT,
    **_SMOOTHING,
    "_round_val": E.INT,
    "_round_inv": E.BOOL,
}
_RANGE: Mapping[str, AttributeKind] = {
    "_neg": E.BOOL,
    "_min": Own.VALUE,
    "_max": Own.VALUE,
    "_incl_min": E.BOOL,
    "_incl_max": E.BOOL,
    "_set": Own.LIST,
    "_match": E.STRING,
}

ARCHIVE: Config = stored_config(
    "_archive",
    DB_ARCHIVE_INFO,
    {"_archive": E.BOOL, **_PROCEDURE},
    details=_PROCEDURE,
    defaults={"_archive": False},
    live=False,
    # Structures of real projects have this config, although they have no value to archive.
    on_structs=True,
)

SMOOTH: Config = stored_config(
    "_smooth",
    SIMPLE_SMOOTHING,
    {
        **_SMOOTHING,
        "_deriv_limit": E.FLOAT,
        "_deriv_time": E.TIME,
        "_deriv_tol1": E.FLOAT,
        "_deriv_tol2": E.FLOAT,
        "_flut_time": E.TIME,
        "_old_new": E.BOOL,
    },
    live=False,
)

PV_RANGE: Config = stored_config(
    "_pv_range",
    MINMAX_RANGE,
    {
        "_ignor_inv": E.BOOL,
        **_RANGE,
    },
)

USER_RANGE_CONFIG: Config = stored_config(
    "_u_range", USER_RANGE, {"_list_auth": E.DYN_INT, **_RANGE}, details=_RANGE
)

DEFAULT: Config = stored_config(
    "_default",
    DEFAULT_VALUE,
    {"_value": Own.VALUE, "_set_ibit": E.BOOL, "_set_pvrange": E.BOOL},
    defaults={"_set_ibit": False, "_set_pvrange": False},
)

_STATISTICS: Mapping[str, AttributeKind] = {
    "_stat_type": E.DYN_INT,
    **dict.fromkeys(
        ("_interval", "_time", "_day_of_week", "_day", "_month", "_delay"), E.INT
    ),
    "_read_archive": E.BOOL,
    **{
        f"_{bit}_{part}": E.INT
        for bit in ("inv", "def", *(f"user{number}" for number in range(1, 9)))
        for part in ("func", "limit")
    },
    "_interm": Own.VALUE,
    "_interm_res": E.BOOL,
    "_interm_res_cyc": E.INT,
}

DP_FCT: Config = stored_config(
    "_dp_fct",
    DP_FUNCTION,
    {
        "_param": E.DYN_DPID,
        "_fct": E.STRING,
        "_global": E.DYN_STRING,
        "_old_new_compare": E.BOOL,
        **_STATISTICS,
    },
)
