"""``_address``, ``_distrib``, ``_msg_conv`` and ``_cmd_conv``: kept for the drivers."""

from __future__ import annotations

from collections.abc import Mapping

from oagw.model.configs.declarations import (
    AttributeKind,
    Config,
)
from oagw.model.configs.stored import stored_config
from oagw.model.dptypes import ElementType as E

#: DPCONFIG_PERIPH_ADDR_MAIN
ADDRESS: Config = stored_config(
    "_address",
    16,
    {
        "_reference": E.STRING,
        "_poll_group": E.DPID,
        "_connection": E.DPID,
        "_offset": E.UINT,
        "_subindex": E.UINT,
        "_direction": E.CHAR,
        "_mode": E.CHAR,
        "_internal": E.BOOL,
        "_lowlevel": E.BOOL,
        "_active": E.BOOL,
        "_start": E.TIME,
        "_interval": E.TIME,
        "_reply": E.TIME,
        "_datatype": E.INT,
        "_drv_ident": E.STRING,
        "_com_type": E.INT,
        "_response_mode": E.INT,
    },
    live=False,
)

#: DPCONFIG_DISTRIBUTION_INFO: the number of the driver.
DISTRIB: Config = stored_config("_distrib", 56, {"_driver": E.CHAR}, on_structs=True)

_CONVERSION: Mapping[str, AttributeKind] = {
    "_poly_grade": E.INT,
    **dict.fromkeys((f"_poly_{letter}" for letter in "abcde"), E.FLOAT),
    "_linint_num": E.INT,
    **{f"_linint{n}_{axis}": E.FLOAT for n in range(1, 6) for axis in "xy"},
    "_null_from": E.FLOAT,
    "_null_to": E.FLOAT,
    "_null_res": E.FLOAT,
    "_log_base": E.FLOAT,
    "_round_val": E.INT,
    "_round_inv": E.BOOL,
    "_trig_lim": E.FLOAT,
    "_trig_up": E.BOOL,
    "_imp_edge": E.INT,
    "_imp_rstval": E.INT,
}
_LISTS: Mapping[str, AttributeKind] = {"_list_conv": E.DYN_INT, "_num_conv": E.INT}

#: DPCONFIG_CONVERSION_RAW_TO_ING_MAIN
MSG_CONV: Config = stored_config(
    "_msg_conv", 33, {**_LISTS, **_CONVERSION}, details=_CONVERSION, live=False
)
#: DPCONFIG_CONVERSION_ING_TO_RAW_MAIN
CMD_CONV: Config = stored_config(
    "_cmd_conv", 36, {**_LISTS, **_CONVERSION}, details=_CONVERSION, live=False
)
