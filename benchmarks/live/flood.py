"""A client that asks for much: ``python -m benchmarks.live.flood PORT LOAD``."""

from __future__ import annotations

import sys

from benchmarks.client import Connection, text_frame
from benchmarks.live.targets import MARK, PATH, as_json

#: Commands in a row, as one client may send them.
COMMANDS = 10_000


def _commands(connection: Connection) -> None:
    """Commands in a row, all of them sent before the first answer is read."""
    get = as_json({"DpGet": {"Id": 1, "Dps": ["pump_00001.value.speed"]}})
    connection.send(text_frame(get) * COMMANDS)
    missing = COMMANDS
    while missing:
        missing -= connection.count(b"DpGetResult")


def _answer(connection: Connection) -> None:
    """One question with a huge answer."""
    query = "SELECT '_online.._value','_online.._stime' FROM 'Many_*.**'"
    connection.send(text_frame(as_json({"DpQuery": {"Id": 1, "Query": query}})))
    connection.wait_for(MARK)
    while not connection.count(b"]]}}"):
        pass


LOADS = {"commands": _commands, "answer": _answer}


def main() -> None:
    """Do it again and again until the process is ended."""
    connection = Connection(int(sys.argv[1]), PATH)
    while True:
        LOADS[sys.argv[2]](connection)


if __name__ == "__main__":
    main()
