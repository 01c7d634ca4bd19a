"""Websocket frames (RFC 6455, 5.2) in the form that almost all of them have."""

from __future__ import annotations

_FIN_TEXT = 0x81
_MASKED = 0x80


def next_text(data: bytes, at: int, limit: int) -> tuple[bytes | None, int] | None:
    """A whole text in one masked frame, and where the next frame begins.

    Without a text there may be one when more has come. ``None`` is anything else: a part
    of a text, a control frame, what must not be. It is for who knows the whole standard.

    :param limit: the longest text that is taken.
    """
    if data[at] != _FIN_TEXT:
        return None
    start = at + 6
    if len(data) < start:
        return None, at
    length = data[at + 1] - _MASKED
    if length == 126:
        start += 2
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 126:
            return None
    elif not 0 <= length < 126:
        return None
    end = start + length
    if length > limit:
        return None
    if end > len(data):
        return None, at
    text = _unmasked(data[start:end], data[start - 4 : start])
    return (text, end) if _is_utf8(text) else None


def _unmasked(data: bytes, mask: bytes) -> bytes:
    """Python's whole numbers are the fastest that it has for this."""
    length = len(data)
    key = int.from_bytes((mask * (length // 4 + 1))[:length], "little")
    return (int.from_bytes(data, "little") ^ key).to_bytes(length, "little")


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
