"""Checks whether clients will accept the gateway's certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypeAlias

from cryptography import x509

_Address: TypeAlias = IPv4Address | IPv6Address

#: The time before its end at which a certificate is warned of.
_SOON = timedelta(days=30)
_CONFIGURE = "[server] certificate and private_key"


def doubts(path: Path, hosts: Sequence[str], now: datetime) -> Iterator[str]:
    """The reasons why clients may refuse a certificate, a sentence for each.

    :param hosts: the hosts in the URLs of listeners.
    """
    [certificate, *_] = x509.load_pem_x509_certificates(path.read_bytes())
    yield from _of_time(certificate, now)
    names, addresses = _names(certificate)
    shown = ", ".join([*names, *map(str, addresses)]) or "no name at all"
    for host in dict.fromkeys(hosts):
        address = _address(host)
        if address is not None and address.is_unspecified:
            if not _covers_others(names, addresses):
                yield (
                    f"{host} is for clients of other machines too, and they refuse the "
                    f"certificate: it is for {shown} only; configure one for the name or "
                    f"address that they connect to: {_CONFIGURE}"
                )
        elif not _covers(host, address, names, addresses):
            yield (
                f"the certificate is not for {host}, so clients that check it refuse to "
                f"connect; it is for {shown}; listen on one of these, or configure one "
                f"for {host}: {_CONFIGURE}"
            )


def _of_time(certificate: x509.Certificate, now: datetime) -> Iterator[str]:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        yield (
            f"the certificate is not valid before {begin:%Y-%m-%d %H:%M} UTC, and here it "
            f"is {now:%Y-%m-%d %H:%M}; set the clock right, or configure another: "
            f"{_CONFIGURE}"
        )
    elif now > end:
        yield (
            f"the certificate has expired on {end:%Y-%m-%d %H:%M} UTC, so clients refuse "
            f"to connect; configure a new one: {_CONFIGURE}"
        )
    elif now > end - _SOON:
        yield f"the certificate expires on {end:%Y-%m-%d %H:%M} UTC; have a new one made"


def _names(certificate: x509.Certificate) -> tuple[list[str], list[_Address]]:
    """Its host names and addresses; clients ignore the common name."""
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return [], []
    found = names.get_values_for_type(x509.IPAddress)
    addresses = [one for one in found if isinstance(one, IPv4Address | IPv6Address)]
    return names.get_values_for_type(x509.DNSName), addresses


def _covers_others(names: Sequence[str], addresses: Sequence[_Address]) -> bool:
    """Whether it has a name or an address that other machines can use."""
    return any(one.lower() != "localhost" for one in names) or any(
        not one.is_loopback for one in addresses
    )


def _address(host: str) -> _Address | None:
    """The address that a host is, without an interface; ``None`` for names."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _covers(
    host: str, address: _Address | None, names: Sequence[str], addresses: Sequence[_Address]
) -> bool:
    if address is not None:
        return address in addresses
    name = host.lower().rstrip(".")
    # A star stands for the first part of a name (RFC 6125).
    any_first = f"*.{name.partition('.')[2]}"
    return any(one.lower() in (name, any_first) for one in names)
