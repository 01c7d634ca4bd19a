"""From names as clients write them to systems and complete names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from oagw.errors import (
    AddressError,
    DatapointNotFoundError,
    NamesRefusedError,
    OagwError,
    ParameterError,
    SystemUnknownError,
)
from oagw.interfaces.systems import ISystem
from oagw.model.identifiers import check_datapoint, parse
from oagw.model.patterns import Pattern

#: How many spellings are remembered; then all are forgotten and learnt anew.
_REMEMBERED = 200_000
_LONGEST = 1000
_WILDCARDS = frozenset("*?")


class Router:
    """Knows the systems, and which one a name belongs to.

    :param systems: the first is the own system, meant where a name has none.
    """

    def __init__(self, systems: Sequence[ISystem]) -> None:
        self.systems = {system.name: system for system in systems}
        self.own = systems[0]
        self._complete: dict[str, dict[str, str]] = {}

    def complete(self, texts: Sequence[str], default: str) -> Completed:
        """Complete names; what cannot be completed is in the result's errors.

        :param default: the attribute that is meant where a name has none.
        """
        known = self._complete.setdefault(default, {})
        try:
            return Completed([known[text] for text in texts], texts, {}, known)
        except KeyError:
            return self._learn(texts, default, known)

    def complete_all(self, texts: Sequence[str], default: str) -> Completed:
        """Complete names, all or none.

        :raises NamesRefusedError: at least one cannot be completed.
        """
        completed = self.complete(texts, default)
        if completed.errors:
            raise NamesRefusedError(completed.errors)
        return completed

    def _learn(
        self, texts: Sequence[str], default: str, known: dict[str, str]
    ) -> Completed:
        if len(known) + len(texts) > _REMEMBERED:
            known.clear()
        names: list[str] = []
        written: list[str] = []
        errors: dict[str, OagwError] = {}
        for text in texts:
            name = known.get(text)
            if name is None:
                try:
                    name = self._name(text, default)
                except OagwError as error:
                    errors[text] = error
                    continue
                # What an alias stands for may be another element tomorrow.
                if "@" not in text:
                    known[text] = name
            names.append(name)
            written.append(text)
        return Completed(names, written, errors, known)

    def _name(self, text: str, default: str) -> str:
        if len(text) > _LONGEST:
            raise AddressError(f"'{text[:60]}...' is too long for a name")
        if ":" not in text and "@" not in text:
            # The usual way to write a name, without system and attribute.
            datapoint, _, element = text.partition(".")
            check_datapoint(datapoint, text)
            return f"{self.own.name}:{datapoint}.{element}:{default}"
        address = parse(self.without_alias(text), self.own.name, default)
        self.system(address.system)
        return address.name

    def without_alias(self, text: str) -> str:
        """A name with the element in the place of its alias (``@alias``), if it has one.

        :raises DatapointNotFoundError: there is no such alias.
        :raises SystemUnknownError: there is no such system.
        """
        system_name, at, rest = text.partition("@")
        if not at or (system_name and not system_name.endswith(":")):
            return text
        alias, colon, attribute = rest.partition(":")
        return f"{self.alias(system_name.removesuffix(':'), alias)}{colon}{attribute}"

    def alias(self, system_name: str, alias: str) -> str:
        """The name of the element, with its system, that an alias stands for.

        :raises DatapointNotFoundError: there is no such alias.
        :raises SystemUnknownError: there is no such system.
        """
        system = self.system(system_name)
        element = system.alias(alias) if len(alias) <= _LONGEST else None
        if element is None:
            raise DatapointNotFoundError(f"there is no alias '{alias[:60]}'")
        return f"{system.name}:{element}"

    def system(self, name: str) -> ISystem:
        """The system of that name; the empty name is the own system.

        :raises SystemUnknownError: there is none.
        """
        if not name:
            return self.own
        try:
            return self.systems[name]
        except KeyError:
            known = ", ".join(self.systems)
            raise SystemUnknownError(
                f"there is no system '{name}'; there is {known}"
            ) from None

    def meant(self, name: str) -> list[ISystem]:
        """The systems that a pattern is about; ``*`` and ``?`` stand for characters.

        :raises SystemUnknownError: it names one that is not there.
        """
        if not _WILDCARDS.intersection(name):
            return [self.system(name)]
        pattern = name.replace("[", "[[]")
        return [one for own, one in self.systems.items() if fnmatchcase(own, pattern)]

    def asked(self, pattern: Pattern) -> list[ISystem]:
        """The systems that a pattern is about; without a system it is the own one.

        :raises SystemUnknownError: it names one that is not there.
        :raises ParameterError: it is about the own system and another one.
        """
        if pattern.is_mixed and pattern.system != self.own.name:
            raise ParameterError(
                f"the pattern '{pattern.text[:60]}' names several systems: where there is "
                f"none in front, it is {self.own.name}"
            )
        return self.meant(pattern.system)

    def by_system(self, names: Sequence[str]) -> dict[ISystem, list[str]]:
        """Complete names, sorted by the system that they belong to."""
        if len(self.systems) == 1:
            return {self.own: list(names)} if names else {}
        if names:
            # Mostly all are of one: what the first and the last of them in alphabetical
            # order begin with, all do.
            first, last = min(names), max(names)
            own, colon, _ = first.partition(":")
            if last.startswith(own + colon):
                return {self.systems[own]: list(names)}
        sorted_names: dict[ISystem, list[str]] = {}
        for name in names:
            system = self.systems[name.partition(":")[0]]
            sorted_names.setdefault(system, []).append(name)
        return sorted_names


class Completed:
    """Complete names in order, and errors by the names as they were written.

    :ivar written: how the client wrote each of ``names``.
    """

    __slots__ = ("_known", "errors", "names", "written")

    def __init__(
        self,
        names: list[str],
        written: Sequence[str],
        errors: dict[str, OagwError],
        known: dict[str, str],
    ) -> None:
        self.names = names
        self.written = written
        self.errors = errors
        self._known = known

    def blame(self, errors: Mapping[str, OagwError]) -> None:
        """Add errors that are by complete name, and forget these names again."""
        if errors:
            for name, text in zip(self.names, self.written, strict=True):
                if name in errors:
                    self.errors[text] = errors[name]
                    self._known.pop(text, None)

    def refusal(self, refused: NamesRefusedError, texts: Sequence[str]) -> OagwError:
        """A system's refusal by the names as the client wrote them."""
        self.blame(refused.errors)
        errors = self.errors_in_order(texts)
        # A system elsewhere may blame what it was not asked for.
        return NamesRefusedError(errors) if errors else refused.first

    def errors_in_order(self, texts: Sequence[str]) -> dict[str, OagwError]:
        """All errors, in the order of the names as the client wrote them."""
        if not self.errors:
            return self.errors
        return {text: self.errors[text] for text in texts if text in self.errors}
