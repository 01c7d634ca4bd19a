"""Finds out at the start of a connection what the peer is."""

from __future__ import annotations

from oagw.errors import ConnectionBrokenError, OagwError, SyntaxFaultError
from oagw.systems.remote.dialect import OAGW, ORIGINAL, Dialect
from oagw.systems.remote.peerlink import PeerLink
from oagw.systems.remote.questions import DP_WATCH

#: Seconds after which a peer without a reply is taken not to know the command.
_PATIENCE = 5.0


async def find_dialect(link: PeerLink) -> Dialect:
    """Ask the peer whether it is an oagw.

    :raises ConnectionBrokenError: the connection has ended.
    """
    try:
        answer = await link.ask(DP_WATCH, {"Dps": []}, patience=_PATIENCE)
    except SyntaxFaultError:
        return ORIGINAL
    except ConnectionBrokenError:
        if link.is_lost:
            raise
        return ORIGINAL
    except OagwError:
        return ORIGINAL
    return ORIGINAL if answer.error else OAGW
