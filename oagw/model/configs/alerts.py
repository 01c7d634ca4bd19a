"""``_alert_hdl`` and ``_alert_class``: kept and shown."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.model.configs.declarations import (
    AttributeKind,
    Config,
    Own,
)
from oagw.model.configs.stored import stored_config
from oagw.model.dptypes import ElementType as E

_RANGE: Mapping[str, AttributeKind] = {
    "_l_limit": Own.VALUE,
    "_u_limit": Own.VALUE,
    "_l_incl": E.BOOL,
    "_u_incl": E.BOOL,
    "_class": E.DPID,
    "_text": E.LANG_STRING,
    "_hyst_type": E.INT,
    "_hyst_time": E.TIME,
    "_l_hyst_limit": Own.VALUE,
    "_u_hyst_limit": Own.VALUE,
    "_went_text": E.LANG_STRING,
    "_add_text": E.LANG_STRING,
    "_neg": E.BOOL,
    "_status64_match": E.STRING,
    "_match": E.STRING,
    "_set": Own.LIST,
}

_WHOLE: Mapping[str, AttributeKind] = {
    **_RANGE,
    "_panel": E.STRING,
    "_panel_param": E.DYN_STRING,
    "_help": E.LANG_STRING,
    "_min_prio": E.CHAR,
    "_active": E.BOOL,
    "_orig_hdl": E.BOOL,
    "_ok_range": E.BOOL,
    "_multi_instance": E.BOOL,
    "_text1": E.LANG_STRING,
    "_text0": E.LANG_STRING,
    "_ack_has_prio": E.BOOL,
    "_order": E.INT,
    "_dp_pattern": E.STRING,
    "_dp_list": E.DYN_DPID,
    "_prio_pattern": E.STRING,
    "_abbr_pattern": E.STRING,
    "_ack_deletes": E.BOOL,
    "_non_ack": E.BOOL,
    "_came_ack": E.BOOL,
    "_pair_ack": E.BOOL,
    "_both_ack": E.BOOL,
    "_impulse": E.BOOL,
    "_filter_threshold": E.INT,
    "_status64_pattern": E.STRING,
}

#: DPCONFIG_ALERT_BINARYSIGNAL; 13 is an analog alert, 59 a sum alert. Exports of real
#: projects have attributes of the whole alert in the rows of its ranges too.
ALERT_HDL: Config = stored_config(
    "_alert_hdl",
    12,
    _WHOLE,
    details=_WHOLE,
    on_structs=True,
)

_COLORS = ("none", "c_nack", "c_ack", "g_nack", "c_g_nack")

#: DPCONFIG_ALERT_CLASS
ALERT_CLASS: Config = stored_config(
    "_alert_class",
    14,
    {
        "_prior": E.CHAR,
        "_abbr": E.LANG_STRING,
        "_archive": E.BOOL,
        "_ack_type": E.INT,
        "_single_ack": E.BOOL,
        "_inact_ack": E.BOOL,
        **{
            f"_{part}_{state}": E.STRING
            for state in _COLORS
            for part in ("color", "fore_color", "font_style")
        },
        **dict.fromkeys((f"_ctrl_{state}" for state in _COLORS), E.STRING),
        "_arg_list": E.DYN_STRING,
        "_perm": E.CHAR,
    },
    on_structs=True,
)
