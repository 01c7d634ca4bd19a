"""Listeners: from the text of the configuration to an endpoint and its URL."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import ip_address
from urllib.parse import urlsplit

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import Factory

from oagw.server.transport import DirectListening


class Tls(Enum):
    """Who provides the TLS of a listener."""

    NONE = auto()
    OURS = auto()
    OF_ENDPOINT = auto()


_URL_SCHEMES = {"wss": Tls.OURS, "ws": Tls.NONE}
_EXPECTED = (
    "must be wss://host:port/path, or a Twisted endpoint such as "
    "ssl:8443:interface=127.0.0.1"
)
#: Endpoints that only this machine can reach, and those whose interface decides that.
_LOCAL_KINDS = {"unix"}
_INTERFACE_KINDS = {"tcp", "tcp4", "tcp6", "ssl"}


class ListenError(Exception):
    """A listener cannot be used; the text says which, why and what is expected."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on.

    :ivar text: as in the configuration.
    :ivar endpoint: the Twisted endpoint string of the transport below TLS.
    :ivar host: the host in the URL of clients; the port is known when it listens.
    :ivar reachable: whether other machines may reach it.
    """

    text: str
    endpoint: str
    tls: Tls
    host: str
    path: str
    reachable: bool

    def url(self, port: IListeningPort) -> str:
        """The URL for clients; for a unix socket, the endpoint."""
        number = getattr(port.getHost(), "port", None)
        if number is None:
            return self.endpoint
        return (
            f"{'ws' if self.tls is Tls.NONE else 'wss'}://{self.host}:{number}{self.path}"
        )

    def listen(
        self, reactor: IReactorCore, factory: Factory, tls: ssl.SSLContext
    ) -> Deferred[IListeningPort]:
        """Accept connections for a factory from now on."""
        listening = DirectListening(reactor, tls if self.tls is Tls.OURS else None)
        endpoint: IStreamServerEndpoint = serverFromString(listening, self.endpoint)
        return endpoint.listen(factory)


def parse_listener(text: str, path: str, reactor: IReactorCore) -> Listener:
    """Read a URL or an endpoint string.

    :param path: the default URL path.
    :raises ListenError: it is neither.
    """
    listener = _from_url(text, path) if "://" in text else _from_endpoint(text, path)
    try:
        serverFromString(reactor, listener.endpoint)
    except TypeError as error:
        # Twisted's own message only names one of its functions.
        raise ListenError(
            f"[server] listen {text}: an argument is unknown or missing; it {_EXPECTED}"
        ) from error
    except (ValueError, LookupError, OSError, SSL.Error) as error:
        raise ListenError(f"[server] listen {text}: {error}; it {_EXPECTED}") from error
    return listener


def _from_endpoint(text: str, path: str) -> Listener:
    kind, separator, rest = text.partition(":")
    if not separator:
        raise ListenError(f"[server] listen {text}: {_EXPECTED}")
    has_tls = kind == "ssl"
    if has_tls and "privateKey=" not in rest:
        # With our certificate: the endpoint is TCP, and we provide TLS.
        tls, endpoint = Tls.OURS, f"tcp:{rest}"
    else:
        tls, endpoint = Tls.OF_ENDPOINT if has_tls else Tls.NONE, text
    host = _interface(rest)
    return Listener(
        text=text,
        endpoint=endpoint,
        tls=tls,
        host=_bracketed(host) if host else socket.gethostname(),
        path=path,
        reachable=_reachable(kind, host),
    )


def _from_url(text: str, path: str) -> Listener:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ListenError(f"[server] listen {text}: {error}") from error
    if parts.scheme not in _URL_SCHEMES or not parts.hostname or port is None:
        raise ListenError(f"[server] listen {text}: {_EXPECTED}")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ListenError(
            f"[server] listen {text}: only host, port and path belong into it"
        )
    address = _resolve(parts.hostname, text)
    return Listener(
        text=text,
        endpoint=f"tcp:{port}:interface={quoteStringArgument(address)}",
        tls=_URL_SCHEMES[parts.scheme],
        host=_bracketed(parts.hostname),
        path=parts.path or path,
        reachable=not ip_address(address).is_loopback,
    )


def _resolve(host: str, text: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ListenError(f"[server] listen {text}: {host}: {reason}") from error
    return str(found[0][4][0])


def _interface(rest: str) -> str:
    """The interface that an endpoint names; Twisted uses the last of several."""
    named = [
        argument.removeprefix("interface=").replace("\\:", ":")
        for argument in re.split(r"(?<!\\):", rest)
        if argument.startswith("interface=")
    ]
    return named[-1] if named else ""


def _reachable(kind: str, host: str) -> bool:
    """Whether other machines may reach it, unless it is certain that they cannot."""
    if kind in _LOCAL_KINDS:
        return False
    if kind not in _INTERFACE_KINDS or not host:
        return True
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
