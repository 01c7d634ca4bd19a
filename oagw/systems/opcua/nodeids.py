"""Node ids as text, with the URI of the namespace, since its index may change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: The namespace of the standard: its index is 0 in every server.
_STANDARD = "http://opcfoundation.org/UA/"
_TEXT = re.compile(r"(?:(?:nsu=([^;]*)(?:;nth=(\d+))?|ns=(\d+));)?([isgb])=(.*)", re.DOTALL)
#: Characters that are escaped in the URI of a node id (OPC 10000-6, 5.1.12).
_ESCAPES = (("%", "%25"), (";", "%3B"))


class NodeTextError(Exception):
    """A text is not a node id, or means no single node of a server; the text says why."""


@dataclass(frozen=True, slots=True)
class NodeText:
    """The parts of a node id as text: ``nsu=urn:plant;s=Pump1`` or ``ns=2;i=7``.

    :ivar uri: the URI of the namespace; empty if its index is given.
    :ivar nth: counts namespaces with the same URI from 1; 0 if there is only one.
    :ivar index: the index of the namespace, if there is no URI.
    :ivar kind: ``i``, ``s``, ``g`` or ``b``.
    """

    uri: str
    nth: int
    index: int
    kind: str
    identifier: str

    @property
    def namespace(self) -> str:
        """The text before the identifier; empty for the standard's namespace."""
        if self.uri and self.uri != _STANDARD:
            return prefix(self.uri, self.nth)
        if self.uri:
            return f"nsu={self.uri};nth={self.nth};" if self.nth > 1 else ""
        return f"ns={self.index};" if self.index else ""

    def __str__(self) -> str:
        return f"{self.namespace}{self.kind}={self.identifier}"


def prefix(uri: str, nth: int) -> str:
    """The text of a namespace before an identifier."""
    for plain, escaped in _ESCAPES:
        uri = uri.replace(plain, escaped)
    return f"nsu={uri};nth={nth};" if nth else f"nsu={uri};"


def read_node_text(text: str) -> NodeText:
    """Read a node id; numbers and GUIDs are normalized.

    :raises NodeTextError: the text is not a node id.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NodeTextError(
            f"'{text}' is not a node id; write it as ns=2;s=Pump1 or nsu=URI;s=Pump1"
        )
    uri, nth, index, kind, identifier = found.groups()
    if uri == "":
        raise NodeTextError(f"'{text}' names no namespace; write its index, as in ns=2;")
    if kind == "i":
        if not (identifier.isascii() and identifier.isdecimal()):
            raise NodeTextError(f"'{text}' is not a node id: write a number after i=")
        identifier = str(int(identifier))
    elif kind == "g":
        identifier = identifier.lower()
    uri = uri or ""
    for plain, escaped in reversed(_ESCAPES):
        uri = re.sub(escaped, plain, uri, flags=re.IGNORECASE)
    return NodeText(uri, int(nth or 0), int(index or 0), kind, identifier)


class Namespaces:
    """The namespace array of a server.

    It distinguishes namespaces with the same URI, or without one.

    :param uris: by index, as the server gives them.
    """

    def __init__(self, uris: Sequence[object] = ()) -> None:
        self.uris = [uri if isinstance(uri, str) else "" for uri in uris]
        # The standard's namespace always exists, whatever the array contains.
        self.uris[:1] = [_STANDARD]
        self._prefixes = [self._prefix(index) for index in range(len(self.uris))]

    def _prefix(self, index: int) -> str:
        uri = self.uris[index]
        if not index:
            return ""
        if not uri:
            return f"ns={index};"
        nth = self.uris[: index + 1].count(uri)
        return prefix(uri, nth if self.uris.count(uri) > 1 else 0)

    def prefix(self, index: int) -> str:
        """The beginning of the text of a node id in a namespace."""
        if index < len(self._prefixes):
            return self._prefixes[index]
        return f"ns={index};"

    def index(self, text: NodeText) -> int:
        """The index of the namespace of a node id.

        :raises NodeTextError: there is none, or several match.
        """
        if not text.uri:
            return text.index
        found = [index for index, uri in enumerate(self.uris) if uri == text.uri]
        if not found:
            raise NodeTextError(f"the server has no namespace {text.uri}")
        if text.uri == _STANDARD and text.nth < 2:
            return 0
        if not text.nth and len(found) > 1:
            raise NodeTextError(
                f"'{text}': the server has {len(found)} namespaces {text.uri}; say which, "
                f"as in {prefix(text.uri, 2)}{text.kind}={text.identifier}"
            )
        if text.nth > len(found):
            raise NodeTextError(f"the server has {len(found)} namespaces {text.uri}")
        return found[text.nth - 1 if text.nth else 0]
