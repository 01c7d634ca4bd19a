"""``python -m benchmarks.systems``: what it costs that a system is behind another gateway.

Two gateways in a row on this machine, both over ``wss``: the same commands to the far one
alone, and through the near one. The ratio counts, and the processor time that each gateway
takes for a change that reaches a client, or that the near one archives.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.queries import Client
from benchmarks.servers import Server, start_oagw

_TITLE = 34
_PLANT = '[types]\nFloat = "float"\n[datapoints]\nFloat = ["F{1..1000}"]\n'
_ELEMENTS = [f"System1:F{number}." for number in range(1, 1001)]
#: Values in one set.
_TOGETHER = 100


@contextmanager
def in_a_row(directory: Path, archive: str = "") -> Iterator[tuple[Server, Server]]:
    """A far gateway with a plant, and one in front of it.

    :param archive: what the one in front archives.
    """
    plant = directory / "plant.toml"
    plant.write_text(_PLANT)
    far_state, near_state = directory / "far", directory / "near"
    far_state.mkdir()
    near_state.mkdir()
    with start_oagw(far_state, "--set", f"system.plant={plant}") as far:
        settings = {
            "url": f"wss://127.0.0.1:{far.port}/winccoa",
            "ca": f"{far_state}/certificate.pem",
            "user": "demo",
            "password": "demo",
            "own": "yes",
            "archive": archive,
        }
        more = ["--set", "system.name=Gateway"]
        for key, value in settings.items():
            more += ["--set", f"system:System1.{key}={value}"]
        with start_oagw(near_state, *more) as near:
            yield far, near


def median_ms(work: Callable[[], object], seconds: float) -> float:
    """What some work takes, done again and again for some seconds."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def measure_questions(far: Server, near: Server, seconds: float) -> Iterator[str]:
    """A row for each question: far, near, and the ratio."""
    clients = [Client(far), Client(near)]
    questions: list[tuple[str, str, dict[str, object]]] = [
        ("DpGet of 1 name", "DpGet", {"Dps": _ELEMENTS[:1]}),
        ("DpGet of 1,000 names", "DpGet", {"Dps": _ELEMENTS}),
        (
            "DpSet with Wait",
            "DpSet",
            {"Values": [{"Dp": _ELEMENTS[0], "Value": 1}], "Wait": True},
        ),
        (
            "DpQuery of 1,000 rows",
            "DpQuery",
            {"Query": "SELECT '_online.._value' FROM 'F*.'"},
        ),
    ]
    for title, command, arguments in questions:
        figures = []
        for client in clients:

            def ask(client: Client = client) -> bytes:
                return client.ask(command, **arguments)  # noqa: B023 - called at once

            ask()
            figures.append(median_ms(ask, seconds))
        one, other = figures
        yield f"{title:<{_TITLE}}{one:>10.3f}{other:>10.3f}{other / one:>10.2f}"
    for client in clients:
        client.close()


def measure_changes(far: Server, near: Server, rounds: int) -> str:
    """Changes a second to one client of the near gateway, and what they cost."""
    client, setter = Client(near), Client(far)
    for number, name in enumerate(_ELEMENTS):
        client.ask("DpConnect", Id=number, Dps=[name])
    before = far.cpu_seconds(), near.cpu_seconds()
    begun = time.perf_counter()
    # What the questions have set is over.
    for value in range(10, rounds + 10):
        for start in range(0, len(_ELEMENTS), _TOGETHER):
            names = _ELEMENTS[start : start + _TOGETHER]
            setter.send("DpSet", Values=[{"Dp": name, "Value": value} for name in names])
        came: list[bytes] = []
        while len(came) < len(_ELEMENTS):
            came += client.receive_some()
        for text in came:
            body = json.loads(text)["DpConnectResult"]
            [found] = body["Values"].values()
            if found != value:
                raise RuntimeError(f"a change was lost: {body} instead of {value}")
    seconds = time.perf_counter() - begun
    count = rounds * len(_ELEMENTS)
    costs = [
        (server.cpu_seconds() - was) / count * 1e6
        for server, was in zip((far, near), before, strict=True)
    ]
    client.close()
    setter.close()
    return (
        f"{count:,} changes, none lost: {count / seconds:,.0f} a second; server us for "
        f"each: {costs[0]:.1f} far, {costs[1]:.1f} near"
    )


def measure_archive(far: Server, near: Server, rounds: int) -> str:
    """Values a second of the far gateway that the near one archives, and what they cost."""
    reader, setter = Client(near), Client(far)
    last = {"Dps": _ELEMENTS[-1:], "T1": 0, "T2": "2100-01-01"}

    def archived() -> int:
        """How many values the archive has of the element that is set last."""
        reader.send("DpGetPeriod", **last)
        # Until the gateway has found the elements, they are not archived (error 46).
        answer = json.loads(reader.receive())["DpGetPeriodResult"]
        return sum(len(values) for values in answer["Values"].values())

    # Until the elements are watched.
    value = 0
    while archived() == 0:
        value += 1
        setter.ask("DpSet", Values=[{"Dp": _ELEMENTS[-1], "Value": value}], Wait=True)
    known = archived()
    before = far.cpu_seconds(), near.cpu_seconds()
    begun = time.perf_counter()
    for number in range(rounds):
        for start in range(0, len(_ELEMENTS), _TOGETHER):
            names = _ELEMENTS[start : start + _TOGETHER]
            values = [{"Dp": name, "Value": value + 1 + number} for name in names]
            setter.send("DpSet", Values=values)
        # So that it is not sent faster than it is set.
        setter.ask("DpGet", Dps=_ELEMENTS[:1])
    while archived() < known + rounds:
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    count = rounds * len(_ELEMENTS)
    costs = [
        (server.cpu_seconds() - was) / count * 1e6
        for server, was in zip((far, near), before, strict=True)
    ]
    query = "SELECT 'COUNT(_offline.._value)' FROM 'F*' TIMERANGE(0, 4E12, 1, 0)"
    [[_, found]] = json.loads(reader.ask("DpQuery", Query=query))["DpQueryResult"]["Values"]
    if found != count + known:
        raise RuntimeError(f"{found} values were archived instead of {count + known}")
    reader.close()
    setter.close()
    return (
        f"{count:,} values archived, none lost: {count / seconds:,.0f} a second; server us "
        f"for each: {costs[0]:.1f} far, {costs[1]:.1f} near"
    )


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.systems")
    parser.add_argument("--quick", action="store_true", help="rough figures in seconds")
    options = parser.parse_args()
    seconds, rounds = (0.2, 3) if options.quick else (3.0, 100)
    with tempfile.TemporaryDirectory() as directory, in_a_row(Path(directory)) as servers:
        print(f"{'median ms':<{_TITLE}}{'far':>10}{'near':>10}{'ratio':>10}")
        for row in measure_questions(*servers, seconds):
            print(row)
        print(f"\n{measure_changes(*servers, rounds)}")
    with (
        tempfile.TemporaryDirectory() as directory,
        in_a_row(Path(directory), "F*") as servers,
    ):
        print(measure_archive(*servers, rounds))


if __name__ == "__main__":
    main()
