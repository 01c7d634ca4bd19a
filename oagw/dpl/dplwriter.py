"""Writing sections, with the columns that WinCC OA gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

#: The first line of a file.
HEADER = "# ascii dump of database"


def section(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """The lines of a section, each with its line break, and an empty one at the end.

    :param rows: cells as :func:`oagw.dpl.dplcells.format_cell` makes them.
    """
    yield f"# {name}\n"
    yield "\t".join(columns) + "\n"
    for row in rows:
        yield "\t".join(row) + "\n"
    yield "\n"


def _of_config(config: str, attributes: str, details: bool = False) -> tuple[str, ...]:
    keys = ("Manager/User", "ElementName", "TypeName", *(("DetailNr",) if details else ()))
    return (*keys, *(f"{config}.._{attribute}" for attribute in attributes.split()))


_ALERT_CLASS = """
    type prior abbr archive ack_type single_ack inact_ack
    color_none fore_color_none font_style_none
    color_c_nack fore_color_c_nack font_style_c_nack
    color_c_ack fore_color_c_ack font_style_c_ack
    color_g_nack fore_color_g_nack font_style_g_nack
    color_c_g_nack fore_color_c_g_nack font_style_c_g_nack
    ctrl_none ctrl_c_nack ctrl_c_ack ctrl_g_nack ctrl_c_g_nack arg_list perm
"""
_ALERT_HDL = """
    type l_limit u_limit l_incl u_incl panel panel_param help min_prio class text active
    orig_hdl ok_range hyst_type hyst_time multi_instance l_hyst_limit u_hyst_limit
    text1 text0 ack_has_prio order dp_pattern dp_list prio_pattern abbr_pattern
    ack_deletes non_ack came_ack pair_ack both_ack impulse filter_threshold
    went_text add_text status64_pattern neg status64_match match set
"""
_CONVERSION = """
    type poly_grade poly_a poly_b poly_c poly_d poly_e linint_num
    linint1_x linint1_y linint2_x linint2_y linint3_x linint3_y linint4_x linint4_y
    linint5_x linint5_y null_from null_to null_res log_base round_val round_inv
    trig_lim trig_up imp_edge imp_rstval
"""
_FUNCTION = """
    type param fct global old_new_compare stat_type interval time day_of_week day month
    delay read_archive inv_func inv_limit def_func def_limit
    user1_func user1_limit user2_func user2_limit user3_func user3_limit
    user4_func user4_limit user5_func user5_limit user6_func user6_limit
    user7_func user7_limit user8_func user8_limit interm_res interm_res_cyc
"""
_ADDRESS = """
    type reference poll_group connection offset subindex direction internal lowlevel
    active start interval reply datatype drv_ident
"""
_ARCHIVE = """
    type archive class interv interv_type std_type std_tol std_time round_val round_inv
"""
_SMOOTH = """
    type std_type std_tol std_time deriv_tol1 deriv_tol2 deriv_limit deriv_time
    flut_time old_new
"""

#: The config that each section has, in the order in which they are written.
CONFIG_SECTIONS = {
    "DpDefaultValue": "_default",
    "DpFunction": "_dp_fct",
    "PvssRangeCheck": "_pv_range",
    "UserRangeCheck": "_u_range",
    "AlertClass": "_alert_class",
    "AlertValue": "_alert_hdl",
    "DistributionInfo": "_distrib",
    "DpAuth": "_auth",
    "GeneralConfig": "_general",
    "DpConvRawToIngMain": "_msg_conv",
    "DpConvIngToRawMain": "_cmd_conv",
    "DpSmoothMain": "_smooth",
    "PeriphAddrMain": "_address",
    "DbArchiveInfo": "_archive",
}
#: The columns of each section, in the order in which the sections are written. The
#: config _general has as many more columns as its rows have attributes.
SECTION_COLUMNS: dict[str, tuple[str, ...]] = {
    "DpType": ("TypeName",),
    "Datapoint/DpId": ("DpName", "TypeName", "ID"),
    "Aliases/Comments": ("AliasId", "AliasName", "CommentName"),
    "DpValue": _of_config("_original", "value status64 stime"),
    "DpDefaultValue": _of_config("_default", "type value set_ibit set_pvrange"),
    "DpFunction": _of_config("_dp_fct", _FUNCTION),
    "PvssRangeCheck": _of_config(
        "_pv_range", "type ignor_inv neg min max incl_min incl_max set match"
    ),
    "UserRangeCheck": _of_config(
        "_u_range", "type neg min max incl_min incl_max set match", details=True
    ),
    "AlertClass": _of_config("_alert_class", _ALERT_CLASS),
    "AlertValue": _of_config("_alert_hdl", _ALERT_HDL, details=True),
    "DistributionInfo": _of_config("_distrib", "type driver"),
    "DpAuth": _of_config(
        "_auth", "type write read owner_write owner_read owner", details=True
    ),
    "GeneralConfig": _of_config("_general", "type"),
    "DpConvRawToIngMain": _of_config("_msg_conv", _CONVERSION, details=True),
    "DpConvIngToRawMain": _of_config("_cmd_conv", _CONVERSION, details=True),
    "DpSmoothMain": _of_config("_smooth", _SMOOTH),
    "PeriphAddrMain": _of_config("_address", _ADDRESS),
    "DbArchiveInfo": _of_config("_archive", _ARCHIVE, details=True),
    "CNS": (
        "CNSpath",
        "name",
        "displaySeparators",
        "displayNames",
        "data",
        "CNSDataIdentifierType",
        "UserData",
    ),
}
