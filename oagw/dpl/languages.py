"""WinCC OA's numbers of languages, and texts in several of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from oagw.dpl.strings import STRING, quote, shown, unquote
from oagw.errors import ConversionError

#: In the order of their numbers; ``-`` is a number that is not in use.
_IN_ORDER = """
    de_AT en_US hu_HU jp_JP zh_CN en_GB nl_NL tr_TR it_IT fr_FR
    es_ES de_DE el_GR iw_IL fr_CA da_DK fi_FI no_NO pt_PT sv_SE
    is_IS cs_CZ pl_PL ro_RO hr_HR sk_SK sl_SI ru_RU bg_BG ar_SA
    zh_TW ko_KR ja_JP th_TH de_CH fr_CH it_CH -     vi_VN id_ID
    lt_LT ka_GE ms_MY sr_SR pt_BR es_AR es_BO es_CL es_CO es_CR
    es_CU es_DO es_EC es_GT es_HN es_MX es_NI es_PA es_PE es_PR
    es_PY es_SV es_UY es_VE my_MM km_KH uk_UA sq_AL mk_MK lv_LV
    kn_IN hi_IN af_ZA ar_DZ ar_EG be_BY bn_BD bs_BA ca_ES et_EE
    he_IL hy_AM kk_KZ lo_LA -     mn_MN nb_NO nn_NO si_LK tg_TJ
    tk_TM uz_UZ
"""
_CODES = _IN_ORDER.split()
#: The numbers of UTF-8 languages begin here; those of the ISO encodings at 0.
_UTF8 = 10_000
#: The part of ISO 8859 that a language without UTF-8 is in.
_ISO_PARTS = {
    1: (0, 1, 5, 6, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20),
    2: (2, 21, 22, 23, 24, 25, 26),
    5: (27, 28),
    6: (29,),
    7: (12,),
    8: (13,),
    9: (7,),
}
#: The name of each language, by its number.
NAMES = {
    number: f"{_CODES[number]}.iso8859{part}"
    for part, numbers in _ISO_PARTS.items()
    for number in numbers
} | {_UTF8 + number: f"{code}.utf8" for number, code in enumerate(_CODES) if code != "-"}
_NUMBERS = {name: number for number, name in NAMES.items()}


def iso_part(number: int) -> int | None:
    """The part of ISO 8859 that the texts of a language are in; ``None`` for UTF-8."""
    for part, numbers in _ISO_PARTS.items():
        if number in numbers:
            return part
    return None


_COUNT = re.compile(r"\s*lt:\d*")
_TEXT = re.compile(rf'\s*LANG:({STRING}|[^\s"]+)\s*({STRING})', re.DOTALL)
_UNKNOWN = re.compile(r"LANG:(0|[1-9]\d{0,8})", re.ASCII)
_PLAIN_NAME = re.compile(r'(?!\d+\Z|LANG:)[^\s"\\,]+')


def parse_lang_string(text: str) -> dict[str, str] | str:
    """Read ``lt:2 LANG:10000 "x" LANG:10001 "y"``.

    A number without a known name is the key ``LANG:n``.

    :return: the texts by language, or a plain text if it has no languages.
    :raises ConversionError: it begins like that and goes on otherwise.
    """
    found = _COUNT.match(text)
    if found is None:
        return unquote(text)
    texts = {}
    position = found.end()
    while one := _TEXT.match(text, position):
        texts[_name(one[1])] = unquote(one[2])
        position = one.end()
    if text[position:].strip():
        raise ConversionError(f"the cell {shown(text)} is not a text in languages")
    return texts


def _name(written: str) -> str:
    if written.startswith('"'):
        return unquote(written)
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        return written
    number = int(written)
    return NAMES.get(number, f"LANG:{number}")


def format_lang_string(texts: Mapping[str, str]) -> str:
    """Write texts by language, so that reading gives the same."""
    written = (f"LANG:{_number(name)} {quote(text)} " for name, text in texts.items())
    return f"lt:{len(texts)} {''.join(written)}"


def _number(name: str) -> str:
    if name in _NUMBERS:
        return str(_NUMBERS[name])
    unknown = _UNKNOWN.fullmatch(name)
    if unknown is not None and int(unknown[1]) not in NAMES:
        return unknown[1]
    return name if _PLAIN_NAME.fullmatch(name) else quote(name)
