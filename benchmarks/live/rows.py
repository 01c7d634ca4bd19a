"""One live query of a hundred rows, all of which change at once, for many clients."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.client import ClientError, Connection, text_frame
from benchmarks.live.loads import Cost, delivered
from benchmarks.live.targets import Oagw, Paths, as_json
from benchmarks.measures import connected

ROWS = 100
_NAMES = [f"LiveRow_{number:03}" for number in range(ROWS)]
_SHIFTS = (0.25, 0.5, 0.75, 0.125)
_TYPE = {"Name": "LiveRow", "Children": [{"Name": "value", "Type": "float"}]}
_QUERY = "SELECT '_online.._value' FROM 'LiveRow_*.value'"
#: In each row once.
_MARK = b"LiveRow_"


def row_updates(target: Oagw | Paths, subscribers: int, burst: int, seconds: float) -> Cost:
    """The cost of each row that a client gets.

    Servers without queries are given the text of the update, and pass it on.

    :param burst: how many times all rows change before anybody waits.
    """
    if isinstance(target, Oagw):
        frames, subscriber = _sets(), _asking(target)
    else:
        frames, subscriber = _updates(), target.subscriber
    bursts = [b"".join((frames * burst)[at : at + burst]) for at in range(len(frames))]
    rows = ROWS * subscribers * burst
    with connected([target.publisher]) as [publisher]:
        if isinstance(target, Oagw):
            _make_rows(publisher)
        with connected([subscriber] * subscribers) as others:
            return delivered(target.server, publisher, others, bursts, _MARK, rows, seconds)


def _sets() -> list[bytes]:
    return [
        text_frame(
            as_json(
                {
                    "DpSet": {
                        "Values": [
                            {"Dp": f"{name}.value", "Value": at + shift}
                            for at, name in enumerate(_NAMES)
                        ]
                    }
                }
            )
        )
        for shift in _SHIFTS
    ]


def _updates() -> list[bytes]:
    """What the gateway makes of the sets."""
    return [
        text_frame(
            as_json(
                {
                    "DpQueryConnectResult": {
                        "Id": 1,
                        "Error": 0,
                        "Values": [
                            [f"System1:{name}.value", at + shift]
                            for at, name in enumerate(_NAMES)
                        ],
                    }
                }
            )
        )
        for shift in _SHIFTS
    ]


def _asking(target: Oagw) -> Callable[[], Connection]:
    connect = text_frame(as_json({"DpQueryConnect": {"Id": 1, "Query": _QUERY}}))

    def subscriber() -> Connection:
        connection = target.requester()
        connection.send(connect)
        missing = ROWS
        while missing:
            missing -= connection.count(_MARK)
        return connection

    return subscriber


def _make_rows(connection: Connection) -> None:
    """What is there already from the round before stays."""
    commands: list[object] = [{"DpTypeCreate": {"Node": _TYPE}}]
    commands += [{"DpCreate": {"Dp": name, "Type": "LiveRow"}} for name in _NAMES]
    for command in commands:
        connection.send(text_frame(as_json(command)))
        answer = connection.receive_one()
        if not any(b'"Error":%d' % code in answer for code in (0, 34, 35)):
            raise ClientError(f"refused: {answer!r}")
