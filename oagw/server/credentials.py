"""User and password in the query of a URL."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from twisted.cred.credentials import UsernamePassword


def credentials_of(uri: str) -> list[UsernamePassword]:
    """The credentials in the query of a URI; none if user or password is missing.

    Browsers and ``urlencode`` write a space as ``+``, but in a password that was not
    encoded ``+`` is a plus. With a ``+`` the result has both readings: first the space, as
    the rule for queries says, then the plus.

    :param uri: from the HTTP request: each character is a byte.
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
    # No user and no password has bytes that are not UTF-8.
    return unquote_to_bytes(value).decode(errors="replace").encode()
