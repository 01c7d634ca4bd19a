"""A text that may hold a password, and is not shown."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(://[^/@:?]*:).*(@)")
_PARAMETER = re.compile(r"([?&](?:password|sslpassword|passfile)=)[^&]*")


class Secret:
    """The address of a service, perhaps with a password.

    ``str`` and ``repr`` show it without; :meth:`reveal` is for who connects.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: not for logs or errors."""
        return self._text

    def __str__(self) -> str:
        shown = _PASSWORD.sub(r"\1***\2", self._text)
        return _PARAMETER.sub(r"\1***", shown)

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


class Hidden(Secret):
    """A password: nothing of it is shown, but whether there is one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "***" if self else ""
