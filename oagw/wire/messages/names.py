"""Commands that find datapoints, types and aliases, and facts about names."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command, check_count, check_length, one_of


class DpNames(Command):
    """Find datapoints (a pattern without a dot) or elements by a pattern."""

    pattern: str | None = None
    type: str | None = None
    ignore_case: bool | None = None

    def check(self) -> None:
        """The length of the pattern."""
        check_length("Pattern", self.pattern or "")


class AboutNames(Command):
    """A question about one name (the reply has ``Value``) or several (``Values``).

    The name is called as in WinCC OA's API, or ``Dp`` as in all other commands.
    """

    dp: str | None = None
    dps: list[str] | None = None
    name: str | None = None
    dpe: str | None = None
    attr: str | None = None

    def check(self) -> None:
        """One of the arguments must be there."""
        if self.dps is None:
            one_of(*self._one, meant="a Dp, or Dps, a list of names")
            return
        if any(one is not None for one in self._one):
            raise ParameterError("it needs a Dp or Dps, not both")
        check_count("Dps", self.dps)

    @property
    def _one(self) -> tuple[str | None, ...]:
        return self.dp, self.name, self.dpe, self.attr

    @property
    def asks_for_several(self) -> bool:
        """Whether the reply has ``Values``."""
        return self.dps is not None

    @property
    def names(self) -> list[str]:
        """The names, as the client wrote them."""
        return [one_of(*self._one, meant="a Dp")] if self.dps is None else self.dps


class DpExists(AboutNames):
    """Whether a datapoint, element or attribute exists."""


class DpTypeName(AboutNames):
    """The type of a datapoint."""


class DpElementType(AboutNames):
    """The number of an element's type; 41 for a reference."""


class DpTypeRefName(AboutNames):
    """The type that a reference refers to."""


class DpAttributeType(AboutNames):
    """The number of the type of an attribute's value."""


class DpGetAlias(AboutNames):
    """The alias of an element."""


class DpGetDescription(AboutNames):
    """The description of an element."""


class DpGetUnit(AboutNames):
    """The unit of an element."""


class DpGetFormat(AboutNames):
    """The format of an element."""


class DpAliasToName(Command):
    """The complete name of the element that an alias stands for."""

    alias: str | None = None
    aliases: list[str] | None = None

    def check(self) -> None:
        """One of the arguments must be there."""
        if (self.alias is None) == (self.aliases is None):
            raise ParameterError("it needs an Alias, or Aliases, a list of them")
        if self.aliases is not None:
            check_count("Aliases", self.aliases)

    @property
    def asks_for_several(self) -> bool:
        """Whether the reply has ``Values``."""
        return self.aliases is not None

    @property
    def texts(self) -> list[str]:
        """The aliases, as the client wrote them."""
        return [self.alias or ""] if self.aliases is None else self.aliases


class DpGetAllAliases(Command):
    """All aliases that match ``filter``, of elements that match ``dp_filter``."""

    filter: str | None = None
    dp_filter: str | None = None

    def check(self) -> None:
        """The length of the patterns."""
        check_length("Filter", self.filter or "")
        check_length("DpFilter", self.dp_filter or "")


class DpTypes(Command):
    """Find types by a pattern, unless ``with_empty`` is false also those not in use."""

    pattern: str | None = None
    system: str | None = None
    with_empty: bool | None = None

    def check(self) -> None:
        """The length of the pattern."""
        check_length("Pattern", self.pattern or "")


class DpTypeGet(Command):
    """The definition of a type; ``with_subtypes`` includes the types that it refers to."""

    type: str
    with_subtypes: bool | None = None
