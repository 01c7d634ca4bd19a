"""One live query of a hundred rows, all of which change at once, for many clients."""

from __future__ import annotations

from benchmarks.client import ClientError, Connection, text_frame
from benchmarks.live.loads import Cost, delivered
from benchmarks.live.targets import Oagw, as_json
from benchmarks.measures import connected

ROWS = 100
_TYPE = {"Name": "LiveRow", "Children": [{"Name": "value", "Type": "float"}]}
_QUERY = "SELECT '_online.._value' FROM 'LiveRow_*.value'"
#: In each row once.
_MARK = b"LiveRow_"


def row_updates(target: Oagw, subscribers: int, seconds: float) -> Cost:
    """The cost of each row that a client gets."""
    names = [f"LiveRow_{number:03}" for number in range(ROWS)]
    frames = [
        text_frame(
            as_json(
                {
                    "DpSet": {
                        "Values": [
                            {"Dp": f"{name}.value", "Value": at + shift}
                            for at, name in enumerate(names)
                        ]
                    }
                }
            )
        )
        for shift in (0.25, 0.5, 0.75)
    ]
    connect = text_frame(as_json({"DpQueryConnect": {"Id": 1, "Query": _QUERY}}))
    with connected([target.requester] * (subscribers + 1)) as [publisher, *others]:
        _make_rows(publisher, names)
        for one in others:
            one.send(connect)
            missing = ROWS
            while missing:
                missing -= one.count(_MARK)
        return delivered(
            target.server, publisher, others, frames, _MARK, ROWS * subscribers, seconds
        )


def _make_rows(connection: Connection, names: list[str]) -> None:
    """What is there already from the round before stays."""
    commands: list[object] = [{"DpTypeCreate": {"Node": _TYPE}}]
    commands += [{"DpCreate": {"Dp": name, "Type": "LiveRow"}} for name in names]
    for command in commands:
        connection.send(text_frame(as_json(command)))
        answer = connection.receive_one()
        if not any(b'"Error":%d' % code in answer for code in (0, 34, 35)):
            raise ClientError(f"refused: {answer!r}")
