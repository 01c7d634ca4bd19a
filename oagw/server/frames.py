"""Reads websocket frames (RFC 6455, 5.2) in their most frequent form."""

from __future__ import annotations

_FIN_TEXT = 0x81
_MASKED = 0x80


def next_text(data: bytes, at: int, limit: int) -> tuple[bytes | None, int] | None:
    """A text in one masked frame, and the index of the next frame.

    The text is ``None`` as long as the frame is not complete. Returns ``None`` for any
    other frame, such as a part of a text or a control frame: Autobahn reads these.

    :param limit: bytes of the longest text.
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
    """Unmasked bytes; Python's integers are the fastest way to make them."""
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
