"""``python -m benchmarks.opcua``: what it costs that a system is an OPC UA server.

A server of node-opcua on this machine: the same questions by the library asyncua alone, and
through the gateway over ``wss``. The ratio counts, and the processor time that the gateway
takes for a change that reaches a client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from asyncua import Client as Library
from asyncua import ua

from benchmarks.queries import Client
from benchmarks.servers import Server, start_oagw
from benchmarks.systems import median_ms
from tests.systems.opcua.server import ServerProcess, node_server

_TITLE = 34
#: Variables that change, and the smaller number for rough figures.
_VALUES, _FEW = 1500, 100
#: Seconds between two values of each variable: the server samples no faster than 50 ms.
_PAUSE = 0.055


def measure_questions(
    server: ServerProcess, gateway: Server, names: list[str], seconds: float
) -> Iterator[str]:
    """A row for each question: the library alone, through the gateway, and the ratio."""
    client = Client(gateway)
    loop = asyncio.new_event_loop()
    library = Library(server.url, timeout=10)
    loop.run_until_complete(library.connect())
    index = loop.run_until_complete(library.get_namespace_index("urn:oagw:plant"))
    for count in (1, min(1000, len(names))):
        nodes = [ua.NodeId(f"v{number}", index) for number in range(count)]

        def ask_library(nodes: list[ua.NodeId] = nodes) -> None:
            reading = library.uaclient.read_attributes(nodes, ua.AttributeIds.Value)
            loop.run_until_complete(reading)

        def ask_gateway(asked: list[str] = names[:count]) -> None:
            client.ask("DpGet", Dps=asked)

        one, other = median_ms(ask_library, seconds), median_ms(ask_gateway, seconds)
        title = f"DpGet, names: {count}"
        yield f"{title:<{_TITLE}}{one:>10.3f}{other:>10.3f}{other / one:>10.2f}"
    loop.run_until_complete(library.disconnect())
    loop.close()
    client.close()


def measure_changes(
    server: ServerProcess, gateway: Server, names: list[str], rounds: int
) -> str:
    """Changes a second to one client, and what they cost."""
    client = Client(gateway)
    for number, name in enumerate(names):
        client.ask("DpConnect", Id=number, Dps=[name])
    cost = gateway.cpu_seconds()
    begun = time.perf_counter()
    server.begin("burst", rounds=rounds, values=len(names), pause=_PAUSE)
    last = [0.0] * len(names)
    count, wanted = 0, rounds * len(names)
    while count < wanted:
        for text in client.receive_some():
            body = json.loads(text)["DpConnectResult"]
            [found] = body["Values"].values()
            if found != last[body["Id"]] + 1:
                raise RuntimeError(f"a change was lost: {body} after {last[body['Id']]}")
            last[body["Id"]] = found
            count += 1
    seconds = time.perf_counter() - begun
    each = (gateway.cpu_seconds() - cost) / wanted * 1e6
    client.close()
    return (
        f"{wanted:,} changes, none lost: {wanted / seconds:,.0f} a second; gateway us for "
        f"each: {each:.1f}"
    )


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opcua")
    parser.add_argument("--quick", action="store_true", help="rough figures in seconds")
    options = parser.parse_args()
    seconds, rounds, count = (0.2, 3, _FEW) if options.quick else (3.0, 60, _VALUES)
    # Its messages about the connection are not figures.
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    names = [f"Plant_Bulk.v{number}" for number in range(count)]
    server = node_server(bulk=count)
    settings = {
        "backend": "opcua",
        "own": "yes",
        "url": server.url,
        "sampling": "0",
        "publishing": "50ms",
        "queue": "100",
    }
    more = ["--set", "system.name=Gateway"]
    for key, value in settings.items():
        more += ["--set", f"system:Plc.{key}={value}"]
    try:
        with (
            tempfile.TemporaryDirectory() as directory,
            start_oagw(Path(directory), *more) as gateway,
        ):
            print(f"{'median ms':<{_TITLE}}{'library':>10}{'gateway':>10}{'ratio':>10}")
            for row in measure_questions(server, gateway, names, seconds):
                print(row)
            print(f"\n{measure_changes(server, gateway, names, rounds)}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
