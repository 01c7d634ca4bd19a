"""What is asked of the gateway and its systems, and not of datapoints."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command


class Ping(Command):
    """A sign of life; it is answered after what was sent before it has begun."""


class OfSystem(Command):
    """A question about a system; without ``system`` about the own one."""

    system: str | None = None


class IsRedundant(OfSystem):
    """Whether the system is one of two that stand for each other."""


class IsReduActive(OfSystem):
    """Whether the system is the active one of two; one that stands alone is."""


class GetSystemId(OfSystem):
    """The number of a system in this gateway; the own one is 1."""


class GetSystemName(Command):
    """The name of a system by its number; without one that of the own system."""

    system_id: int | None = None


class GetUserId(OfSystem):
    """The number of a user, as ``_user`` has it; without a name that of the session's."""

    user_name: str | None = None


class GetUserName(OfSystem):
    """The name of a user by its number; without one that of the session's user."""

    user_id: int | None = None

    def check(self) -> None:
        """The bounds of the number."""
        if self.user_id is not None and not 0 <= self.user_id < 2**32:
            raise ParameterError(f"UserId is {self.user_id}; it must be 0 to 4294967295")


class GetVersionInfo(OfSystem):
    """What the gateway is, or with ``system`` what is behind a system of it."""


class TypeReferences(Command):
    """A question about references to types."""

    type: str


class DpGetDpTypeRefs(TypeReferences):
    """The types that a type refers to, and where."""


class DpGetRefsToDpType(TypeReferences):
    """The types that refer to a type, and where."""


class GetSystemNames(Command):
    """The names of all systems, the own one first."""


class WhoAmI(Command):
    """Who the session is, and how it is served."""
