"""What the tables of exchanges are written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: The time of the exchanges in ms since the epoch.
NOW_MS = 1_700_000_000_000

#: What is sent, and what comes.
Step = tuple[object, Sequence[object]]


@dataclass(frozen=True)
class Says:
    """Equals any text that has this in it: messages may be worded better."""

    part: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.part in other

    def __hash__(self) -> int:
        return hash(self.part)


@dataclass(frozen=True)
class Passes:
    """Sent in the place of a frame, it lets time pass."""

    seconds: float


@dataclass(frozen=True)
class Exchange:
    """A conversation; the title is a sentence of behaviour."""

    title: str
    steps: Sequence[Step]


def exchange(title: str, *steps: Step) -> Exchange:
    """An exchange of several steps."""
    return Exchange(title, steps)


def one(title: str, sent: object, *answers: object) -> Exchange:
    """An exchange of a single step."""
    return Exchange(title, [(sent, answers)])


def setting(**values: object) -> dict[str, object]:
    """A DpSet of datapoints whose type is a single element."""
    pairs = [{"Dp": f"{name}.", "Value": value} for name, value in values.items()]
    return {"DpSet": {"Values": pairs}}


def ask(command: str, **arguments: object) -> dict[str, object]:
    """A command with the Id 1."""
    return {command: {"Id": 1, **arguments}}


def good(command: str, **fields: object) -> dict[str, object]:
    """Its answer if it went well."""
    return {f"{command}Result": {"Id": 1, "Error": 0, **fields}}


def bad(
    command: str, code: int, part: str, *names: str, **empty: object
) -> dict[str, object]:
    """Its answer if it did not.

    :param names: names that have this error each, and make it the whole command's.
    :param empty: what stands where the answer would be.
    """
    fields: dict[str, object] = {"Id": 1, "Error": code, "Message": Says(part)}
    if names:
        wrong = {"Code": code, "Message": Says(part)}
        fields["Errors"] = dict.fromkeys(names, wrong)
    return {f"{command}Result": fields | empty}


def done(command: str, **arguments: object) -> Step:
    """A command whose reply only says that it succeeded."""
    return ask(command, **arguments), [good(command)]


def refused(command: str, code: int, part: str, **arguments: object) -> Step:
    """A command whose answer is nothing but an error."""
    return ask(command, **arguments), [bad(command, code, part)]


def holds(values: Mapping[str, object]) -> Step:
    """A DpGet of original values, by the element's name without the system."""
    found = {f"System1:{name}:_original.._value": one for name, one in values.items()}
    return ask("DpGet", Dps=list(values)), [good("DpGet", Values=found)]
