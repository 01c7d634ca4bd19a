"""Commands that ask about the gateway, its systems, users and references of types."""

from __future__ import annotations

from oagw.errors import ParameterError
from oagw.wire.messages.base import Command


class Ping(Command):
    """A sign of life; all commands that were sent before it have begun at its reply."""


class OfSystem(Command):
    """A question about a system; without ``system`` about the own one."""

    system: str | None = None


class IsRedundant(OfSystem):
    """Whether the system is one of two redundant ones."""


class IsReduActive(OfSystem):
    """Whether the system is the active one of two; a single system is."""


class GetSystemId(OfSystem):
    """The number of a system in this gateway; that of the own system is 1."""


class GetSystemName(Command):
    """The name of a system by its number; by default of the own system."""

    system_id: int | None = None


class GetUserId(OfSystem):
    """The number of a user, as in ``_user``; by default of the session's user."""

    user_name: str | None = None


class GetUserName(OfSystem):
    """The name of a user by its number; by default of the session's user."""

    user_id: int | None = None

    def check(self) -> None:
        """The bounds of the number."""
        if self.user_id is not None and not 0 <= self.user_id < 2**32:
            raise ParameterError(f"UserId is {self.user_id}; it must be 0 to 4294967295")


class GetVersionInfo(OfSystem):
    """Product and version of the gateway, or with ``system`` of a remote system."""


class TypeReferences(Command):
    """A question about references to types."""

    type: str


class DpGetDpTypeRefs(TypeReferences):
    """The types that a type refers to, with the paths of the references."""


class DpGetRefsToDpType(TypeReferences):
    """The types that refer to a type, with the paths of the references."""


class GetSystemNames(Command):
    """The names of all systems, the own one first."""


class WhoAmI(Command):
    """The user of the session, and the number of updates conflated for it."""
