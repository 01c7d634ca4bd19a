"""A bare picows server: websockets in C on asyncio, for comparison.

Run as ``python -m benchmarks.live.fast CERTIFICATE PRIVATE_KEY FILE [plain]``.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Any

from picows import WSListener, WSMsgType, ws_create_server

from benchmarks.bare import PUBLISH, SUBSCRIBE

_subscribers: dict[Any, None] = {}


class _Client(WSListener):
    """Sends each message back, or to all subscribers, as the URL path says."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def on_ws_connected(self, transport: Any) -> None:
        if self._path == SUBSCRIBE:
            _subscribers[transport] = None

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        payload = frame.get_payload_as_bytes()
        for one in _subscribers if self._path == PUBLISH else (transport,):
            one.send(frame.msg_type, payload)

    def on_ws_disconnected(self, transport: Any) -> None:
        _subscribers.pop(transport, None)


def _listener(request: Any) -> _Client:
    return _Client(request.path.decode())


async def _main() -> None:
    certificate, private_key, listening = map(Path, sys.argv[1:4])
    context = None
    if sys.argv[4:] != ["plain"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private_key)
    server = await ws_create_server(_listener, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    listening.write_text(f"{port}\n", encoding="ascii")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
