"""User and password in the query of a URL."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from twisted.cred.credentials import UsernamePassword


def credentials_of(uri: str) -> list[UsernamePassword]:
    """What the query of a request's URI may mean; nothing if one of the two is missing.

    Browsers and ``urlencode`` write a space as ``+``; those who put a password into the URL
    as it is mean a plus. If there is one, both are given: first the former, which is the
    rule for queries, then the latter.

    :param uri: as HTTP has it: each character is a byte.
    """
    query = uri.partition("?")[2].encode("iso-8859-1")
    found = dict.fromkeys(_read(query, decode) for decode in (_of_form, _as_written))
    return [UsernamePassword(*one) for one in found if all(one)]


def _read(query: bytes, decode: Callable[[bytes], bytes]) -> tuple[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if value:
            values.setdefault(name, decode(value))
    return values.get(b"username", b""), values.get(b"password", b"")


def _of_form(value: bytes) -> bytes:
    return _as_written(value.replace(b"+", b" "))


def _as_written(value: bytes) -> bytes:
    # What is no UTF-8 is nobody's name or password.
    return unquote_to_bytes(value).decode(errors="replace").encode()
