"""Names here and at the peer, which may call the system otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from twisted.logger import Logger

from oagw.errors import NamesRefusedError, OagwError
from oagw.model.patterns import Pattern, expand_braces
from oagw.model.values import WireValue

_log = Logger()


class Names:
    """Puts one system's name in the place of the other's.

    :param own: what the system is called here.
    :param peer: what the peer calls it.
    """

    def __init__(self, own: str, peer: str) -> None:
        self._own = f"{own}:"
        self._peer = f"{peer}:"
        self._same = own == peer
        self._has_warned = False

    def out(self, name: str) -> str:
        """The peer's name of what has this name here."""
        return name if self._same else self._peer + name.removeprefix(self._own)

    def back(self, name: str) -> str:
        """The name here of what the peer calls so."""
        if name.startswith(self._peer):
            return name if self._same else self._own + name.removeprefix(self._peer)
        # Of another system, or without one.
        return name if ":" in name.partition(".")[0] else self._own + name

    def own(self, name: str) -> str | None:
        """The name here of what a peer speaks of by itself.

        ``None`` if that is of another system: a peer speaks for its own alone.
        """
        found = self.back(name)
        if found.startswith(self._own):
            return found
        if not self._has_warned:
            self._has_warned = True
            _log.warn(
                "{system} speaks of '{name}', which is not its own, and is passed over",
                system=self._own[:-1],
                name=name[:300],
            )
        return None

    def own_rows(self, rows: Iterable[list[WireValue]]) -> list[list[WireValue]]:
        """Rows that begin with a name, by the names here."""
        found: list[list[WireValue]] = []
        for row in rows:
            name = self.own(str(row[0]))
            if name is not None:
                row[0] = name
                found.append(row)
        return found

    def all_out(self, names: Sequence[str]) -> list[str]:
        """The peer's names, in order."""
        return list(names) if self._same else [self.out(name) for name in names]

    def all_back(self, values: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Values by the names here."""
        if self._same and isinstance(values, dict):
            return values
        return {self.back(name): value for name, value in values.items()}

    def errors_back(self, errors: Mapping[str, OagwError]) -> dict[str, OagwError]:
        """Errors by the names here."""
        return {self.back(name): error for name, error in errors.items()}

    def refusal_back(self, refused: NamesRefusedError) -> NamesRefusedError:
        """A refusal by the names here."""
        return NamesRefusedError(self.errors_back(refused.errors))

    def within(self, text: str) -> str:
        """A name without a system, as one of the peer's system."""
        return self._peer + text

    def pattern_out(self, text: str) -> str:
        """A pattern for the peer, of its system alone."""
        return self._peer + without_system(text)


def without_system(text: str) -> str:
    """A pattern without the system that it may name."""
    if ":" not in text:
        return text
    parts = [one.rpartition(":")[2] for one in expand_braces(text)]
    return parts[0] if len(parts) == 1 else f"{{{','.join(parts)}}}"


def ignores_case(pattern: Pattern) -> bool:
    """Whether names that differ in case alone are one for a pattern."""
    return any(bool(one.datapoint.flags & re.IGNORECASE) for one in pattern.alternatives)


def parts_of(name: str) -> tuple[str, str]:
    """Datapoint and element of a name with its system."""
    datapoint, _, element = name.partition(":")[2].partition(".")
    return datapoint, element
