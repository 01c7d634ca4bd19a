"""Groups of datapoints in FROM: ``DPGROUP(_DpGroup00001_Public)``.

A group is a datapoint of the type ``_DpGroup`` with two parallel lists, ``Dps`` and
``Types``: a pattern of elements and the type of their datapoints, which may be empty; or no
pattern, and in the place of the type another group.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from oagw.core.router import Router
from oagw.errors import (
    AddressError,
    DatapointNotFoundError,
    ElementNotFoundError,
    OagwError,
    ParameterError,
    SyntaxFaultError,
)
from oagw.interfaces.systems import ISystem
from oagw.model.identifiers import ONLINE_VALUE
from oagw.model.patterns import (
    MAX_ALTERNATIVES,
    Alternative,
    Pattern,
    compile_pattern,
)

#: Reads a pattern.
Read = Callable[[str], Awaitable[Pattern]]

_TYPE = "_DpGroup"
_ANYWHERE = re.compile(r"\bDPGROUP\s*\(", re.IGNORECASE)
#: The system may stand before the word or before the name.
_GROUP = re.compile(
    r"(?:([^:()]*):)?\s*DPGROUP\s*\(\s*(?:([^:()]*):)?\s*([^:()]*?)\s*\)", re.IGNORECASE
)


def names_groups(text: str) -> bool:
    """Whether a pattern has a DPGROUP."""
    return _ANYWHERE.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Named:
    """A group as FROM names it; ``system`` may be empty."""

    system: str
    name: str


async def read_groups(
    router: Router, alternatives: Sequence[str], remote: str, read: Read
) -> Pattern:
    """A pattern of all members of groups, and of the patterns beside them.

    Its text still names the groups, for systems that have the groups themselves.

    :param alternatives: of FROM, without braces and aliases.
    :param remote: the system that REMOTE names.
    :raises SyntaxFaultError: a group is not written correctly.
    :raises DatapointNotFoundError: a group is unknown.
    """
    named = [_named(one) for one in alternatives if names_groups(one)]
    plain = [one for one in alternatives if not names_groups(one)]
    beside = await read(f"{{{','.join(plain)}}}") if plain else Pattern("", "", ())
    systems = {one.system for one in named}
    if plain:
        systems.add(beside.system)
    if len(systems - {""}) > 1:
        raise ParameterError(f"FROM names several systems: {', '.join(sorted(systems))}")
    system_name = max(systems)
    found = list(beside.alternatives)
    texts = list(plain)
    system = _asked(router, system_name or remote)
    prefix = f"{system_name}:" if system_name else ""
    for one in named:
        name = one.name
        if system is not None:
            group = _Group(system, read)
            name = await group.add(name)
            found += group.alternatives
        texts.append(f"{prefix}DPGROUP({name})")
    if len(found) > MAX_ALTERNATIVES:
        raise ParameterError(f"FROM has more than {MAX_ALTERNATIVES} alternatives")
    is_mixed = beside.is_mixed or len(systems) > 1
    return Pattern(f"{{{','.join(texts)}}}", system_name, tuple(found), is_mixed)


def _named(text: str) -> _Named:
    match = _GROUP.fullmatch(text.strip())
    if match is None or not match[3] or (match[1] and match[2] and match[1] != match[2]):
        raise SyntaxFaultError(
            f"'{text.strip()[:60]}' is not a group of datapoints; write one as in "
            "FROM 'DPGROUP(_DpGroup00001_Public)'"
        )
    return _Named((match[1] or match[2] or "").strip(), match[3])


def _asked(router: Router, name: str) -> ISystem | None:
    """The system whose groups are read; of several, which should have the same, one.

    :raises SystemUnknownError: FROM names an unknown system.
    """
    if name not in router.systems and name and not set("*?").intersection(name):
        return None
    meant = router.meant(name)
    return router.own if router.own in meant else next(iter(meant), None)


class _Group:
    """Reads a group and the groups in it; a group that is in itself is read once."""

    def __init__(self, system: ISystem, read: Read) -> None:
        self._system = system
        self._read = read
        self._seen: set[str] = set()
        self.alternatives: list[Alternative] = []

    async def add(self, written: str) -> str:
        """Read a group; returns the name of its datapoint.

        :raises DatapointNotFoundError: the group is unknown.
        :raises ParameterError: it has too many patterns, or one cannot be read.
        """
        first, pending = "", [written]
        while pending:
            name, entries = await self._entries(pending.pop())
            first = first or name
            if name.removesuffix(".") in self._seen:
                continue
            self._seen.add(name.removesuffix("."))
            for pattern, dp_type in entries:
                if pattern:
                    await self._add_pattern(name, pattern, dp_type)
                elif dp_type:
                    pending.append(dp_type)
            if len(self.alternatives) + len(self._seen) > MAX_ALTERNATIVES:
                raise ParameterError(
                    f"the group '{written}' has more than {MAX_ALTERNATIVES} patterns"
                )
        return first

    async def _add_pattern(self, group: str, text: str, dp_type: str) -> None:
        try:
            pattern = await self._read(text.strip())
        except ParameterError as error:
            raise ParameterError(f"the group '{group}': {error.message}") from error
        if pattern.system not in ("", self._system.name):
            raise ParameterError(
                f"the group '{group}' of {self._system.name} has a pattern of another "
                f"system, '{text[:60]}'"
            )
        self.alternatives += [
            replace(one, dp_type=dp_type, internal=one.internal or dp_type.startswith("_"))
            for one in pattern.alternatives
        ]

    async def _entries(self, written: str) -> tuple[str, list[tuple[str, str]]]:
        """The name of a group's datapoint, and its patterns with their types."""
        name = written.rpartition(":")[2].strip()
        found = await self._lists(name)
        if any(isinstance(one, DatapointNotFoundError | AddressError) for one in found):
            name = await self._described(name)
            found = await self._lists(name)
        for one in found:
            if isinstance(one, ElementNotFoundError):
                raise ElementNotFoundError(
                    f"'{name}' is not a group of datapoints: these have the type {_TYPE}"
                )
            if isinstance(one, OagwError):
                raise one
        patterns, types = map(_texts, found)
        return name, list(zip_longest(patterns, types, fillvalue=""))

    async def _lists(self, name: str) -> list[object]:
        start = f"{self._system.name}:{name.removesuffix('.')}"
        asked = [f"{start}.{one}:{ONLINE_VALUE}" for one in ("Dps", "Types")]
        return list(await self._system.get(asked))

    async def _described(self, text: str) -> str:
        """The datapoint of the group with a description.

        :raises DatapointNotFoundError: there is none.
        """
        try:
            names = await self._system.names(compile_pattern("{*,_*}"), _TYPE)
        except SyntaxFaultError:
            # WinCC OA's own websocket manager has no command for names.
            names = []
        asked = [f"{name.removesuffix('.')}.:_common.._description" for name in names]
        texts = await self._system.get(asked) if asked else []
        found = [name for name, one in zip(names, texts, strict=True) if one == text]
        if len(found) > 1:
            raise ParameterError(
                f"several groups are called '{text}': {', '.join(found)}; name one of these"
            )
        if not found:
            raise DatapointNotFoundError(
                f"there is no group '{text[:60]}' in {self._system.name}; DPGROUP takes "
                f"the name of a datapoint of the type {_TYPE}, or its description"
            )
        return found[0].partition(":")[2]


def _texts(given: object) -> list[str]:
    """The texts of a list; a value that is not a list counts as empty."""
    items = given if isinstance(given, list) else []
    return [one.strip() if isinstance(one, str) else "" for one in items]
